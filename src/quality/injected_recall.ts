import { excludedPixels } from "../cnmfe/excluded.ts";
import { extract, type ExtractOptions } from "../cnmfe/extract.ts";
import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { footprintOf } from "../core/footprints.ts";
import type { MovieSource } from "../core/movie.ts";
import type { InjectedRecall, RecallBin } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { optimalMatching } from "../score/assignment.ts";
import { footprintCosines } from "../score/similarity.ts";
import { addCells, type AddedCells } from "../simulation/onto.ts";
import { typicalDecay } from "./decay.ts";
import { measureQuality } from "./measure.ts";

/** Which cells `injectedRecall` adds, and what with. */
export interface InjectOptions extends ExtractOptions {
  /** Cells to add; fewer are when the field has no room for so many beside those that were found. */
  readonly cells: number;
  /** Seed of the generator that makes them: the same seed gives the same cells. Default 1. */
  readonly seed?: number;
}

/** Bounds of the bins of peak SNR. */
const BIN_EDGES = [1.5, 3, 5, 7.5, 10, 15];
/** Least cosine of an added cell's footprint with a component that found it. */
const FOUND_COSINE = 0.5;
/** When so many cells find no room, this share of them is tried. */
const FEWER = 0.7;
/** Shares of the work, for the progress: the rest is the evaluation. */
const EXTRACTION_SHARE = 0.85;

/**
 * How many known cells are found again when they are added to the recording: a measure of what was missed, at each brightness. Adds cells
 * that look like those found (gSig, decay time) where none was found, as the movie is read, with peaks of 1.5 to 15 times the recording's
 * own noise at their brightest pixel (`addCells`), as many in each bin; extracts that movie with the extraction's parameters, judges its cells by `parameters`,
 * and matches them one to one with the added ones (footprint cosine of at least 0.5). Takes about as long as the extraction itself.
 *
 * @param source the movie as it was extracted from; it is not closed
 * @param extraction what was found in it
 * @param parameters thresholds of the quality
 * @returns bins of peak SNR with the cells added, found, and found and accepted; `cells` are those that were added, 0 when not even one
 * finds room
 * @throws ParameterError when `cells` is no whole number from 1
 */
export async function injectedRecall(
  source: MovieSource,
  extraction: Extraction,
  parameters: QualityParameters,
  options: InjectOptions,
): Promise<InjectedRecall> {
  const { cells, seed = 1, progress } = options, { width, height } = source.header;
  if (!(Number.isInteger(cells) && cells >= 1)) {
    throw new ParameterError(`${cells} cells cannot be added: a whole number from 1 is right`);
  }
  const border = options.border ?? extraction.preparation?.motion?.border;
  const added = await withRoom(source, extraction, cells, seed);
  if (!added) return { cells: 0, seed, cosine: FOUND_COSINE, bins: binsOf([]) };
  const { source: movie, truth } = added;
  const again = await extract(movie, usedParameters(extraction), {
    ...options,
    border,
    progress: (event) =>
      progress?.({ ...event, stage: `added cells: ${event.stage}`, fraction: EXTRACTION_SHARE * event.fraction }),
  });
  const { quality } = await measureQuality(movie, again, parameters, {
    ...options,
    border,
    progress: (event) =>
      progress?.({
        stage: `added cells: ${event.stage}`,
        fraction: EXTRACTION_SHARE + (1 - EXTRACTION_SHARE) * event.fraction,
      }),
  });
  const pairs = footprintCosines(truth.footprints, again.footprints).filter(({ cosine }) => cosine >= FOUND_COSINE);
  const component = new Map(optimalMatching(pairs).map(({ a, b }) => [a, b]));
  // Nothing can be found where no cell may be.
  const excluded = excludedPixels(width, height, border);
  const counted = Array.from(truth.snr, (snr, cell) => ({ snr, component: component.get(cell), cell }))
    .filter(({ cell }) => !excluded?.[brightest(truth.footprints, cell)]);
  const known = counted.map(({ snr, component }) => ({
    snr,
    isFound: component !== undefined,
    isAccepted: component !== undefined && quality.accepted![component] === 1,
  }));
  return { cells: counted.length, seed, cosine: FOUND_COSINE, bins: binsOf(known) };
}

/** Counts added cells bin by bin. */
function binsOf(
  known: readonly { readonly snr: number; readonly isFound: boolean; readonly isAccepted: boolean }[],
): RecallBin[] {
  return BIN_EDGES.slice(1).map((to, i) => {
    const inBin = known.filter(({ snr }) => snr >= BIN_EDGES[i] && (snr < to || i === BIN_EDGES.length - 2));
    return {
      from: BIN_EDGES[i],
      to,
      added: inBin.length,
      found: inBin.filter(({ isFound }) => isFound).length,
      accepted: inBin.filter(({ isAccepted }) => isAccepted).length,
    };
  });
}

/** The movie with as many of the wanted cells as find room; undefined when none does. */
async function withRoom(
  source: MovieSource,
  extraction: Extraction,
  cells: number,
  seed: number,
): Promise<AddedCells | undefined> {
  const { gSig, frame_rate } = usedParameters(extraction);
  const like = { gSig, frame_rate, decay_time: typicalDecay(extraction), seed, min_snr: 1, max_snr: 1 };
  for (let count = cells; count > 0; count = Math.floor(FEWER * count)) {
    try {
      const added = await addCells(source, { ...like, cells: count }, extraction.footprints);
      spreadOverBins(added);
      return added;
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
    }
  }
  return undefined;
}

/**
 * Gives cells of SNR 1 their brightness: the bins take turns, and within a bin they are evenly spread. Drawn at random, some bin would
 * hold none of a few cells. The movie is made of these very traces as it is read.
 */
function spreadOverBins({ truth: { calcium, spikes, snr, frames } }: AddedCells): void {
  const bins = BIN_EDGES.length - 1;
  for (let k = 0; k < snr.length; k++) {
    const bin = k % bins, ofBin = Math.ceil((snr.length - bin) / bins);
    const share = (Math.floor(k / bins) + 0.5) / ofBin;
    const factor = (BIN_EDGES[bin] + share * (BIN_EDGES[bin + 1] - BIN_EDGES[bin])) / snr[k];
    snr[k] *= factor;
    for (let i = k * frames; i < (k + 1) * frames; i++) {
      calcium[i] *= factor;
      spikes[i] *= factor;
    }
  }
}

/** Pixel of a footprint's largest weight. */
function brightest(footprints: Parameters<typeof footprintOf>[0], k: number): number {
  const { pixels, values } = footprintOf(footprints, k);
  let best = 0;
  values.forEach((value, i) => best = value > values[best] ? i : best);
  return pixels[best];
}
