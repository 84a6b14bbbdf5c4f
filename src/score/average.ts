/** Mean and median of some numbers. */
export interface Average {
  /** Arithmetic mean; 0 for none. */
  readonly mean: number;
  /** Median (mean of the middle two for an even number); 0 for none. */
  readonly median: number;
}

/** Mean and median; both 0 for an empty list. */
export function average(values: readonly number[]): Average {
  if (values.length === 0) return { mean: 0, median: 0 };
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / count,
    median: (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2,
  };
}
