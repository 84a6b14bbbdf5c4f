import type { ExtractOptions } from "../cnmfe/extract.ts";
import { ParameterError } from "../core/errors.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import { nearestName } from "../core/nearest_name.ts";
import { unpad } from "../kernels/stack.ts";
import { ChunkStream } from "../stream/chunks.ts";
import { BlockSummer } from "./block_summer.ts";
import { FieldStatistics, type Neighbours } from "./field_statistics.ts";
import { FrameMeans } from "./frame_means.ts";
import { correlationBins, equalPieces } from "./frame_ranges.ts";
import { medianImage } from "./median.ts";
import { planProjections } from "./projection_plan.ts";

/** The images a movie is projected to, in the order they are shown. */
export const PROJECTIONS = [
  "mean",
  "median",
  "max",
  "min",
  "standard_deviation",
  "range",
  "correlation",
  "max_correlation",
] as const;

/** One of them. */
export type ProjectionName = typeof PROJECTIONS[number];

/** What `projectMovie` makes. */
export interface ProjectionOptions {
  /** The images that are wanted. Default: all. */
  readonly images?: readonly ProjectionName[];
  /** Neighbours a pixel is correlated with: those that share a side (4), or a corner, too (8). Default 8. */
  readonly neighbours?: Neighbours;
  /** Frames per bin of the largest correlation, at least 2. Default 1000. */
  readonly bin_size?: number;
}

/** Images of a whole movie, each row-major height×width, and its mean over time. */
export interface Projections {
  /** The movie they are of. */
  readonly movie: MovieHeader;
  /**
   * The images that were wanted. Counts, but for the correlations: `mean`, `median`, `max`, `min`, `standard_deviation` (over the frames,
   * divided by their number), `range` (max − min), `correlation` (of a pixel with its neighbours, −1..1) and `max_correlation` (the largest of
   * the correlations in bins of frames).
   */
  readonly images: Readonly<Partial<Record<ProjectionName, Float32Array>>>;
  /** Mean of every frame, counts. T. */
  readonly meanTrace: Float32Array;
  /** Neighbours of the correlations. */
  readonly neighbours: Neighbours;
  /** Frames per bin of `max_correlation`. */
  readonly binSize: number;
}

/** Frames that are summed in 32 bits before they are put together in 64. */
const BLOCK_FRAMES = 1024;
/** Share of the first pass when there are others for the median. */
const FIRST_PASS = 0.4;

/**
 * Images that sum up a movie, and its mean over time. All but the median are made in one pass over the movie; the median is exact and takes
 * one to eight more (`medianImage`), mostly two or three. Correlations are Pearson's over time of the plain movie (not filtered) with the
 * neighbours that exist, averaged; a pixel that never varies counts as 0. Sources: CaImAn's `local_correlations_fft` and
 * `max_correlation_image`. (CaImAn's `local_correlations` swaps the diagonal neighbours; with 4 neighbours it is the same.)
 *
 * Memory does not grow with the movie, but for the mean trace. Two runs on one device give the same numbers to the last bit; other chunks and
 * the other backend give the same extremes and medians, and the others within 1e-5 of their largest value. Extremes and medians of whole
 * samples are exact; those of float32 samples may differ by the rounding of a difference from the movie's first mean.
 *
 * @throws ParameterError for options that make no sense, and when the memory ceiling is too low
 * @throws MovieError for a sample that is not a finite number
 * @throws ComputeError when the device fails
 */
