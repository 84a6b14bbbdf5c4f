import type { Random } from "./random.ts";

/** How a cell fires and how its indicator answers. */
export interface CalciumOptions {
  /** Frames. */
  readonly frames: number;
  /** Frames per second. */
  readonly frameRate: number;
  /** Order of the autoregressive model. */
  readonly arOrder: 1 | 2;
  /** Decay time constant, seconds. Each cell's lies within ± 20 %. */
  readonly decayTime: number;
  /** Rise time constant, seconds; AR(2) only. */
  readonly riseTime: number;
  /** Mean number of bursts a second. Each cell has its own rate, spread by a factor of about 1.6 either way. */
  readonly burstRate: number;
}

/** A cell's activity in arbitrary units: one spike is about 1. */
export interface CalciumTrace {
  /** Driving activity S. T. */
  readonly spikes: Float64Array;
  /** Calcium C. T. */
  readonly calcium: Float64Array;
  /** Autoregressive coefficients. p. */
  readonly ar: number[];
}

/** Chance that a burst goes on for one more frame. */
const BURST_CONTINUES = 0.25;
/** Even a silent cell fires this often: one that never does is not in the movie. */
const FEWEST_BURSTS = 3;

/** Coefficients of an autoregressive model with the given time constants (in frames): AR(1) for rise 0, else AR(2). */
export function arCoefficients(decayFrames: number, riseFrames: number): number[] {
  const decay = Math.exp(-1 / decayFrames);
  if (!(riseFrames > 0)) return [decay];
  const rise = Math.exp(-1 / riseFrames);
  return [decay + rise, -decay * rise];
}

/**
 * Calcium driven by bursts of spikes: bursts start at random (Poisson), last a geometric number of successive frames, and their
 * spikes differ in size by about a quarter; c(t) = Σ g_i c(t − i) + s(t) from rest.
 */
export function simulateCalcium(options: CalciumOptions, random: Random): CalciumTrace {
  const { frames, frameRate } = options;
  const decay = options.decayTime * frameRate * random.uniform(0.8, 1.2);
  const ar = arCoefficients(decay, options.arOrder === 2 ? options.riseTime * frameRate : 0);
  const rate = options.burstRate * Math.exp(0.5 * random.normal() - 0.125);
  const spikes = new Float64Array(frames);
  const burst = (start: number) => {
    let frame = start;
    do spikes[frame++] += Math.max(0.3, 1 + 0.25 * random.normal()); while (
      frame < frames && random.uniform() < BURST_CONTINUES
    );
  };
  let bursts = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (random.uniform() < rate / frameRate) {
      burst(frame);
      bursts++;
    }
  }
  for (; bursts < FEWEST_BURSTS; bursts++) burst(random.index(frames));
  const calcium = new Float64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let value = spikes[frame];
    ar.forEach((g, lag) => {
      if (frame > lag) value += g * calcium[frame - 1 - lag];
    });
    calcium[frame] = value;
  }
  return { spikes, calcium, ar };
}
