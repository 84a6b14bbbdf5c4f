import { join } from "node:path";
import type { Extraction } from "../core/extraction.ts";
import { type EventRaster, eventRaster, eventRates, recordingSeconds } from "../traces/event_rates.ts";
import type { CellEvents } from "../traces/events.ts";
import { type CsvCell, writeCsv } from "./csv_file.ts";
import { exactJson } from "./exact_json.ts";
import { secondsText } from "./number_text.ts";
import { encodePng } from "./png.ts";
import { aboutArrays, type NamedArrays, writeArraysHdf5, writeArraysNpz } from "./traces_arrays.ts";
import { cellNames, cellStatus } from "./traces_csv.ts";
import { cellArrays, type WriteTablesOptions } from "./traces_products.ts";
import { rasterPicture } from "./traces_raster.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

/** Every file that `writeEvents` may write. */
export const EVENT_FILES: readonly string[] = [
  "events.csv",
  "event_rates.csv",
  "population_rate.csv",
  "raster.csv",
  "raster.png",
  "events.npz",
  "events.json",
  "events.h5",
];

/** How `writeEvents` writes. */
export interface WriteEventsOptions extends WriteTablesOptions {
  /** Seconds of a bin of the raster and of the population's rate. Default 1. */
  readonly bin?: number;
  /** What to know of the data, to be told in `events.json`. */
  readonly notes?: readonly string[];
}

/** Checks that `writeEvents` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way. */
export async function prepareEvents(
  directory: string,
  { force = false, recording = [] }: { force?: boolean; recording?: readonly string[] } = {},
): Promise<void> {
  await refuseRecording(directory, EVENT_FILES, recording);
  await prepareDirectory(directory, EVENT_FILES, force);
}

/**
 * Writes events into a directory, which is created when it does not exist; all files appear together or not at all.
 * - CSV: `events.csv`, a row per event by time: seconds, frame, cell, amplitude, amplitude in s.d. of the noise, the cell's status; `event_rates.csv`, a row per
 *   cell; `population_rate.csv`, a row per bin of time; `raster.csv`, a row per bin and a column per cell, the number of events.
 * - `raster.png`: the raster and the population's rate as a picture.
 * - HDF5: `events.h5`, datasets `cell` (position), `number`, `frame`, `time`, `amplitude`, `sd`, one entry per event by cell; `rate`, `noise`,
 *   `names`, `numbers`, `accepted`, one per cell; `raster` K×bins int32; `bin_time`, `population_events`, `population_active`,
 *   `population_rate`, one per bin. NumPy: `events.npz` with the same arrays.
 * - `events.json`: how the events were found, what each array is, and notes.
 *
 * @param extraction the results they were found in, with the same cells
 * @returns the files' paths
 */
export async function writeEvents(
  directory: string,
  extraction: Extraction,
  events: CellEvents,
  { formats = ["csv", "hdf5"], force = false, results, bin, notes = [], signal }: WriteEventsOptions = {},
): Promise<string[]> {
  await prepareEvents(directory, { force, recording: extraction.movie.files.map(({ path }) => path) });
  const seconds = recordingSeconds(extraction), raster = eventRaster(events, seconds, bin);
  const arrays = arraysOf(extraction, events, raster, seconds);
  const about = {
    ...(results === undefined ? {} : { results }),
    events: events.definition,
    frame_rate: extraction.frameRate,
    seconds,
    bin: raster.bin,
    arrays: aboutArrays(arrays),
    notes,
  };
  return await writeTogether(directory, EVENT_FILES, async (staging) => {
    if (formats.includes("csv")) await writeEventTables(staging, extraction, events, raster, seconds);
    const picture = rasterPicture(extraction, events, raster, seconds);
    await Deno.writeFile(join(staging, "raster.png"), encodePng(picture));
    if (formats.includes("numpy")) await writeArraysNpz(join(staging, "events.npz"), arrays, about);
    await Deno.writeTextFile(
      join(staging, "events.json"),
      `${JSON.stringify(JSON.parse(exactJson(about)), null, 2)}\n`,
    );
    if (formats.includes("hdf5")) {
      const head = {
        format: "annulus events",
        format_version: 1,
        frame_rate: extraction.frameRate,
        definition: events.definition,
      };
      await writeArraysHdf5(join(staging, "events.h5"), arrays, {
        ...head,
        seconds,
        bin: raster.bin,
        ...(results === undefined ? {} : { results }),
      });
    }
  }, signal);
}

