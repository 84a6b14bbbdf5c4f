import type { Extraction } from "../core/extraction.ts";
import { cellFilters } from "../cnmfe/cell_filter.ts";
import { type Cell, newCell, type ReadCell } from "../cnmfe/cells.ts";
import { traceProducts } from "../cnmfe/products.ts";
import { residualGrams, type Ring } from "../cnmfe/ring.ts";
import { spatialUpdate } from "../cnmfe/spatial.ts";
import { type MovieStatistics, movieStatistics } from "../cnmfe/statistics.ts";
import { temporalUpdate } from "../cnmfe/temporal.ts";
import { DeconvolutionPool } from "../deconvolution/pool.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { asCell } from "./made_cell.ts";
import type { CellState } from "./cell_state.ts";
import type { EditOptions } from "./options.ts";
import { type EditWindow, windowAround } from "./window.ts";
import { windowMovie } from "./window_movie.ts";

/** Averaged frames that are enough for a filter of a few hundred pixels. */
const AVERAGED_FRAMES = 1000;
/** Most frames averaged into one: an average must stay shorter than a transient. */
const MOST_AVERAGED = 16;
/** Samples of a chunk of the window, which is what a chunk's kernels work on. Fixed, so that a replay rounds alike. */
const CHUNK_SAMPLES = 2 ** 21;
/** Rounds of footprints and traces. */
const ROUNDS = 2;

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
 * @returns the updated cells in the order of `guesses`
 */
export async function refit(
  extraction: Extraction,
  parameters: Parameters,
  guesses: readonly Guess[],
  held: readonly CellState[],
  options: EditOptions & Required<Pick<EditOptions, "source">>,
): Promise<Refitted[]> {
  const place = windowAround(extraction, parameters, guesses.map(({ footprint }) => footprint));
  const others = held.flatMap((state) => {
    const cell = asCell(state, extraction), footprint = place.enter(cell.footprint);
    return footprint.pixels.length > 0 && cell.trace.every(Number.isFinite) ? [{ footprint, trace: cell.trace }] : [];
  });
  const stay = await openStay(place, options);
  try {
    const own = guesses.map(({ footprint, trace }) => newCell(place.enter(footprint), trace));
    const found = await rounds(stay, place, parameters, own, others);
    return found.map((cell) => cell && { ...cell, footprint: place.leave(cell.footprint) });
  } finally {
    stay.release();
  }
}

/** A window's movie on the device. */
interface Stay {
  readonly stream: ChunkStream;
  readonly statistics: MovieStatistics;
  release(): void;
}

async function openStay(
  { window, grid, radius }: EditWindow,
  { source, compute, signal }: EditOptions & Required<Pick<EditOptions, "source">>,
): Promise<Stay> {
  const movie = windowMovie(source, window), { frames } = source.header;
  const bin = Math.min(MOST_AVERAGED, Math.max(1, Math.round(frames / AVERAGED_FRAMES)));
  const most = Math.floor(CHUNK_SAMPLES / (window.width * window.height) / bin) * bin;
  const chunkFrames = Math.min(Math.ceil(frames / bin) * bin, Math.max(bin, most));
  const stream = await ChunkStream.open(compute, movie, chunkFrames, signal);
  try {
    const statistics = await movieStatistics(stream, { factor: grid.factor, radius, bin });
    return {
      stream,
      statistics,
      release() {
        statistics.release();
        stream.release();
      },
    };
  } catch (error) {
    stream.release();
    throw error;
  }
}

/** The rounds of the update, in the window's pixels. */
async function rounds(
  { stream, statistics }: Stay,
  { operator, radius, excluded }: EditWindow,
  parameters: Parameters,
  own: readonly Cell[],
  others: readonly Cell[],
): Promise<Refitted[]> {
  const { compute } = stream, { s_min, lags, fudge_factor, noise_range, p } = parameters;
  const pool = new DeconvolutionPool({ s_min, lags, fudge_factor, noise_range });
  const ring = { radius, operator } as Ring;
  let cells: (Cell | undefined)[] = own.slice(), read: Refitted[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const there = cells.flatMap((cell, k) => cell ? [{ cell, k }] : []);
      if (there.length === 0) break;
      const all = [...there.map(({ cell }) => cell), ...others];
      const products = await traceProducts(stream, statistics, all, radius);
      const footprints = await spatialUpdate(compute, statistics, products, ring, all, parameters, excluded);
      const residuals = residualGrams(compute, statistics, products);
      const updated = there.flatMap(({ cell, k }, i) => {
        const footprint = footprints[i];
        return footprint ? [{ cell: newCell(footprint, cell.trace), k }] : [];
      });
      const low = updated.map(({ cell }) => statistics.grid.down(cell.footprint));
      const filters = await cellFilters(compute, statistics, residuals, low, radius);
      for (const buffer of residuals) buffer.release();
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
