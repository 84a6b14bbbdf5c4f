/** Percentile of finite numbers, linear between neighbours in rank. `fraction` is 0..1; `values` is not changed. */
export function percentile(values: ArrayLike<number>, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = fraction * (sorted.length - 1), below = Math.floor(rank), above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}
