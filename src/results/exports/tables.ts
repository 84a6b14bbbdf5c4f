import { join } from "node:path";
import type { Extraction } from "../../core/extraction.ts";
import type { Motion } from "../../core/motion.ts";
import { placeInRecording, recordingOf } from "../../core/movie.ts";
import { QUALITY_MEASURES } from "../../core/quality.ts";
import { secondsOfFrame } from "../../core/timestamps.ts";
import { type CsvCell, writeCsv } from "../csv_file.ts";
import { secondsText } from "../number_text.ts";
import { timeConstants } from "../time_constants.ts";
import { cellNames } from "../traces_csv.ts";
import { cellEvents, cellPlaces, noiseUnit, peakToNoise } from "./cell_facts.ts";
import type { ExportFormat } from "./export_format.ts";
import { partAdvice } from "./part_advice.ts";

/** Comma-separated tables. */
export const csvTables: ExportFormat = tables(
  "csv",
  ",",
  "comma-separated tables: traces, events, cells (any program)",
);

/** Tab-separated tables. */
export const tsvTables: ExportFormat = tables("tsv", "\t", "tab-separated tables: traces, events, cells (any program)");

type Separator = "," | "\t";

/**
 * Tables with one row of column names, which end in their unit; numbers have the digits that give the same 32-bit float back:
 *
 * | file | rows and columns |
 * |---|---|
 * | `traces_raw`, `traces_denoised`, `spikes` | per frame: `frame`, `time_s` (since the first frame), `timestamp_s` (the recording's clock, where known), a column per cell |
 * | `events` | per frame of a cell with deconvolved activity above 0: `cell`, `frame`, `time_s`, `amplitude` (units of the traces), `amplitude_over_noise` |
 * | `cells` | per cell: name, centre of mass (pixels, µm; pixels of the recording, of which the field may be a part), area (pixels, µm²), largest weight, brightest pixel, bounding box, noise and baseline (dF), peak of the denoised trace over the noise, time constants, and what is known of its quality: `accepted`, `snr`, `r_value`, the other measures of `QUALITY_MEASURES`, and the `reason` in words |
 * | `shifts` | per frame, where the movie was registered: `frame`, `time_s`, displacement `x_px`, `y_px`: what lies at p in the template lies at p + (x, y) in the frame |
 * | `recording` | `property`, `value`, `unit`: movie, size, frame rate, pixel size, start, units; the recording's size and rate, where the field lies in it, and what was done to it (`step`) |
 *
 * Pixels are counted from 0 at the centre of the top left one. What is not known is left empty.
 */
function tables(name: string, separator: Separator, title: string): ExportFormat {
  return {
    name,
    title,
    output: `results_${name}`,
    isFolder: true,
    advice: partAdvice,
    async write(path, extraction, { motion }) {
      await Deno.mkdir(path);
      const { raw, denoised, spikes } = extraction.traces;
      const write = (file: string, names: string[], rows: Iterable<readonly CsvCell[]>) =>
        writeCsv(join(path, `${file}.${name}`), names, rows, { separator, exact: true });
      for (const [file, values] of Object.entries({ traces_raw: raw, traces_denoised: denoised, spikes })) {
        await write(file, traceColumns(extraction), traceRows(extraction, values));
      }
      await write("events", eventColumns(extraction), eventRows(extraction));
      await write("cells", CELL_COLUMNS, cellRows(extraction, separator));
      if (motion) await write("shifts", ["frame", "time_s", "x_px", "y_px"], shiftRows(extraction, motion));
      await write("recording", ["property", "value", "unit"], recordingRows(extraction, separator));
    },
  };
}

/** Units of the traces as part of a column's name. */
function unitSuffix({ units }: Extraction): string {
  return units.replaceAll(" ", "_");
}

function traceColumns(extraction: Extraction): string[] {
  const clock = extraction.movie.timestamps ? ["timestamp_s"] : [];
  return ["frame", "time_s", ...clock, ...cellNames(extraction).map((name) => `${name}_${unitSuffix(extraction)}`)];
}

function* traceRows({ movie, frameRate, footprints }: Extraction, values: Float32Array): Generator<readonly CsvCell[]> {
  const { frames, timestamps } = movie, lead = timestamps ? 3 : 2;
  const row: CsvCell[] = new Array(lead + footprints.count);
  for (let frame = 0; frame < frames; frame++) {
    row[0] = String(frame);
    row[1] = secondsText(secondsOfFrame(movie, frameRate, frame));
    if (timestamps) row[2] = String(timestamps[frame]);
    for (let k = 0; k < footprints.count; k++) row[lead + k] = values[k * frames + frame];
    yield row;
  }
}

function eventColumns(extraction: Extraction): string[] {
  return ["cell", "frame", "time_s", `amplitude_${unitSuffix(extraction)}`, "amplitude_over_noise"];
}

function* eventRows(extraction: Extraction): Generator<readonly CsvCell[]> {
  const names = cellNames(extraction), { movie, frameRate } = extraction;
  for (const { cell, frame, amplitude } of cellEvents(extraction)) {
    const seconds = secondsText(secondsOfFrame(movie, frameRate, frame)), noise = noiseUnit(extraction, cell);
    yield [names[cell], String(frame), seconds, amplitude, noise > 0 ? Math.fround(amplitude / noise) : undefined];
  }
}

