import { MovieError, ParameterError } from "../core/errors.ts";
import { footprintOf } from "../core/footprints.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Truth } from "../core/truth.ts";
import { type Background, simulateBackground } from "./background.ts";
import { peakPixel, placeCells } from "./cells.ts";
import { checkNumbers } from "./limits.ts";
import { population } from "./population.ts";
import { Random } from "./random.ts";

/** What to simulate. Everything has a default: those of a small one-photon recording. */
export interface SimulationOptions {
  /** Pixels per row. Default 128. */
  readonly width?: number;
  /** Rows. Default 128. */
  readonly height?: number;
  /** Frames. Default 1000. */
  readonly frames?: number;
  /** Cells. Default 60. */
  readonly cells?: number;
  /** Frames per second. Default 10. */
  readonly frame_rate?: number;
  /** Typical standard deviation of a cell's profile, pixels. Default 3. */
  readonly gSig?: number;
  /** Median over cells of the peak signal-to-noise ratio (largest calcium over the noise s.d. of the cell's brightest pixel). Default 8. */
  readonly snr?: number;
  /** Standard deviation of the logarithm of the cells' brightness. Default 0.25; firing and vignetting add to the spread of the SNR. */
  readonly snr_spread?: number;
  /** Least distance between the centres of cells that are not meant to be close, in cell diameters (4·gSig + 1 pixels). Default 0.55. */
  readonly min_distance?: number;
  /** Share of the cells with a neighbour nearer than `close_distance` (and the others are at least that far apart). Default: unset. */
  readonly fraction_close?: number;
  /** What counts as close, in cell diameters. Close centres lie between 0.6 of it and it. Default 0.6. */
  readonly close_distance?: number;
  /** Order of the autoregressive calcium model, 1 or 2. Default 1. */
  readonly ar_order?: number;
  /** Decay time constant of the calcium, seconds. Default 0.6. */
  readonly decay_time?: number;
  /** Rise time constant, seconds, for `ar_order` 2. Default 0.15. */
  readonly rise_time?: number;
  /** Bursts a second. Default 0.18. */
  readonly burst_rate?: number;
  /** Constant light at the centre of the field, counts. Default 800. */
  readonly baseline?: number;
  /** Mean light of the broad background sources before vignetting, counts. Default 850. */
  readonly background_level?: number;
  /** Standard deviation of the background over time, averaged over the field, counts. Default 80. */
  readonly background_amplitude?: number;
  /** Share of the background light lost by the last frame, 0..1. Default 0.05. */
  readonly bleaching?: number;
  /** Dark vessels. Default 3. */
  readonly vessels?: number;
  /** Counts per photo-electron: shot noise has variance gain × counts. Default 0.25. */
  readonly gain?: number;
  /** Standard deviation of the read noise, counts. Default 3. */
  readonly read_noise?: number;
  /** The same seed and options give the same bytes. Default 1. */
  readonly seed?: number;
}

/** Defaults of `SimulationOptions`; `fraction_close` −1 stands for unset. */
export const SIMULATION_DEFAULTS: Required<SimulationOptions> = {
  width: 128,
  height: 128,
  frames: 1000,
  cells: 60,
  frame_rate: 10,
  gSig: 3,
  snr: 8,
  snr_spread: 0.25,
  min_distance: 0.55,
  fraction_close: -1,
  close_distance: 0.6,
  ar_order: 1,
  decay_time: 0.6,
  rise_time: 0.15,
  burst_rate: 0.18,
  baseline: 800,
  background_level: 850,
  background_amplitude: 80,
  bleaching: 0.05,
  vessels: 3,
  gain: 0.25,
  read_noise: 3,
  seed: 1,
};

