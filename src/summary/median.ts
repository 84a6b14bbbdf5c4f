import { RANK_BITS, RANK_STEPS, rankCounts } from "../kernels/rank_counts.ts";
import { type KeyKind, keyOf, sampleOf } from "../kernels/sample_key.ts";
import { pitchOf, unpad } from "../kernels/stack.ts";
import type { ChunkStream } from "../stream/chunks.ts";

/** What has to be known of every pixel before its median is searched: padded images of deviations from the stream's centre. */
export interface MedianBounds {
  readonly mean: Float64Array;
  readonly standardDeviation: Float64Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Part of the standard deviation and of the whole range by which the mean and its bound may be wrong; far more than rounding. */
const SLACK = { deviation: 1e-3, range: 1e-5 };

/**
 * The keys between which every pixel's median lies: it is no further from the mean than a standard deviation (Hotelling & Solomons 1932),
 * and lies between the extremes.
 * @returns the lowest key of each pixel, and the number of keys of the longest interval
 */
function firstIntervals({ mean, standardDeviation, low, high }: MedianBounds, kind: KeyKind) {
  const keys = new Uint32Array(mean.length);
  let longest = 1;
  for (let i = 0; i < mean.length; i++) {
    const reach = standardDeviation[i] * (1 + SLACK.deviation) + SLACK.range * (high[i] - low[i]);
    let from = mean[i] - reach, to = mean[i] + reach;
    if (kind === "whole") [from, to] = [Math.floor(from), Math.ceil(to)];
    keys[i] = keyOf(kind, Math.max(low[i], from));
    longest = Math.max(longest, keyOf(kind, Math.min(high[i], to)) - keys[i] + 1);
  }
  return { keys, longest };
}

/**
 * The median of every pixel over time, exactly: the middle sample, or the mean of the two middle ones. Each pass over the movie cuts every
 * pixel's interval of keys into 16 and keeps the part that holds the median. The first interval is as long as the pixel's spread, so
 * movies of 8 bits need one or two passes, movies of 16 bits at most five and mostly two or three, and float32 at most eight. (A float32 sample is
 * counted as its difference from the centre image, which is exact where it is between half and twice the centre, and else rounded once.)
 * Memory does not grow with the movie.
 *
 * @returns row-major height×width, in the movie's units
 */
export async function medianImage(
  stream: ChunkStream,
  bounds: MedianBounds,
  progress?: (fraction: number) => void,
): Promise<Float32Array> {
  const { compute, source } = stream, { width, height, frames, sampleType } = source.header;
  const kind: KeyKind = sampleType === "float32" ? "float" : "whole", blocks = pitchOf(width) * height / 4;
  const { keys, longest } = firstIntervals(bounds, kind),
    passes = Math.max(1, Math.ceil(Math.log2(longest) / RANK_BITS));
  const bands = bandsOf(blocks, compute.limits.maxBindingBytes).map((band) => ({
    ...band,
    counts: compute.allocate("rank counts", band.blocks * 16 * RANK_STEPS),
  }));
  const low = compute.allocate("lowest keys", blocks * 16),
    above = compute.allocate("least samples above", blocks * 16);
  try {
    const endless = new Float32Array(blocks * 4).fill(3e38), medians = new Float32Array(blocks * 4);
    for (let pass = 0; pass < passes; pass++) {
      const shift = RANK_BITS * (passes - 1 - pass);
      compute.write(low, keys);
      compute.write(above, endless);
      for (const { counts } of bands) compute.clear(counts);
      await stream.each({}, (chunk) => {
        const shape = { frames: chunk.frames, width, height };
        for (const band of bands) rankCounts(compute, chunk.stack, low, band.counts, above, shape, band, kind, shift);
        progress?.((pass + (chunk.start + chunk.frames) / frames) / passes);
      });
      const least = shift === 0 ? new Float32Array((await compute.read(above))[0]) : endless;
      for (const { first, blocks, counts } of bands) {
        const found = new Float32Array((await compute.read(counts))[0]), size = blocks * 4;
        const pixels = { counts: found, size, keys: keys.subarray(first * 4, first * 4 + size) };
        if (shift > 0) narrow(pixels, frames, shift);
        else middles(pixels, frames, kind, least.subarray(first * 4), medians.subarray(first * 4));
      }
    }
    return unpad(medians, width, height).map((value, i) => stream.centre[i] + value);
  } finally {
    for (const buffer of [low, above, ...bands.map(({ counts }) => counts)]) buffer.release();
  }
}

/** Bands of blocks whose counts can be bound. */
function bandsOf(blocks: number, bindingBytes: number): { first: number; blocks: number }[] {
  const most = Math.floor(bindingBytes / (16 * RANK_STEPS)), count = Math.ceil(blocks / most);
  return Array.from({ length: count }, (_, b) => {
    const first = b * most;
    return { first, blocks: Math.min(most, blocks - first) };
  });
}

/** The counts of some pixels, and the lowest keys of their intervals. */
interface CountedPixels {
  readonly counts: Float32Array;
  readonly size: number;
  readonly keys: Uint32Array;
}

/** The step that holds the sample of a rank (0 is the least sample), or `RANK_STEPS` when it lies above the interval. */
function stepOf({ counts, size }: CountedPixels, pixel: number, rank: number): number {
  let step = 0;
  for (let below = counts[pixel]; below <= rank && step < RANK_STEPS; below += counts[step * size + pixel]) step++;
  return step;
}

/** Moves every interval to the step that holds the lower middle sample. */
function narrow(pixels: CountedPixels, frames: number, shift: number): void {
  const rank = Math.floor((frames - 1) / 2);
  for (let i = 0; i < pixels.size; i++) {
    pixels.keys[i] += Math.min(stepOf(pixels, i, rank), RANK_STEPS - 1) * 2 ** shift;
  }
}

/** Medians, when a step is one key. The upper middle sample may be the least one above the interval. */
function middles(
  pixels: CountedPixels,
  frames: number,
  kind: KeyKind,
  above: Float32Array,
  medians: Float32Array,
): void {
  const sampleOfRank = (pixel: number, rank: number) => {
    const step = stepOf(pixels, pixel, rank);
    return step < RANK_STEPS ? sampleOf(kind, pixels.keys[pixel] + step) : above[pixel];
  };
  for (let i = 0; i < pixels.size; i++) {
    const lower = sampleOfRank(i, Math.floor((frames - 1) / 2));
    medians[i] = frames % 2 === 1 ? lower : (lower + sampleOfRank(i, frames / 2)) / 2;
  }
}
