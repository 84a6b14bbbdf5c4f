import { traceNoise } from "../deconvolution/noise.ts";
import { halfSampleMode } from "./mode.ts";
import { logUpperTail, upperTailQuantile } from "./normal.ts";

/** Frames that a typical transient lasts: ⌈rate · decay time⌉, at least 1. */
export function transientFrames(frameRate: number, decayTime: number): number {
  // A product of two decimals may come out a rounding error above a whole number.
  return Math.max(1, Math.ceil(frameRate * decayTime - 1e-9));
}

/** Standard deviations of the noise that are one unit, as in CaImAn: its users' thresholds then mean the same. */
const NOISE_UNITS = 3;

/**
 * Signal-to-noise ratio of a trace by the exceptionality of its largest transient (Giovannucci et al. 2019, eLife 8:e38173):
 *
 *     SNR = −Φ⁻¹(exp(min_t (1/N) Σ_{i=t}^{t+N−1} log Q(z_i))),   z_i = (y_i − mode) / (3 σ),   Q(z) = 1 − Φ(z).
 *
 * The N frames least likely under the noise give a mean log-probability, and that the Gaussian quantile with the same one: about the root
 * mean square of z over them. Probabilities are never formed, so that nothing underflows however large the transient is. The mode is the
 * half-sample mode; σ is the noise of the upper half of the band (`traceNoise`). As in CaImAn, three σ are one unit: an SNR of 2.5 is a
 * transient that stays 7.5 σ above the baseline for N frames.
 * @param trace raw trace, any unit; at least 1 frame
 * @param window N, frames; more than there are count as all
 * @returns NaN for a trace that holds a number that is not finite, or is without noise
 */
export function exceptionality(trace: Float32Array, window: number): number {
  const frames = trace.length, noise = traceNoise(trace);
  if (!(noise > 0)) return NaN;
  const mode = halfSampleMode(Float64Array.from(trace).sort());
  const n = Math.min(window, frames), scale = 1 / (NOISE_UNITS * noise);
  const log = Float64Array.from(trace, (value) => logUpperTail((value - mode) * scale));
  let least = Infinity;
  for (let t = 0; t + n <= frames; t++) {
    let sum = 0;
    for (let i = t; i < t + n; i++) sum += log[i];
    if (sum < least) least = sum;
  }
  return upperTailQuantile(least / n);
}
