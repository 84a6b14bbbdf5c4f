import { join } from "node:path";
import { MovieError } from "../../core/errors.ts";
import { timestampHealth } from "../../core/timestamps.ts";
import type { Device } from "./devices.ts";
import { readTimestampTable, type TimestampRows } from "./timestamp_table.ts";

/** Timestamps of some frames of a recording, and what is to be said of them. */
export interface DeviceTimestamps {
  /** Seconds on the recorder's clock; undefined when the recording has none. */
  readonly timestamps: Float64Array | undefined;
  readonly notes: readonly string[];
}

/**
 * Timestamps of frames `[before, before + frames)` of a device. Throws `MovieError` when there are fewer than frames.
 * @param before frames of the recording that come first; undefined when that is not known
 * @param isWhole whether these are all the frames there are: then rows left over are worth a note
 */
export function deviceTimestamps(
  device: Device,
  before: number | undefined,
  frames: number,
  isWhole: boolean,
): DeviceTimestamps {
  const { folder } = device;
  if (device.timestamps === undefined) {
    const name = device.version === "V3" ? "timestamp.dat" : "timeStamps.csv";
    return { timestamps: undefined, notes: [`"${folder}" has no ${name}: when its frames were recorded is not known`] };
  }
  if (before === undefined) {
    return {
      timestamps: undefined,
      notes: [`Files before this one are missing from "${folder}": which of its timestamps belong to it is not known`],
    };
  }
  const path = join(folder, device.timestamps), notes: string[] = [];
  const rows = rowsOf(device, readTimestampTable(path), before + frames, notes);
  if (rows.milliseconds.length < before + frames) {
    throw new MovieError(
      `Timestamps "${path}" are shorter than the movie: they have ${rows.milliseconds.length} rows for at least ${
        before + frames
      } frames; complete them, or take the file away to go without timestamps`,
    );
  }
  const left = rows.milliseconds.length - before - frames;
  if (isWhole && left > 0) {
    notes.push(
      `"${path}" has ${left} ${left === 1 ? "row" : "rows"} more than the movie has frames: the last are left out`,
    );
  }
  const milliseconds = settled(rows.milliseconds, notes, path).subarray(before, before + frames);
  notes.push(...numberNotes(rows.numbers.subarray(before, before + frames), path));
  return { timestamps: milliseconds.map((value) => value / 1000), notes };
}

/**
 * The rows of a device: of V3's cameras, the one with as many rows as the movie has frames, else the one that comes
 * closest above.
 */
function rowsOf(device: Device, tables: readonly TimestampRows[], frames: number, notes: string[]): TimestampRows {
  const none = { camera: 0, milliseconds: new Float64Array(0), numbers: new Float64Array(0) };
  if (tables.length <= 1) return tables[0] ?? none;
  const ranked = [...tables].sort((a, b) => distance(a) - distance(b) || a.camera - b.camera);
  function distance({ milliseconds: { length } }: TimestampRows): number {
    return length >= frames ? length - frames : Number.MAX_SAFE_INTEGER - length;
  }
  if (distance(ranked[0]) === distance(ranked[1])) {
    notes.push(
      `Several cameras of "${join(device.folder, device.timestamps!)}" fit the frames of ${device.name}: ` +
        `camera ${ranked[0].camera} is taken`,
    );
  }
  return ranked[0];
}

/** V3 may write anything for the time of its first frame: then it is one interval before the second. */
function settled(milliseconds: Float64Array, notes: string[], path: string): Float64Array {
  if (milliseconds.length < 3 || milliseconds[0] <= milliseconds[1]) return milliseconds;
  const copy = milliseconds.slice(), { interval } = timestampHealth(copy.subarray(1));
  copy[0] = copy[1] - interval;
  notes.push(
    `The first timestamp of "${path}" (${milliseconds[0]} ms) lies after the second: it is set one interval before it`,
  );
  return copy;
}

/** What frame numbers that do not follow each other tell. */
function numberNotes(numbers: Float64Array, path: string): string[] {
  let missing = 0, first = -1, back = 0;
  for (let i = 1; i < numbers.length; i++) {
    const step = numbers[i] - numbers[i - 1];
    if (step < 1) back++;
    if (step <= 1) continue;
    missing += step - 1;
    if (first < 0) first = numbers[i - 1];
  }
  const notes: string[] = [];
  if (missing > 0) {
    notes.push(`Frame numbers of "${path}" leave out ${missing}, the first after ${first}: frames were dropped`);
  }
  if (back > 0) {
    notes.push(
      `Frame numbers of "${path}" do not go up ${
        back === 1 ? "at one place" : `at ${back} places`
      }: rows may be repeated or out of order`,
    );
  }
  return notes;
}

/**
 * Frames per second that timestamps of whole milliseconds amount to: one over the mean of the intervals that are no
 * gaps. (The median of 33, 33 and 34 ms would be 1 % off.)
 */
export function typicalRate(timestamps: Float64Array): number | undefined {
  const { interval } = timestampHealth(timestamps);
  let sum = 0, count = 0;
  for (let i = 1; i < timestamps.length; i++) {
    const seconds = timestamps[i] - timestamps[i - 1];
    if (!(seconds > 0.5 * interval && seconds < 1.5 * interval)) continue;
    sum += seconds;
    count++;
  }
  return count > 0 && sum > 0 ? Number((count / sum).toPrecision(4)) : undefined;
}
