/** A number for a label on an axis of length `span`: precise to about a hundredth of it, without trailing zeros. */
export function shortNumber(value: number, span: number): string {
  const decimals = Math.min(9, Math.max(0, 1 + Math.ceil(-Math.log10(span))));
  const rounded = Number(value.toFixed(decimals));
  return Math.abs(rounded) < 1e6 ? String(rounded === 0 ? 0 : rounded) : value.toExponential(1);
}

/**
 * Round positions for an axis from 0 to `end`: multiples of 1, 2 or 5 times a power of ten, about `wanted` of them.
 * An axis without length has the one tick 0.
 */
export function ticks(end: number, wanted: number): number[] {
  if (!(end > 0)) return [0];
  const rough = end / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.floor(end / step * 1.000001) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Round positions between two values, as `ticks` chooses them for the length between; at least one where 0 lies between. */
export function ticksBetween(low: number, high: number, wanted: number): number[] {
  const [, step] = ticks(high - low, wanted);
  if (step === undefined) return [low];
  const first = Math.ceil(low / step - 1e-6), last = Math.floor(high / step + 1e-6);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)) + 0);
}
