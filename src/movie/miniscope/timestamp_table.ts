import { MovieError } from "../../core/errors.ts";
import { fileStatus, PositionalFile } from "../positional_file.ts";

/** Largest table that is read: a day at 30 frames per second is about half of it. */
const LARGEST_TABLE = 2 ** 26;
/** Longest line: a row has three or four numbers. */
const LONGEST_LINE = 2 ** 12;
/** Bytes that are looked at at a time. */
const PIECE_BYTES = 2 ** 20;

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
  const bytes = fileStatus(path).size;
  if (bytes > LARGEST_TABLE) {
    throw new MovieError(`Timestamps "${path}" have ${bytes} bytes: too many for a table of frames`);
  }
  const rows = new Map<number, Rows>();
  let titles: string[] | undefined, time = -1, number = -1, camera = -1;
  for (const { line, index, isLast, isEnded } of linesOf(path)) {
    if (titles === undefined) {
      titles = titlesOf(line);
      const column = (pattern: RegExp) => titles!.findIndex((title) => pattern.test(title));
      time = column(/time|clock/), number = column(/frame/), camera = column(/cam/);
      if (time < 0) break;
      continue;
    }
    if (line.trim() === "") continue;
    const fields = split(line).map((field) => field.trim() === "" ? NaN : Number(field));
    const values = [fields[time], number < 0 ? index - 1 : fields[number], camera < 0 ? 0 : fields[camera]];
    const isCutOff = isLast && !isEnded && fields.length < titles.length;
    if (isCutOff || !values.every((value) => Number.isFinite(value))) {
      // The last row of a recording that was cut off.
      if (isLast) break;
      throw new MovieError(`Timestamps "${path}" cannot be read: line ${index + 1} is "${line.slice(0, 60)}"`);
    }
    if (!rows.has(values[2])) rows.set(values[2], new Rows());
    rows.get(values[2])!.add(values[0], values[1]);
  }
  if (time < 0) {
    throw new MovieError(
      `Timestamps "${path}" cannot be read: their first line must name the columns ("Frame Number,Time Stamp (ms),Buffer Index")`,
    );
  }
  return [...rows].sort(([a], [b]) => a - b).map(([camera, rows]) => ({ camera, ...rows.all }));
}

/** Rows that become more and more. */
class Rows {
  #milliseconds = new Float64Array(1024);
  #numbers = new Float64Array(1024);
  #count = 0;

  add(milliseconds: number, number: number): void {
    if (this.#count === this.#numbers.length) {
      const longer = [this.#milliseconds, this.#numbers].map((values) => {
        const copy = new Float64Array(2 * values.length);
        copy.set(values);
        return copy;
      });
      [this.#milliseconds, this.#numbers] = longer;
    }
    this.#milliseconds[this.#count] = milliseconds;
    this.#numbers[this.#count++] = number;
  }

  get all(): { milliseconds: Float64Array; numbers: Float64Array } {
    return { milliseconds: this.#milliseconds.slice(0, this.#count), numbers: this.#numbers.slice(0, this.#count) };
  }
}

/** Columns' titles, in lower case. */
function titlesOf(line: string): string[] {
  const tabs = line.includes("\t") && !line.includes(",");
  return (tabs ? line.split("\t") : split(line)).map((title) => title.trim().toLowerCase());
}

function split(line: string): string[] {
  return line.includes(",") ? line.split(",") : line.trim().split(/\s+/);
}

/** Lines of a text file, piece by piece: their number from 0, and whether one is the last and has an end. */
function* linesOf(path: string): Generator<{ line: string; index: number; isLast: boolean; isEnded: boolean }> {
  if (fileStatus(path).size === 0) return;
  const file = new PositionalFile(path), decoder = new TextDecoder();
  const piece = new Uint8Array(Math.min(PIECE_BYTES, file.bytes));
  let rest = "", index = 0;
  try {
    for (let at = 0; at < file.bytes; at += piece.length) {
      const bytes = piece.subarray(0, Math.min(piece.length, file.bytes - at)),
        isEnd = at + bytes.length === file.bytes;
      file.readSync(bytes, at);
      const lines = (rest + decoder.decode(bytes, { stream: !isEnd })).split(/\r?\n/);
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE || lines.some(({ length }) => length > LONGEST_LINE)) {
        throw new MovieError(
          `Timestamps "${path}" cannot be read: they are no table, one of their lines has more than ${LONGEST_LINE} characters`,
        );
      }
      for (const [i, line] of lines.entries()) {
        yield { line, index: index++, isLast: isEnd && rest === "" && i === lines.length - 1, isEnded: true };
      }
    }
    if (rest !== "") yield { line: rest, index, isLast: true, isEnded: false };
  } finally {
    file.close();
  }
}
