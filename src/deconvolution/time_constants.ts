import { ParameterError } from "../core/errors.ts";

/** Settings of `estimateTimeConstants`. */
export interface TimeConstantOptions {
  /** Lags used beyond the order p: the fit runs over lags 1..lags+p. Default 5. */
  readonly lags?: number;
  /** Factor on each root: noise biases the roots upwards. Default 0.96. */
  readonly fudge_factor?: number;
}

/** Where a root goes that cannot be a calcium decay: slower than never ending, or alternating in sign. */
const ROOT_IF_ABOVE_ONE = 0.95, ROOT_IF_NEGATIVE = 0.15, SMALLEST_ROOT = 1e-3;

/**
 * Coefficients of the autoregressive model c_t = Σ_i γ_i c_{t−i} + s_t, from the autocovariance of the trace
 * (Pnevmatikakis et al. 2016, eq. 5): least squares of the lags 1..lags+p on the lags before them, after taking
 * noise² off lag 0. Roots are made real, brought into (0, 1) (above 1: 0.95; negative: 0.15) and multiplied by
 * `fudge_factor`.
 *
 * @param trace T > lags + p finite numbers
 * @param p order, 1 or 2
 * @param noise noise standard deviation in the trace's units
 * @returns p coefficients: [γ], or [d + r, −d·r] with the decay root d ≥ the rise root r; zeros when the trace is constant
 */
export function estimateTimeConstants(
  trace: ArrayLike<number>,
  p: 1 | 2,
  noise: number,
  options: TimeConstantOptions = {},
): number[] {
  const { lags = 5, fudge_factor = 0.96 } = options;
  if (!Number.isInteger(lags) || lags < 1) {
    throw new ParameterError(`lags must be a whole number of at least 1, not ${lags}`);
  }
  if (!(fudge_factor > 0 && fudge_factor <= 1)) {
    throw new ParameterError(`fudge_factor must be above 0 and at most 1, not ${fudge_factor}`);
  }
  const covariance = autocovariance(trace, lags + p);
  if (!(covariance[0] > 0)) return new Array(p).fill(0);
  const clean = covariance.slice();
  clean[0] -= noise * noise;

  if (p === 1) {
    let xx = 0, xy = 0;
    for (let i = 0; i < lags + 1; i++) {
      xx += clean[i] * clean[i];
      xy += clean[i] * covariance[i + 1];
    }
    return [fudge_factor * usableRoot(xy / xx)];
  }

  // Row i says: covariance[i + 1] = γ1 covariance[i] + γ2 covariance[i − 1].
  let aa = 0, ab = 0, bb = 0, ay = 0, by = 0;
  for (let i = 0; i < lags + 2; i++) {
    const a = clean[i], b = clean[Math.abs(i - 1)], y = covariance[i + 1];
    aa += a * a;
    ab += a * b;
    bb += b * b;
    ay += a * y;
    by += b * y;
  }
  const determinant = aa * bb - ab * ab;
  const first = (bb * ay - ab * by) / determinant, second = (aa * by - ab * ay) / determinant;
  const discriminant = first * first + 4 * second;
  const spread = discriminant > 0 ? Math.sqrt(discriminant) : 0; // a complex pair keeps its real part
  const one = fudge_factor * usableRoot((first + spread) / 2), other = fudge_factor * usableRoot((first - spread) / 2);
  return [one + other, -one * other];
}

/** Autocovariance (1/T) Σ_t x_t x_{t+lag} of the mean-free trace at lags 0..`most`. */
function autocovariance(trace: ArrayLike<number>, most: number): Float64Array {
  const frames = trace.length;
  const centred = Float64Array.from(trace);
  const mean = centred.reduce((sum, x) => sum + x, 0) / frames;
  for (let t = 0; t < frames; t++) centred[t] -= mean;
  const covariance = new Float64Array(most + 1);
  for (let lag = 0; lag <= most; lag++) {
    let sum = 0;
    for (let t = lag; t < frames; t++) sum += centred[t] * centred[t - lag];
    covariance[lag] = sum / frames;
  }
  return covariance;
}

function usableRoot(root: number): number {
  if (root > 1) return ROOT_IF_ABOVE_ONE;
  if (root >= SMALLEST_ROOT) return root;
  return root >= 0 ? SMALLEST_ROOT : ROOT_IF_NEGATIVE; // NaN (singular fit) counts as unusable too
}
