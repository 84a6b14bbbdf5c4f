import { decayOfLargestEvents } from "./decay_fit.ts";
import { percentile } from "./percentile.ts";
import { Pools, powersOf } from "./pools.ts";
import { fewestSpikes } from "./fewest_spikes.ts";

/** Where the search for the baseline starts. */
const BASELINE_PERCENTILE = 0.15;
/** The search for the penalty ends when the residual is this close to noise²·T. */
const RESIDUAL_TOLERANCE = 1e-6;
/** Most solves in one search; four to eight are usual. */
const MOST_SOLVES = 40;
/** With `optimize_ar`: events that the decay is fitted to, how often it is refitted, and when it has settled. */
const EVENTS = 5, MOST_DECAY_FITS = 3, DECAY_TOLERANCE = 1e-4;

/** A deconvolved AR(1) trace in double precision. */
export interface Ar1Solution {
  /** Calcium c, T numbers; c_t = g c_{t−1} + s_t. c_0 is the initial calcium. */
  readonly calcium: Float64Array;
  /** Spikes s, T numbers ≥ 0; s_0 = 0. */
  readonly spikes: Float64Array;
  /** Baseline b. */
  readonly baseline: number;
  /** Decay g per frame. */
  readonly decay: number;
  /** Penalty λ. */
  readonly penalty: number;
}

/** Settings of `constrainedOasisAr1`. */
export interface ConstrainedOptions {
  /** Baseline, where it is known; left out, it is estimated. */
  readonly baseline?: number;
  /** Smallest spike; see `deconvolve`. Default null: the penalty alone. */
  readonly s_min?: number | null;
  /** Refit the decay to the largest events. Default false. */
  readonly optimize_ar?: boolean;
}

/**
 * Solves min_c ½|y − c|² + λ Σ_t s_t with s_t = c_t − g c_{t−1} ≥ 0, or with s_t = 0 or ≥ `s_min`, exactly in one pass
 * (OASIS; Friedrich et al. 2017). s_0 counts as c_0 in the penalty, so that it is λ(1−g) per frame and λ at the last.
 *
 * @param y T numbers, baseline already taken off
 * @param g decay per frame, in (0, 1)
 */
export function oasisAr1(
  y: Float64Array,
  g: number,
  lambda = 0,
  s_min = 0,
): { calcium: Float64Array; spikes: Float64Array } {
  const frames = y.length, powers = powersOf(g, frames), pools = new Pools(frames);
  const calcium = new Float64Array(frames), spikes = new Float64Array(frames);
  solve(pools, y, lambda * (1 - g), lambda * g, powers, s_min);
  pools.clip(s_min);
  pools.writeCalcium(powers, calcium);
  pools.writeSpikes(powers, spikes);
  return { calcium, spikes };
}

/**
 * Noise-constrained deconvolution with one decay: the baseline b, and the smallest penalty λ ≥ 0 whose residual
 * |y − b − c|² reaches noise²·T (Friedrich et al. 2017, algorithm 3). The baseline starts at the 15th percentile; from
 * then on b and λ move together as φ = b/(1−g) + λ, which is all that c depends on (but for the last pool), b is the mean
 * of y − c, and on fixed pools the residual is a quadratic in φ, so that each step is in closed form. A bracket around
 * the solution keeps the steps safe where pools change.
 *
 * A trace with less variance than the noise has no spikes: c = 0. Where even λ = 0 leaves more than noise²·T, λ is 0.
 *
 * @param y T ≥ 2 finite numbers
 * @param g decay per frame, in (0, 1)
 * @param noise noise standard deviation
 */
