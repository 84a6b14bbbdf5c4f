import { join } from "node:path";
import { npyParts } from "../files/npy.ts";
import type { Spectrogram } from "../traces/signals/spectrogram.ts";
import { type CsvCell, writeCsv } from "./csv_file.ts";
import { secondsText } from "./number_text.ts";
import { encodePng } from "./png.ts";
import { spectrogramPicture } from "./spectrogram_picture.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

/** A signal, and what was made of it. */
export interface AnalysedSignal {
  /** Its name in tables and file names: "mean", "C007". */
  readonly name: string;
  /** Its unit. */
  readonly unit: string;
  /** One value per frame. */
  readonly values: Float64Array;
  /** Its part in the band, where that was asked for. */
  readonly filtered?: Float64Array;
  /** Envelope of that part. */
  readonly amplitude?: Float64Array;
  /** Phase of that part, radians. */
  readonly phase?: Float64Array;
  /** Its spectrogram, where that was asked for. */
  readonly spectrogram?: Spectrogram;
}

/** Signals of one recording. */
export interface AnalysedSignals {
  /** Seconds of each frame since the first one. */
  readonly seconds: Float64Array;
  /** Frames per second that everything was worked out with. */
  readonly rate: number;
  /** The signals. */
  readonly signals: readonly AnalysedSignal[];
  /** What was done, as plain JSON values: for `signals.json`. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** Tables of one column per signal, and where their values are. */
const TABLES = [
  ["signals.csv", "values"],
  ["filtered.csv", "filtered"],
  ["amplitude.csv", "amplitude"],
  ["phase.csv", "phase"],
] as const;
const COMMON = ["spectrogram_times.npy", "spectrogram_frequencies.npy", "signals.json"];

/** Names of spectrograms' files, of this run or an earlier one. */
const SPECTROGRAM = /^spectrogram_(mean|C[0-9]+)\.(npy|csv|png)$/;

/** How `writeSignals` writes. */
export interface WriteSignalsOptions {
  /** Replace files that are already in the directory; other files there are left alone. Default false. */
  readonly force?: boolean;
  /** Paths of the movie's files, which are never replaced. Default none. */
  readonly recording?: readonly string[];
}

/** Checks that `writeSignals` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way. */
export async function prepareSignals(
  directory: string,
  { force = false, recording = [] }: WriteSignalsOptions = {},
): Promise<void> {
  const names = await signalFiles(directory);
  await refuseRecording(directory, names, recording);
  await prepareDirectory(directory, names, force);
}

/**
 * Writes signals into a directory, which is created when it does not exist: `signals.csv`, and where they were made `filtered.csv`,
 * `amplitude.csv` and `phase.csv` (seconds since the first frame, one column per signal); for each spectrogram `spectrogram_NAME.csv` (seconds
 * of the middle of each window, one column per frequency), `.npy` (windows × frequencies, float64) and `.png` to look at, with
 * `spectrogram_times.npy` and `spectrogram_frequencies.npy` for all; `signals.json` says what was done. All files appear together or not at
 * all; those of earlier signals go.
 * @returns The paths of the files.
 * @throws {ResultsError} When there are such files already (without `force`), or when something cannot be written.
 */
export async function writeSignals(
  directory: string,
  { seconds, rate, signals, about }: AnalysedSignals,
  options: WriteSignalsOptions = {},
): Promise<string[]> {
  await prepareSignals(directory, options);
  const own = signals.flatMap(({ name, spectrogram }) =>
    spectrogram ? ["csv", "npy", "png"].map((ending) => `spectrogram_${name}.${ending}`) : []
  );
  const names = [...new Set([...own, ...await signalFiles(directory)])];
  return await writeTogether(directory, names, async (staging) => {
    for (const [file, field] of TABLES) {
      const columns = signals.flatMap((signal) => signal[field] ?? []);
      if (columns.length === 0) continue;
      const rows = tableRows(seconds, signals.map((signal) => signal[field]!));
      await writeCsv(join(staging, file), ["time_s", ...signals.map(({ name }) => name)], rows);
    }
    for (const signal of signals) {
      if (signal.spectrogram) await writeSpectrogram(staging, signal, signal.spectrogram, rate);
    }
    await Deno.writeTextFile(join(staging, "signals.json"), `${JSON.stringify(about, null, 2)}\n`);
  });
}

async function writeSpectrogram(
  directory: string,
  { name, unit, values }: AnalysedSignal,
  spectrogram: Spectrogram,
  rate: number,
): Promise<void> {
  const { times, frequencies, power } = spectrogram,
    rows = frequencies.length,
    path = join(directory, `spectrogram_${name}`);
  const columns = Array.from(frequencies, (_, f) => times.map((_, w) => power[w * rows + f]));
  await writeCsv(
    `${path}.csv`,
    ["time_s", ...Array.from(frequencies, (frequency) => `${Number(frequency.toPrecision(6))} Hz`)],
    tableRows(times, columns),
  );
  await writeNpy(`${path}.npy`, power, [times.length, rows]);
  await writeNpy(join(directory, "spectrogram_times.npy"), times);
  await writeNpy(join(directory, "spectrogram_frequencies.npy"), frequencies);
  const title = name === "mean" ? "mean fluorescence" : `cell ${name}`;
  const picture = spectrogramPicture({ title, unit, signal: values, rate, spectrogram });
  await Deno.writeFile(`${path}.png`, encodePng(picture));
}

function* tableRows(seconds: Float64Array, columns: readonly Float64Array[]): Generator<readonly CsvCell[]> {
  for (let i = 0; i < seconds.length; i++) yield [secondsText(seconds[i]), ...columns.map((column) => column[i])];
}

async function writeNpy(path: string, values: Float64Array, shape?: readonly number[]): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const part of npyParts(values, shape)) {
    for (let written = 0; written < part.length;) written += file.writeSync(part.subarray(written));
  }
}

/** Files that signals may have in a directory: the fixed ones, and the spectrograms that are there. The last one tells that all are whole. */
async function signalFiles(directory: string): Promise<string[]> {
  const there: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) if (SPECTROGRAM.test(name)) there.push(name);
  } catch {
    // Not there yet, or no directory: that is told when it is written to.
  }
  return [...there.sort(), ...TABLES.map(([file]) => file), ...COMMON];
}
