import { checkDeconvolveOptions, deconvolve, type Deconvolved, type DeconvolveOptions } from "./deconvolve.ts";
import { WorkerPool } from "./worker_pool.ts";

/** Batches per worker: enough that a slow cell does not leave the others waiting. */
const BATCHES_PER_WORKER = 4;

/** Deconvolved traces of K cells over T frames. */
export interface DeconvolvedTraces {
  /** Calcium, cell-major K×T. */
  readonly denoised: Float32Array;
  /** Spikes, cell-major K×T. */
  readonly spikes: Float32Array;
  /** Baselines, K. */
  readonly baseline: Float32Array;
  /** Noise standard deviations, K. */
  readonly noise: Float32Array;
  /** Autoregressive coefficients of each cell, p numbers. */
  readonly ar: readonly (readonly number[])[];
  /** Calcium at frame 0, K. */
  readonly initial: Float32Array;
  /** Sparsity penalties, K. */
  readonly penalty: Float32Array;
}

/**
 * Deconvolves the traces of many cells; see `deconvolve`. Cells are spread over the workers of `pool`. Without a pool,
 * one is started and closed again for work that is large enough. Where there are no workers, or they cannot be started,
 * everything is computed on this thread. The results are the same to the bit wherever they are computed.
 *
 * @param traces K×T numbers, cell-major; not changed
 * @param cells K
 * @param frames T
 * @param options for every cell
 * @param pool workers to use; a closed pool means this thread
 * @throws {ParameterError} when an option is out of range
 */
export async function deconvolveAll(
  traces: Float32Array,
  cells: number,
  frames: number,
  options: DeconvolveOptions,
  pool?: WorkerPool,
): Promise<DeconvolvedTraces> {
  if (traces.length !== cells * frames) {
    throw new RangeError(`${cells} traces of ${frames} frames are ${cells * frames} numbers, not ${traces.length}`);
  }
  checkDeconvolveOptions(options);
  const ar: number[][] = new Array(cells);
  const result: DeconvolvedTraces = {
    denoised: new Float32Array(cells * frames),
    spikes: new Float32Array(cells * frames),
    baseline: new Float32Array(cells),
    noise: new Float32Array(cells),
    ar,
    initial: new Float32Array(cells),
    penalty: new Float32Array(cells),
  };
  const store = (cell: number, one: Deconvolved) => {
    result.denoised.set(one.denoised, cell * frames);
    result.spikes.set(one.spikes, cell * frames);
    ar[cell] = one.ar;
    result.baseline[cell] = one.baseline;
    result.noise[cell] = one.noise;
    result.initial[cell] = one.initial;
    result.penalty[cell] = one.penalty;
  };
  const here = (first: number, last: number) => {
    for (let cell = first; cell < last; cell++) {
      store(cell, deconvolve(traces.subarray(cell * frames, (cell + 1) * frames), options));
    }
  };

  const own = !pool && cells > 1 ? new WorkerPool() : undefined, workers = pool ?? own;
  try {
    if (!workers?.isWorth(cells * frames) || (own && own.size === 1)) here(0, cells);
    else {
      const batch = Math.ceil(cells / (workers.size * BATCHES_PER_WORKER));
      const firsts = Array.from({ length: Math.ceil(cells / batch) }, (_, i) => i * batch);
      await Promise.all(firsts.map(async (first) => {
        const last = Math.min(cells, first + batch);
        try {
          const batchCells = await workers.run(traces.subarray(first * frames, last * frames), frames, options);
          batchCells.forEach((one, i) => store(first + i, one));
        } catch {
          here(first, last); // what only the worker could not do succeeds here; a true error comes up again
        }
      }));
    }
  } finally {
    own?.close();
  }
  return result;
}
