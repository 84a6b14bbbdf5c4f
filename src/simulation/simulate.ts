import { MovieError, ParameterError } from "../core/errors.ts";
import { footprintOf } from "../core/footprints.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Truth } from "../core/truth.ts";
import { type Background, simulateBackground } from "./background.ts";
import { peakPixel, placeCells } from "./cells.ts";
import { cropImage } from "./crop.ts";
import { checkNumbers } from "./limits.ts";
import { simulateMotion } from "./motion.ts";
import { type Population, population } from "./population.ts";
import { Random } from "./random.ts";
import { pickRows, recordCells } from "./recorded.ts";
import { sceneMargin } from "./scene_margin.ts";
import { warpBy } from "./warp.ts";

/** What to simulate. Everything has a default: those of a small one-photon recording. */
export interface SimulationOptions {
  /** Pixels per row. Default 128. */
  readonly width?: number;
  /** Rows. Default 128. */
  readonly height?: number;
  /** Frames. Default 1000. */
  readonly frames?: number;
  /** Cells in the field; with a margin that is how many there are on average. Default 60. */
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
  /** Standard deviation of the displacement of the whole frame along each axis, pixels: a random walk that is drawn back. Default 0. */
  readonly motion_rigid?: number;
  /** Standard deviation of the smooth local displacement that is added to it along each axis, pixels. Default 0. */
  readonly motion_local?: number;
  /** Time constant of both, seconds. Default 1. */
  readonly motion_time?: number;
  /** Jumps per 1000 frames; each lasts three frames to a second. Default 0. */
  readonly motion_jumps?: number;
  /** Largest size of a jump, pixels; the smallest is half of it. Default 10. */
  readonly motion_jump?: number;
  /** Length of a steady drift over the whole movie, in a direction that the seed decides, pixels. Default 0. */
  readonly motion_drift?: number;
  /** Largest displacement along an axis, either way, pixels: there the tissue turns back. Default 20. */
  readonly motion_limit?: number;
  /**
   * Pixels of tissue beyond the field on each side; background and cells are simulated there, too, so that the same options without
   * motion and the same margin give the same tissue at rest. Default: 4 more than the largest displacement, 0 when nothing moves.
   */
  readonly margin?: number;
  /** The same seed and options give the same bytes. Default 1. */
  readonly seed?: number;
}