export function constrainedOasisAr1(
  y: Float64Array,
  g: number,
  noise: number,
  options: ConstrainedOptions = {},
): Ar1Solution {
  const { s_min = null, optimize_ar = false } = options;
  const frames = y.length, target = noise * noise * frames;
  const estimateBaseline = options.baseline === undefined;
  const pools = new Pools(frames), calcium = new Float64Array(frames), spikes = new Float64Array(frames);
  let powers = powersOf(g, frames);
  let baseline = options.baseline ?? percentile(y, BASELINE_PERCENTILE);
  let lambda = 0, phi = baseline / (1 - g), residual = 0, active = false;

  const evaluate = () => {
    if (!estimateBaseline) lambda = phi - baseline / (1 - g);
    solve(pools, y, phi * (1 - g), lambda * g, powers, 0);
    pools.clip(0);
    pools.writeCalcium(powers, calcium);
    if (estimateBaseline) {
      let sum = 0;
      for (let t = 0; t < frames; t++) sum += y[t] - calcium[t];
      baseline = sum / frames;
      const before = lambda;
      lambda = phi - baseline / (1 - g);
      // Only the last pool feels λ apart from φ: there |s|₁ asks for λ·g^length more than φ gives.
      const last = pools.count - 1, length = pools.length[last], start = pools.start[last];
      pools.value[last] -= (lambda - before) * powers[length];
      pools.level[last] = Math.max(0, pools.value[last] / pools.weight[last]);
      for (let k = 0; k < length; k++) calcium[start + k] = pools.level[last] * powers[k];
    }
    residual = 0;
    for (let t = 0; t < frames; t++) {
      const r = y[t] - baseline - calcium[t];
      residual += r * r;
    }
    active = false;
    for (let i = 0; i < pools.count && !active; i++) active = pools.level[i] > 0;
  };

  evaluate();
  let low = -Infinity, high = Infinity, decayFits = optimize_ar ? MOST_DECAY_FITS : 0;
  for (let solves = 1; solves < MOST_SOLVES; solves++) {
    if (Math.abs(residual - target) <= RESIDUAL_TOLERANCE * target || !active || lambda < 0) break;
    if (residual < target) low = phi;
    else high = phi;
    let next = phi + closedFormStep(pools, powers, g, frames, lambda, residual - target, estimateBaseline);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (!Number.isFinite(next) || next === phi) break;
    phi = next;
    evaluate();
    if (decayFits > 0 && active) {
      const refitted = decayOfLargestEvents(y, baseline, lambda, pools, g, EVENTS);
      decayFits = Math.abs(refitted - g) < DECAY_TOLERANCE ? 0 : decayFits - 1;
      g = refitted;
      powers = powersOf(g, frames);
      phi = baseline / (1 - g) + lambda;
      low = -Infinity;
      high = Infinity;
      evaluate();
    }
  }
  lambda = Math.max(0, lambda);

  if (s_min === null || s_min === 0) {
    // Once more from scratch with the pair that was found: exact for this b and λ, whatever the last pool did above.
    solve(pools, y, baseline + lambda * (1 - g), lambda * g, powers, 0);
    if (s_min === 0) fewestSpikes(pools, y, baseline, powers, target);
    pools.clip(0);
  } else {
    const smallest = s_min > 0 ? s_min : -s_min * noise * Math.sqrt(1 - g);
    solve(pools, y, baseline, 0, powers, smallest);
    pools.clip(smallest);
  }
  pools.writeCalcium(powers, calcium);
  pools.writeSpikes(powers, spikes);
  return { calcium, spikes, baseline, decay: g, penalty: lambda };
}

/** One pass of OASIS over y − shift, less `lastExtra` at the last frame. Levels are left unclipped. */
function solve(
  pools: Pools,
  y: Float64Array,
  shift: number,
  lastExtra: number,
  powers: Float64Array,
  s_min: number,
): void {
  const last = y.length - 1;
  pools.count = 0;
  for (let t = 0; t < last; t++) pools.push(t, 1, y[t] - shift, 1, powers, s_min);
  pools.push(last, 1, y[last] - shift - lastExtra, 1, powers, s_min);
}

/**
 * How far φ has to move for the residual to reach its target while the pools stay as they are: the root of
 * |r|² + 2δ r·d + δ²|d|² = target, with d = −∂c/∂φ less its mean (the baseline takes the mean up). On each active pool
 * r·d is λ times the pool's part of |d|² because the pool is at its optimum, so that no frame has to be visited.
 */
function closedFormStep(
  pools: Pools,
  powers: Float64Array,
  g: number,
  frames: number,
  lambda: number,
  excess: number,
  baselineFollows: boolean,
): number {
  let square = 0, sum = 0;
  for (let i = 0; i < pools.count; i++) {
    if (!(pools.level[i] > 0)) continue;
    const length = pools.length[i];
    const slope = (i === pools.count - 1 ? 1 : 1 - powers[length]) / pools.weight[i];
    square += slope * slope * pools.weight[i];
    sum += slope * (1 - powers[length]) / (1 - g);
  }
  const a = baselineFollows ? square - sum * sum / frames : square, b = lambda * square;
  const discriminant = b * b - a * excess;
  return (Math.sqrt(Math.max(0, discriminant)) - b) / a;
}
