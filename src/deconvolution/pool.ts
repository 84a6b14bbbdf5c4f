import type { DeconvolveOptions } from "./deconvolve.ts";
import { deconvolveAll, type DeconvolvedTraces } from "./deconvolve_all.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Deconvolution with fixed settings on workers that are kept from call to call: what an iterative extraction uses. */
export class DeconvolutionPool {
  readonly #options: Omit<DeconvolveOptions, "p">;
  readonly #workers: WorkerPool;

  /** Workers start with the first call that is worth it; `workers` is how many, by default one a logical processor. */
  constructor(options: Omit<DeconvolveOptions, "p"> = {}, workers?: number) {
    this.#options = options;
    this.#workers = new WorkerPool(workers);
  }

  /**
   * Deconvolves the traces of `cells` cells of `frames` frames, cell-major, with a model of order `p`.
   * A call too small to be worth the messages to the workers is computed on this thread, with the same result.
   */
  deconvolve(traces: Float32Array, cells: number, frames: number, p: 0 | 1 | 2): Promise<DeconvolvedTraces> {
    return deconvolveAll(traces, cells, frames, { ...this.#options, p }, this.#workers);
  }

  /** Stops the workers. Idempotent; later calls are computed on this thread. */
  close(): void {
    this.#workers.close();
  }
}
