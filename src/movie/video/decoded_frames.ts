import { MovieError } from "../../core/errors.ts";
import type { SampleArray } from "../../core/movie.ts";
import { type Feed, FfmpegProcess } from "./ffmpeg_process.ts";
import type { FfmpegPrograms } from "./ffmpeg_programs.ts";
import type { PictureFormat } from "./picture_format.ts";

/** Processes that may wait with a movie half read: a recording of many files must not leave one behind for each. */
const MOST_PROCESSES = 4;
/** Frames that are rather decoded and dropped than skipped by starting again, when going forward. */
const DROPPED_FRAMES = 64;

/** Pictures that ffmpeg decodes, and how to begin in the middle. */
export interface PictureStream {
  /** Path of the movie. */
  readonly path: string;
  /** Frames. */
  readonly frames: number;
  /**
   * The frame to start decoding at, to get `frame`: it needs none before it. `further` (0, 1, …) asks for earlier ones.
   */
  startFor(frame: number, further: number): Promise<number>;
  /** How ffmpeg is given the stream from such a frame on, up to `end` (exclusive) or further. */
  input(start: number, end: number): { readonly args: readonly string[]; readonly feed?: Feed };
  /**
   * Which frame a picture is; undefined for none.
   * @param time its time in units of `timeBase`, from ffmpeg
   * @param count pictures that came before it since `start`
   */
  frameAt(time: number, count: number, start: number): number | undefined;
  /** Seconds per unit of time. */
  readonly timeBase: number;
  /**
   * Whether ffmpeg may complain when it starts in the middle: pictures that lie behind the one it starts with may need
   * others before it. They are not asked for.
   */
  readonly startsRough: boolean;
}

/** What ffmpeg says of a picture. */
interface Announcement {
  /** Its time, in ffmpeg's units. */
  readonly time: number;
  /** What it complained about since the picture before; empty for nothing. */
  readonly words: string;
}

/** Every decoder with a process, least recently used first. */
const running = new Set<DecodedFrames>();

/**
 * Frames of a stream in any order, decoded by an ffmpeg process that is kept while reads go forward and started again
 * at an earlier picture when they don't. Every picture is checked to be the one that was asked for. Reads queue.
 * Memory: one frame.
 */
export class DecodedFrames {
  readonly #stream: PictureStream;
  readonly #programs: FfmpegPrograms;
  readonly #format: PictureFormat;
  readonly #frameBytes: number;
  #process: FfmpegProcess | undefined;
  /** Pictures that were announced but not yet taken. */
  #announcements: Announcement[] = [];
  #timeBase = 1;
  #announced: (() => void) | undefined;
  #start = 0;
  #end = 0;
  #count = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #busy = 0;
  #closed = false;
  #dropped: Uint8Array | undefined;

  /** @param frameBytes bytes of one frame in `format` */
  constructor(stream: PictureStream, programs: FfmpegPrograms, format: PictureFormat, frameBytes: number) {
    this.#stream = stream;
    this.#programs = programs;
    this.#format = format;
    this.#frameBytes = frameBytes;
  }

