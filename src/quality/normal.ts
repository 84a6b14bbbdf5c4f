/** Largest |z| for which the tail is summed as a series; beyond it a continued fraction is shorter. */
const SERIES_TO = 3;
const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** log Q(z), Q(z) = P(x > z) of the standard normal distribution: accurate to about 1e-12 (relative) for every z, however far out. */
export function logUpperTail(z: number): number {
  if (z > SERIES_TO) return -0.5 * z * z - LOG_ROOT_TWO_PI + Math.log(millsRatio(z));
  if (z < -SERIES_TO) return Math.log1p(-Math.exp(logUpperTail(-z)));
  // Q(z) = ½ − φ(z) (z + z³/3 + z⁵/(3·5) + …)
  let term = z, sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= z * z / k;
  return Math.log(0.5 - Math.exp(-0.5 * z * z - LOG_ROOT_TWO_PI) * sum);
}

/** The z with log Q(z) = `logProbability` (below 0). −∞ for 0, NaN for what is no log-probability. */
export function upperTailQuantile(logProbability: number): number {
  if (!(logProbability <= 0)) return NaN;
  if (logProbability === 0) return -Infinity;
  // log Q is concave and falls, so Newton's steps can not leave the root again once they are to its right.
  let z = logProbability < -3 ? Math.sqrt(-2 * logProbability) : 0;
  for (let step = 0; step < 60; step++) {
    const value = logUpperTail(z), slope = -Math.exp(-0.5 * z * z - LOG_ROOT_TWO_PI - value);
    const next = z - (value - logProbability) / slope;
    if (!(Math.abs(next - z) > 1e-13 * Math.max(1, Math.abs(z)))) return next;
    z = next;
  }
  return z;
}

/** Q(z)/φ(z) for z above `SERIES_TO`: 1/(z + 1/(z + 2/(z + 3/(z + …)))). */
function millsRatio(z: number): number {
  let value = z;
  for (let k = 40; k > 0; k--) value = z + k / value;
  return 1 / value;
}
