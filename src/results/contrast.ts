/** The values shown as darkest and brightest. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * The range between two percentiles of the finite values, so that a few odd pixels do not spoil the contrast. Where the percentiles are equal
 * the whole range counts; a constant image gets a range of width 1 around its value, one without a finite value 0–1.
 *
 * @param lowPercent Default 1.
 * @param highPercent Default 99.7.
 */
export function contrastRange(image: Float32Array, lowPercent = 1, highPercent = 99.7): Range {
  const finite = image.filter(Number.isFinite).sort();
  if (finite.length === 0) return { low: 0, high: 1 };
  const at = (percent: number) => finite[Math.round((finite.length - 1) * percent / 100)];
  const low = at(lowPercent), high = at(highPercent);
  if (high > low) return { low, high };
  const least = finite[0], most = finite[finite.length - 1];
  return most > least ? { low: least, high: most } : { low: low - 0.5, high: low + 0.5 };
}

/** Where a value lies in a range, clipped to 0–1; 0 when it is not finite. */
export function stretched(value: number, { low, high }: Range): number {
  const position = (value - low) / (high - low);
  return position > 0 ? Math.min(1, position) : 0;
}
