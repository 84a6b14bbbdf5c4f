import { MovieError } from "../../core/errors.ts";

/** Seconds without a sign of life after which a process counts as stuck, unless told otherwise. */
const PATIENCE = 60;
/** Characters of a process's messages that are kept: the last ones. */
const KEPT_MESSAGES = 2000;
/** Longest line that is looked at as a whole. */
const LONGEST_LINE = 4000;

/** Writes bytes into a process, waiting until it takes them. */
export type Feed = (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>;

/** How a process of FFmpeg is started and listened to. */
export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** What it reads from its standard input. Default: nothing. */
  readonly feed?: Feed;
  /** Takes a line of its standard error; false when the line is a message for people. */
  readonly onErrorLine?: (line: string) => boolean;
  /** Seconds without a sign of life after which it counts as stuck and is ended. Default: 60. */
  readonly patience?: number;
  /** The movie it works on, for messages. Default: none. */
  readonly path?: string;
}

/**
 * One running ffmpeg or ffprobe. What it puts out is read when wanted: until then it waits, with a pipe's worth of
 * bytes.
 */
export class FfmpegProcess {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #end: Promise<boolean>;
  #rest: Uint8Array = new Uint8Array(0);
  #messages = "";
  #killed = false;
  readonly #patience: number;
  readonly #about: string;
  /** What went wrong while the process was fed. */
  feedError: unknown;

  /** Starts it. Throws `MovieError` when it does not start. */
  constructor({ program, args, feed, onErrorLine = () => false, patience = PATIENCE, path }: ProcessOptions) {
    this.#patience = patience;
    this.#about = path === undefined ? "" : `Movie "${path}" cannot be read: `;
    try {
      this.#child = new Deno.Command(program, {
        args: [...args],
        stdin: feed ? "piped" : "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new MovieError(`The program "${program}" does not start: ${(error as Error).message}`);
    }
    this.#output = this.#child.stdout.getReader();
    const errors = this.#listen(onErrorLine);
    this.#end = this.#child.status.then(async ({ success }) => {
      await errors;
      return success;
    });
    if (feed) this.#feed(feed);
  }

  /**
   * Fills `into` with what comes next; returns the bytes there were, fewer only at the end. Rejects with `MovieError`
   * when it is stuck.
   */
  async fill(into: Uint8Array): Promise<number> {
    let done = 0;
    while (done < into.length) {
      if (this.#rest.length === 0) {
        const { value, done: ended } = await this.#inTime(this.#output.read());
        if (ended) break;
        this.#rest = value;
      }
      const take = Math.min(this.#rest.length, into.length - done);
      into.set(this.#rest.subarray(0, take), done);
      this.#rest = this.#rest.subarray(take);
      done += take;
    }
    return done;
  }

  /** Whatever comes next; undefined at the end. */
  async chunk(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#inTime(this.#output.read());
    return done ? undefined : value;
  }

  /** Waits for the end, and for all it said. Whether it ended well. */
  async ended(): Promise<boolean> {
    return await this.#inTime(this.#end);
  }

  /** Waits for something that the process does, or for its end. */
  async until(something: Promise<unknown>): Promise<void> {
    await this.#inTime(Promise.race([something, this.#end]));
  }

  /** Its last words, on one line, for people; empty when it said nothing. */
  get lastWords(): string {
    const lines = this.#messages.trim().split("\n")
      .map((line) => line.replace(/^\[[^\]]*\] */, "").trim().replace(/\.$/, ""))
      .filter((line) => line !== "" && !/^Last message repeated/.test(line));
    return [...new Set(lines)].slice(-3).join("; ");
  }

  /** Forgets what it said so far. */
  forgetWords(): void {
    this.#messages = "";
  }

  /** Ends it at once, whatever it is doing. Idempotent. */
  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    this.#output.cancel().catch(() => {});
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // First the reason: ending the process ends what is waited for as well.
        reject(new MovieError(`${this.#about}ffmpeg was stuck, nothing came from it for ${this.#patience} seconds`));
        this.kill();
      }, 1000 * this.#patience);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #feed(feed: Feed): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    try {
      await feed(async (bytes) => {
        await writer.write(bytes as Uint8Array<ArrayBuffer>);
      });
    } catch (error) {
      // A process that has ended or was killed takes no more: that is no error.
      if (error instanceof MovieError) this.feedError = error;
    }
    await writer.close().catch(() => {});
  }

  async #listen(onErrorLine: (line: string) => boolean): Promise<void> {
    const decoder = new TextDecoder();
    let line = "";
    const take = (text: string) => {
      if (text.trim() !== "" && !onErrorLine(text)) this.#messages = `${this.#messages}${text}\n`.slice(-KEPT_MESSAGES);
    };
    for await (const bytes of this.#child.stderr) {
      line += decoder.decode(bytes, { stream: true });
      const lines = line.split(/\r?\n/);
      line = lines.pop()!.slice(-LONGEST_LINE);
      lines.forEach(take);
    }
    take(line);
  }
}

/**
 * Runs a program to its end, hands each line of its output to `onLine` and returns its last words on errors, if any.
 * Rejects with `MovieError` saying what `path` lacks when it fails.
 */
export async function runForLines(
  options: ProcessOptions,
  path: string,
  onLine: (line: string) => void,
): Promise<string> {
  const process = new FfmpegProcess({ ...options, path }), decoder = new TextDecoder();
  let line = "";
  try {
    for (let bytes = await process.chunk(); bytes; bytes = await process.chunk()) {
      line += decoder.decode(bytes, { stream: true });
      const lines = line.split(/\r?\n/);
      line = lines.pop()!;
      if (line.length > 2 ** 20) {
        throw new MovieError(`Movie "${path}" cannot be understood: what ffprobe says of it has no end`);
      }
      lines.forEach(onLine);
    }
    if (line !== "") onLine(line);
    if (await process.ended()) return process.lastWords;
    const words = process.lastWords.replaceAll(`file:${path}: `, "") || "nothing";
    throw new MovieError(
      `Movie "${path}" cannot be read as video: ffprobe says "${words}"; copy the file again if it was cut short`,
    );
  } finally {
    process.kill();
  }
}