/** Defaults of `SimulationOptions`; −1 stands for unset in `fraction_close` and `margin`. */
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
  motion_rigid: 0,
  motion_local: 0,
  motion_time: 1,
  motion_jumps: 0,
  motion_jump: 10,
  motion_drift: 0,
  motion_limit: 20,
  margin: -1,
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
  motion_rigid: { min: 0, max: 1000 },
  // A field of 8 pixels s.d. has a slope of 0.06 s.d.: far from folding, which would begin at a slope of 1.
  motion_local: { min: 0, max: 8 },
  motion_time: { min: 0.001, max: 1000 },
  motion_jumps: { min: 0, max: 1000 },
  motion_jump: { min: 0, max: 1000 },
  motion_drift: { min: 0, max: 10000 },
  motion_limit: { min: 0.1, max: 1000 },
  margin: { min: 0, max: 2000, whole: true },
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
 *
 * When the tissue moves, frame(y) = vignetting(y) · tissue(p) + noise with p + d(p) = y: cells, vessels and background sources move,
 * vignetting and the sensor do not, and noise is drawn after moving. The tissue is then larger than the field by the margin, with as
 * many more cells. The truth tells of tissue at rest: footprints as they are recorded there (vignetting included), of the cells that
 * have at least half of their light in the field; `cells` is how many these are on average. `motion` is d.
 *
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
  checkNumbers({
    ...used,
    fraction_close: unset ? 0 : used.fraction_close,
    margin: used.margin === -1 ? 0 : used.margin,
  }, LIMITS);
  const { width, height, frames, gSig, seed, gain } = used;
  const diameter = 4 * gSig + 1;
  const motion = simulateMotion(used, seed);
  const margin = sceneMargin(motion, used.margin === -1 ? undefined : used.margin);
  const sceneWidth = width + 2 * margin, sceneHeight = height + 2 * margin;
  // Centres keep off the border of the scene by this much.
  const border = Math.min(gSig, (sceneWidth - 1) / 2, (sceneHeight - 1) / 2);
  const cells = margin === 0
    ? used.cells
    : Math.round(used.cells * (sceneWidth - 2 * border) * (sceneHeight - 2 * border) / (width * height));

  const background = simulateBackground({
    width,
    height,
    margin,
    apart: margin > 0,
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
    width: sceneWidth,
    height: sceneHeight,
    cells,
    margin: border,
    distance,
    fractionClose: unset ? 0 : used.fraction_close,
    closeDistance: 0.6 * distance,
  }, new Random(seed, 2));

  const peaks = new Float64Array(cells);
  const tissue = population(
    centres,
    { ...used, width: sceneWidth, height: sceneHeight },
    (k) => new Random(seed, 3, k),
    (k, footprint, peak, random) => {
      const bright = Math.exp(used.snr_spread * random.normal()) * background.transmission[peakPixel(footprint)];
      peaks[k] = bright * peak;
      return bright;
    },
  );
  const seen = recordCells(tissue, { ...used, margin }, background.vignetting);
  const noiseAt = cropImage(noise, width, height, margin);
  const snr = Float64Array.from(
    seen.cells,
    (k, i) => peaks[k] * seen.gains[i] / noiseAt[peakPixel(footprintOf(seen.footprints, i))],
  );
  const count = seen.cells.length;
  if (count > 0) {
    const sorted = Float64Array.from(snr).sort();
    const median = (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;
    const scale = used.snr / median;
    for (let i = 0; i < count; i++) snr[i] *= scale;
    for (let i = 0; i < tissue.calcium.length; i++) {
      tissue.calcium[i] *= scale;
      tissue.spikes[i] *= scale;
    }
  }
  const truth: Truth = {
    width,
    height,
    frames,
    frameRate: used.frame_rate,
    footprints: seen.footprints,
    calcium: seen.rows(tissue.calcium),
    spikes: seen.rows(tissue.spikes),
    arOrder: tissue.order,
    ar: pickRows(tissue.ar, seen.cells, tissue.order),
    snr,
    b0: cropImage(background.mean, width, height, margin),
    noise: noiseAt,
    ...(motion ? { motion } : {}),
  };
  const brightestCell = tissue.calcium.reduce((largest, value) => Math.max(largest, value), 0);
  if (background.brightest + brightestCell > 65535) {
    throw new ParameterError(
      `The simulated light reaches ${
        Math.round(background.brightest + brightestCell)
      } counts, more than the 65535 of uint16; lower baseline, background_level, background_amplitude or snr`,
    );
  }
  const complete = { ...used, margin };
  return { source: movieOf(truth, tissue, background, complete), truth, options: complete };
}

function movieOf(
  truth: Truth,
  tissue: Population,
  background: Background,
  options: Required<SimulationOptions>,
): MovieSource {
  const { width, height, frames, motion } = truth, { margin } = options;
  const pixels = width * height;
  const scene = new Float32Array((width + 2 * margin) * (height + 2 * margin));
  const vignetting = background.vignetting && cropImage(background.vignetting, width, height, margin);
  const warp = motion && warpBy(motion, margin);
  const moved = new Float32Array(warp ? pixels : 0);
  /** The light that falls on the sensor in one frame. */
  const lightOf = (frame: number): Float32Array => {
    background.frame(frame, scene);
    addCellsTo(scene, { ...tissue, frames }, frame);
    if (!vignetting) return scene;
    warp?.apply(scene, frame, moved);
    const light = warp ? moved : cropImage(scene, width, height, margin);
    // Interpolation can fall a little below 0 beside what is bright in the dark.
    for (let p = 0; p < pixels; p++) light[p] = Math.max(0, light[p]) * vignetting[p];
    return light;
  };
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
    // Not async: what goes wrong must reject, and a frame is made in one go, so that calls never share `scene`.
    read(start, count, into) {
      return new Promise((resolve) => {
        if (!(into instanceof Uint16Array)) throw new TypeError("A simulated movie is read into a Uint16Array");
        if (!(start >= 0 && count >= 0 && start + count <= frames)) {
          throw new MovieError(`Frames ${start} to ${start + count - 1} do not exist: the movie has ${frames}`);
        }
        for (let i = 0; i < count; i++) {
          const light = lightOf(start + i);
          sense(light, options, new Random(options.seed, NOISE_STREAM, start + i), into.subarray(i * pixels));
        }
        resolve();
      });
    },
    close() {},
  };
}

/** Adds A C of one frame to an image. */
export function addCellsTo(
  image: Float32Array,
  { footprints, calcium, frames }: Pick<Truth, "footprints" | "calcium" | "frames">,
  frame: number,
): void {
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
