import { ParameterError } from "../core/errors.ts";
import { Fft } from "./fft.ts";

/** Frames per segment: short enough that a trend or a jump from the first to the last frame does not leak into the band. */
const SEGMENT = 256;

const plans = new Map<number, SegmentPlan>();

interface SegmentPlan {
  readonly fft: Fft;
  readonly window: Float64Array;
  /** Sum of the squared window. */
  readonly energy: number;
}

/**
 * Noise standard deviation of one trace, in the trace's units: sn = √(mean |F_k|² / L) over a band of high frequencies
 * where calcium has little power (Pnevmatikakis et al. 2016; Giovannucci et al. 2019).
 *
 * The spectrum is Welch's: half-overlapping segments of min(256, T) frames, each less its mean and under a Hann window
 * (L is then the window's energy), averaged; frames after the last full segment are not used. This is what CaImAn does
 * for traces. A single transform of the whole trace would count the jump between its ends as noise: up to a third more
 * on traces that begin within a transient.
 *
 * @param trace T numbers
 * @param range band as fractions of the frame rate, both ends excluded; default (0.25, 0.5)
 * @returns the noise; NaN when a number is not finite; 0 for fewer than two frames. A trace too short to have a frequency
 * inside the band falls back on the differences of neighbouring frames, √(mean Δ² / 2).
 */
export function traceNoise(trace: ArrayLike<number>, range: readonly [number, number] = [0.25, 0.5]): number {
  const [low, high] = range;
  if (!(low >= 0 && low < high && high <= 0.5)) {
    throw new ParameterError(
      `noise_range must be two ascending fractions of the frame rate between 0 and 0.5, not [${range.join(", ")}]`,
    );
  }
  const frames = trace.length;
  for (let t = 0; t < frames; t++) if (!Number.isFinite(trace[t])) return NaN;
  const length = Math.min(SEGMENT, frames), overlap = length >> 1, step = length - overlap;
  const bins: number[] = [];
  for (let k = 0; k <= length / 2; k++) if (k / length > low && k / length < high) bins.push(k);
  if (bins.length === 0) return differenceNoise(trace);

  const { fft, window, energy } = planOf(length);
  const segments = Math.floor((frames - overlap) / step);
  const re = new Float64Array(length), im = new Float64Array(length);
  let power = 0;
  for (let segment = 0; segment < segments; segment += 2) {
    // Two real segments share one complex transform: (|Z_k|² + |Z_−k|²) / 2 is the sum of their powers.
    cutSegment(trace, segment * step, window, re);
    if (segment + 1 < segments) cutSegment(trace, (segment + 1) * step, window, im);
    else im.fill(0);
    fft.transform(re, im);
    for (const k of bins) {
      const mirror = length - k;
      power += (re[k] * re[k] + im[k] * im[k] + re[mirror] * re[mirror] + im[mirror] * im[mirror]) / 2;
    }
  }
  return Math.sqrt(power / (segments * bins.length * energy));
}

function planOf(length: number): SegmentPlan {
  let plan = plans.get(length);
  if (!plan) {
    const window = Float64Array.from({ length }, (_, n) => 0.5 - 0.5 * Math.cos(2 * Math.PI * n / length));
    plan = { fft: new Fft(length), window, energy: window.reduce((sum, x) => sum + x * x, 0) };
    plans.set(length, plan);
  }
  return plan;
}

function cutSegment(trace: ArrayLike<number>, start: number, window: Float64Array, into: Float64Array): void {
  let mean = 0;
  for (let n = 0; n < window.length; n++) mean += trace[start + n];
  mean /= window.length;
  for (let n = 0; n < window.length; n++) into[n] = (trace[start + n] - mean) * window[n];
}

function differenceNoise(trace: ArrayLike<number>): number {
  if (trace.length < 2) return 0;
  let sum = 0;
  for (let t = 1; t < trace.length; t++) sum += (trace[t] - trace[t - 1]) ** 2;
  return Math.sqrt(sum / (2 * (trace.length - 1)));
}
