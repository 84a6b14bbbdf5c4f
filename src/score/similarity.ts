import { type Footprints, unpackFootprints } from "../core/footprints.ts";

/** A pair of cells of two sets and how much their footprints agree. */
export interface SimilarPair {
  /** Index in the first set. */
  readonly a: number;
  /** Index in the second set. */
  readonly b: number;
  /** Cosine of the footprints, in (0, 1] for non-negative footprints. */
  readonly cosine: number;
}

/**
 * Cosine of every pair of footprints that share a pixel: ⟨a, b⟩ / (‖a‖ ‖b‖). Pairs that share none have cosine 0 and are left out.
 * Ordered by `a`, then `b`. Throws `RangeError` when the fields differ in size.
 */
export function footprintCosines(first: Footprints, second: Footprints): SimilarPair[] {
  if (first.width !== second.width || first.height !== second.height) {
    throw new RangeError(
      `Footprints of a ${first.width}×${first.height} field cannot be compared with those of a ${second.width}×${second.height} field`,
    );
  }
  const pixels = first.width * first.height;
  // The second set by pixel: entries of pixel p are starts[p] to starts[p + 1].
  const starts = new Uint32Array(pixels + 1);
  for (const pixel of second.pixels) starts[pixel + 1]++;
  for (let p = 0; p < pixels; p++) starts[p + 1] += starts[p];
  const next = starts.slice(), cells = new Uint32Array(second.pixels.length);
  const values = new Float64Array(second.pixels.length);
  unpackFootprints(second).forEach((cell, b) =>
    cell.pixels.forEach((pixel, i) => {
      const entry = next[pixel]++;
      cells[entry] = b;
      values[entry] = cell.values[i];
    })
  );
  const normsOf = (footprints: Footprints) =>
    unpackFootprints(footprints).map((cell) => Math.sqrt(cell.values.reduce((sum, value) => sum + value * value, 0)));
  const norms = normsOf(second);
  const pairs: SimilarPair[] = [];
  const products = new Float64Array(second.count);
  unpackFootprints(first).forEach((cell, a) => {
    products.fill(0);
    cell.pixels.forEach((pixel, i) => {
      for (let entry = starts[pixel]; entry < starts[pixel + 1]; entry++) {
        products[cells[entry]] += cell.values[i] * values[entry];
      }
    });
    const norm = Math.sqrt(cell.values.reduce((sum, value) => sum + value * value, 0));
    products.forEach((product, b) => {
      if (product > 0) pairs.push({ a, b, cosine: Math.min(1, product / (norm * norms[b])) });
    });
  });
  return pairs;
}
