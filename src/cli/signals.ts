import { ResultsError } from "../core/errors.ts";
import { type AnalysedSignal, prepareSignals, writeSignals } from "../results/signals.ts";
import { secondsOfFrame, timestampHealth } from "../core/timestamps.ts";
import { bandPass, bandPassFilter, type BandPassOptions, defaultOrder } from "../traces/signals/band_pass.ts";
import { hilbert } from "../traces/signals/hilbert.ts";
import { multitaperSpectrogram, type SpectrogramOptions, spectrogramPlan } from "../traces/signals/spectrogram.ts";
import type { Command, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import { FRAME_RATE_FLAG } from "./movie_flags.ts";
import type { Output } from "./output.ts";
import { RESULTS_MOVIE_FLAGS } from "./results_movie.ts";
import { type ReadSignals, readSignals, type TraceKind, type WantedSignals } from "./signal_source.ts";

const TRACES: readonly TraceKind[] = ["raw", "denoised", "spikes"];
/** Flags that mean something for a filter, and for a spectrogram. */
const FILTER_FLAGS = ["filter", "order"],
  SPECTROGRAM_FLAGS = ["window", "step", "time_bandwidth", "tapers", "frequencies"];

/** `annulus signals`: spectrograms, bands, phases. */
export const signals: Command = {
  name: "signals",
  usage: "signals results/|movie.tif --out FOLDER [--of mean,3,7 --spectrogram --band 0.05,0.5 --phase]",
  summary: "Write spectrograms, band-passed signals, their phase and amplitude, of the mean fluorescence or of traces",
  details:
    "Signals are the mean of each frame (of the movie; where that is not there, of the results' b0 + A·C) and traces of cells.\n" +
    "Spectrograms are multitaper: DPSS tapers, the mean of each window taken off. --band filters forwards and backwards, so that\n" +
    "nothing is delayed; from 0 it is a low-pass, to half the rate a high-pass. --phase adds the Hilbert phase (radians, 0 at peaks)\n" +
    "and amplitude of the band. With neither --spectrogram nor --band a spectrogram is made.",
  flags: [
    { name: "out", value: "FOLDER", help: "Where tables and pictures go" },
    { name: "of", value: "mean|cells|3,7", help: "The mean, all cells, or cells by their numbers (default mean)" },
    { name: "trace", value: TRACES.join("|"), help: "Which trace of the cells (default raw)" },
    { name: "spectrogram", help: "Make a spectrogram (default without --band)" },
    { name: "window", value: "SECONDS", help: "Length of its windows (default 30)" },
    { name: "step", value: "SECONDS", help: "From one window to the next (default 3)" },
    { name: "frequencies", value: "LOW,HIGH", help: "Its frequencies, Hz (default 0 to half the rate)" },
    { name: "time_bandwidth", value: "TW", help: "Time-bandwidth product; peaks are 2·TW/window Hz wide (default 2)" },
    { name: "tapers", value: "K", help: "Tapers (default 2·TW − 1)" },
    { name: "band", value: "LOW,HIGH", help: "Filter this band out of the signals, Hz" },
    { name: "filter", value: "butterworth|fir", help: "With which filter (default butterworth)" },
    { name: "order", value: "N", help: "Its order (default 4; FIR: three periods of the lowest edge)" },
    { name: "phase", help: "Write phase and amplitude of the band, too" },
    { name: "force", help: "Replace tables that are there" },
    FRAME_RATE_FLAG,
    ...RESULTS_MOVIE_FLAGS,
  ],
  async run(invocation, output) {
    const { values, switches } = invocation, folder = values.out;
    if (folder === undefined) {
      throw new UsageError("annulus signals needs --out FOLDER: annulus signals results/ --out signals/");
    }
    const wanted = wantedSignals(invocation), filter = filterOptions(invocation);
    const spectrogram = spectrogramOptions(invocation, filter !== undefined);
    const force = switches.has("force");
    await prepareSignals(folder, { force });
    const read = await readSignals(invocation, output, wanted, (frames, rate) => {
      if (filter) bandPassFilter(frames, rate, filter);
      if (spectrogram) spectrogramPlan(frames, rate, spectrogram);
    });
    const { movie, rate } = read;
    if (read.signals.length === 0) throw new ResultsError("No signal is left: no trace holds finite numbers alone");
    tellUnevenness(read, output);
    const analysed = read.signals.map(({ name, unit, values }): AnalysedSignal => {
      const filtered = filter && bandPass(values, rate, filter);
      return {
        ...{ name, unit, values },
        ...(filtered ? { filtered } : {}),
        ...(filtered && switches.has("phase") ? hilbert(filtered) : {}),
        ...(spectrogram ? { spectrogram: multitaperSpectrogram(values, rate, spectrogram) } : {}),
      };
    });
    const about = aboutSignals(read, filter, analysed);
    const seconds = Float64Array.from({ length: movie.frames }, (_, frame) => secondsOfFrame(movie, rate, frame));
    const files = await writeSignals(folder, { seconds, rate, signals: analysed, about }, {
      force,
      recording: read.files,
    });
    output.result({ signals: folder, files, ...about }, resultText(folder, read, filter, analysed));
  },
};

/** Which signals the flags ask for. */
function wantedSignals({ values: { of = "mean", trace = "raw" } }: Invocation): WantedSignals {
  const kind = TRACES.find((name) => name === trace);
  if (kind === undefined) throw new UsageError(`--trace is ${trace}, but it has to be one of ${TRACES.join(", ")}`);
  const parts = of.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const cells = parts.filter((part) => part !== "mean" && part !== "cells").map((part) => {
    const match = /^C?([0-9]+)$/i.exec(part);
    if (match) return Number(match[1]);
    throw new UsageError(`--of holds "${part}", but it takes mean, cells, and numbers of cells such as 3,7`);
  });
  if (parts.length === 0) throw new UsageError("--of is empty: give mean, cells, or numbers of cells such as 3,7");
  return { mean: parts.includes("mean"), cells: parts.includes("cells") ? "all" : [...new Set(cells)], trace: kind };
}

/** The filter the flags ask for, if any. */
function filterOptions({ values, switches }: Invocation): BandPassOptions | undefined {
  if (values.band === undefined) {
    const useless = [...FILTER_FLAGS.filter((name) => name in values), ...(switches.has("phase") ? ["phase"] : [])];
    if (useless.length > 0) throw new UsageError(`--${useless[0]} needs a band: give --band LOW,HIGH, in Hz`);
    return undefined;
  }
  const { filter = "butterworth" } = values;
  if (filter !== "butterworth" && filter !== "fir") {
    throw new UsageError(`--filter is ${filter}, but it has to be butterworth or fir`);
  }
  return {
    band: pair(values, "band"),
    filter,
    ...(values.order === undefined ? {} : { order: number(values, "order") }),
  };
}

/** The spectrogram the flags ask for, if any. */
function spectrogramOptions({ values, switches }: Invocation, isFiltered: boolean): SpectrogramOptions | undefined {
  const given = SPECTROGRAM_FLAGS.filter((name) => name in values);
  if (isFiltered && !switches.has("spectrogram")) {
    if (given.length > 0) throw new UsageError(`--${given[0]} needs a spectrogram: add --spectrogram`);
    return undefined;
  }
  const of = (name: string) => values[name] === undefined ? undefined : number(values, name);
  const options = { window: of("window"), step: of("step"), timeBandwidth: of("time_bandwidth"), tapers: of("tapers") };
  return {
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    ...(values.frequencies === undefined ? {} : { band: pair(values, "frequencies") }),
  };
}

function number(values: Readonly<Record<string, string>>, name: string): number {
  const value = values[name].trim() === "" ? NaN : Number(values[name]);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`--${name} is ${values[name]}, but it has to be a number`);
}

