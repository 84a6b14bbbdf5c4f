import type { GramTable } from "./gram_table.ts";
import { pitchOf } from "./stack.ts";

/** Rows of a field: `first ≤ y < first + rows`. */
export interface RowBand {
  /** First row. */
  readonly first: number;
  /** Number of rows. */
  readonly rows: number;
}

/** A share of the field whose rings are fitted together, so that no buffer exceeds what a device can bind. */
export interface GramBand {
  /** Rows whose rings are fitted. */
  readonly solve: RowBand;
  /** Rows the Gram is held for: those, and the rows the rings reach. */
  readonly hold: RowBand;
}

/**
 * Cuts a field into as few bands as keep each band's Gram, [table.rows][hold.rows][pitch] floats, within `maxBytes`. The bands do
 * not change any result. Throws `RangeError` when a single row of rings does not fit.
 * @param radius of the ring, which reaches `radius + 1` rows
 * @param maxBytes usually `compute.limits.maxBindingBytes`
 */
export function gramBands(
  shape: { readonly width: number; readonly height: number },
  table: GramTable,
  radius: number,
  maxBytes: number,
): GramBand[] {
  const rowBytes = table.rows * pitchOf(shape.width) * 4, reach = radius + 1;
  const most = Math.floor(maxBytes / rowBytes);
  const solveRows = most >= shape.height ? shape.height : most - 2 * reach;
  if (solveRows < 1) {
    throw new RangeError(
      `The Gram of one row of rings of radius ${radius} takes ${
        (2 * reach + 1) * rowBytes
      } bytes, more than the ${maxBytes} ` +
        "that can be bound: a larger background_downsampling_factor makes it smaller",
    );
  }
  const count = Math.ceil(shape.height / solveRows), bands: GramBand[] = [];
  for (let b = 0; b < count; b++) {
    const first = Math.floor(b * shape.height / count), last = Math.floor((b + 1) * shape.height / count);
    const from = count === 1 ? 0 : Math.max(0, first - reach);
    const to = count === 1 ? shape.height : Math.min(shape.height, last + reach);
    bands.push({ solve: { first, rows: last - first }, hold: { first: from, rows: to - from } });
  }
  return bands;
}
