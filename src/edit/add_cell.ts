import { ParameterError } from "../core/errors.ts";
import { correlation } from "../core/correlation.ts";
import type { Extraction } from "../core/extraction.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { type Cell, newCell, sparseDot } from "../cnmfe/cells.ts";
import { cellAtSeed } from "../cnmfe/initialise.ts";
import { uploadWeights } from "../cnmfe/known.ts";
import { fillTile } from "../cnmfe/search.ts";
import { SeedImageMaker } from "../cnmfe/seed_images.ts";
import type { SeedImages } from "../cnmfe/seeds.ts";
import { diskKernel } from "../kernels/filter.ts";
import type { CellChange } from "./cell_change.ts";
import { type CellState, cellStates } from "./cell_state.ts";
import { nextNumber } from "./check.ts";
import { updatedToo } from "./delete_cells.ts";
import { asState } from "./made_cell.ts";
import type { EditOptions } from "./options.ts";
import { NEAR_ROUNDS } from "./refit.ts";
import { updateAround } from "./update.ts";
import { cellsIn, windowAround } from "./window.ts";
import { type MovieEditOptions, withWindow } from "./with_window.ts";

/** Averaged frames that are enough to find one cell in, where averages stay short. */
const ENOUGH_FRAMES = 1000;
/** Length of an average that blurs no transient, seconds. */
const SHORT = 0.3;
/** Most averaged frames that a cell is searched in, however long the averages become: they are all on the device. */
const MOST_FRAMES = 4000;
/** Footprints with at least this cosine are one cell, as in the extraction's merging. */
const SAME_FOOTPRINT = 0.8;

/** Local correlation that noise alone does not reach; measured on residuals of simulated movies, where it stays below 0.6. */
const NOISE_CORRELATION = 0.6;
/** Peak-to-noise ratio that noise alone does not reach, in the units of `min_pnr`. */
const NOISE_PNR = 3.5;

/** Adds a cell at a pixel: it starts there as the initialiser's cells do, on the movie without background and other cells. */
export async function addCell(
  extraction: Extraction,
  at: { readonly x: number; readonly y: number },
  options: EditOptions,
): Promise<CellChange> {
  const { source } = options, others = cellStates(extraction), where = `x ${at.x}, y ${at.y}`;
  if (!source) throw new ParameterError(`A cell can be added only with the movie of these results: name its files`);
  const given = { ...options, source }, number = nextNumber(extraction);
  const guess = await seededCell(extraction, at, others, given);
  const { made: [found], neighbours } = guess
    ? await updateAround(extraction, [{ ...guess, number }], others, [], NEAR_ROUNDS, given)
    : { made: [undefined], neighbours: [] };
  if (!found) throw new ParameterError(nothingAt(where));
  const same = others.find((cell) => sparseDot(cell.footprint, found.footprint) >= SAME_FOOTPRINT);
  if (same) throw new ParameterError(`No cell can be added at ${where}: cell ${same.number} is there already`);
  return {
    cells: [asState(number, found, extraction), ...neighbours],
    removed: [],
    made: [number],
    outcome: `Cell ${number} added at ${where}${updatedToo(neighbours)}${doubtOf(found, others)}`,
    refitted: true,
  };
}

