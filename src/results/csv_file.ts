import { NUMBER_BYTES, writeExactNumber, writeNumber } from "./number_text.ts";

/** Rows are gathered in a buffer of this many bytes before they are written. */
const BUFFER_BYTES = 1 << 20;

/** A cell of a table: text as it is, a number (a 32-bit float), or nothing. */
export type CsvCell = string | number | undefined;

/** How `writeCsv` writes. */
export interface CsvOptions {
  /** Between two cells of a row: one character. Default a comma. */
  readonly separator?: "," | "\t";
  /** Whether numbers get as many digits as give the same 32-bit float back. Default false: 7 digits. */
  readonly exact?: boolean;
}

/**
 * Writes a table as text, row by row through a small buffer, so that its length costs no memory. Texts must not hold separators, quotes or
 * line ends.
 *
 * @param path File to create or replace.
 * @param names Names of the columns, written as the first row.
 * @param rows Its rows; each array may be reused for the next one.
 */
export async function writeCsv(
  path: string,
  names: readonly string[],
  rows: Iterable<readonly CsvCell[]>,
  { separator = ",", exact = false }: CsvOptions = {},
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder(), between = separator.charCodeAt(0), number = exact ? writeExactNumber : writeNumber;
  writeAll(file, encoder.encode(names.join(separator) + "\n"));
  let buffer = new Uint8Array(BUFFER_BYTES), at = 0;
  for (const row of rows) {
    const bytes = row.reduce<number>(
      (sum, cell) => sum + 1 + (typeof cell === "string" ? 3 * cell.length : NUMBER_BYTES),
      1,
    );
    if (at + bytes > buffer.length) {
      writeAll(file, buffer.subarray(0, at));
      at = 0;
      if (bytes > buffer.length) buffer = new Uint8Array(2 * bytes);
    }
    row.forEach((cell, column) => {
      if (column > 0) buffer[at++] = between;
      if (typeof cell === "number") at = number(cell, buffer, at);
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
