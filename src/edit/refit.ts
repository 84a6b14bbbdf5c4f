import type { Extraction } from "../core/extraction.ts";
import { type Cell, newCell, type ReadCell } from "../cnmfe/cells.ts";
import { traceProducts } from "../cnmfe/products.ts";
import type { Ring } from "../cnmfe/ring.ts";
import { spatialUpdate } from "../cnmfe/spatial.ts";
import { type BasicStatistics, movieStatistics } from "../cnmfe/statistics.ts";
import { temporalUpdate } from "../cnmfe/temporal.ts";
import { DeconvolutionPool } from "../deconvolution/pool.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import type { CellState } from "./cell_state.ts";
import type { EditOptions } from "./options.ts";
import { cellsIn, type EditWindow, windowAround } from "./window.ts";
import { withWindow } from "./with_window.ts";
import { LocalCovariances } from "./local_covariances.ts";

/** Averaged frames that are enough for a filter of a few hundred pixels. */
const AVERAGED_FRAMES = 1000;
/** Most frames averaged into one: an average must stay shorter than a transient. */
const MOST_AVERAGED = 16;
/**
 * Rounds of footprints and traces that are enough where the traces are nearly right: those of the results, and the initialiser's (a second
 * round changes their footprints by less than 0.001 in cosine; `bench/edit.ts`).
 */
export const NEAR_ROUNDS = 1;
/** Rounds for the parts of a split, whose first guess is coarser. */
export const COARSE_ROUNDS = 2;

/** A cell to update, and what is known of it. */
export interface Guess extends Cell {
  /** Its number. */
  readonly number: number;
}

/** An updated cell; undefined where nothing was left of it. */
export type Refitted = ReadCell | undefined;

/**
 * Updates some cells from the movie, the others held as they are: the extraction's spatial and temporal update on a window around them, with
 * the results' ring background.
 * @param guesses the cells to update, in the field's pixels and dF
 * @param held every other cell of the results
 * @param count rounds of footprints and traces
 * @returns the updated cells in the order of `guesses`
 */
export async function refit(
  extraction: Extraction,
  parameters: Parameters,
  guesses: readonly Guess[],
  held: readonly CellState[],
  count: number,
  options: EditOptions & Required<Pick<EditOptions, "source">>,
): Promise<Refitted[]> {
  const place = windowAround(extraction, parameters, guesses.map(({ footprint }) => footprint));
  const others = cellsIn(place, extraction, held), { frames } = options.source.header;
  const bin = Math.min(MOST_AVERAGED, Math.max(1, Math.round(frames / AVERAGED_FRAMES)));
  return await withWindow(place, options, bin, async (stream) => {
    const { grid } = place, noise = await pixelNoise(stream, extraction, place, bin);
    const statistics = { grid, noise, bin, binnedFrames: Math.ceil(frames / bin) };
    const own = guesses.map(({ footprint, trace }) => newCell(place.enter(footprint), trace));
    const found = await rounds(stream, statistics, place, parameters, own, others, count);
    return found.map((cell) => cell && { ...cell, footprint: place.leave(cell.footprint) });
  });
}

/** Noise of the window's pixels: as the results have it, else measured. */
async function pixelNoise(
  stream: ChunkStream,
  { summary, footprints }: Extraction,
  { window, grid, radius }: EditWindow,
  bin: number,
): Promise<Float32Array> {
  const noise = new Float32Array(window.width * window.height);
  for (let y = 0; y < window.height; y++) {
    const from = (window.y + y) * footprints.width + window.x;
    noise.set(summary.noise.subarray(from, from + window.width), y * window.width);
  }
  if (noise.every((value) => value >= 0 && value < Infinity) && noise.some((value) => value > 0)) return noise;
  const statistics = await movieStatistics(stream, { factor: grid.factor, radius, bin });
  statistics.release();
  return statistics.noise;
}

/** The rounds of the update, in the window's pixels. */
async function rounds(
  stream: ChunkStream,
  statistics: BasicStatistics,
  { operator, radius, excluded }: EditWindow,
  parameters: Parameters,
  own: readonly Cell[],
  others: readonly Cell[],
  count: number,
): Promise<Refitted[]> {
  const { compute } = stream, { s_min, lags, fudge_factor, noise_range, p } = parameters;
  const pool = new DeconvolutionPool({ s_min, lags, fudge_factor, noise_range });
  const ring = { radius, operator } as Ring;
  let cells: (Cell | undefined)[] = own.slice(), read: Refitted[] = [];
  try {
    for (let round = 0; round < count; round++) {
      const there = cells.flatMap((cell, k) => cell ? [{ cell, k }] : []);
      if (there.length === 0) break;
      const all = [...there.map(({ cell }) => cell), ...others];
      const pixels = there.map(({ cell }) => statistics.grid.down(cell.footprint));
      const covariances = new LocalCovariances(stream, statistics, pixels, all, radius);
      const products = await traceProducts(stream, statistics, all, radius, undefined, covariances.visit);
      const footprints = await spatialUpdate(compute, statistics, products, ring, all, parameters, excluded);
      const updated = there.flatMap(({ cell, k }, i) => {
        const footprint = footprints[i];
        return footprint ? [{ cell: newCell(footprint, cell.trace), k, i }] : [];
      });
      const filters = updated.map(({ cell, i }) => covariances.filter(i, statistics.grid.down(cell.footprint)));
      covariances.release();
      const traces = await temporalUpdate(
        stream,
        statistics,
        filters,
        [...updated.map(({ cell }) => cell), ...others],
        pool,
        p,
        undefined,
      );
      read = own.map(() => undefined);
      updated.forEach(({ k }, i) => {
        if (traces[i].trace.some((value) => value > 0)) read[k] = traces[i];
      });
      cells = read.slice();
    }
  } finally {
    pool.close();
  }
  return read;
}
