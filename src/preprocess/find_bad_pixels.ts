import type { MovieSource, SampleArray } from "../core/movie.ts";
import type { PreprocessOptions } from "./pass.ts";
import { Scratch } from "./pieces.ts";

/** Frames, spread over the movie, that pixels are judged on. */
const JUDGED_FRAMES = 128;
/** Frames it takes to judge pixels at all. */
const LEAST_FRAMES = 8;
/** Half the side of the square of neighbours a pixel is compared with. */
const REACH = 2;
/** How far a pixel is from its neighbours when it counts as stuck, in robust standard deviations of such differences. */
const FAR = 15;
/** Standard deviation of a normal distribution over its median absolute value. */
const SCALE = 1.4826;

/** Pixels that say nothing of the light on them. */
export interface BadPixels {
  /** Indices of pixels that never change while most of their neighbours do, ascending. */
  readonly dead: readonly number[];
  /** Indices of pixels whose mean or scatter over time is far from their neighbours', ascending. */
  readonly stuck: readonly number[];
}

/**
 * Judges pixels on up to 128 frames spread evenly over the movie; blank frames and samples that are not finite do not count.
 *
 * A pixel is dead when it has the same value in all of them and most of its eight neighbours have not: an area that is dark throughout is
 * left alone. It is stuck when its mean over time, or its standard deviation, differs from the median of its neighbours within two pixels
 * by more than 15 robust standard deviations (1.4826 times the median absolute value) of such differences, among its neighbours or in the
 * whole field, whichever are larger. Light through a lens does not change so much from one pixel to the next.
 */
export async function findBadPixels(source: MovieSource, options: PreprocessOptions): Promise<BadPixels> {
  const { width, height } = source.header;
  const { frames, means, deviations, changes } = await pixelStatistics(source, options);
  if (frames < LEAST_FRAMES) return { dead: [], stuck: [] };
  const dead: number[] = [];
  for (let pixel = 0; pixel < changes.length; pixel++) {
    if (changes[pixel] !== 0) continue;
    let live = 0, all = 0;
    eachNeighbour(pixel, 1, width, height, (other) => {
      all++;
      if (changes[other] === 1) live++;
    });
    if (2 * live > all) dead.push(pixel);
  }
  const known = new Set(dead);
  const far = [means, deviations].flatMap((image) => farPixels(image, known, width, height));
  return { dead, stuck: [...new Set(far)].sort((a, b) => a - b) };
}

/** Calls `visit` with the neighbours of a pixel that lie in the field. */
export function eachNeighbour(
  pixel: number,
  reach: number,
  width: number,
  height: number,
  visit: (other: number) => void,
): void {
  const x = pixel % width, y = Math.floor(pixel / width);
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
      if (u !== x || v !== y) visit(v * width + u);
    }
  }
}

/** Median of the first `count` values of an array, which are sorted. */
export function medianOf(values: Float64Array, count: number): number {
  const sorted = values.subarray(0, count).sort();
  return (sorted[Math.floor((count - 1) / 2)] + sorted[Math.ceil((count - 1) / 2)]) / 2;
}

/** Whether all samples of a frame are the same, or none of them is finite. A frame of one pixel is never blank. */
export function isBlank(samples: SampleArray, from: number, size: number): boolean {
  let first = NaN;
  for (let i = from; i < from + size; i++) {
    const value = samples[i];
    if (!Number.isFinite(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return false;
  }
  return Number.isNaN(first) || size > 1;
}

interface PixelStatistics {
  /** Frames that were judged. */
  readonly frames: number;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** 1 where the pixel changes, 0 where it does not, 2 where it has too few finite samples to tell. */
  readonly changes: Uint8Array;
}

async function pixelStatistics(
  source: MovieSource,
  { signal, progress }: PreprocessOptions,
): Promise<PixelStatistics> {
  const { width, height, frames: total, sampleType } = source.header, size = width * height;
  const judged = Math.min(JUDGED_FRAMES, total), scratch = new Scratch(sampleType);
  const firsts = new Float64Array(size).fill(NaN), sums = new Float64Array(size), squares = new Float64Array(size);
  const counts = new Uint32Array(size), changes = new Uint8Array(size);
  let frames = 0;
  for (let k = 0; k < judged; k++) {
    signal?.throwIfAborted();
    progress?.({ stage: "dead pixels", fraction: k / judged });
    const samples = scratch.take(size);
    await source.read(Math.floor((k + 0.5) * total / judged), 1, samples);
    if (isBlank(samples, 0, size)) continue;
    frames++;
    for (let i = 0; i < size; i++) {
      if (!Number.isFinite(samples[i])) continue;
      if (counts[i]++ === 0) firsts[i] = samples[i];
      const change = samples[i] - firsts[i];
      if (change !== 0) changes[i] = 1;
      sums[i] += change;
      squares[i] += change * change;
    }
  }
  for (let i = 0; i < size; i++) if (2 * counts[i] < frames || counts[i] < LEAST_FRAMES) changes[i] = 2;
  const means = sums.map((sum, i) => firsts[i] + sum / counts[i]);
  const deviations = squares.map((square, i) =>
    Math.sqrt(Math.max(0, square / counts[i] - (sums[i] / counts[i]) ** 2))
  );
  return { frames, means, deviations, changes };
}

/** Pixels whose value in an image is far from their neighbours'. */
function farPixels(image: Float64Array, known: ReadonlySet<number>, width: number, height: number): number[] {
  const near = new Float64Array((2 * REACH + 1) ** 2);
  const isGood = (values: Float64Array, pixel: number) => !known.has(pixel) && Number.isFinite(values[pixel]);
  /**
   * Median of what the neighbours of a pixel have in an image; only those count whose opposite neighbour counts, too, so that a slope has
   * no say, not even at the border. NaN where there are hardly any.
   */
  const medianAround = (values: Float64Array, pixel: number): number => {
    const x = pixel % width, y = Math.floor(pixel / width);
    let count = 0;
    eachNeighbour(pixel, REACH, width, height, (other) => {
      const u = 2 * x - other % width, v = 2 * y - Math.floor(other / width);
      if (u < 0 || u >= width || v < 0 || v >= height) return;
      if (isGood(values, other) && isGood(values, v * width + u)) near[count++] = values[other];
    });
    return count < 4 ? NaN : medianOf(near, count);
  };
  const differences = image.map((value, pixel) =>
    known.has(pixel) ? NaN : Math.abs(value - medianAround(image, pixel))
  );
  const finite = differences.filter(Number.isFinite), found: number[] = [];
  const usual = finite.length === 0 ? 0 : medianOf(finite, finite.length);
  differences.forEach((difference, pixel) => {
    // Few pixels get so far: only they are compared with their neighbours.
    if (!(difference > FAR * SCALE * usual)) return;
    const scale = SCALE * Math.max(usual, medianAround(differences, pixel));
    if (scale > 0 && difference > FAR * scale) found.push(pixel);
  });
  return found;
}
