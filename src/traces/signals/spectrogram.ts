import { ParameterError } from "../../core/errors.ts";
import { Fft } from "../../deconvolution/fft.ts";
import { checkTapers, dpss } from "./dpss.ts";
import { checkBand, checkSignal } from "./finite_signal.ts";

/** How a spectrogram is made. */
export interface SpectrogramOptions {
  /** Length of a window, seconds. Default 30. */
  readonly window?: number;
  /** From one window to the next, seconds. Default 3. */
  readonly step?: number;
  /** Frequencies that are kept, Hz. Default: 0 to half the rate. */
  readonly band?: readonly [number, number];
  /** Time–bandwidth product TW: a peak is 2·TW / window Hz wide. Default 2. */
  readonly timeBandwidth?: number;
  /** Tapers K. Default 2·TW − 1, rounded down, at least 1. */
  readonly tapers?: number;
}

/** Power of a signal over time and frequency. */
export interface Spectrogram {
  /** Middle of each window, seconds from the first frame. */
  readonly times: Float64Array;
  /** Frequencies, Hz, ascending. */
  readonly frequencies: Float64Array;
  /** Power spectral density, one-sided, squared units of the signal per Hz: one row of frequencies per time. */
  readonly power: Float64Array;
  /** Half the width of a peak, Hz: TW / window. */
  readonly halfBandwidth: number;
  /** Tapers that were used. */
  readonly tapers: number;
}

/**
 * The multitaper spectrogram (Thomson 1982): in each window, its mean taken off, the mean over DPSS tapers of the periodograms; as the mean of
 * SciPy's `spectrogram` over its `windows.dpss`.
 * @param signal one value per frame
 * @param rate frames per second; the frames have to be evenly spaced
 * @throws ParameterError for a window longer than the signal, a band above half the rate, values that are not finite
 */
export function multitaperSpectrogram(
  signal: ArrayLike<number>,
  rate: number,
  options: SpectrogramOptions = {},
): Spectrogram {
  checkSignal(signal, rate);
  const { samples, advance, timeBandwidth, tapers, kept } = spectrogramPlan(signal.length, rate, options);
  const windows = dpss(samples, timeBandwidth, tapers), fft = new Fft(samples);
  const count = Math.floor((signal.length - samples) / advance) + 1;
  const power = new Float64Array(count * kept.length);
  const re = new Float64Array(samples), im = new Float64Array(samples);
  for (let w = 0; w < count; w++) {
    let mean = 0;
    for (let i = 0; i < samples; i++) mean += signal[w * advance + i] / samples;
    for (let j = 0; j < tapers; j += 2) {
      const second = windows[j + 1];
      for (let i = 0; i < samples; i++) {
        const value = signal[w * advance + i] - mean;
        re[i] = value * windows[j][i];
        im[i] = second ? value * second[i] : 0;
      }
      fft.transform(re, im);
      // Of two real signals as one complex one, the powers add up to half those at ± the frequency.
      kept.forEach((k, i) => {
        const minus = (samples - k) % samples, sides = k === 0 || 2 * k === samples ? 1 : 2;
        const both = (re[k] ** 2 + im[k] ** 2 + re[minus] ** 2 + im[minus] ** 2) / 2;
        power[w * kept.length + i] += both * sides / (rate * tapers);
      });
    }
  }
  return {
    times: Float64Array.from({ length: count }, (_, w) => (w * advance + samples / 2) / rate),
    frequencies: Float64Array.from(kept, (k) => k * rate / samples),
    power,
    halfBandwidth: timeBandwidth * rate / samples,
    tapers,
  };
}

/** What a spectrogram is made with. */
interface Plan {
  /** Samples of a window, and from one to the next. */
  readonly samples: number;
  readonly advance: number;
  readonly timeBandwidth: number;
  readonly tapers: number;
  /** Numbers of the frequencies that are kept. */
  readonly kept: readonly number[];
}

/**
 * What a spectrogram of a signal of so many samples is made with. Throws the `ParameterError` of `multitaperSpectrogram` where none can be: whoever
 * has to read the signal first asks before.
 */
export function spectrogramPlan(length: number, rate: number, options: SpectrogramOptions): Plan {
  const { window = 30, step = 3, band = [0, rate / 2], timeBandwidth = 2 } = options;
  const { tapers = Math.max(1, Math.floor(2 * timeBandwidth - 1 + 1e-9)) } = options;
  checkBand(band, rate);
  for (const [name, value] of [["window", window], ["step", step]] as const) {
    if (!(value > 0)) throw new ParameterError(`The ${name} is ${value} s, but it has to be longer than 0`);
  }
  const samples = Math.round(window * rate), advance = Math.max(1, Math.round(step * rate));
  if (samples < 2 || samples > length) {
    const [least, most] = [2 / rate, length / rate].map((seconds) => Number(seconds.toPrecision(4)));
    throw new ParameterError(
      `A window of ${window} s is ${samples} frames at ${
        Number(rate.toPrecision(6))
      } frames per second, but the signal ` +
        `has ${length}: choose a window of ${least} to ${most} s`,
    );
  }
  checkTapers(samples, timeBandwidth, tapers);
  const kept = Array.from({ length: Math.floor(samples / 2) + 1 }, (_, k) => k)
    .filter((k) => k * rate / samples >= band[0] * (1 - 1e-12) && k * rate / samples <= band[1] * (1 + 1e-12));
  if (kept.length === 0) {
    throw new ParameterError(
      `Between ${band[0]} and ${band[1]} Hz lies no frequency of a window of ${window} s: their spacing is ` +
        `${Number((rate / samples).toPrecision(4))} Hz`,
    );
  }
  return { samples, advance, timeBandwidth, tapers, kept };
}
