import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { secondsOfFrame } from "../core/timestamps.ts";
import { writeAll } from "./csv_file.ts";
import { NUMBER_BYTES, secondsText, writeNumber } from "./number_text.ts";

/** Rows are gathered in a buffer of this many bytes before they are written. */
const BUFFER_BYTES = 1 << 20;

/** The name of the cell with a number below `count`, as Inscopix names them: C000, C001, … with at least three digits. */
export function cellName(number: number, count: number): string {
  return `C${String(number).padStart(Math.max(3, String(Math.max(0, count - 1)).length), "0")}`;
}

/** Names of all cells, by their numbers. */
export function cellNames(extraction: Pick<Extraction, "numbers" | "footprints">): string[] {
  const numbers = cellNumbers(extraction), count = (numbers.at(-1) ?? 0) + 1;
  return Array.from(numbers, (number) => cellName(number, count));
}

/** What Inscopix calls the state of cell k: "undecided" where nobody has judged it yet. */
export function cellStatus({ quality }: Extraction, k: number): "accepted" | "rejected" | "undecided" {
  if (!quality?.accepted) return "undecided";
  return quality.accepted[k] === 1 ? "accepted" : "rejected";
}

/**
 * Writes traces as Inscopix Data Processing exports them: a row with the cells' names, a row with their status ("undecided" where nobody has
 * judged them yet), then one row per frame: seconds since the first frame (by the movie's timestamps where it has them), and one column per
 * cell. Fields are separated by a comma and a space, numbers have 7 significant digits, as in Inscopix's own files. With no cells the two head
 * rows and the times remain.
 *
 * @param path File to create or replace.
 * @param extraction Tells the cells, their status, and the frames' times.
 * @param traces Cell-major K×T.
 */
export async function writeTracesCsv(path: string, extraction: Extraction, traces: Float32Array): Promise<void> {
  const { footprints: { count: cells }, movie, frameRate } = extraction, { frames } = movie;
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  const rowBytes = 2 * NUMBER_BYTES + cells * (NUMBER_BYTES + 2);
  const buffer = new Uint8Array(Math.max(BUFFER_BYTES, rowBytes));
  const names = cellNames(extraction).map((name) => `, ${name}`).join("");
  const states = Array.from({ length: cells }, (_, k) => `, ${cellStatus(extraction, k)}`).join("");
  writeAll(file, encoder.encode(` ${names}\nTime(s)/Cell Status${states}\n`));
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (at + rowBytes > buffer.length) {
      writeAll(file, buffer.subarray(0, at));
      at = 0;
    }
    at += encoder.encodeInto(secondsText(secondsOfFrame(movie, frameRate, frame)), buffer.subarray(at)).written;
    for (let k = 0; k < cells; k++) {
      buffer[at++] = 44; // comma
      buffer[at++] = 32; // space
      at = writeNumber(traces[k * frames + frame], buffer, at);
    }
    buffer[at++] = 10; // newline
  }
  writeAll(file, buffer.subarray(0, at));
}
