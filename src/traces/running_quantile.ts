import { firstAtLeast } from "../core/sorted.ts";
import { ParameterError } from "../core/errors.ts";

/**
 * The quantile of a trace in a window around each frame, exact, between ranks linearly as numpy.quantile does. Near the ends the window
 * is cut off there, so that a window of twice the recording or more gives one level for all of it. Values that are not finite are passed
 * over; a window without any other gives NaN.
 *
 * The values in the window are counted in a Fenwick tree over the ranks of the whole trace (Fenwick 1994): O(T·log T) for any window.
 *
 * @param trace T numbers
 * @param window frames, at least 1; the window of frame t goes from t − ⌊window/2⌋ to t + ⌊window/2⌋
 * @param quantile from 0 (running minimum) to 1 (running maximum)
 * @returns T numbers
 */
export function runningQuantile(trace: Float32Array, window: number, quantile: number): Float32Array {
  if (!(window >= 1)) throw new ParameterError(`The window has to be of at least 1 frame, not ${window}`);
  if (!(quantile >= 0 && quantile <= 1)) {
    throw new ParameterError(`The quantile has to be from 0 to 1, not ${quantile}`);
  }
  const frames = trace.length, half = Math.min(frames, Math.floor(window / 2)), result = new Float32Array(frames);
  const sorted = trace.filter(Number.isFinite).sort(), counts = new RankCounts(sorted.length);
  const rank = Int32Array.from(trace, (value) => Number.isFinite(value) ? firstAtLeast(sorted, value) : -1);
  for (let t = 0; t < half; t++) counts.add(rank[t], 1);
  for (let t = 0; t < frames; t++) {
    if (t + half < frames) counts.add(rank[t + half], 1);
    if (t - half > 0) counts.add(rank[t - half - 1], -1);
    const at = quantile * (counts.total - 1), below = Math.floor(at), share = at - below;
    if (counts.total === 0) result[t] = NaN;
    else {
      const low = sorted[counts.find(below)];
      result[t] = share > 0 ? low + share * (sorted[counts.find(below + 1)] - low) : low;
    }
  }
  return result;
}

/** How many values of each rank there are, so that the k-th smallest is found in O(log T). */
class RankCounts {
  total = 0;
  readonly #tree: Int32Array;
  readonly #top: number;

  constructor(ranks: number) {
    this.#tree = new Int32Array(ranks + 1);
    this.#top = ranks > 0 ? 2 ** Math.floor(Math.log2(ranks)) : 0;
  }

  /** Counts `change` more values of a rank; a negative rank counts for nothing. */
  add(rank: number, change: number): void {
    if (rank < 0) return;
    this.total += change;
    for (let i = rank + 1; i < this.#tree.length; i += i & -i) this.#tree[i] += change;
  }

  /** Rank of the k-th smallest value, from 0. */
  find(k: number): number {
    let at = 0;
    for (let step = this.#top, left = k + 1; step > 0; step >>= 1) {
      const next = at + step;
      if (next < this.#tree.length && this.#tree[next] < left) {
        at = next;
        left -= this.#tree[next];
      }
    }
    return at;
  }
}
