/** A factor is believed when spikes and innovations agree this well but for it. */
const ALIKE = 0.99;
/** Factors this near to 1 are 1. */
const NEAR = 0.1;

/**
 * The factor between the innovations c_t − Σ_i ar_i c_{t−i} of a denoised trace and its spikes, by least squares, both less their means (a
 * constant baseline in c is a constant innovation). 1 where they are in the same units, and where they do not tell: CaImAn keeps spikes in the
 * units of before it scaled its footprints, so that in its files they are thousands of times smaller than the calcium they stand for.
 *
 * @param denoised T numbers
 * @param spikes T numbers
 * @param ar p ≥ 1 coefficients
 */
export function spikeFactor(denoised: Float32Array, spikes: Float32Array, ar: Float32Array): number {
  const p = ar.length, count = denoised.length - p;
  let si = 0, ss = 0, i = 0, s = 0, ii = 0;
  for (let t = p; t < denoised.length; t++) {
    let innovation = denoised[t];
    for (let lag = 0; lag < p; lag++) innovation -= ar[lag] * denoised[t - 1 - lag];
    si += innovation * spikes[t];
    ss += spikes[t] * spikes[t];
    ii += innovation * innovation;
    i += innovation;
    s += spikes[t];
  }
  const covariance = si - i * s / count, variance = ss - s * s / count, other = ii - i * i / count;
  const factor = covariance / variance, alike = covariance / Math.sqrt(variance * other);
  return alike > ALIKE && Math.abs(factor - 1) > NEAR ? factor : 1;
}
