import { ParameterError } from "../../core/errors.ts";
import { butterworthSections, filteredBothWays, type Section, sectionsPadding } from "./butterworth.ts";
import { checkBand, checkSignal } from "./finite_signal.ts";
import { firBothWays, firPadding, firTaps } from "./fir.ts";
import { checkPadding } from "./padding.ts";

/** How a band is filtered out of a signal. */
export interface BandPassOptions {
  /** The band that passes, Hz: from 0 it is a low-pass, to half the rate a high-pass. */
  readonly band: readonly [number, number];
  /** Recursive with a flat top, or of finite length. Default "butterworth". */
  readonly filter?: "butterworth" | "fir";
  /** Poles of the Butterworth filter (default 4), or taps of the FIR less one, even (default: three periods of the lowest edge). */
  readonly order?: number;
}

/** Periods of the band's lowest edge that a FIR filter spans. */
const PERIODS = 3;

/** The order that is used where none was given. */
export function defaultOrder({ filter = "butterworth", band: [low, high] }: BandPassOptions, rate: number): number {
  return filter === "butterworth" ? 4 : Math.max(2, 2 * Math.round(PERIODS * rate / (low > 0 ? low : high) / 2));
}

/**
 * A signal's part in a band of frequencies, without delay: filtered forwards and backwards, so that the gain at the band's edges is the square
 * of the filter's (Butterworth: 1/2 of the amplitude; FIR: 1/4).
 * @param signal one value per frame
 * @param rate frames per second; the frames have to be evenly spaced
 * @throws ParameterError for a band above half the rate, an order that makes no filter, and a signal too short or not finite
 */
export function bandPass(signal: ArrayLike<number>, rate: number, options: BandPassOptions): Float64Array {
  checkSignal(signal, rate);
  const filter = bandPassFilter(signal.length, rate, options);
  return filter.sections ? filteredBothWays(filter.sections, signal) : firBothWays(filter.taps, signal);
}

/**
 * The filter of a band for a signal of so many samples. Throws the `ParameterError` of `bandPass` where there is none: whoever has to read the
 * signal first asks before.
 */
export function bandPassFilter(
  length: number,
  rate: number,
  options: BandPassOptions,
): { sections: readonly Section[]; taps?: undefined } | { sections?: undefined; taps: Float64Array } {
  const { band, filter = "butterworth", order = defaultOrder(options, rate) } = options;
  checkBand(band, rate);
  switch (filter) {
    case "butterworth": {
      const sections = butterworthSections(order, band, rate);
      checkPadding(length, sectionsPadding(sections));
      return { sections };
    }
    case "fir": {
      // Before taps beyond number are made.
      if (Number.isInteger(order) && order >= 2 && order % 2 === 0) checkPadding(length, firPadding(order + 1));
      return { taps: firTaps(order + 1, band, rate) };
    }
    default:
      throw new ParameterError(`The filter is ${filter}, but it has to be butterworth or fir`);
  }
}
