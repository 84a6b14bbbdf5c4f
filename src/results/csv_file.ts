import { NUMBER_BYTES, writeNumber } from "./number_text.ts";

/** Rows are gathered in a buffer of this many bytes before they are written. */
const BUFFER_BYTES = 1 << 20;

/** A cell of a table: text as it is, a number with 7 significant digits, or nothing. */
export type CsvCell = string | number | undefined;

/**
 * Writes a table as comma-separated text, row by row through a small buffer, so that its length costs no memory. Texts must not hold commas,
 * quotes or line ends.
 *
 * @param path File to create or replace.
 * @param names Names of the columns, written as the first row.
 * @param rows Its rows; each array may be reused for the next one.
 */
export async function writeCsv(
  path: string,
  names: readonly string[],
  rows: Iterable<readonly CsvCell[]>,
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder(), buffer = new Uint8Array(BUFFER_BYTES);
  let at = encoder.encodeInto(names.join(",") + "\n", buffer).written;
  for (const row of rows) {
    const bytes = row.reduce<number>(
      (sum, cell) => sum + 1 + (typeof cell === "string" ? 3 * cell.length : NUMBER_BYTES),
      1,
    );
    if (at + bytes > buffer.length) {
      writeAll(file, buffer.subarray(0, at));
      at = 0;
    }
    row.forEach((cell, column) => {
      if (column > 0) buffer[at++] = 44; // comma
      if (typeof cell === "number") at = writeNumber(cell, buffer, at);
      else if (cell !== undefined) at += encoder.encodeInto(cell, buffer.subarray(at)).written;
    });
    buffer[at++] = 10; // newline
  }
  writeAll(file, buffer.subarray(0, at));
}

/** Writes all of some bytes to a file. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
