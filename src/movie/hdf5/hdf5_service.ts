import { MovieError, ParameterError } from "../../core/errors.ts";
import type { FormatOptions } from "../format.ts";
import type { FrameArray } from "./frame_array.ts";
import type { Hdf5Beginning, Hdf5Found, Hdf5Reply, Hdf5Request } from "./messages.ts";

/** A call of the library that takes longer than this many seconds comes to no end: in a file's structure, and in its frames. */
export interface Hdf5Patience {
  /** For a piece of structure: a sound file takes milliseconds, but a disk may have to wake up first. */
  inspect: number;
  /** For 64 MB of frames at most, perhaps from far away. */
  read: number;
}

/** The running call is looked at so many times before it is given up, so that it is not the clock that was late. */
const LOOKS = 4;

/** Frames come in pieces of about this many bytes, … */
export const PIECE_BYTES = 2 ** 24;
/** … and so many buffers of that size are kept for the next ones, however many files are open. */
const MOST_SPARE = 4;

interface Job {
  readonly request: Hdf5Request;
  readonly resolve: (reply: Hdf5Reply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads HDF5 files in a worker, one request after another. All movies share the worker: it starts with the first that is opened and ends with
 * the last that is closed. When a damaged file brings it down, the request that met with it fails and the others go on in a new one.
 */
export class Hdf5Service {
  static #users = 0;
  static #worker: Worker | undefined;
  static #running: Job | undefined;
  static #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the calls of the library in the worker. */
  static readonly #calls: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(4));
  /** When a call is given up. */
  static patience: Hdf5Patience = { inspect: 15, read: 120 };
  static readonly #waiting: Job[] = [];
  static #spare: ArrayBuffer[] = [];
  #open = true;

  /** Takes a share in the worker, until `close`. */
  constructor() {
    Hdf5Service.#users++;
  }

  /** What movie a file holds. Rejects with `MovieError`, or with `ParameterError` when the options do not fit. */
  async inspect(path: string, options: FormatOptions): Promise<Hdf5Found> {
    const reply = await this.#ask({ what: "inspect", path, options });
    return (reply as { found: Hdf5Found }).found;
  }

  /**
   * Reads frames of `bytes` bytes in all, into a buffer that may be longer; `giveBack` it when they are copied. Rejects with `MovieError`.
   */
  async read(path: string, array: FrameArray, start: number, count: number, bytes: number): Promise<ArrayBuffer> {
    const spare = bytes > PIECE_BYTES ? undefined : Hdf5Service.#spare.pop();
    const buffer = spare ?? new ArrayBuffer(Math.max(bytes, PIECE_BYTES));
    const reply = await this.#ask({ what: "read", path, array, start, count, buffer });
    return (reply as { buffer: ArrayBuffer }).buffer;
  }

  /** Takes a buffer back for the next frames. */
  giveBack(buffer: ArrayBuffer): void {
    const isUsual = buffer.byteLength === PIECE_BYTES, spare = Hdf5Service.#spare;
    if (isUsual && this.#open && spare.length < MOST_SPARE) spare.push(buffer);
  }

  /** Gives the share back; requests that are still waiting are answered before. Idempotent. */
  close(path: string): void {
    if (!this.#open) return;
    const isOver = () => {
      if (--Hdf5Service.#users > 0) return;
      Hdf5Service.#worker?.terminate();
      Hdf5Service.#worker = undefined;
      Hdf5Service.#spare = [];
    };
    // The last one need not close the file: the worker ends.
    const isIdle = Hdf5Service.#running === undefined && Hdf5Service.#waiting.length === 0;
    if (Hdf5Service.#users === 1 && isIdle) isOver();
    else this.#ask({ what: "close", path }).then(isOver, isOver);
    this.#open = false;
  }

  #ask(request: Hdf5Request): Promise<Hdf5Reply> {
    if (!this.#open) return Promise.reject(new MovieError(`Movie "${request.path}" cannot be read: it was closed`));
    return new Promise((resolve, reject) => {
      Hdf5Service.#waiting.push({ request, resolve, reject });
      Hdf5Service.#next();
    });
  }

  static #next(): void {
    if (this.#running) return;
    const job = this.#waiting.shift();
    if (!job) return;
    this.#running = job;
    try {
      this.#worker ??= this.#start();
      const { request } = job;
      this.#worker.postMessage(request, request.what === "read" ? [request.buffer] : []);
      this.#watch(job, Atomics.load(this.#calls, 0), 0);
    } catch (error) {
      this.#down(`Movie "${job.request.path}" cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Looks from time to time whether the library got on; gives the job up when it does not. */
  static #watch(job: Job, calls: number, looks: number): void {
    const { what, path } = job.request, seconds = what === "inspect" ? this.patience.inspect : this.patience.read;
    this.#timer = setTimeout(() => {
      if (this.#running !== job) return;
      const now = Atomics.load(this.#calls, 0);
      if (now !== calls) return this.#watch(job, now, 0);
      if (looks + 1 < LOOKS) return this.#watch(job, now, looks + 1);
      this.#down(
        `Movie "${path}" cannot be read: one step of it has taken more than ${seconds} s, so the file is damaged or too far away`,
      );
    }, seconds * 1000 / LOOKS);
  }

  static #start(): Worker {
    const worker = new Worker(new URL("./hdf5_worker.ts", import.meta.url), { type: "module" });
    const beginning: Hdf5Beginning = { what: "begin", counter: this.#calls };
    worker.postMessage(beginning);
    worker.onmessage = ({ data }: MessageEvent<Hdf5Reply>) => {
      if ("failure" in data && data.broken) return this.#down(data.failure);
      const job = this.#finished();
      if (!("failure" in data)) job?.resolve(data);
      else job?.reject(new (data.option ? ParameterError : MovieError)(data.failure));
      this.#next();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const path = this.#running?.request.path;
      this.#down(`Movie "${path}" cannot be read: the worker that reads HDF5 files stopped (${event.message})`);
    };
    return worker;
  }

  /** The worker is of no more use: the request it was at fails, the next ones get a new worker. */
  static #down(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#finished()?.reject(new MovieError(why));
    this.#next();
  }

  static #finished(): Job | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const job = this.#running;
    this.#running = undefined;
    return job;
  }
}
