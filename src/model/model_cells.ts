import type { Extraction } from "../core/extraction.ts";
import { cellNumbers } from "../core/extraction.ts";
import { type Footprint, footprintOf } from "../core/footprints.ts";

/** A cell as the movies of the model add it up. */
export interface ModelCell {
  /** Its number in the results. */
  readonly number: number;
  /** Footprint, unit L2 norm. */
  readonly footprint: Footprint;
  /** Denoised trace in the units of the results, one value per frame. */
  readonly trace: Float32Array;
  /** What brings the trace to dF (counts, for a footprint of unit norm). */
  readonly scale: number;
  /** Whether nobody has set it aside. */
  readonly isAccepted: boolean;
}

/** The cells of results, and the numbers of those whose traces hold values that are not finite: these are in no movie. */
export function modelCells(extraction: Extraction): { cells: ModelCell[]; withoutTrace: number[] } {
  const { footprints, traces, units, quality, movie: { frames } } = extraction, numbers = cellNumbers(extraction);
  const cells: ModelCell[] = [], withoutTrace: number[] = [];
  for (let k = 0; k < footprints.count; k++) {
    const trace = traces.denoised.subarray(k * frames, (k + 1) * frames), noise = traces.noise[k];
    const scale = units === "dF over noise" && noise > 0 ? noise : 1;
    if (!trace.every(Number.isFinite)) withoutTrace.push(numbers[k]);
    else {
      const isAccepted = quality?.accepted?.[k] !== 0;
      cells.push({ number: numbers[k], footprint: footprintOf(footprints, k), trace, scale, isAccepted });
    }
  }
  return { cells, withoutTrace };
}

/** Adds A·C of frames `[start, start + count)` to `into`, frames of `size` pixels, row-major. */
export function addCells(
  cells: readonly ModelCell[],
  start: number,
  count: number,
  into: Float32Array,
  size: number,
): void {
  for (const { footprint: { pixels, values }, trace, scale } of cells) {
    for (let f = 0; f < count; f++) {
      const calcium = trace[start + f] * scale;
      if (calcium === 0) continue;
      for (let i = 0, at = f * size; i < pixels.length; i++) into[at + pixels[i]] += values[i] * calcium;
    }
  }
}

/** Pixels where a cell's footprint reaches `share` of its peak: 1, elsewhere 0; row-major. */
export function cellPixels(cells: readonly ModelCell[], size: number, share: number): Uint8Array {
  const mask = new Uint8Array(size);
  for (const { footprint: { pixels, values } } of cells) {
    const least = share * values.reduce((most, value) => Math.max(most, value), 0);
    for (let i = 0; i < pixels.length; i++) if (values[i] > 0 && values[i] >= least) mask[pixels[i]] = 1;
  }
  return mask;
}