function arraysOf(extraction: Extraction, events: CellEvents, raster: EventRaster, seconds: number): NamedArrays {
  const cells = cellArrays(extraction), numbers = cells.numbers.data as Int32Array;
  return {
    cell: { data: Int32Array.from(events.cell), meaning: "row of the cell of each event in this file, from 0" },
    number: { data: Int32Array.from(events.cell, (k) => numbers[k]), meaning: "number of that cell in the results" },
    frame: { data: Int32Array.from(events.frame), meaning: "frame of each event, from 0" },
    time: { data: events.seconds, units: "s", meaning: "time of each event since the first frame" },
    amplitude: { data: events.amplitude, units: events.unit, meaning: "size of each event" },
    sd: { data: events.sd, units: "s.d. of the noise", meaning: "size of each event" },
    noise: { data: events.noise, units: events.unit, meaning: "s.d. of the noise that sd is told in, of each cell" },
    rate: { data: eventRates(events, seconds), units: "events/s", meaning: "events of each cell per second" },
    raster: {
      data: Int32Array.from(raster.counts),
      shape: [numbers.length, raster.bins],
      units: "events",
      meaning: "events of each cell in each bin of time",
    },
    bin_time: { data: binTimes(raster), units: "s", meaning: "beginning of each bin" },
    population_events: { data: Int32Array.from(raster.events), units: "events", meaning: "events in each bin" },
    population_active: {
      data: Int32Array.from(raster.active),
      units: "cells",
      meaning: "cells with an event in each bin",
    },
    population_rate: { data: raster.rate, units: "events/s/cell", meaning: "rate of the population in each bin" },
    ...cells,
  };
}

function binTimes({ bin, bins }: EventRaster): Float64Array {
  return Float64Array.from({ length: bins }, (_, i) => Math.round(i * bin * 1e9) / 1e9);
}

async function writeEventTables(
  directory: string,
  extraction: Extraction,
  events: CellEvents,
  raster: EventRaster,
  seconds: number,
): Promise<void> {
  const { cell, frame, amplitude, sd, starts, noise, unit } = events, names = cellNames(extraction);
  const order = Array.from(cell.keys()).sort((a, b) => frame[a] - frame[b] || a - b);
  const columns = ["time_s", "frame", "cell", `amplitude_${unit}`, "amplitude_sd", "status"];
  await writeCsv(
    join(directory, "events.csv"),
    columns,
    order.map((i): CsvCell[] => [
      ...[secondsText(events.seconds[i]), String(frame[i]), names[cell[i]]],
      ...[amplitude[i], sd[i], cellStatus(extraction, cell[i])],
    ]),
  );
  const rates = eventRates(events, seconds);
  const mean = (k: number) => {
    const some = amplitude.subarray(starts[k], starts[k + 1]);
    return some.length > 0 ? some.reduce((sum, value) => sum + value, 0) / some.length : NaN;
  };
  await writeCsv(
    join(directory, "event_rates.csv"),
    ["cell", "status", "events", "rate_per_s", `mean_amplitude_${unit}`, `noise_${unit}`],
    names.map((name, k): CsvCell[] => [
      ...[name, cellStatus(extraction, k), String(starts[k + 1] - starts[k])],
      ...[rates[k], mean(k), noise[k]],
    ]),
  );
  const times = Array.from(binTimes(raster), secondsText);
  await writeCsv(
    join(directory, "population_rate.csv"),
    ["bin_start_s", "events", "active_cells", "rate_per_s_and_cell"],
    times.map((time, i): CsvCell[] => [time, String(raster.events[i]), String(raster.active[i]), raster.rate[i]]),
  );
  await writeCsv(
    join(directory, "raster.csv"),
    ["bin_start_s", ...names],
    times.map((time, i): CsvCell[] => [time, ...names.map((_, k) => raster.counts[k * raster.bins + i])]),
  );
}
