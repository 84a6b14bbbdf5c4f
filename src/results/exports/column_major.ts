import type { Footprints } from "../../core/footprints.ts";

/**
 * CaImAn and MATLAB number the pixels of a field column by column (pixel = x·height + y), annulus row by row (pixel = y·width + x). Here one
 * becomes the other.
 */
export interface SparseColumns {
  /** Value of each entry. */
  readonly data: Float64Array;
  /** Row of each entry, ascending within a column. */
  readonly indices: Int32Array;
  /** Where each column begins; one more than there are columns. */
  readonly starts: Int32Array;
}

/** The footprints as a sparse matrix of pixels × cells, pixels column by column. */
export function columnMajorFootprints({ width, height, count, starts, pixels, values }: Footprints): SparseColumns {
  const data = new Float64Array(values.length), indices = new Int32Array(values.length);
  for (let k = 0; k < count; k++) {
    const order = sortedBy(starts[k], starts[k + 1], (i) => columnMajorPixel(pixels[i], width, height));
    for (let at = 0; at < order.length; at++) {
      indices[starts[k] + at] = columnMajorPixel(pixels[order[at]], width, height);
      data[starts[k] + at] = values[order[at]];
    }
  }
  return { data, indices, starts: Int32Array.from(starts) };
}

/** The numbers from `from` up to `to`, in the order of their keys. */
export function sortedBy(from: number, to: number, key: (i: number) => number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, at) => from + at).sort((a, b) => key(a) - key(b));
}

/** An image, row by row, with its pixels column by column. */
export function columnMajorImage(image: Float32Array, width: number, height: number): Float64Array {
  const turned = new Float64Array(image.length);
  for (let pixel = 0; pixel < image.length; pixel++) turned[columnMajorPixel(pixel, width, height)] = image[pixel];
  return turned;
}

/** An image whose pixels are column by column, row by row. */
export function rowMajorImage(image: Float64Array, width: number, height: number): Float32Array {
  return Float32Array.from({ length: image.length }, (_, pixel) => image[columnMajorPixel(pixel, width, height)]);
}

/** Number of a pixel column by column, from its number row by row. */
function columnMajorPixel(pixel: number, width: number, height: number): number {
  return pixel % width * height + Math.floor(pixel / width);
}

/** Number of a pixel row by row, from its number column by column. */
export function rowMajorPixel(pixel: number, width: number, height: number): number {
  return pixel % height * width + Math.floor(pixel / height);
}
