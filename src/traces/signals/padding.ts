import { ParameterError } from "../../core/errors.ts";

/**
 * A signal with `pad` samples more at each end, turned about its end points, as SciPy's `odd_ext`: a filter then begins and ends smoothly.
 * @throws ParameterError when the signal is not longer than the padding
 */
export function oddlyExtended(signal: ArrayLike<number>, pad: number): Float64Array {
  const n = signal.length;
  checkPadding(n, pad);
  const out = new Float64Array(n + 2 * pad);
  for (let i = 0; i < pad; i++) {
    out[i] = 2 * signal[0] - signal[pad - i];
    out[pad + n + i] = 2 * signal[n - 1] - signal[n - 2 - i];
  }
  for (let i = 0; i < n; i++) out[pad + i] = signal[i];
  return out;
}

/** Throws `ParameterError` when a signal of so many samples is not longer than the padding. */
export function checkPadding(length: number, pad: number): void {
  if (length > pad) return;
  throw new ParameterError(
    `A filter of this order needs a signal of more than ${pad} frames, but it has ${length}: lower the order`,
  );
}
