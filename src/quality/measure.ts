import { excludedPixels } from "../cnmfe/excluded.ts";
import { checkMovie, type ExtractOptions } from "../cnmfe/extract.ts";
import { type Known, knownModel } from "../cnmfe/known.ts";
import { searchImages } from "../cnmfe/search.ts";
import { findSeeds, seedThresholds } from "../cnmfe/seeds.ts";
import { MovieError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { MovieSource } from "../core/movie.ts";
import { planChunks } from "../core/plan.ts";
import type { CellQuality, FieldQuality } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { usedParameters } from "../core/used_parameters.ts";
import { withBuffers } from "../gpu/scope.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { acceptCells } from "./accept.ts";
import { measuresOfResults } from "./cell_measures.ts";
import { combinedQuality } from "./combined.ts";
import { transientFrames } from "./exceptionality.ts";
import { movieMeasures } from "./movie_measures.ts";

/** What `measureQuality` finds. */
export interface MeasuredQuality {
  /** Every measure of each cell, and whether it is accepted. */
  readonly quality: CellQuality;
  /** How well the recording was explained. */
  readonly fieldQuality: FieldQuality;
}

/** Share of the work that is the measures of the cells, for the progress. */
const CELLS_SHARE = 0.5;

/**
 * Measures how good each cell of an extraction is (`CellQuality` says what is measured), decides which are accepted (`acceptCells`; what a
 * person decided before stays), and looks for what nobody found: peaks of the correlation and peak-to-noise images of the residual, movie −
 * cells − background, by the extraction's own thresholds.
 *
 * Streams the movie once for the cells and once for each tile of the search; only traces grow with its length. Two runs on one device give the same numbers to the last bit; the backends
 * and other chunks agree within 1e-3 (r-value, share of variance, ring fit). Cells whose traces hold numbers that are not finite are left
 * in the movie and cannot be judged.
 *
 * @param source the movie as it was extracted from: preprocessed, motion-corrected
 * @param extraction its cells; of another program's results, parameters that are not known get their defaults
 * @param parameters of the quality: what a transient is, and the thresholds
 * @param options device, memory, progress; `border` defaults to that of the extraction's motion correction
 * @throws MovieError for a movie of another size, or without content to analyse
 * @throws ParameterError when the memory ceiling is too low
 * @throws ComputeError when the device fails
 */
export async function measureQuality(
  source: MovieSource,
  extraction: Extraction,
  parameters: QualityParameters,
  options: ExtractOptions,
): Promise<MeasuredQuality> {
  checkMovie(source);
  refuseAnotherSize(source, extraction);
  return await withBuffers(
    options.compute,
    (compute) => measureOn(source, extraction, parameters, { ...options, compute }),
  );
}

async function measureOn(
  source: MovieSource,
  extraction: Extraction,
  parameters: QualityParameters,
  options: ExtractOptions,
): Promise<MeasuredQuality> {
  const { compute, memoryBytes, progress, signal } = options;
  const border = options.border ?? extraction.preparation?.motion?.border;
  const search = usedParameters(extraction), plan = planChunks(source.header, search, memoryBytes);
  const { width, height } = source.header, excluded = excludedPixels(width, height, border);
  const known = { ...withoutBrokenCells(knownModel(compute, extraction)), excluded };
  const stream = await ChunkStream.open(compute, source, plan.chunkFrames, signal);
  const report = (stage: string, from: number, share: number) => (fraction: number) =>
    progress?.({ stage, fraction: from + share * fraction });
  const ofMovie = await movieMeasures(stream, known, {
    window: transientFrames(extraction.frameRate, parameters.decay_time),
    gSig: search.gSig,
  }, report("quality of the cells", 0, CELLS_SHARE));
  const ofResults = measuresOfResults(extraction, parameters, border), { snr } = ofResults;
  const { duplicateCosine, duplicateCorrelation } = ofResults;
  const tell = report("what is left", CELLS_SHARE, 1 - CELLS_SHARE);
  const images = await searchImages(stream, plan, search, known, tell);
  const seeds = findSeeds({ ...images, width, height }, seedThresholds(search), excluded);
  const combined = snr!.map((value, k) =>
    combinedQuality(value, ofMovie.rValue[k], duplicateCosine![k], duplicateCorrelation![k])
  );
  const { accepted, decided, reasons } = extraction.quality ?? {};
  const judged = { accepted, decided, reasons, ...ofResults, ...ofMovie, combined };
  return {
    quality: acceptCells(judged, extraction, parameters),
    fieldQuality: {
      correlation: images.correlation,
      pnr: images.pnr,
      unexplained: seeds.map(({ x, y, correlation, pnr }) => ({ x, y, correlation, pnr })),
      ...(extraction.fieldQuality?.recall ? { recall: extraction.fieldQuality.recall } : {}),
    },
  };
}

/** The model without cells that would spread numbers that are not finite: their traces are 0. */
function withoutBrokenCells(known: Known): Known {
  const isFinite = (values: Float32Array) => values.every(Number.isFinite);
  return {
    ...known,
    cells: known.cells.map(({ footprint, trace }) => ({
      footprint: isFinite(footprint.values)
        ? footprint
        : { ...footprint, values: footprint.values.map((value) => Number.isFinite(value) ? value : 0) },
      trace: isFinite(trace) ? trace : new Float32Array(trace.length),
    })),
  };
}

function refuseAnotherSize({ header }: MovieSource, { movie }: Extraction): void {
  const { width, height, frames, name } = header;
  if (width === movie.width && height === movie.height && frames === movie.frames) return;
  throw new MovieError(
    `"${name}" has ${frames} frames of ${width}×${height} pixels, but these results came from ${movie.frames} frames of ` +
      `${movie.width}×${movie.height}: it is another movie`,
  );
}