  /** Reads frames `[start, start + count)`. Rejects with `MovieError` when one cannot be decoded. */
  read(start: number, count: number, into: SampleArray): Promise<void> {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, count * this.#frameBytes);
    const read = async () => {
      this.#busy++;
      try {
        for (let i = 0; i < count; i++) {
          await this.#readFrame(start + i, bytes.subarray(i * this.#frameBytes, (i + 1) * this.#frameBytes));
        }
      } finally {
        this.#busy--;
        if (this.#closed) this.#stop();
      }
    };
    const result = this.#queue.then(read);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Ends the process. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  async #readFrame(frame: number, into: Uint8Array): Promise<void> {
    let reason = "";
    for (let further = 0; further < 3; further++) {
      if (this.#closed) throw new MovieError(`Movie "${this.#stream.path}" cannot be read: it was closed`);
      const key = await this.#stream.startFor(frame, further);
      const next = this.#start + this.#count;
      const goOn = further === 0 && this.#process && next <= frame && frame < this.#end &&
        (key <= next || frame - next <= DROPPED_FRAMES);
      // From the same place the same would happen.
      if (further > 1 && key === this.#start) break;
      // When something went wrong, pictures are decoded one at a time and none behind this one: ffmpeg may have
      // complained about another.
      if (!goOn) this.#begin(key, further > 0 ? frame + 1 : this.#stream.frames, further > 0);
      const outcome = await this.#advance(frame, into);
      if (outcome === undefined) return;
      reason = outcome;
      this.#stop();
    }
    throw new MovieError(`Frame ${frame + 1} of movie "${this.#stream.path}" cannot be decoded: ${reason}`);
  }

  /** Takes pictures up to a frame. Returns why that failed; undefined when `into` holds the frame. */
  async #advance(frame: number, into: Uint8Array): Promise<string | undefined> {
    const process = this.#process!;
    for (;;) {
      const wanted = this.#start + this.#count >= frame;
      const target = wanted ? into : (this.#dropped ??= new Uint8Array(this.#frameBytes));
      const got = await process.fill(target);
      if (got < target.length) return await this.#whyEnded(process, got);
      const said = await this.#announcement(process);
      if (!said) return await this.#whyEnded(process, 0);
      const time = Math.round(said.time * this.#timeBase / this.#stream.timeBase);
      const found = this.#stream.frameAt(time, this.#count++, this.#start);
      const roughly = this.#stream.startsRough && this.#start > 0 && found !== undefined && found <= this.#start;
      // ffmpeg fills damaged pictures up and goes on, but it says so.
      if (said.words !== "" && !roughly) return `ffmpeg says "${said.words}"`;
      if (found === frame) {
        if (target !== into) into.set(target);
        // Pictures that were missing on the way do not shift the count.
        this.#count = frame - this.#start + 1;
        return undefined;
      }
      if (found === undefined || found > frame) return "ffmpeg left it out, which damaged video makes it do";
    }
  }

  async #whyEnded(process: FfmpegProcess, got: number): Promise<string> {
    const well = await process.ended();
    if (process.feedError instanceof MovieError) return process.feedError.message;
    const how = `ffmpeg ended ${well ? "" : "with an error "}${got > 0 ? "in the middle of it" : "before it"}`;
    return process.lastWords ? `${how}: ${process.lastWords}` : how;
  }

  /** Starts a process for frames from `key` to `end`; `careful`: one after another. */
  #begin(key: number, end: number, careful: boolean): void {
    this.#stop();
    running.add(this);
    for (const other of running) {
      if (running.size <= MOST_PROCESSES) break;
      if (other !== this && other.#busy === 0) other.#stop();
    }
    const { args, feed } = this.#stream.input(key, end), { ffmpeg, everyPicture } = this.#programs;
    this.#start = key;
    this.#end = end;
    this.#count = 0;
    const announcements: Announcement[] = this.#announcements = [];
    // Two outputs of the same pictures: one pixel each, for a line that states the time, and then the pictures.
    const graph = `[0:V:0]format=${this.#format.pixels},split[pictures][copy];[copy]crop=1:1:0:0[times]`;
    const process = new FfmpegProcess({
      program: ffmpeg,
      path: this.#stream.path,
      args: [
        ...[
          "-nostdin",
          "-hide_banner",
          "-v",
          "error",
          "-xerror",
          "-noautorotate",
          "-copyts",
          ...(careful ? ["-threads", "1"] : []),
          ...args,
          "-filter_complex",
          graph,
        ],
        ...[
          "-map",
          "[times]",
          ...everyPicture,
          "-enc_time_base",
          "-1",
          "-flush_packets",
          "1",
          "-f",
          "framecrc",
          "pipe:2",
        ],
        ...[
          "-map",
          "[pictures]",
          ...everyPicture,
          "-enc_time_base",
          "-1",
          "-c:v",
          "rawvideo",
          "-f",
          "rawvideo",
          "pipe:1",
        ],
      ],
      ...(feed ? { feed } : {}),
      onErrorLine: (line) => {
        const base = /^#tb 0: (\d+)\/(\d+)/.exec(line), time = /^0, *-?\d+, *(-?\d+), /.exec(line);
        if (base && this.#process === process) this.#timeBase = Number(base[1]) / Number(base[2]);
        if (time) {
          announcements.push({ time: Number(time[1]), words: process.lastWords });
          process.forgetWords();
          this.#announced?.();
        }
        return time !== null || line.startsWith("#");
      },
    });
    this.#process = process;
  }

  /** What ffmpeg says of the next picture; undefined when the process ended without a word of it. */
  async #announcement(process: FfmpegProcess): Promise<Announcement | undefined> {
    if (this.#announcements.length === 0) {
      const announced = new Promise<void>((resolve) => this.#announced = resolve);
      await process.until(announced);
      this.#announced = undefined;
    }
    return this.#announcements.shift();
  }

  #stop(): void {
    running.delete(this);
    this.#process?.kill();
    this.#process = undefined;
  }
}