export async function projectMovie(
  source: MovieSource,
  options: ProjectionOptions,
  { compute, memoryBytes, progress, signal }: ExtractOptions,
): Promise<Projections> {
  const { images: names, neighbours, bin_size } = resolveProjectionOptions(options), wanted = new Set(names);
  const { chunkFrames } = planProjections(source.header, memoryBytes, compute.limits.maxBindingBytes);
  const stream = await ChunkStream.open(compute, source, chunkFrames, signal);
  try {
    const firstShare = wanted.has("median") ? FIRST_PASS : 1;
    const { whole, maxCorrelation, meanTrace } = await firstPass(
      stream,
      neighbours,
      wanted.has("max_correlation") ? bin_size : undefined,
      (fraction) => progress?.({ stage: "projections", fraction: firstShare * fraction }),
    );
    const { mean, low, high } = whole, deviation = whole.standardDeviation();
    const image = (values: ArrayLike<number>, isDeviation: boolean) => {
      const { width, height } = source.header, image = unpad(Float32Array.from(values), width, height);
      return isDeviation ? image.map((value, i) => stream.centre[i] + value) : image;
    };
    const make: Record<ProjectionName, () => Float32Array | Promise<Float32Array>> = {
      mean: () => image(mean, true),
      median: () =>
        medianImage(stream, { mean, low, high, standardDeviation: deviation }, (fraction) => {
          progress?.({ stage: "median", fraction: FIRST_PASS + (1 - FIRST_PASS) * fraction });
        }),
      max: () => image(high, true),
      min: () => image(low, true),
      standard_deviation: () => image(deviation, false),
      range: () => image(high.map((most, i) => most - low[i]), false),
      correlation: () => whole.correlation(),
      max_correlation: () => maxCorrelation!,
    };
    const images: Partial<Record<ProjectionName, Float32Array>> = {};
    for (const name of PROJECTIONS) if (wanted.has(name)) images[name] = await make[name]();
    return { movie: source.header, images, meanTrace, neighbours, binSize: bin_size };
  } finally {
    stream.release();
  }
}

/** Options with their defaults. Throws `ParameterError` for those that make no sense. */
export function resolveProjectionOptions(options: ProjectionOptions): Required<ProjectionOptions> {
  const { images = PROJECTIONS, neighbours = 8, bin_size = 1000 } = options;
  if (images.length === 0) throw new ParameterError(`No image is wanted: name some of ${PROJECTIONS.join(", ")}`);
  for (const name of images) {
    if (PROJECTIONS.includes(name)) continue;
    const like = nearestName(name, PROJECTIONS);
    throw new ParameterError(
      `There is no image ${name}${like === undefined ? "" : `; did you mean ${like}?`}` +
        (like === undefined ? `: images are ${PROJECTIONS.join(", ")}` : ""),
    );
  }
  if (neighbours !== 4 && neighbours !== 8) {
    throw new ParameterError(`Parameter neighbours is ${neighbours}, but it has to be 4 or 8`);
  }
  if (!(Number.isInteger(bin_size) && bin_size >= 2)) {
    throw new ParameterError(`Parameter bin_size is ${bin_size}, but it has to be a whole number of frames from 2`);
  }
  return { images, neighbours, bin_size };
}

/** Everything but the median. Without `binSize` there is no largest correlation. */
async function firstPass(
  stream: ChunkStream,
  neighbours: Neighbours,
  binSize: number | undefined,
  progress: (fraction: number) => void,
): Promise<{ whole: FieldStatistics; maxCorrelation?: Float32Array; meanTrace: Float32Array }> {
  const { width, height, frames } = stream.source.header;
  const statistics = () => new FieldStatistics(width, height, neighbours);
  const summer = new BlockSummer(stream), means = new FrameMeans(stream), whole = statistics();
  const add = async (range: { from: number; to: number }, to: readonly FieldStatistics[]) => {
    for (const piece of equalPieces(range, BLOCK_FRAMES)) {
      const sums = await summer.sum(piece, (chunk) => {
        means.add(chunk);
        progress((chunk.start + chunk.frames) / frames);
      });
      for (const one of to) one.add(sums);
    }
  };
  try {
    let maxCorrelation: Float32Array | undefined, done = 0;
    for (const bin of binSize === undefined ? [] : correlationBins(frames, binSize)) {
      const own = statistics();
      await add(bin, [whole, own]);
      const correlation = own.correlation();
      maxCorrelation = maxCorrelation?.map((value, i) => Math.max(value, correlation[i])) ?? correlation;
      done = bin.to;
    }
    await add({ from: done, to: frames }, [whole]);
    return { whole, maxCorrelation, meanTrace: await means.read() };
  } finally {
    summer.release();
    means.release();
  }
}
