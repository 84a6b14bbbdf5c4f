import * as fs from "node:fs";
import { MovieError } from "../../core/errors.ts";

/** Largest table that is read: far more rows than any recording has frames. */
const LARGEST_TABLE = 2 ** 28;

/** Rows of one camera in a table of timestamps. */
export interface TimestampRows {
  /** Number of the camera in the table, where it has several; else 0. */
  readonly camera: number;
  /** Milliseconds, one per frame, as they stand there. */
  readonly milliseconds: Float64Array;
  /** Frame numbers, as they stand there. */
  readonly numbers: Float64Array;
}

/**
 * Reads a Miniscope's table of timestamps: `timeStamps.csv` (V4: frame number, milliseconds, buffer) or `timestamp.dat`
 * (V3: camera, frame number, milliseconds, buffer; tabs or spaces). The columns are told by their titles. A last row
 * that was cut off is left out. Throws `MovieError` when the table cannot be understood.
 */
export function readTimestampTable(path: string): TimestampRows[] {
  const bytes = fs.statSync(path).size;
  if (bytes > LARGEST_TABLE) {
    throw new MovieError(`Timestamps "${path}" have ${bytes} bytes: too many for a table of frames`);
  }
  const lines = fs.readFileSync(path, "utf8").replace(/^\ufeff/, "").split(/\r?\n/);
  const ended = lines.at(-1) === "";
  if (ended) lines.pop();
  const split = (line: string) => line.includes(",") ? line.split(",") : line.trim().split(/\s+/);
  const tabs = lines[0]?.includes("\t") && !lines[0].includes(",");
  const titles = (tabs ? lines[0].split("\t") : split(lines[0] ?? "")).map((title) => title.trim().toLowerCase());
  const column = (pattern: RegExp) => titles.findIndex((title) => pattern.test(title));
  const time = column(/time|clock/), number = column(/frame/), camera = column(/cam/);
  if (time < 0) {
    throw new MovieError(
      `Timestamps "${path}" cannot be read: their first line must name the columns ("Frame Number,Time Stamp (ms),Buffer Index")`,
    );
  }
  const rows = new Map<number, { milliseconds: number[]; numbers: number[] }>();
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].trim() === "") continue;
    const fields = split(lines[i]).map((field) => field.trim() === "" ? NaN : Number(field));
    const values = [fields[time], number < 0 ? i - 1 : fields[number], camera < 0 ? 0 : fields[camera]];
    if (
      !values.every((value) => Number.isFinite(value)) ||
      (i === lines.length - 1 && !ended && fields.length < titles.length)
    ) {
      // The last row of a recording that was cut off.
      if (i === lines.length - 1) break;
      throw new MovieError(`Timestamps "${path}" cannot be read: line ${i + 1} is "${lines[i].slice(0, 60)}"`);
    }
    if (!rows.has(values[2])) rows.set(values[2], { milliseconds: [], numbers: [] });
    const mine = rows.get(values[2])!;
    mine.milliseconds.push(values[0]);
    mine.numbers.push(values[1]);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([camera, { milliseconds, numbers }]) => ({
    camera,
    milliseconds: Float64Array.from(milliseconds),
    numbers: Float64Array.from(numbers),
  }));
}
