import { type Footprint, type Footprints, packFootprints } from "../core/footprints.ts";
import { simulateCalcium } from "./calcium.ts";
import { cellFootprint, type Centre } from "./cells.ts";
import { Random } from "./random.ts";

/** How the cells of a population look and fire. */
export interface PopulationOptions {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Typical standard deviation of a cell's profile, pixels. */
  readonly gSig: number;
  /** Frames per second. */
  readonly frame_rate: number;
  /** Order of the autoregressive calcium model, 1 or 2. */
  readonly ar_order: number;
  /** Decay time constant, seconds. */
  readonly decay_time: number;
  /** Rise time constant, seconds, for order 2. */
  readonly rise_time: number;
  /** Bursts a second. */
  readonly burst_rate: number;
}

/** Footprints and activity of simulated cells. */
export interface Population {
  /** Footprints, peak 1. */
  readonly footprints: Footprints;
  /** Calcium, cell-major K×T. */
  readonly calcium: Float32Array;
  /** Activity, cell-major K×T. */
  readonly spikes: Float32Array;
  /** Order of the model. */
  readonly order: 1 | 2;
  /** Autoregressive coefficients, cell-major K×order. */
  readonly ar: Float64Array;
}

/**
 * Cells at given centres.
 * @param random the numbers of the k-th cell
 * @param scale what the k-th cell's calcium is multiplied by, from its footprint and the largest value of its calcium
 */
export function population(
  centres: readonly Centre[],
  options: PopulationOptions,
  random: (k: number) => Random,
  scale: (k: number, footprint: Footprint, peak: number, random: Random) => number,
): Population {
  const { width, height, frames, gSig } = options, order = options.ar_order as 1 | 2, cells = centres.length;
  const footprints: Footprint[] = [];
  const calcium = new Float32Array(cells * frames), spikes = new Float32Array(cells * frames);
  const ar = new Float64Array(cells * order);
  centres.forEach((centre, k) => {
    const numbers = random(k);
    footprints.push(cellFootprint(width, height, centre, gSig, numbers));
    const trace = simulateCalcium({
      frames,
      frameRate: options.frame_rate,
      arOrder: order,
      decayTime: options.decay_time,
      riseTime: options.rise_time,
      burstRate: options.burst_rate,
    }, numbers);
    const peak = trace.calcium.reduce((largest, value) => Math.max(largest, value), 0);
    const factor = scale(k, footprints[k], peak, numbers);
    calcium.set(trace.calcium.map((value) => factor * value), k * frames);
    spikes.set(trace.spikes.map((value) => factor * value), k * frames);
    ar.set(trace.ar, k * order);
  });
  return { footprints: packFootprints(width, height, footprints), calcium, spikes, order, ar };
}
