import { ChunkStream } from "../stream/chunks.ts";
import { checkMovie, type ExtractOptions } from "../cnmfe/extract.ts";
import { firstBackground } from "../cnmfe/first_background.ts";
import { ringRadius } from "../cnmfe/ring.ts";
import { searchImages } from "../cnmfe/search.ts";
import { findSeeds, seedThresholds } from "../cnmfe/seeds.ts";
import { movieStatistics } from "../cnmfe/statistics.ts";
import type { Seed, SummaryImages } from "../core/extraction.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import { planChunks } from "../core/plan.ts";
import { withBuffers } from "../gpu/scope.ts";

/** Summary images and the seeds the initialiser would try first. */
export type Summary = SummaryImages & {
  /** Candidate seeds, strongest first. */
  readonly seeds: readonly Seed[];
};

/** Everything the initialiser sees of a movie before it starts, for any `min_corr` and `min_pnr`. */
export type InitialiserImages = SummaryImages & {
  /** Largest rise from one frame to the next over the s.d. of these differences, of the filtered movie: seeds need one. */
  readonly rise: Float32Array;
};

/** Shares of the work, for the progress. */
const STATISTICS_SHARE = 0.3;

/**
 * The summary images of a movie and the initialiser's candidate seeds. Correlation and PNR are the initialiser's own images, made by the
 * same code on the same averaged and filtered frames without the ring background (algorithm.md section 3), so that what parameters are
 * chosen on is what acts: `min_corr` and `min_pnr` can be read off these images.
 * @throws MovieError for a movie without content to analyse
 * @throws ParameterError when the memory ceiling is too low
 */
export async function summarize(
  source: MovieSource,
  parameters: Parameters,
  options: ExtractOptions,
): Promise<Summary> {
  const { rise, ...images } = await initialiserImages(source, parameters, options);
  return { ...images, seeds: candidateSeeds({ ...images, rise }, source.header, parameters) };
}

/**
 * The images of `summarize`. Of the parameters of the search only `gSig`, `gSiz`, `tsub` and the ring's act on them: seeds for other `min_corr` and
 * `min_pnr` are had from the same images by `candidateSeeds`, at once.
 * @throws MovieError for a movie without content to analyse
 * @throws ParameterError when the memory ceiling is too low
 */
export async function initialiserImages(
  source: MovieSource,
  parameters: Parameters,
  options: ExtractOptions,
): Promise<InitialiserImages> {
  checkMovie(source);
  return await withBuffers(options.compute, (compute) => imagesOn(source, parameters, { ...options, compute }));
}

async function imagesOn(
  source: MovieSource,
  parameters: Parameters,
  { compute, memoryBytes, progress, signal }: ExtractOptions,
): Promise<InitialiserImages> {
  const plan = planChunks(source.header, parameters, memoryBytes);
  const radius = ringRadius(parameters);
  const stream = await ChunkStream.open(compute, source, plan.chunkFrames, signal);
  const statistics = await movieStatistics(stream, {
    factor: parameters.background_downsampling_factor,
    radius,
    bin: plan.bin,
  }, (fraction) => progress?.({ stage: "statistics", fraction: STATISTICS_SHARE * fraction }));
  const background = await firstBackground(stream, statistics, radius);
  statistics.release();
  const images = await searchImages(stream, plan, parameters, background, (fraction) => {
    progress?.({ stage: "images", fraction: STATISTICS_SHARE + (1 - STATISTICS_SHARE) * fraction });
  });
  background.ring.weights.release();
  const { mean, max, noise } = statistics, { correlation, pnr, rise } = images;
  return { mean, max, noise, correlation, pnr, rise };
}

/** The initialiser's candidate seeds, strongest first, on images of `initialiserImages`. */
export function candidateSeeds(
  images: Pick<InitialiserImages, "correlation" | "pnr" | "rise">,
  { width, height }: Pick<MovieSource["header"], "width" | "height">,
  parameters: Pick<Parameters, "min_corr" | "min_pnr" | "gSiz">,
): Seed[] {
  const found = findSeeds({ ...images, width, height }, seedThresholds(parameters));
  return found.map(({ x, y, correlation, pnr }) => ({ x, y, correlation, pnr }));
}
