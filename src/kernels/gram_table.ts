/** Where the products of pixel pairs are kept: one image ("row") per offset of a half plane of offsets. */
export interface GramTable {
  /** Largest Euclidean length of an offset. */
  readonly reach: number;
  /** Offsets kept; the Gram is [rows][height][pitch]. Row 0 is the offset (0, 0). */
  readonly rows: number;
  /** (dy, dx) of every row. */
  readonly offsets: Int32Array;
  /** For the device: ranges of dx per dy, then the blocks a workgroup's lanes own, then `offsets`. See `local_gram.wgsl`. */
  readonly groups: Int32Array;
  /** Blocks that lanes own: pairs (dy, four-pixel block) in `groups`. */
  readonly slots: number;
  /** Where the blocks begin in `groups`. */
  readonly slotsAt: number;
  /** Where the offsets begin in `groups`. */
  readonly rowsAt: number;
  /** The row of the offset (dy, dx). Throws `RangeError` when the half plane within reach does not hold it. */
  row(dy: number, dx: number): number;
}

/** Words per dy in the device's list of ranges. */
export const RANGE_WORDS = 4;

/**
 * The offsets (dy, dx) with dy > 0, or dy = 0 and dx ≥ 0, of Euclidean length at most `reach`. A pair of pixels (p, q) is kept once:
 * at the pixel from which the other lies in this half plane.
 * @param reach pixels, ≥ 0
 */
export function gramTable(reach: number): GramTable {
  if (!(reach >= 0 && Number.isFinite(reach))) {
    throw new RangeError(`The reach of a Gram table is ${reach}; it must be a number ≥ 0`);
  }
  const last = Math.floor(reach);
  const low: number[] = [], high: number[] = [], base: number[] = [];
  const offsets: number[] = [];
  for (let dy = 0; dy <= last; dy++) {
    high[dy] = Math.floor(Math.sqrt(reach * reach - dy * dy));
    low[dy] = dy === 0 ? 0 : -high[dy];
    base[dy] = offsets.length / 2;
    for (let dx = low[dy]; dx <= high[dy]; dx++) offsets.push(dy, dx);
  }
  // Ranges for dy = −1 … last + 1: an item has two rows of pixels, so its second row sees dy − 1; outside 0 … last they are empty.
  const ranges: number[] = [];
  for (let dy = -1; dy <= last + 1; dy++) ranges.push(low[dy] ?? 1, high[dy] ?? 0, base[dy] ?? 0, 0);
  // Blocks of four pixels that any of the item's 2×4 pixels reaches, relative to the item's own block.
  const slots: number[] = [];
  for (let dy = 0; dy <= last + 1; dy++) {
    const from = Math.min(low[dy] ?? Infinity, low[dy - 1] ?? Infinity);
    const to = Math.max(high[dy] ?? -Infinity, high[dy - 1] ?? -Infinity);
    for (let block = Math.floor(from / 4); block <= Math.floor((3 + to) / 4); block++) slots.push(dy, block);
  }
  const rows = offsets.length / 2;
  return {
    reach,
    rows,
    offsets: Int32Array.from(offsets),
    groups: Int32Array.from([...ranges, ...slots, ...offsets]),
    slots: slots.length / 2,
    slotsAt: ranges.length,
    rowsAt: ranges.length + slots.length,
    row(dy, dx) {
      if (!(dx >= low[dy] && dx <= high[dy])) {
        throw new RangeError(`The offset (dy ${dy}, dx ${dx}) is not in the half plane within a reach of ${reach}`);
      }
      return base[dy] + dx - low[dy];
    },
  };
}
