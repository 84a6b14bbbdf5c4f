/** What ffmpeg may encode with, the best first, and how it is asked for good pictures. */
const ENCODERS: readonly (readonly [name: string, options: readonly string[]])[] = [
  ["libx264", ["-crf", "23", "-preset", "veryfast"]],
  ["libopenh264", ["-b:v", "8M"]],
  ["mpeg4", ["-q:v", "2"]],
];
/** Seconds after which an ffmpeg that takes nothing and does not end is given up. */
const PATIENCE = 300;
/** Characters of ffmpeg's messages that are kept. */
const KEPT_MESSAGES = 2000;

/** What the encoder has to know. */
interface EncodedVideo {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames per second. */
  readonly frameRate: number;
}

/** An ffmpeg that encodes grey 8-bit frames of even sides to an MP4 file. */
export class Mp4Encoder {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #end: Promise<Deno.CommandStatus>;
  #messages = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    const listening = this.#listen();
    this.#end = child.status.then(async (status) => {
      await listening;
      return status;
    });
    // A process that ends early is noticed by the next write, or by `close`.
    this.#input.closed.catch(() => {});
  }

  /** Starts the program `ffmpeg`, which writes to `path` (whatever the ending) and replaces what is there. */
  static async start(ffmpeg: string, path: string, { width, height, frameRate }: EncodedVideo): Promise<Mp4Encoder> {
    const [encoder, options] = await bestEncoder(ffmpeg);
    const child = new Deno.Command(ffmpeg, {
      args: [
        ...["-hide_banner", "-nostats", "-v", "error", "-y"],
        ...["-f", "rawvideo", "-pix_fmt", "gray", "-video_size", `${width}x${height}`, "-framerate", String(frameRate)],
        // Browsers play 4:2:0 only.
        ...["-i", "pipe:0", "-an", "-pix_fmt", "yuv420p", "-color_range", "tv"],
        ...["-c:v", encoder, ...options, "-movflags", "+faststart", "-fflags", "+bitexact", "-flags:v", "+bitexact"],
        ...["-f", "mp4", `file:${path}`],
      ],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      // Else Ctrl-C would end it before annulus has asked whether to.
      detached: true,
    }).spawn();
    return new Mp4Encoder(child);
  }

  /** Hands over whole frames, in an array that is not changed any more. Rejects when ffmpeg has ended or takes no more. */
  async write(frames: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await inTime(this.#input.write(frames));
    } catch (error) {
      if (error instanceof Stuck) throw error;
      await this.#refuse();
    }
  }

  /** Tells ffmpeg that no more comes, and waits for the file to be whole. */
  async close(): Promise<void> {
    await inTime(this.#input.close().catch(() => {}));
    const { success } = await inTime(this.#end);
    if (!success) await this.#refuse();
  }

  /** Ends ffmpeg at once, whatever it is doing. Idempotent. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#input.abort().catch(() => {});
    await this.#end;
  }

  async #refuse(): Promise<never> {
    const { signal, code } = await inTime(this.#end);
    const lines = this.#messages.split("\n").map((line) => line.replace(/^\[[^\]]*\] */, "").trim());
    const words = lines.filter((line) => line !== "").slice(-2).join("; ").replace(/\.$/, "");
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    throw new Error(`ffmpeg ${how}${words === "" ? "" : `, saying "${words}"`}`);
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      this.#messages = (this.#messages + decoder.decode(bytes, { stream: true })).slice(-KEPT_MESSAGES);
    }
  }
}

/** ffmpeg neither takes frames nor ends. */
class Stuck extends Error {}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Stuck(`ffmpeg was stuck for ${PATIENCE} seconds`)), 1000 * PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first of the encoders that this ffmpeg has. */
async function bestEncoder(ffmpeg: string): Promise<(typeof ENCODERS)[number]> {
  const { stdout } = await new Deno.Command(ffmpeg, {
    args: ["-hide_banner", "-encoders"],
    stdin: "null",
    stderr: "null",
  }).output();
  const names = new TextDecoder().decode(stdout).split("\n").map((line) => line.trim().split(/\s+/)[1]);
  return ENCODERS.find(([name]) => names.includes(name)) ?? ENCODERS.at(-1)!;
}
