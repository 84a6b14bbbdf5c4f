/**
 * Transients whose frames are averaged, and the least share of the largest one's activity that another must have. Four are enough for a
 * cell; the mean of more looks like a footprint also where that was fitted to nothing but noise.
 */
const MOST_TRANSIENTS = 4, LEAST_SHARE = 1 / 3;

/**
 * Frames of a cell's largest transients: windows of `window` frames that do not overlap, with the greatest sums of its denoised trace.
 * @param trace denoised calcium
 * @returns ascending frames; none when the cell never fires, or when the trace holds a number that is not finite
 */
export function transientsOf(trace: Float32Array, window: number): number[] {
  const n = Math.min(window, trace.length), sums = new Float64Array(trace.length - n + 1);
  for (let t = 0; t < sums.length; t++) {
    for (let i = t; i < t + n; i++) sums[t] += trace[i];
  }
  // The baseline of other programs' traces is part of them.
  const lowest = sums.reduce((a, b) => Math.min(a, b), Infinity);
  const order = Uint32Array.from(sums.keys()).sort((a, b) => sums[b] - sums[a] || a - b);
  const largest = sums[order[0]] - lowest;
  if (!(largest > 0 && Number.isFinite(largest))) return [];
  const starts: number[] = [];
  for (const t of order) {
    if (starts.length === MOST_TRANSIENTS || sums[t] - lowest < LEAST_SHARE * largest) break;
    if (starts.every((start) => Math.abs(start - t) >= n)) starts.push(t);
  }
  return starts.sort((a, b) => a - b).flatMap((start) => Array.from({ length: n }, (_, i) => start + i));
}
