import { correlation } from "../core/correlation.ts";
import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { Footprint } from "../core/footprints.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { binnedCentred } from "../cnmfe/covariance.ts";
import { newCell, type ReadCell, sparseDot } from "../cnmfe/cells.ts";
import type { CellChange } from "./cell_change.ts";
import { type CellState, cellStates } from "./cell_state.ts";
import { nextNumber } from "./check.ts";
import { overlapping } from "./concerned.ts";
import { updatedToo } from "./delete_cells.ts";
import { asCell, asState } from "./made_cell.ts";
import type { EditOptions } from "./options.ts";
import { residualSeries } from "./pixel_series.ts";
import { COARSE_ROUNDS, type Guess } from "./refit.ts";
import { twoParts } from "./two_parts.ts";
import { updateAround } from "./update.ts";
import { hasNumbers, windowAround } from "./window.ts";
import { keepingPart, type MovieEditOptions } from "./with_window.ts";

/** Averaged frames in which the two parts are told apart. */
const LOOKED_AT_FRAMES = 1000;
/** Footprints with at least this cosine are one cell, as in the extraction's merging. */
const SAME_FOOTPRINT = 0.8;
/** Cosine of footprints × correlation of traces above which a cell's two parts are one: true neighbours share one or the other, not both. */
const ONE_CELL = 0.25;
/** The same for a part and a cell that is there already. */
const THERE_ALREADY = 0.45;
/** Peak of a part's trace over its noise that tells it from what a cell's own mismatch leaves over. */
const PART_PNR = 5;
/** How far around a cell its parts are looked for, in cell diameters: the footprint of two cells often holds the stronger one whole, and little of the other. */
const WIDENED = 0.25;

/**
 * Makes two cells of one: the movie at its pixels, without background and the other cells, is factored into two parts (`twoParts`), which are
 * then updated as any other cell. The larger part keeps the number.
 */
export async function splitCell(extraction: Extraction, number: number, options: EditOptions): Promise<CellChange> {
  const { source } = options, parameters = usedParameters(extraction), all = cellStates(extraction);
  if (!source) throw new ParameterError(`A cell can be split only with the movie of these results: name its files`);
  const own = all.find((cell) => cell.number === number)!, others = all.filter((cell) => cell !== own);
  const cannot = (why: string) => new ParameterError(`Cell ${number} cannot be split: ${why}`);
  if (!hasNumbers(own)) throw cannot("its trace holds values that are not finite numbers");
  if (own.footprint.pixels.length < 2 * parameters.min_pixel) {
    const { length } = own.footprint.pixels;
    throw cannot(`its footprint has ${length === 1 ? "1 pixel" : `${length} pixels`} only`);
  }
  const near = overlapping(others, [own.footprint]).map(({ footprint }) => footprint);
  const part = windowAround(extraction, parameters, [own.footprint, ...near], Math.ceil(2 * WIDENED * parameters.gSiz));
  const given = keepingPart({ ...options, source }, part), guesses = await partsOf(extraction, number, given);
  if (!guesses) throw cannot("its pixels follow one trace");
  const { made: [first, second], neighbours } = await updateAround(
    extraction,
    guesses,
    others,
    [own.footprint],
    COARSE_ROUNDS,
    given,
  );
  if (!first || !second) throw cannot("its pixels follow one trace; no second one is left when both are updated");
  const likeness = correlation(first.trace, second.trace), cosine = sparseDot(first.footprint, second.footprint);
  if (likeness > parameters.merge_threshold || cosine >= SAME_FOOTPRINT || cosine * likeness > ONE_CELL) {
    throw cannot(
      `both parts would be the same cell (their footprints have a cosine of ${
        cosine.toFixed(2)
      }, their traces correlate by ${likeness.toFixed(2)})`,
    );
  }
  for (const part of [first, second]) {
    const twin = others.find((cell) =>
      sparseDot(cell.footprint, part.footprint) * correlation(cell.denoised, part.trace) > THERE_ALREADY
    );
    if (twin) throw cannot(`one of its parts would be cell ${twin.number}, which is there already`);
    const pnr = part.trace.reduce((a, b) => Math.max(a, b), 0) / part.noise;
    if (!(pnr >= Math.min(PART_PNR, parameters.min_pnr))) {
      throw cannot(`its second part is too weak to be a cell (peak-to-noise ratio ${pnr.toFixed(1)})`);
    }
  }
  const [large, small] = energy(first) >= energy(second) ? [first, second] : [second, first],
    added = nextNumber(extraction);
  return {
    cells: [asState(number, large, extraction), asState(added, small, extraction), ...neighbours],
    removed: [],
    made: [number, added],
    outcome: `Cell ${number} split into cells ${number} and ${added}${updatedToo(neighbours)}`,
    refitted: true,
  };
}

/** First guesses of a cell's two parts; undefined when it has only one. */
async function partsOf(
  extraction: Extraction,
  number: number,
  options: MovieEditOptions,
): Promise<Guess[] | undefined> {
  const all = cellStates(extraction),
    own = all.find((cell) => cell.number === number)!,
    { frames } = options.source.header;
  const { width, height } = extraction.footprints, average = Math.ceil(frames / LOOKED_AT_FRAMES);
  const { gSiz } = usedParameters(extraction),
    place = windowAround(extraction, usedParameters(extraction), [own.footprint], Math.ceil(WIDENED * gSiz));
  const { pixels, values } = widened(own.footprint, width, height, WIDENED * gSiz, all);
  const { rows, length } = await residualSeries(extraction, place, pixels, all, average, options);
  // Every cell is taken off, for its share in its neighbours' background; its own part is given back.
  const trace = binnedCentred(asCell(own, extraction).trace, average);
  rows.forEach((row, i) => {
    for (let t = 0; t < length; t++) row[t] += values[i] * trace[t];
  });
  const parts = twoParts(rows);
  if (!parts) return undefined;
  const guesses = [parts.first, parts.second].map((weights, k): Guess => {
    const footprint = positive(pixels, weights), series = parts.series[k], least = Math.min(...series);
    const whole = Float32Array.from({ length: frames }, (_, t) => series[Math.floor(t / average)] - least);
    return { ...newCell(footprint, whole), number };
  });
  return guesses.every(({ footprint, trace }) => footprint.pixels.length > 0 && trace.every(Number.isFinite))
    ? guesses
    : undefined;
}

/** A footprint with every pixel within a distance of it that no cell holds; the new ones weigh 0. */
function widened(
  { pixels, values }: Footprint,
  width: number,
  height: number,
  distance: number,
  cells: readonly CellState[],
): Footprint {
  const held = new Set(cells.flatMap((cell) => [...cell.footprint.pixels]));
  const known = new Map(Array.from(pixels, (pixel, i) => [pixel, values[i]])), reach = Math.floor(distance);
  for (const pixel of pixels) {
    const x = pixel % width, y = Math.floor(pixel / width);
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
        const at = v * width + u;
        if ((u - x) ** 2 + (v - y) ** 2 <= distance * distance && !known.has(at) && !held.has(at)) known.set(at, 0);
      }
    }
  }
  const all = Uint32Array.from(known.keys()).sort();
  return { pixels: all, values: Float32Array.from(all, (pixel) => known.get(pixel)!) };
}

function positive(pixels: Uint32Array, weights: Float64Array): Footprint {
  const kept = [...pixels.keys()].filter((i) => weights[i] > 0);
  return { pixels: Uint32Array.from(kept, (i) => pixels[i]), values: Float32Array.from(kept, (i) => weights[i]) };
}

function energy({ trace }: ReadCell): number {
  return trace.reduce((sum, value) => sum + value * value, 0);
}
