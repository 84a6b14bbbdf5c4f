import { ParameterError } from "../../core/errors.ts";
import { oddlyExtended } from "./padding.ts";

/**
 * Taps of a linear-phase filter by the window method with Hamming's window, gain 1 in the middle of the band, as SciPy's
 * `firwin(taps, band, fs=rate)`.
 * @param taps odd, so that a high-pass can be made, too
 * @param band passed band, Hz: from 0 it is a low-pass, to half the rate a high-pass
 * @throws ParameterError for an even or too small number of taps, and for a band without an edge
 */
export function firTaps(taps: number, [low, high]: readonly [number, number], rate: number): Float64Array {
  if (!(Number.isInteger(taps) && taps >= 3 && taps % 2 === 1)) {
    throw new ParameterError(`The order of a FIR filter is ${taps - 1}, but it has to be an even number of at least 2`);
  }
  // In units of half the rate.
  const left = 2 * low / rate, right = Math.min(1, 2 * high / rate);
  if (left === 0 && right === 1) {
    throw new ParameterError(`The band from 0 Hz to half the rate is all there is: nothing is filtered`);
  }
  const middle = (taps - 1) / 2, scaleAt = left === 0 ? 0 : right === 1 ? 1 : (left + right) / 2;
  const h = Float64Array.from({ length: taps }, (_, i) => {
    const m = i - middle, hamming = 0.54 - 0.46 * Math.cos(2 * Math.PI * i / (taps - 1));
    return (right * sinc(right * m) - left * sinc(left * m)) * hamming;
  });
  const gain = h.reduce((sum, value, i) => sum + value * Math.cos(Math.PI * (i - middle) * scaleAt), 0);
  return h.map((value) => value / gain);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/**
 * A signal filtered forwards and backwards, so that the gain is squared, with odd padding and a steady beginning, as SciPy's
 * `filtfilt(taps, [1], signal)`.
 * @throws ParameterError when the signal is not longer than three times the taps
 */
export function firBothWays(taps: Float64Array, signal: ArrayLike<number>): Float64Array {
  const pad = firPadding(taps.length), forwards = convolved(taps, oddlyExtended(signal, pad)).reverse();
  return convolved(taps, forwards).reverse().slice(pad, pad + signal.length);
}

/** Samples that `firBothWays` puts before and behind a signal. */
export function firPadding(taps: number): number {
  return 3 * taps;
}

/** Σ_j taps(j) x(i − j), where the first value stands for all before it. */
function convolved(taps: Float64Array, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length), before = new Float64Array(taps.length + 1);
  for (let j = taps.length - 1; j >= 0; j--) before[j] = before[j + 1] + taps[j];
  for (let i = 0; i < x.length; i++) {
    const reach = Math.min(taps.length, i + 1);
    let sum = before[reach] * x[0];
    for (let j = 0; j < reach; j++) sum += taps[j] * x[i - j];
    out[i] = sum;
  }
  return out;
}