/** The cell that the initialiser makes of the strongest pixel at a place; undefined where there is none. */
async function seededCell(
  extraction: Extraction,
  at: { readonly x: number; readonly y: number },
  others: readonly CellState[],
  options: MovieEditOptions,
): Promise<Cell | undefined> {
  const parameters = usedParameters(extraction), { width } = extraction.footprints, { frames } = options.source.header;
  const near = Math.max(1, Math.round(parameters.gSiz / 4)),
    reach = parameters.gSiz + diskKernel(parameters.gSig).radius + near;
  const pixel = { pixels: Uint32Array.of(at.y * width + at.x), values: Float32Array.of(1) };
  const place = windowAround(extraction, parameters, [pixel], reach),
    { window, grid, operator, radius, excluded } = place;
  if (excluded?.[(at.y - window.y) * window.width + at.x - window.x]) {
    throw new ParameterError(
      `No cell can be added at x ${at.x}, y ${at.y}: parts of the recording have no samples there, because it moved`,
    );
  }
  const short = Math.min(Math.ceil(frames / ENOUGH_FRAMES), Math.floor(SHORT * parameters.frame_rate));
  const tsub = Math.max(parameters.tsub, short, Math.ceil(frames / MOST_FRAMES));
  return await withWindow(place, options, tsub, async (stream) => {
    const { compute } = stream,
      weights = uploadWeights(compute, operator),
      known = {
        grid,
        ring: { radius, operator, weights },
        cells: cellsIn(place, extraction, others),
        ...(excluded ? { excluded } : {}),
      };
    const x0 = Math.max(0, at.x - window.x - reach), y0 = Math.max(0, at.y - window.y - reach);
    const part = {
      x: x0,
      y: y0,
      width: Math.min(window.width, at.x - window.x + reach + 1) - x0,
      height: Math.min(window.height, at.y - window.y + reach + 1) - y0,
    };
    const tile = await fillTile(stream, { ...parameters, tsub }, known, part, 0, frames, () => {});
    weights.release();
    const images = new SeedImageMaker(compute, tile.width, tile.height, tile.segments);
    try {
      images.updateAll();
      const current = await images.read();
      const seed = strongest(current, at.x - window.x - x0, at.y - window.y - y0, near, tile.excluded);
      refuseNoise(seed, { ...parameters, tsub }, `x ${at.x}, y ${at.y}`);
      const found = await cellAtSeed(compute, tile, parameters, seed!, current.mean);
      if (!found) return undefined;
      const inWindow = found.footprint.pixels.map((p) =>
        (Math.floor(p / part.width) + y0) * window.width + p % part.width + x0
      );
      const trace = Float32Array.from({ length: frames }, (_, t) => found.trace[Math.floor(t / tsub)]);
      return newCell(place.leave({ pixels: inWindow, values: found.footprint.values }), trace);
    } finally {
      images.release();
      for (const { raw, filtered } of tile.segments) for (const buffer of [raw, filtered]) buffer.release();
    }
  });
}

/** The pixel with the largest correlation × PNR in a square around a place. */
function strongest(
  { width, height, correlation, pnr }: SeedImages,
  x: number,
  y: number,
  radius: number,
  excluded: Uint8Array | undefined,
) {
  let best: { x: number; y: number; correlation: number; pnr: number } | undefined, most = 0;
  for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
    for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
      const i = v * width + u, value = correlation[i] * pnr[i];
      if (excluded?.[i] || !(value > most)) continue;
      most = value;
      best = { x: u, y: v, correlation: correlation[i], pnr: pnr[i] };
    }
  }
  return best;
}

/**
 * Refuses a place that shows no more than noise does. A person may add weaker cells than the search takes, so the thresholds are below the
 * search's, and never higher than what keeps noise out.
 */
function refuseNoise(
  seed: { readonly correlation: number; readonly pnr: number } | undefined,
  { min_corr, min_pnr, tsub }: Parameters,
  where: string,
): void {
  const correlation = Math.min(NOISE_CORRELATION, 0.7 * min_corr), pnr = Math.min(NOISE_PNR, 0.7 * min_pnr);
  // Averaging frames raises the ratio of a transient: thresholds are in the units of min_pnr.
  const found = { correlation: seed?.correlation ?? 0, pnr: (seed?.pnr ?? 0) / Math.sqrt(tsub) };
  if (found.correlation >= correlation && found.pnr >= pnr) return;
  throw new ParameterError(
    `${nothingAt(where)} (local correlation ${found.correlation.toFixed(2)} and peak-to-noise ratio ${
      found.pnr.toFixed(1)
    }, where ${correlation.toFixed(2)} and ${pnr.toFixed(1)} are needed)`,
  );
}

function nothingAt(where: string): string {
  return `No cell can be added at ${where}: nothing is active there that is not explained already`;
}

/** Correlation above which two overlapping cells' traces raise a doubt. */
const ALIKE = 0.8;

/** What speaks against a new cell. */
function doubtOf(cell: Cell, others: readonly CellState[]): string {
  const like = others.find((other) =>
    sparseDot(other.footprint, cell.footprint) > 0 && correlation(other.denoised, cell.trace) > ALIKE
  );
  return like ? `; check it: its trace follows that of cell ${like.number}, which it overlaps with` : "";
}
