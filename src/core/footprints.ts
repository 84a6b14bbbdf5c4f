/**
 * Sparse footprints of K cells on a width×height field, cell by cell (compressed columns of A).
 * Pixel indices are row-major (`y * width + x`) and ascending within a cell. Values are ≥ 0; in results each cell has unit L2 norm.
 */
export interface Footprints {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Cells. */
  readonly count: number;
  /** Where each cell begins in `pixels` and `values`; length `count + 1`. */
  readonly starts: Uint32Array;
  /** Pixel of each entry. */
  readonly pixels: Uint32Array;
  /** Weight of each entry. */
  readonly values: Float32Array;
}

/** One cell's footprint. */
export interface Footprint {
  /** Row-major pixel indices, ascending. */
  readonly pixels: Uint32Array;
  /** Weights, same length. */
  readonly values: Float32Array;
}

/** The k-th cell, as views (no copy). Throws `RangeError` when k is not a cell. */
export function footprintOf(footprints: Footprints, k: number): Footprint {
  if (!(k >= 0 && k < footprints.count)) {
    throw new RangeError(`Cell ${k} does not exist: there are ${footprints.count} cells`);
  }
  const from = footprints.starts[k], to = footprints.starts[k + 1];
  return { pixels: footprints.pixels.subarray(from, to), values: footprints.values.subarray(from, to) };
}

/** Packs single footprints into one sparse matrix. */
export function packFootprints(width: number, height: number, cells: readonly Footprint[]): Footprints {
  const starts = new Uint32Array(cells.length + 1);
  cells.forEach((cell, k) => starts[k + 1] = starts[k] + cell.pixels.length);
  const pixels = new Uint32Array(starts[cells.length]);
  const values = new Float32Array(starts[cells.length]);
  cells.forEach((cell, k) => {
    pixels.set(cell.pixels, starts[k]);
    values.set(cell.values, starts[k]);
  });
  return { width, height, count: cells.length, starts, pixels, values };
}

/** Unpacks a sparse matrix into single footprints (views, no copy). */
export function unpackFootprints(footprints: Footprints): Footprint[] {
  return Array.from({ length: footprints.count }, (_, k) => footprintOf(footprints, k));
}

/** The k-th cell as a dense row-major image of width×height. */
export function denseFootprint(footprints: Footprints, k: number): Float32Array {
  const image = new Float32Array(footprints.width * footprints.height);
  const { pixels, values } = footprintOf(footprints, k);
  for (let i = 0; i < pixels.length; i++) image[pixels[i]] = values[i];
  return image;
}

/** The centre of mass of a footprint on a field `width` pixels wide, pixels; (0, 0) is the centre of the first one. Undefined without weight. */
export function footprintCentre({ pixels, values }: Footprint, width: number): { x: number; y: number } | undefined {
  let x = 0, y = 0, sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    x += values[i] * (pixels[i] % width);
    y += values[i] * Math.floor(pixels[i] / width);
    sum += values[i];
  }
  return sum > 0 ? { x: x / sum, y: y / sum } : undefined;
}