const LIMITS = {
  width: { min: 1, max: 65536, whole: true },
  height: { min: 1, max: 65536, whole: true },
  frames: { min: 1, whole: true },
  cells: { min: 0, whole: true },
  frame_rate: { min: 0.01, max: 10000 },
  gSig: { min: 0.5, max: 100 },
  snr: { min: 0.01, max: 10000 },
  snr_spread: { min: 0, max: 3 },
  min_distance: { min: 0, max: 100 },
  fraction_close: { min: 0, max: 1 },
  close_distance: { min: 0, max: 100 },
  ar_order: { min: 1, max: 2, whole: true },
  decay_time: { min: 0.001, max: 1000 },
  rise_time: { min: 0.001, max: 1000 },
  burst_rate: { min: 0, max: 1000 },
  baseline: { min: 0, max: 65535 },
  background_level: { min: 0, max: 65535 },
  background_amplitude: { min: 0, max: 65535 },
  bleaching: { min: 0, max: 0.99 },
  vessels: { min: 0, max: 1000, whole: true },
  gain: { min: 0, max: 1000 },
  read_noise: { min: 0.01, max: 10000 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
};

/** A simulated movie with its truth. */
export interface Simulation {
  /** The movie, uint16. Any range of frames can be read in any order: a frame is made when it is asked for. */
  readonly source: MovieSource;
  /** What is in it. */
  readonly truth: Truth;
  /** Every option as used. */
  readonly options: Readonly<Required<SimulationOptions>>;
}

/** What the noise of one frame is drawn from: the third key is the frame. */
const NOISE_STREAM = 4;

/**
 * Simulates a one-photon recording: Y = A C + B + noise, with irregular cells, bursty autoregressive calcium, broad background
 * sources brighter than the cells, vessels, vignetting, bleaching of the background, shot noise (variance gain × counts) and read
 * noise, rounded to uint16 counts. Nothing but traces and one image per step is held: a frame is a function of the seed and its
 * number. The truth's `b0` is the mean over time of the background, its `noise` the s.d. that mean brings, and its `snr` their peak
 * SNR; bleaching leaves the cells alone, so that the movie holds exactly C.
 * Throws `ParameterError` when an option is out of range or the cells find no room.
 *
 * @example
 * ```ts
 * import { simulate } from "./simulate.ts";
 * const { source, truth } = simulate({ width: 64, height: 64, frames: 50, cells: 8, seed: 7 });
 * const frames = new Uint16Array(2 * 64 * 64);
 * await source.read(10, 2, frames); // frames 10 and 11
 * console.log(truth.footprints.count); // 8
 * ```
 */
export function simulate(options: SimulationOptions = {}): Simulation {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const used: Required<SimulationOptions> = { ...SIMULATION_DEFAULTS, ...given };
  const unset = options.fraction_close === undefined || options.fraction_close === -1;
  checkNumbers({ ...used, fraction_close: unset ? 0 : used.fraction_close }, LIMITS);
  const { width, height, frames, cells, gSig, seed, gain } = used;
  const diameter = 4 * gSig + 1;

  const background = simulateBackground({
    width,
    height,
    frames,
    frameRate: used.frame_rate,
    diameter,
    baseline: used.baseline,
    level: used.background_level,
    amplitude: used.background_amplitude,
    bleaching: used.bleaching,
    vessels: used.vessels,
  }, seed);
  const noise = background.mean.map((counts) => Math.sqrt(gain * counts + used.read_noise ** 2));

  const distance = diameter * (unset ? used.min_distance : Math.max(used.min_distance, used.close_distance));
  const centres = placeCells({
    width,
    height,
    cells,
    margin: Math.min(gSig, (width - 1) / 2, (height - 1) / 2),
    distance,
    fractionClose: unset ? 0 : used.fraction_close,
    closeDistance: 0.6 * distance,
  }, new Random(seed, 2));

  const snr = new Float64Array(cells);
  const { footprints, calcium, spikes, order, ar } = population(
    centres,
    used,
    (k) => new Random(seed, 3, k),
    (k, footprint, peak, random) => {
      const pixel = peakPixel(footprint);
      const bright = Math.exp(used.snr_spread * random.normal()) * background.transmission[pixel];
      snr[k] = bright * peak / noise[pixel];
      return bright;
    },
  );
  if (cells > 0) {
    const sorted = Float64Array.from(snr).sort();
    const median = (sorted[(cells - 1) >> 1] + sorted[cells >> 1]) / 2;
    const scale = used.snr / median;
    for (let k = 0; k < cells; k++) snr[k] *= scale;
    for (let i = 0; i < calcium.length; i++) {
      calcium[i] *= scale;
      spikes[i] *= scale;
    }
  }
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
    b0: background.mean,
    noise,
  };
  const brightestCell = calcium.reduce((largest, value) => Math.max(largest, value), 0);
  if (background.brightest + brightestCell > 65535) {
    throw new ParameterError(
      `The simulated light reaches ${
        Math.round(background.brightest + brightestCell)
      } counts, more than the 65535 of uint16; lower baseline, background_level, background_amplitude or snr`,
    );
  }
  return { source: movieOf(truth, background, used), truth, options: used };
}

function movieOf(truth: Truth, background: Background, options: Required<SimulationOptions>): MovieSource {
  const { width, height, frames } = truth;
  const pixels = width * height;
  const light = new Float32Array(pixels);
  return {
    header: {
      width,
      height,
      frames,
      sampleType: "uint16",
      frameRate: options.frame_rate,
      name: `simulation with seed ${options.seed}`,
      files: [],
    },
    // Not async: what goes wrong must reject, and a frame is made in one go, so that calls never share `light`.
    read(start, count, into) {
      return new Promise((resolve) => {
        if (!(into instanceof Uint16Array)) throw new TypeError("A simulated movie is read into a Uint16Array");
        if (!(start >= 0 && count >= 0 && start + count <= frames)) {
          throw new MovieError(`Frames ${start} to ${start + count - 1} do not exist: the movie has ${frames}`);
        }
        for (let i = 0; i < count; i++) {
          background.frame(start + i, light);
          addCellsTo(light, truth, start + i);
          sense(light, options, new Random(options.seed, NOISE_STREAM, start + i), into.subarray(i * pixels));
        }
        resolve();
      });
    },
    close() {},
  };
}

/** Adds A C of one frame to an image. */
export function addCellsTo(image: Float32Array, truth: Truth, frame: number): void {
  const { footprints, calcium, frames } = truth;
  for (let k = 0; k < footprints.count; k++) {
    const value = calcium[k * frames + frame];
    if (value === 0) continue;
    const cell = footprintOf(footprints, k);
    for (let i = 0; i < cell.pixels.length; i++) image[cell.pixels[i]] += value * cell.values[i];
  }
}

/** What a sensor makes of an image: shot and read noise, rounded to whole counts, 0 to 65535. */
function sense(
  light: Float32Array,
  { gain, read_noise }: { readonly gain: number; readonly read_noise: number },
  random: Random,
  into: Uint16Array,
): void {
  const read = read_noise * read_noise;
  for (let p = 0; p < light.length; p++) {
    const counts = light[p] + Math.sqrt(gain * light[p] + read) * random.normal() + 0.5;
    into[p] = counts < 0 ? 0 : counts > 65535 ? 65535 : counts;
  }
}
