/** a + b·exp(−t/τ), t in points of the trace. */
export interface Decay {
  /** What is left in the end. */
  readonly a: number;
  /** What is lost, from the first point on. */
  readonly b: number;
  /** Time constant, points. */
  readonly tau: number;
}

/** Points the trace is reduced to by block medians. */
const POINTS = 1000;
/** Time constants that are tried, evenly apart by their logarithm, before the best one is refined. */
const TRIALS = 48;
/** Rounds of reweighting; weights of Tukey's biweight have settled long before. */
const ROUNDS = 12;
/** Width of Tukey's biweight, in standard deviations: 95 % efficient for a normal distribution. */
const BIWEIGHT = 4.685;
/** Ratio of explained to unexplained variance, per degree of freedom, from which on a decay counts as one. */
const LEAST_F = 10;

/**
 * Fits a falling exponential to a trace, robustly: least squares for a and b under every time constant, the best of them refined by golden
 * sections, with weights that leave transients out (Tukey's biweight of the residuals, from their median absolute deviation).
 * @returns undefined when the trace does not fall, or not clearly more than it scatters
 */
export function fitDecay(trace: Float64Array): Decay | undefined {
  const { times, values } = blockMedians(trace), n = values.length;
  if (n < 8) return undefined;
  const weights = new Float64Array(n).fill(1), spacing = times[1] - times[0];
  let best = line(times, values, weights, trace.length);
  for (let round = 0; round < ROUNDS; round++) {
    best = bestDecay(times, values, weights, spacing, trace.length);
    const residuals = values.map((value, i) => Math.abs(value - at(best, times[i])));
    const scale = 1.4826 * residuals.slice().sort()[Math.floor(n / 2)];
    // A perfect fit, or nearly: nothing to leave out.
    if (scale <= 1e-12 * Math.abs(best.a + best.b)) break;
    residuals.forEach((residual, i) => {
      const u = residual / (BIWEIGHT * scale);
      weights[i] = u < 1 ? (1 - u * u) ** 2 : 0;
    });
  }
  let sum = 0, total = 0, mean = 0, left = 0, spread = 0;
  for (let i = 0; i < n; i++) [sum, total] = [sum + weights[i] * values[i], total + weights[i]];
  mean = sum / total;
  for (let i = 0; i < n; i++) {
    left += weights[i] * (values[i] - at(best, times[i])) ** 2;
    spread += weights[i] * (values[i] - mean) ** 2;
  }
  const isClear = spread - left > LEAST_F * 2 * left / Math.max(1, total - 3);
  return best.b > 0 && isClear ? { a: best.a, b: best.b, tau: best.tau } : undefined;
}

/** The value of a decay at a time. */
export function at({ a, b, tau }: Decay, time: number): number {
  return a + b * Math.exp(-time / tau);
}

interface Fit extends Decay {
  readonly cost: number;
}

function bestDecay(
  times: Float64Array,
  values: Float64Array,
  weights: Float64Array,
  spacing: number,
  length: number,
): Fit {
  const first = Math.log(spacing), last = Math.log(20 * length), step = (last - first) / (TRIALS - 1);
  let best = line(times, values, weights, Math.exp(first)), bestAt = 0;
  for (let trial = 1; trial < TRIALS; trial++) {
    const fit = line(times, values, weights, Math.exp(first + trial * step));
    if (fit.cost < best.cost) [best, bestAt] = [fit, trial];
  }
  // Golden sections between the neighbours of the best trial.
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = first + Math.max(0, bestAt - 1) * step, high = first + Math.min(TRIALS - 1, bestAt + 1) * step;
  let left = high - ratio * (high - low), right = low + ratio * (high - low);
  let atLeft = line(times, values, weights, Math.exp(left)), atRight = line(times, values, weights, Math.exp(right));
  for (let round = 0; round < 30; round++) {
    if (atLeft.cost < atRight.cost) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = line(times, values, weights, Math.exp(left));
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = line(times, values, weights, Math.exp(right));
    }
  }
  return [atLeft, atRight].reduce((one, other) => other.cost < one.cost ? other : one, best);
}

/** Weighted least squares for a and b under one time constant. */
function line(times: Float64Array, values: Float64Array, weights: Float64Array, tau: number): Fit {
  let w = 0, x = 0, y = 0;
  const decayed = times.map((time) => Math.exp(-time / tau));
  for (let i = 0; i < values.length; i++) {
    w += weights[i];
    x += weights[i] * decayed[i];
    y += weights[i] * values[i];
  }
  const meanX = x / w, meanY = y / w;
  let xx = 0, xy = 0, yy = 0;
  for (let i = 0; i < values.length; i++) {
    const dx = decayed[i] - meanX, dy = values[i] - meanY;
    xx += weights[i] * dx * dx;
    xy += weights[i] * dx * dy;
    yy += weights[i] * dy * dy;
  }
  const b = xx > 0 ? xy / xx : 0;
  return { a: meanY - b * meanX, b, tau, cost: yy - b * xy };
}

/** Medians of blocks of equal length, and the middles of the blocks; points left over at the end do not count. */
function blockMedians(trace: Float64Array): { times: Float64Array; values: Float64Array } {
  const length = Math.max(1, Math.floor(trace.length / POINTS)), n = Math.floor(trace.length / length);
  const times = new Float64Array(n), values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const block = trace.slice(i * length, (i + 1) * length).sort();
    times[i] = i * length + (length - 1) / 2;
    values[i] = (block[Math.floor((length - 1) / 2)] + block[Math.ceil((length - 1) / 2)]) / 2;
  }
  return { times, values };
}
