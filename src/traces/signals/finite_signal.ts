import { ParameterError } from "../../core/errors.ts";

/** Throws `ParameterError` for a signal with a value that is not a finite number, and for a rate that is none. */
export function checkSignal(signal: ArrayLike<number>, rate: number): void {
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new ParameterError(`The rate of a signal is ${rate}, but it has to be a number above 0`);
  }
  for (let i = 0; i < signal.length; i++) {
    if (Number.isFinite(signal[i])) continue;
    throw new ParameterError(
      `The signal holds a value that is not a finite number (frame ${i}): leave it out, or fill it before`,
    );
  }
}

/** Throws `ParameterError` for a band that is none, or that reaches beyond half the rate. */
export function checkBand([low, high]: readonly [number, number], rate: number): void {
  if (!(low >= 0 && high > low)) {
    throw new ParameterError(`The band is ${low} to ${high} Hz, but it has to rise from 0 or more`);
  }
  if (high > rate / 2) {
    throw new ParameterError(
      `The band reaches ${high} Hz, but at ${Number(rate.toPrecision(6))} frames per second nothing above ` +
        `${Number((rate / 2).toPrecision(6))} Hz can be told`,
    );
  }
}
