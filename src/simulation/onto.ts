import { MovieError, ParameterError } from "../core/errors.ts";
import type { Footprints } from "../core/footprints.ts";
import { type MovieSource, sampleArray } from "../core/movie.ts";
import type { Truth } from "../core/truth.ts";
import { type Centre, peakPixel, placeCells } from "./cells.ts";
import { checkNumbers } from "./limits.ts";
import { population } from "./population.ts";
import { Random } from "./random.ts";
import { addCellsTo } from "./simulate.ts";

/** Which cells to add to a recording. Everything has a default. */
export interface AddedCellsOptions {
  /** Cells. Default 60. */
  readonly cells?: number;
  /** Typical standard deviation of a cell's profile, pixels. Default 3.5. */
  readonly gSig?: number;
  /** Peak SNR of the faintest cell, relative to the recording's own pixel noise. Default 4. */
  readonly min_snr?: number;
  /** Peak SNR of the brightest cell. Default 20. */
  readonly max_snr?: number;
  /** Least distance between the centres of added cells, in units of `gSig`. Default 4. */
  readonly min_distance?: number;
  /** Frames per second. Default: what the recording says, else 10. */
  readonly frame_rate?: number;
  /** Order of the autoregressive calcium model, 1 or 2. Default 1. */
  readonly ar_order?: number;
  /** Decay time constant of the calcium, seconds. Default 1: a slow indicator, as recordings of a few frames a second call for. */
  readonly decay_time?: number;
  /** Rise time constant, seconds, for `ar_order` 2. Default 0.15. */
  readonly rise_time?: number;
  /** Bursts a second. Default 0.18. */
  readonly burst_rate?: number;
  /** The same seed and options give the same bytes. Default 1. */
  readonly seed?: number;
}

/** A recording with known cells added. */
export interface AddedCells {
  /** The recording plus the cells, float32. Closing it closes the recording. */
  readonly source: MovieSource;
  /** The added cells (not the recording's own). */
  readonly truth: Truth;
  /** Every option as used. */
  readonly options: Readonly<Required<AddedCellsOptions>>;
}

/** Defaults of `AddedCellsOptions`, but for the frame rate, which is the recording's, else 10. */
export const ADDED_CELLS_DEFAULTS: Omit<Required<AddedCellsOptions>, "frame_rate"> = {
  cells: 60,
  gSig: 3.5,
  min_snr: 4,
  max_snr: 20,
  min_distance: 4,
  ar_order: 1,
  decay_time: 1,
  rise_time: 0.15,
  burst_rate: 0.18,
  seed: 1,
};

