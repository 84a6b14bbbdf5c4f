import { Fft } from "../../deconvolution/fft.ts";
import { checkSignal } from "./finite_signal.ts";

/** Amplitude and phase of a signal from frame to frame. */
export interface Analytic {
  /** Envelope, in units of the signal. */
  readonly amplitude: Float64Array;
  /** Phase, radians, −π to π; 0 at a peak, −π/2 while it rises. */
  readonly phase: Float64Array;
}

/**
 * The analytic signal by its spectrum without negative frequencies (Marple 1999), as SciPy's `hilbert`. It means something for signals of a
 * narrow band: band-pass them first.
 * @throws ParameterError for a signal with values that are not finite
 */
export function hilbert(signal: ArrayLike<number>): Analytic {
  checkSignal(signal, 1);
  const n = signal.length;
  if (n === 0) return { amplitude: new Float64Array(0), phase: new Float64Array(0) };
  const re = Float64Array.from(signal), im = new Float64Array(n), fft = new Fft(n);
  fft.transform(re, im);
  for (let k = 0; k < n; k++) {
    const factor = k === 0 || 2 * k === n ? 1 : 2 * k < n ? 2 : 0;
    re[k] *= factor / n;
    im[k] *= factor / n;
  }
  // With the parts exchanged, the forward transform is the inverse one.
  fft.transform(im, re);
  return {
    amplitude: re.map((value, i) => Math.hypot(value, im[i])),
    phase: re.map((value, i) => Math.atan2(im[i], value)),
  };
}
