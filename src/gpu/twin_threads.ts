import type { Program } from "./compute.ts";
import { ComputeError } from "../core/errors.ts";
import { CONTROL, type TwinJob, workOff } from "./twin_worker.ts";

/** Slices per thread: enough to even out unequal items, few enough to cost nothing. */
const SLICES = 8;

/**
 * Threads for dispatches of the CPU twin. A dispatch is worked off by the calling thread and all workers together, and is done when
 * `run` returns: nothing is queued. Items are independent of each other, so the result does not depend on who does which.
 */
export class TwinThreads {
  readonly #workers: Worker[] = [];
  #ended = false;

  /** @param count workers besides the calling thread; they are started by the first dispatch that needs them */
  constructor(private readonly count: number) {}

  /** Whether this platform can share memory with workers and wait for them in the middle of a call. */
  static available(): boolean {
    if (typeof Worker === "undefined" || typeof SharedArrayBuffer === "undefined") return false;
    try {
      // Browsers forbid their main thread to wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether a program can be given to workers. */
  canRun(program: Program): boolean {
    return program.module !== undefined && this.count > 0 && !this.#ended;
  }

  /** Does items `[begin, end)`. Throws what the twin throws here, and a `ComputeError` when it failed on a worker. */
  run(
    program: Program,
    buffers: Readonly<Record<string, SharedArrayBuffer>>,
    params: Readonly<Record<string, number>>,
    begin: number,
    end: number,
  ): void {
    this.#start();
    const control = new Int32Array(new SharedArrayBuffer(CONTROL.words * 4));
    const workers = this.#workers.length;
    const job: TwinJob = {
      module: program.module!,
      name: program.name,
      buffers,
      params: { ...params },
      end,
      grain: Math.ceil((end - begin) / ((workers + 1) * SLICES)),
      control: control.buffer,
    };
    control[CONTROL.next] = begin;
    for (const worker of this.#workers) worker.postMessage(job);
    try {
      workOff(program, job);
    } catch (error) {
      Atomics.store(control, CONTROL.failed, 1);
      throw error;
    } finally {
      // A worker that is late finds no item left; only those that hold a slice are waited for.
      for (let active; (active = Atomics.load(control, CONTROL.active)) > 0;) {
        Atomics.wait(control, CONTROL.active, active);
      }
    }
    if (control[CONTROL.failed] !== 0) {
      throw new ComputeError(`Kernel "${program.name}" failed on a worker thread of the CPU twin`);
    }
  }

  #start(): void {
    while (this.#workers.length < this.count) {
      this.#workers.push(new Worker(new URL("./twin_worker.ts", import.meta.url), { type: "module" }));
    }
  }

  /** Ends the workers. */
  terminate(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.length = 0;
    this.#ended = true;
  }
}
