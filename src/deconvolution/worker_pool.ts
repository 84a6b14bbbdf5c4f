import { ComputeError } from "../core/errors.ts";
import type { Deconvolved, DeconvolveOptions } from "./deconvolve.ts";
import type { DeconvolutionReply, DeconvolutionRequest } from "./messages.ts";

/** Samples of all calls so far below which starting workers costs more than it saves (about 50 ms of work), and of one call below which messages do. */
const WORTH_STARTING = 2 ** 18, WORTH_SENDING = 2 ** 13;

interface Job {
  readonly request: Omit<DeconvolutionRequest, "id">;
  readonly resolve: (cells: readonly Deconvolved[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Workers that deconvolve. They start with the first job, are kept for the next ones, and stop with `close`, without
 * which a program does not end. Several `deconvolveAll` calls may share one pool at the same time.
 */
export class WorkerPool {
  /** Most workers the pool will start. */
  readonly size: number;
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, Job>();
  #requests = 0;
  #samples = 0;
  #broken: Error | undefined;

  /** Starts nothing yet. The default for `size` is as many workers as the machine has logical processors. */
  constructor(size: number = globalThis.navigator?.hardwareConcurrency ?? 1) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`The size of a pool of workers must be a whole number of at least 1, not ${size}`);
    }
    this.size = size;
  }

  /** Whether jobs can be run: false where there is no `Worker`, after a worker could not be started, and once closed. */
  get usable(): boolean {
    return typeof Worker !== "undefined" && !this.#broken;
  }

  /** Whether a call of so many samples is worth the workers: those that run are, for all but small calls; others once enough has been asked for. */
  isWorth(samples: number): boolean {
    this.#samples += samples;
    return this.usable && samples >= WORTH_SENDING && (this.#workers.size > 0 || this.#samples >= WORTH_STARTING);
  }

  /**
   * Deconvolves consecutive cells in one worker. Rejects with `ComputeError` when the worker cannot be run.
   * `traces` is copied: it is still there after the call.
   */
  run(traces: Float32Array, frames: number, options: DeconvolveOptions): Promise<readonly Deconvolved[]> {
    if (!this.usable) return Promise.reject(this.#broken ?? new ComputeError("This program has no workers"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request: { traces: traces.slice(), frames, options }, resolve, reject });
      this.#dispatch();
    });
  }

  /** Stops the workers. Jobs that have not finished are rejected. Idempotent. */
  close(): void {
    this.#stop(new ComputeError("The pool of workers has been closed"));
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? this.#start();
      if (!worker) return;
      const job = this.#waiting.shift()!;
      this.#running.set(worker, job);
      try {
        const request: DeconvolutionRequest = { id: ++this.#requests, ...job.request };
        worker.postMessage(request, [request.traces.buffer as ArrayBuffer]);
      } catch (error) {
        this.#running.delete(worker);
        this.#idle.push(worker);
        job.reject(new ComputeError(`A deconvolution request could not be sent to a worker: ${error}`));
      }
    }
  }

  #start(): Worker | undefined {
    if (this.#broken || this.#workers.size >= this.size) return undefined;
    let worker: Worker;
    try {
      worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    } catch (error) {
      this.#stop(new ComputeError(`A deconvolution worker could not be started: ${error}`));
      return undefined;
    }
    worker.onmessage = ({ data }: MessageEvent<DeconvolutionReply>) => {
      const job = this.#running.get(worker);
      this.#running.delete(worker);
      this.#idle.push(worker);
      if ("cells" in data) job?.resolve(data.cells);
      else job?.reject(new ComputeError(`A deconvolution worker failed: ${data.failure}`));
      this.#dispatch();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#stop(new ComputeError(`A deconvolution worker stopped: ${event.message}`));
    };
    this.#workers.add(worker);
    return worker;
  }

  #stop(reason: Error): void {
    this.#broken ??= reason;
    for (const worker of this.#workers) worker.terminate();
    const jobs = [...this.#running.values(), ...this.#waiting];
    this.#workers.clear();
    this.#running.clear();
    this.#idle.length = this.#waiting.length = 0;
    for (const job of jobs) job.reject(reason);
  }
}
