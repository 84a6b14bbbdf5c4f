import { firstAtLeast } from "../core/sorted.ts";

/** The straight line nearest to a trace (least squares), at each of its points. */
export function straightLine(trace: Float64Array): Float64Array {
  const middle = (trace.length - 1) / 2;
  let sum = 0, products = 0, squares = 0;
  trace.forEach((value, t) => {
    sum += value;
    products += (t - middle) * value;
    squares += (t - middle) ** 2;
  });
  const mean = sum / trace.length, slope = squares > 0 ? products / squares : 0;
  return trace.map((_, t) => mean + slope * (t - middle));
}

/** Length of the running median's window, frames: a tenth of the movie, odd. */
export function trendWindow(frames: number): number {
  const window = 2 * Math.floor(frames / 20) + 1;
  return frames < 3 ? 1 : Math.max(3, window);
}

/**
 * Running median of a trace. Within half a window of the ends, where no whole window fits, it goes on along a straight line, so that neither
 * a trend nor a single odd frame at an end bends it.
 * @param window points, odd, at most as many as the trace has
 */
export function runningMedian(trace: Float64Array, window: number): Float64Array {
  const half = (window - 1) / 2, last = trace.length - 1 - half, medians = new Float64Array(trace.length);
  const sorted = trace.slice(0, window).sort();
  for (let t = half; t <= last; t++) {
    if (t > half) {
      replace(sorted, trace[t - half - 1], trace[t + half]);
    }
    medians[t] = sorted[half];
  }
  const reach = Math.min(half, last - half);
  const slope = (from: number, to: number) => reach > 0 ? (medians[to] - medians[from]) / (to - from) : 0;
  const rise = slope(half, half + reach), fall = slope(last - reach, last);
  for (let i = 1; i <= half; i++) {
    medians[half - i] = medians[half] - rise * i;
    medians[last + i] = medians[last] + fall * i;
  }
  return medians;
}

/** Puts one value of a sorted array in the place of another. */
function replace(sorted: Float64Array, old: number, value: number): void {
  let at = firstAtLeast(sorted, old);
  const to = firstAtLeast(sorted, value);
  if (to > at) sorted.copyWithin(at, at + 1, to);
  else sorted.copyWithin(to + 1, to, at);
  at = to > at ? to - 1 : to;
  sorted[at] = value;
}
