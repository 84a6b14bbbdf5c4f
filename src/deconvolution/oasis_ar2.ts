import { nonNegativeAr2 } from "./nonnegative_ar2.ts";
import { constrainedOasisAr1, type ConstrainedOptions, oasisAr1 } from "./oasis_ar1.ts";
import { percentile } from "./percentile.ts";

/** Baseline and penalty are searched for on means over this many frames, in traces at least ten times as long. */
const DECIMATION = 5;
/** A cell is taken to rest at least this share of the time: a baseline that lies below so few of the means is not believed. */
const LEAST_REST = 0.05;
/** A spike is looked for within this many frames of an AR(1) spike of at least this part of the largest. */
const CANDIDATE_REACH = 2, CANDIDATE_FRACTION = 0.1;
/** With a smallest spike, the threshold is approached in these steps: spikes that go let their neighbours grow. */
const THRESHOLD_STEPS = [0.7, 0.8, 0.9, 1];

/** A deconvolved AR(2) trace in double precision. */
export interface Ar2Solution {
  /** Calcium c, T numbers; c_t = γ1 c_{t−1} + γ2 c_{t−2} + s_t. c_0 is the initial calcium. */
  readonly calcium: Float64Array;
  /** Spikes s, T numbers ≥ 0; s_0 = 0. */
  readonly spikes: Float64Array;
  /** Baseline b. */
  readonly baseline: number;
  /** Decay root d and rise root r. */
  readonly roots: readonly [number, number];
  /** Penalty λ. */
  readonly penalty: number;
}

/**
 * Deconvolution with a rise and a decay (Friedrich et al. 2017). Baseline and penalty come from the noise-constrained
 * AR(1) problem with the decay root on means over 5 frames; its solution at full rate says where spikes can be (within 2
 * frames of an AR(1) spike of at least a tenth of the largest); there the AR(2) problem is solved by non-negative least
 * squares, and the baseline is set to the mean of y − c once more. As in CaImAn, λ is not refined after that, so that the
 * residual is near noise²·T but not at it. Unlike in CaImAn, the first baseline is at least the 5th percentile of the means.
 *
 * @param y T ≥ 2 finite numbers
 * @param roots decay root d and rise root r, 0 < r ≤ d < 1
 * @param noise noise standard deviation
 * @param options `optimize_ar` refits d (on the means) and keeps r
 */
export function constrainedOasisAr2(
  y: Float64Array,
  roots: readonly [number, number],
  noise: number,
  options: ConstrainedOptions = {},
): Ar2Solution {
  const { s_min = null } = options;
  const frames = y.length, target = noise * noise * frames;
  const factor = frames >= 10 * DECIMATION ? DECIMATION : 1;
  let [decay, rise] = roots;
  const means = blockMeans(y, factor), lowest = percentile(means, LEAST_REST);
  const coarseWith = (known?: number) =>
    constrainedOasisAr1(means, decay ** factor, noise / Math.sqrt(factor), {
      baseline: known,
      optimize_ar: options.optimize_ar,
    });
  let coarse = coarseWith(options.baseline);
  // Where the level drifts, the search for |y − b − c|² = noise²·T would pull it far below the trace.
  if (options.baseline === undefined && coarse.baseline < lowest) coarse = coarseWith(lowest);
  if (options.optimize_ar) {
    decay = coarse.decay ** (1 / factor);
    rise = Math.min(rise, decay);
  }
  let baseline = coarse.baseline;
  const perFrame = coarse.penalty * (1 - coarse.decay); // λ times the weight of c in |s|₁: the same for every model
  const gain = (1 - decay) * (1 - rise);
  let lambda = perFrame / gain;

  const level = less(y, baseline);
  const candidates = candidateFrames(oasisAr1(level, decay, perFrame / (1 - decay)));
  let { calcium, spikes } = nonNegativeAr2(level, decay, rise, lambda, candidates);
  if (options.baseline === undefined) {
    let sum = 0;
    for (let t = 0; t < frames; t++) sum += y[t] - calcium[t];
    const moved = sum / frames, lighter = lambda - (moved - baseline) / gain;
    if (lighter >= 0) { // b and λ trade places without changing c, as long as both can be what they are
      baseline = moved;
      lambda = lighter;
    }
  }
  if (s_min !== null) {
    const smallest = s_min >= 0 ? s_min : -s_min * noise * Math.sqrt(1 - decay);
    const unexplained = less(y, baseline), penalised = spikes;
    const refit = (kept: Uint8Array) => nonNegativeAr2(unexplained, decay, rise, 0, kept, penalised);
    ({ calcium, spikes } = s_min === 0
      ? fewestAr2Spikes(y, baseline, spikes, target, refit)
      : spikesAbove(spikes, smallest, refit));
  }
  spikes[0] = 0; // what NNLS puts at frame 0 is the calcium that was there at the start
  return { calcium, spikes, baseline, roots: [decay, rise], penalty: lambda };
}

