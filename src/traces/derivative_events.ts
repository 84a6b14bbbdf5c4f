import { median } from "../core/sorted.ts";
import { ParameterError } from "../core/errors.ts";
import type { FoundEvent } from "./spike_events.ts";

/** A smoothing kernel ends this many of its s.d. away. */
const REACH = 4;
/** Longest smoothing, seconds. */
const LONGEST = 10;

/** How events are found by peaks of a derivative. */
export interface DerivativeChoice {
  /** 0: the trace itself; 1: its slope, which peaks where it rises; 2: its curvature, which peaks where a rise begins. Default 1. */
  readonly order?: 0 | 1 | 2;
  /** Least height of a peak, in `unit`. Default 4. */
  readonly threshold?: number;
  /**
   * "sd" (default): s.d. of what the trace's noise becomes in the derivative, which is exact for white noise. "mad": 1.4826 times the median
   * absolute deviation of the derivative itself, around its median: robust, and of noise of any colour, but activity counts in. "dF":
   * absolute, in dF, dF/s or dF/s² by order.
   */
  readonly unit?: "sd" | "mad" | "dF";
  /** Least time between two events, seconds; of nearer ones the higher stays. Default 0.3. */
  readonly min_distance?: number;
  /** S.d. of the Gaussian that the derivative is smoothed by, seconds; 0 for none, at most 10. Default 0.1. */
  readonly smooth?: number;
}

/** A choice with every default filled in. */
export type CompleteDerivative = Required<DerivativeChoice>;

/** Fills in the defaults. Throws `ParameterError` for what is out of range. */
export function completeDerivative(choice: DerivativeChoice): CompleteDerivative {
  const { order = 1, threshold = 4, unit = "sd", min_distance = 0.3, smooth = 0.1 } = choice;
  if (order !== 0 && order !== 1 && order !== 2) {
    throw new ParameterError(`order is ${order}, but it has to be 0, 1 or 2`);
  }
  if (unit !== "sd" && unit !== "mad" && unit !== "dF") {
    throw new ParameterError(`threshold_unit is ${JSON.stringify(unit)}, but it has to be sd, mad or dF`);
  }
  if (!(threshold > 0 && threshold < Infinity)) {
    throw new ParameterError(`threshold is ${threshold}, but it has to be a number above 0`);
  }
  for (const [name, value, most] of [["min_distance", min_distance, 1e6], ["smooth", smooth, LONGEST]] as const) {
    if (value >= 0 && value <= most) continue;
    throw new ParameterError(`${name} is ${value}, but it has to be a number of seconds from 0 to ${most}`);
  }
  return { order, threshold, unit, min_distance, smooth };
}

/**
 * A derivative of a trace: convolved with a Gaussian's derivative of that order, which is the derivative of the smoothed trace, per second to
 * that order. Without smoothing the differences (x_{t+1} − x_{t−1})/2 and x_{t+1} − 2x_t + x_{t−1}. Weights are scaled so that a straight line
 * (or a parabola) gets its exact slope (curvature). Beyond its ends the trace goes on with its first and last value. NaN where a sample in reach
 * is not finite.
 */
export function traceDerivative(
  trace: Float32Array,
  order: 0 | 1 | 2,
  frameRate: number,
  smooth: number,
): Float64Array {
  const kernel = derivativeKernel(order, frameRate, smooth), reach = (kernel.length - 1) / 2, last = trace.length - 1;
  return Float64Array.from(trace, (_, t) => {
    let sum = 0;
    for (let k = -reach; k <= reach; k++) sum += kernel[k + reach] * trace[Math.min(last, Math.max(0, t + k))];
    return sum;
  });
}