function pair(values: Readonly<Record<string, string>>, name: string): [number, number] {
  const parts = values[name].split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (parts.length === 2 && parts.every(Number.isFinite)) return [parts[0], parts[1]];
  throw new UsageError(`--${name} is ${values[name]}, but it has to be two frequencies in Hz, such as 0.05,0.5`);
}

/** Everything here takes frames for evenly spaced: where they are not, that has to be known. */
function tellUnevenness({ movie: { timestamps }, rate }: ReadSignals, output: Output): void {
  if (!timestamps) return;
  const { gaps, missing, backward, repeated, interval } = timestampHealth(timestamps);
  const taken = `they are taken as if they were, ${short(rate)} per second`;
  if (gaps.length + backward + repeated > 0) {
    output.notice(
      `The frames are not evenly spaced in time (${gaps.length} gaps, about ${missing} frames missing; ${
        backward + repeated
      } timestamps ` +
        `that do not advance): ${taken}`,
    );
  } else if (Math.abs(interval * rate - 1) > 0.02) {
    output.notice(`The timestamps say ${short(1 / interval)} frames per second: ${taken}`);
  }
}

/** What was done, for machines. */
function aboutSignals(
  { rate, signals }: ReadSignals,
  filter: BandPassOptions | undefined,
  analysed: readonly AnalysedSignal[],
): Record<string, unknown> {
  const spectrogram = analysed.find((signal) => signal.spectrogram)?.spectrogram;
  return {
    frame_rate: rate,
    of: signals.map(({ name, unit, what }) => ({ name, unit, what })),
    ...(filter ? { filter: { ...filter, order: filter.order ?? defaultOrder(filter, rate), zero_phase: true } } : {}),
    ...(spectrogram
      ? {
        spectrogram: {
          windows: spectrogram.times.length,
          frequencies: spectrogram.frequencies.length,
          tapers: spectrogram.tapers,
          half_bandwidth_hz: spectrogram.halfBandwidth,
          power: "one-sided density, squared unit of the signal per Hz",
        },
      }
      : {}),
  };
}

function resultText(
  folder: string,
  { rate, signals }: ReadSignals,
  filter: BandPassOptions | undefined,
  analysed: readonly AnalysedSignal[],
): string {
  const lines = [
    signals.length === 1
      ? `Signal: ${signals[0].what} (${signals[0].unit})`
      : `${signals.length} signals: ${signals.slice(0, 3).map(({ what }) => what).join(", ")}${
        signals.length > 3 ? ", …" : ""
      }`,
  ];
  const spectrogram = analysed.find((signal) => signal.spectrogram)?.spectrogram;
  if (spectrogram) {
    const { times, frequencies, tapers, halfBandwidth } = spectrogram;
    lines.push(
      `Spectrogram: ${times.length} ${
        times.length === 1 ? "window" : "windows"
      }, ${frequencies.length} frequencies to ${short(frequencies.at(-1)!)} Hz, ` +
        `${tapers} tapers, peaks ${short(2 * halfBandwidth)} Hz wide`,
    );
  }
  if (filter) {
    const { band, filter: kind } = filter, order = filter.order ?? defaultOrder(filter, rate);
    lines.push(
      `Band ${band[0]} to ${band[1]} Hz: ${kind === "fir" ? "FIR" : "Butterworth"} of order ${order}, zero-phase`,
    );
  }
  return [...lines, `The tables are in ${folder}`].join("\n");
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