/** Measures of the quality beside the three that come first. */
const FURTHER_MEASURES = QUALITY_MEASURES.filter(({ field }) => !["accepted", "snr", "rValue"].includes(field));

const CELL_COLUMNS = [
  "name",
  ...[
    "x_px",
    "y_px",
    "x_um",
    "y_um",
    "x_recording_px",
    "y_recording_px",
    "area_px",
    "area_um2",
    "footprint_peak",
    "peak_x_px",
    "peak_y_px",
  ],
  ...["left_px", "top_px", "width_px", "height_px", "noise_dF", "baseline_dF", "peak_over_noise", "decay_s", "rise_s"],
  // Accepted, SNR and r-value come first, where scripts have always found them.
  ...["accepted", "snr", "r_value"],
  ...FURTHER_MEASURES.map(({ name, unit }) => unit === "pixels" ? `${name}_px` : name),
  "reason",
];

function* cellRows(extraction: Extraction, separator: Separator): Generator<readonly CsvCell[]> {
  const { traces, arOrder, frameRate, quality, movie } = extraction,
    { pixelSize } = movie,
    names = cellNames(extraction);
  const constants = timeConstants(traces.ar, arOrder, frameRate);
  const time = (k: number, i: number) => i < arOrder ? exact(constants[k * arOrder + i]) : undefined;
  for (const [k, place] of cellPlaces(extraction).entries()) {
    const inRecording = placeInRecording(movie, place.x, place.y);
    yield [
      names[k],
      exact(place.x),
      exact(place.y),
      pixelSize && exact(place.x * pixelSize.x),
      pixelSize && exact(place.y * pixelSize.y),
      exact(inRecording.x),
      exact(inRecording.y),
      String(place.area),
      pixelSize && exact(place.area * pixelSize.x * pixelSize.y),
      place.peak,
      exact(place.peakX),
      exact(place.peakY),
      exact(place.left),
      exact(place.top),
      String(place.width),
      String(place.height),
      known(traces.noise[k]),
      known(traces.baseline[k]),
      exact(peakToNoise(extraction, k)),
      time(k, 0),
      time(k, 1),
      quality?.accepted && String(quality.accepted[k]),
      known(quality?.snr?.[k]),
      known(quality?.rValue?.[k]),
      ...FURTHER_MEASURES.map(({ field, type }) => {
        const value = quality?.[field]?.[k];
        return type === "float32" || value === undefined ? known(value) : String(value);
      }),
      quality?.reasons?.[k] && quoted(quality.reasons[k], separator),
    ];
  }
}

function* shiftRows(extraction: Extraction, { shifts, movie: registered }: Motion): Generator<readonly CsvCell[]> {
  const isSame = shifts.frames === extraction.movie.frames, movie = isSame ? extraction.movie : registered;
  const frameRate = isSame ? extraction.frameRate : registered.frameRate ?? extraction.frameRate;
  for (let frame = 0; frame < shifts.frames; frame++) {
    const seconds = secondsText(secondsOfFrame(movie, frameRate, frame));
    yield [String(frame), seconds, shifts.rigid[2 * frame], shifts.rigid[2 * frame + 1]];
  }
}

function* recordingRows(extraction: Extraction, separator: Separator): Generator<readonly CsvCell[]> {
  const { movie, frameRate, units, software, footprints } = extraction, whole = recordingOf(movie);
  const row = (property: string, value: string | number | undefined, unit = ""): CsvCell[] => [
    property,
    value === undefined ? undefined : quoted(String(value), separator),
    unit,
  ];
  yield row("movie", movie.name);
  yield row("width", movie.width, "pixels");
  yield row("height", movie.height, "pixels");
  yield row("frames", movie.frames);
  yield row("frame_rate", frameRate, "Hz");
  yield row("start_time", movie.startTime);
  yield row("pixel_size_x", movie.pixelSize?.x, "um");
  yield row("pixel_size_y", movie.pixelSize?.y, "um");
  yield row("recording_width", whole.width, "pixels");
  yield row("recording_height", whole.height, "pixels");
  yield row("recording_frames", whole.frames);
  yield row("recording_frame_rate", whole.frameRate, "Hz");
  yield row("field_left", whole.left, "pixels of the recording");
  yield row("field_top", whole.top, "pixels of the recording");
  yield row("field_binning", whole.binning, "pixels of the recording");
  for (const step of movie.history ?? []) yield row("step", step);
  yield row("cells", footprints.count);
  yield row("trace_units", units);
  for (const [name, value] of Object.entries(software)) yield row(`software_${name}`, value);
}

/** A double with all its digits; nothing when it is not a number. */
function exact(value: number): string | undefined {
  return Number.isNaN(value) ? undefined : String(value);
}

/** A 32-bit float; nothing when it is not a number. */
function known(value: number | undefined): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** A text in quotes where it holds what would end a cell. */
function quoted(text: string, separator: Separator): string {
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