/** Weights of the samples t − reach … t + reach. */
function derivativeKernel(order: 0 | 1 | 2, frameRate: number, smooth: number): Float64Array {
  const sd = smooth * frameRate, reach = sd > 0 ? Math.max(1, Math.ceil(REACH * sd)) : order === 0 ? 0 : 1;
  // A Gaussian so narrow that its neighbours get nothing is no smoothing: the plain differences are what is left.
  const isPlain = !(sd > 0.3), offsets = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const plain = [(k: number) => k === 0 ? 1 : 0, (k: number) => Math.abs(k) === 1 ? k / 2 : 0, (k: number) => {
    return k === 0 ? -2 : Math.abs(k) === 1 ? 1 : 0;
  }][order];
  if (isPlain) return offsets.map((k) => plain(k) * frameRate ** order);
  const bell = offsets.map((k) => Math.exp(-k * k / (2 * sd * sd))), total = bell.reduce((sum, w) => sum + w, 0);
  if (order === 0) return bell.map((w) => w / total);
  const variance = offsets.reduce((sum, k, i) => sum + k * k * bell[i], 0) / total;
  const shape = offsets.map((k, i) => (order === 1 ? k : k * k - variance) * bell[i]);
  const response = offsets.reduce((sum, k, i) => sum + shape[i] * (order === 1 ? k : k * k / 2), 0);
  return shape.map((w) => w / response * frameRate ** order);
}

/**
 * S.d. of what white noise becomes in a derivative: noise·√Σw², with its weights w. Of "mad" the robust s.d. of the derivative itself.
 */
function derivativeNoise(
  derivative: Float64Array,
  noise: number,
  choice: CompleteDerivative,
  frameRate: number,
): number {
  const { order, smooth, unit } = choice;
  if (unit === "mad") {
    const finite = derivative.filter(Number.isFinite), middle = median(finite);
    return 1.4826 * median(finite.map((value) => Math.abs(value - middle)));
  }
  return noise * Math.sqrt(derivativeKernel(order, frameRate, smooth).reduce((sum, w) => sum + w * w, 0));
}

/**
 * Events at the peaks of a derivative of a trace that reach the threshold: maxima that the derivative rises to by at least the threshold, and
 * falls from by as much before the next (or stays up to the end), so that noise on the slope of a transient makes no events of its own. What is
 * there from the first frame on is none. The highest first, each shuts out others within `min_distance`.
 * Order 0 wants a trace whose level at rest is 0.
 *
 * @param trace T numbers
 * @param noise s.d. of its noise
 * @returns events by frame, their amplitude that of the derivative; and the s.d. of the noise of the derivative
 */
export function derivativeEvents(
  trace: Float32Array,
  noise: number,
  frameRate: number,
  choice: DerivativeChoice = {},
): { events: FoundEvent[]; noise: number } {
  const complete = completeDerivative(choice), { order, threshold, unit, min_distance, smooth } = complete;
  const derivative = traceDerivative(trace, order, frameRate, smooth);
  const sd = derivativeNoise(derivative, noise, complete, frameRate);
  const rest = unit === "mad" ? median(derivative.filter(Number.isFinite)) : 0;
  const height = unit === "dF" ? threshold : threshold * sd;
  const peaks = turningPeaks(derivative, height).filter(({ amplitude }) =>
    amplitude >= rest + height && amplitude > rest
  );
  return { events: apart(peaks, min_distance * frameRate), noise: sd };
}

/** Maxima (their first frame) that values rise to and fall from by at least `height`; the last one may still be up at the end. */
function turningPeaks(values: Float64Array, height: number): FoundEvent[] {
  const peaks: FoundEvent[] = [];
  let low = Infinity, top = -1;
  for (let t = 0; t < values.length; t++) {
    const value = values[t];
    if (!Number.isFinite(value)) continue;
    if (top < 0) { // going down, or not yet far enough up
      if (value < low) low = value;
      else if (value > low && value >= low + height) top = t;
    } else if (value > values[top]) top = t;
    else if (value <= values[top] - height && value < values[top]) {
      peaks.push({ frame: top, amplitude: values[top] });
      top = -1;
      low = value;
    }
  }
  if (top >= 0) peaks.push({ frame: top, amplitude: values[top] });
  return peaks;
}

/** The highest peaks, none nearer to another than `distance` frames, by frame. */
function apart(peaks: readonly FoundEvent[], distance: number): FoundEvent[] {
  const order = Array.from(peaks.keys()).sort((a, b) => peaks[b].amplitude - peaks[a].amplitude || a - b);
  const out = new Uint8Array(peaks.length);
  for (const i of order) {
    if (out[i]) continue;
    for (const step of [-1, 1]) {
      for (let j = i + step; peaks[j] && Math.abs(peaks[j].frame - peaks[i].frame) < distance; j += step) out[j] = 1;
    }
  }
  return peaks.filter((_, i) => !out[i]);
}