interface Fit {
  calcium: Float64Array;
  spikes: Float64Array;
}

/** Refits without a penalty on the fewest of the largest spikes that bring the residual below the target; on all if none do. */
function fewestAr2Spikes(
  y: Float64Array,
  baseline: number,
  spikes: Float64Array,
  target: number,
  refit: (kept: Uint8Array) => Fit,
): Fit {
  const order = Array.from(spikes.keys()).filter((t) => spikes[t] > 0);
  order.sort((one, other) => spikes[other] - spikes[one] || one - other);
  const attempt = (count: number) => {
    const kept = new Uint8Array(y.length);
    for (const t of order.slice(0, count)) kept[t] = 1;
    const fit = refit(kept);
    let residual = 0;
    for (let t = 0; t < y.length; t++) residual += (y[t] - baseline - fit.calcium[t]) ** 2;
    return { fit, residual };
  };
  // More spikes never fit worse, so that bisection finds the fewest.
  let low = 0, high = order.length, best = attempt(high);
  if (best.residual >= target) return best.fit;
  while (low < high) {
    const middle = (low + high) >> 1, tried = attempt(middle);
    if (tried.residual < target) {
      best = tried;
      high = middle;
    } else low = middle + 1;
  }
  return best.fit;
}

/** Refits without a penalty, raising the threshold step by step, until every spike left is at least `smallest`. */
function spikesAbove(spikes: Float64Array, smallest: number, refit: (kept: Uint8Array) => Fit): Fit {
  let fit = { spikes } as Fit;
  for (const step of THRESHOLD_STEPS) fit = refit(Uint8Array.from(fit.spikes, (s) => s > step * smallest ? 1 : 0));
  while (fit.spikes.some((s, t) => t > 0 && s > 0 && s < smallest)) {
    fit = refit(Uint8Array.from(fit.spikes, (s) => s >= smallest ? 1 : 0));
  }
  return fit;
}

function candidateFrames({ calcium, spikes }: Fit): Uint8Array {
  const frames = spikes.length, candidates = new Uint8Array(frames);
  const threshold = CANDIDATE_FRACTION * spikes.reduce((most, s) => Math.max(most, s), 0);
  for (let t = 0; t < frames; t++) {
    if (!(spikes[t] > threshold)) continue;
    for (let u = Math.max(0, t - CANDIDATE_REACH); u <= Math.min(frames - 1, t + CANDIDATE_REACH); u++) {
      candidates[u] = 1;
    }
  }
  // A trace can begin within a transient: AR(1) keeps that in c_0, which is no spike.
  if (calcium[0] > threshold) candidates[0] = 1;
  return candidates;
}

function blockMeans(y: Float64Array, factor: number): Float64Array {
  return Float64Array.from({ length: Math.floor(y.length / factor) }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < factor; k++) sum += y[i * factor + k];
    return sum / factor;
  });
}

function less(y: Float64Array, baseline: number): Float64Array {
  return y.map((value) => value - baseline);
}
