import type { Extraction, Seed } from "../core/extraction.ts";
import { footprintOf } from "../core/footprints.ts";

/** A pixel belongs to a cell for this purpose from this share of the footprint's largest weight. */
const INSIDE = 0.2;

/** What the residual's peaks lie on. */
export interface UnexplainedPeaks {
  /** Peaks away from every cell that counts, strongest first: what may be cells that nobody found. */
  readonly elsewhere: readonly Seed[];
  /** Peaks on a cell: activity of it that its footprint and trace do not explain. */
  readonly onCells: readonly Seed[];
  /** Those cells, ascending. */
  readonly cells: readonly number[];
}

/** Tells the peaks of the residual that lie on cells, except those set aside, from those that lie elsewhere. */
export function unexplainedPeaks({ fieldQuality, footprints, quality }: Extraction): UnexplainedPeaks {
  const owner = new Map<number, number>();
  for (let k = 0; k < footprints.count; k++) {
    if (quality?.accepted?.[k] === 0) continue;
    const { pixels, values } = footprintOf(footprints, k), least = INSIDE * values.reduce((a, b) => Math.max(a, b), 0);
    pixels.forEach((pixel, i) => {
      if (values[i] >= least) owner.set(pixel, k);
    });
  }
  const elsewhere: Seed[] = [], onCells: Seed[] = [], cells = new Set<number>();
  for (const peak of fieldQuality?.unexplained ?? []) {
    const k = owner.get(Math.round(peak.y) * footprints.width + Math.round(peak.x));
    if (k === undefined) elsewhere.push(peak);
    else {
      onCells.push(peak);
      cells.add(k);
    }
  }
  return { elsewhere, onCells, cells: [...cells].sort((a, b) => a - b) };
}
