import type { RingBackground } from "../../core/extraction.ts";
import { rowMajorPixel, type SparseColumns } from "../exports/column_major.ts";

/** A matrix with more different offsets than this is no ring. */
const MOST_OFFSETS = 4096;
/** A ring's planes have no more than this many times the matrix's entries: its rows share their offsets, but for the edges of the field. */
const MOST_PADDING = 16;

/**
 * The ring as CaImAn's matrix W: pixels × pixels of the downsampled grid, numbered column by column, as sparse columns. Entry (i, j) is what
 * pixel j brings to the background of pixel i. Entries within the field are there even where they are 0, so that the ring can be told from them.
 */
export function ringMatrix({ width, height, offsets, weights }: RingBackground): SparseColumns {
  const size = width * height, m = offsets.length / 2, starts = new Int32Array(size + 1);
  // By columns: pixel (qy, qx) is a neighbour, at offset j, of the pixel (qy − dy, qx − dx).
  const visit = (take: (column: number, row: number, value: number) => void): void => {
    for (let column = 0; column < size; column++) {
      const qx = Math.floor(column / height), qy = column % height;
      // Falling offsets are rising rows.
      for (let k = 0; k < m; k++) {
        const j = order[k], y = qy - offsets[2 * j], x = qx - offsets[2 * j + 1];
        if (y < 0 || x < 0 || y >= height || x >= width) continue;
        take(column, x * height + y, weights[j * size + y * width + x]);
      }
    }
  };
  const order = Array.from({ length: m }, (_, j) => j).sort((a, b) =>
    offsets[2 * b + 1] - offsets[2 * a + 1] || offsets[2 * b] - offsets[2 * a]
  );
  visit((column) => starts[column + 1]++);
  for (let column = 0; column < size; column++) starts[column + 1] += starts[column];
  const data = new Float64Array(starts[size]), indices = new Int32Array(starts[size]);
  let at = 0;
  visit((_column, row, value) => {
    indices[at] = row;
    data[at++] = value;
  });
  return { data, indices, starts };
}

/** What W came to: the ring, or why there is none. */
export type RingOrReason = { readonly ring: RingBackground } | { readonly reason: string };

/**
 * The ring that a matrix W of CaImAn is, when its rows share their offsets.
 *
 * @param radius The ring's radius on the downsampled grid; where unknown, it is the whole pixels in the shortest offset.
 */
export function ringOfMatrix(
  matrix: SparseColumns,
  field: { readonly width: number; readonly height: number },
  radius?: number,
): RingOrReason {
  const size = matrix.starts.length - 1;
  const factor = Math.max(1, Math.round(Math.sqrt(field.width * field.height / Math.max(1, size))));
  const width = Math.ceil(field.width / factor), height = Math.ceil(field.height / factor);
  if (width * height !== size) return { reason: `its ${size} pixels are not those of a downsampled field` };
  /** Offsets by a number that sorts them by dy, then dx. */
  const planes = new Map<number, number>(), span = 2 * width;
  each(matrix, (row, column) => {
    const key = (column % height - row % height) * span + Math.floor(column / height) - Math.floor(row / height);
    if (planes.size <= MOST_OFFSETS) planes.set(key, 0);
  });
  const m = planes.size;
  if (m > MOST_OFFSETS) return { reason: `it has more than ${MOST_OFFSETS} different offsets` };
  if (m * size > MOST_PADDING * matrix.data.length + 65536) return { reason: "its rows do not share their offsets" };
  const keys = [...planes.keys()].sort((a, b) => a - b), offsets = new Int32Array(2 * m);
  keys.forEach((key, j) => {
    const dx = ((key % span) + span + width) % span - width;
    offsets.set([Math.round((key - dx) / span), dx], 2 * j);
    planes.set(key, j);
  });
  const weights = new Float32Array(m * size);
  each(matrix, (row, column, value) => {
    const key = (column % height - row % height) * span + Math.floor(column / height) - Math.floor(row / height);
    weights[planes.get(key)! * size + rowMajorPixel(row, width, height)] += value;
  });
  return { ring: { factor, width, height, radius: radius ?? shortest(offsets), offsets, weights } };
}

function each(
  { data, indices, starts }: SparseColumns,
  take: (row: number, column: number, value: number) => void,
): void {
  for (let column = 0; column + 1 < starts.length; column++) {
    for (let i = starts[column]; i < starts[column + 1]; i++) take(indices[i], column, data[i]);
  }
}

function shortest(offsets: Int32Array): number {
  let least = Infinity;
  for (let j = 0; j < offsets.length; j += 2) least = Math.min(least, Math.hypot(offsets[j], offsets[j + 1]));
  return Number.isFinite(least) ? Math.floor(least) : 0;
}