const LIMITS = {
  cells: { min: 0, whole: true },
  gSig: { min: 0.5, max: 100 },
  min_snr: { min: 0.01, max: 10000 },
  max_snr: { min: 0.01, max: 10000 },
  min_distance: { min: 0, max: 100 },
  frame_rate: { min: 0.01, max: 10000 },
  ar_order: { min: 1, max: 2, whole: true },
  decay_time: { min: 0.001, max: 1000 },
  rise_time: { min: 0.001, max: 1000 },
  burst_rate: { min: 0, max: 1000 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
};

/** An added cell shares at most this cosine with a cell it has to avoid. */
const AVOIDED_COSINE = 0.3;

/** Whether a round cell of a size would overlap one of the footprints. */
function overlapsAny({ x, y }: Centre, gSig: number, { width, count, starts, pixels, values }: Footprints): boolean {
  const round = (pixel: number) => {
    const distance = ((pixel % width) - x) ** 2 + (Math.floor(pixel / width) - y) ** 2;
    return Math.exp(-distance / (2 * gSig * gSig));
  };
  const roundNorm = gSig * Math.sqrt(Math.PI);
  for (let k = 0; k < count; k++) {
    let shared = 0, square = 0;
    for (let i = starts[k]; i < starts[k + 1]; i++) {
      shared += values[i] * round(pixels[i]);
      square += values[i] * values[i];
    }
    if (shared > AVOIDED_COSINE * roundNorm * Math.sqrt(square)) return true;
  }
  return false;
}

/** Half-band high-pass filter: passes a quarter of the sampling rate and up, and keeps the variance of white noise. */
const HIGH_PASS = [1, 0, -9, 16, -9, 0, 1].map((tap) => tap / Math.sqrt(1 + 81 + 256 + 81 + 1));

/**
 * Adds known cells to a real recording, so that accuracy can be measured on a real background: irregular cells away from the border
 * and from each other (not from the recording's own cells), with bursty autoregressive calcium and a peak SNR uniform between
 * `min_snr` and `max_snr` in units of the recording's noise at the cell's brightest pixel (high-passed above a quarter of the frame
 * rate). Reads the recording once for the noise, in chunks. No noise is added: the recording has its own.
 *
 * The result is float32 in the recording's own counts, whatever the recording's type: an 8-bit recording would clip at 255, and
 * rounding cells of a few counts to whole ones would add noise as large as the recording's.
 * @param avoid footprints of the recording's own cells, where known: added cells are then put where none of them lies, so that
 * every component found there stands for the added cell
 */
export async function addCells(
  recording: MovieSource,
  options: AddedCellsOptions = {},
  avoid?: Footprints,
): Promise<AddedCells> {
  const { width, height, frames } = recording.header;
  if (avoid && (avoid.width !== width || avoid.height !== height)) {
    throw new ParameterError(
      `The cells to avoid lie on ${avoid.width}×${avoid.height} pixels, but ${recording.header.name} has ${width}×${height}`,
    );
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const used: Required<AddedCellsOptions> = {
    ...ADDED_CELLS_DEFAULTS,
    frame_rate: recording.header.frameRate ?? 10,
    ...given,
  };
  checkNumbers({ ...used }, { ...LIMITS, max_snr: { min: used.min_snr, max: 10000 } });
  if (frames < HIGH_PASS.length) {
    throw new MovieError(
      `${recording.header.name} has ${frames} frames; at least ${HIGH_PASS.length} are needed to measure its noise`,
    );
  }
  const { cells, gSig, seed } = used;
  const centres = placeCells({
    width,
    height,
    cells,
    margin: 3 * gSig,
    distance: used.min_distance * gSig,
    fractionClose: 0,
    closeDistance: 0,
    allowed: avoid && ((centre) => !overlapsAny(centre, gSig, avoid)),
  }, new Random(seed, 12));
  // Reading takes long: that the cells find room is known by now.
  const { mean, noise } = await meanAndNoise(recording);

  const snr = new Float64Array(cells);
  const { footprints, calcium, spikes, order, ar } = population(
    centres,
    { ...used, width, height, frames },
    (k) => new Random(seed, 13, k),
    (k, footprint, peak, random) => {
      snr[k] = random.uniform(used.min_snr, used.max_snr);
      return snr[k] * noise[peakPixel(footprint)] / peak;
    },
  );
  const truth: Truth = {
    width,
    height,
    frames,
    frameRate: used.frame_rate,
    footprints,
    calcium,
    spikes,
    arOrder: order,
    ar,
    snr,
    b0: mean,
    noise,
  };
  return { source: withCells(recording, truth, seed), truth, options: used };
}

function withCells(recording: MovieSource, truth: Truth, seed: number): MovieSource {
  const { width, height, frames } = truth;
  const pixels = width * height;
  return {
    header: {
      ...recording.header,
      sampleType: "float32",
      frameRate: truth.frameRate,
      name: `${recording.header.name} with ${truth.footprints.count} cells added (seed ${seed})`,
    },
    async read(start, count, into) {
      if (!(into instanceof Float32Array)) throw new TypeError("A movie with added cells is read into a Float32Array");
      if (!(start >= 0 && count >= 0 && start + count <= frames)) {
        throw new MovieError(`Frames ${start} to ${start + count - 1} do not exist: the movie has ${frames}`);
      }
      const samples = sampleArray(recording.header.sampleType, count * pixels);
      await recording.read(start, count, samples);
      into.set(samples);
      for (let i = 0; i < count; i++) addCellsTo(into.subarray(i * pixels, (i + 1) * pixels), truth, start + i);
    },
    close: () => recording.close(),
  };
}

/** Mean over time and noise s.d. of each pixel, in one pass over chunks of frames. */
async function meanAndNoise(movie: MovieSource): Promise<{ mean: Float64Array; noise: Float64Array }> {
  const { width, height, frames, sampleType } = movie.header;
  const pixels = width * height, taps = HIGH_PASS.length, keep = taps - 1;
  const mean = new Float64Array(pixels), noise = new Float64Array(pixels);
  const step = Math.max(1, Math.min(frames, Math.floor(2 ** 23 / pixels)));
  const samples = sampleArray(sampleType, step * pixels);
  // The last frames of the chunk before, then the chunk: the filter reaches back over the seam.
  const window = new Float32Array((keep + step) * pixels);
  for (let start = 0; start < frames; start += step) {
    const count = Math.min(step, frames - start);
    await movie.read(start, count, samples);
    window.copyWithin(0, step * pixels, (step + keep) * pixels);
    window.set(samples.subarray(0, count * pixels), keep * pixels);
    for (let i = 0; i < count; i++) {
      const here = (keep + i) * pixels;
      for (let p = 0; p < pixels; p++) mean[p] += window[here + p];
      if (start + i < keep) continue;
      for (let p = 0; p < pixels; p++) {
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) sum += HIGH_PASS[tap] * window[here + p - tap * pixels];
        noise[p] += sum * sum;
      }
    }
  }
  for (let p = 0; p < pixels; p++) {
    mean[p] /= frames;
    noise[p] = Math.sqrt(noise[p] / (frames - keep));
  }
  return { mean, noise };
}
