import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { carryQuality } from "./carry_quality.ts";
import { type CellState, cellStates, packCells, toDf } from "./cell_state.ts";
import type { EditOptions } from "./options.ts";

/** What an edit does to cells. */
export interface CellChange {
  /** Cells that are new or other than before. */
  readonly cells: readonly CellState[];
  /** Numbers of cells that are no more. */
  readonly removed: readonly number[];
  /** Numbers of those that the edit made. */
  readonly made: readonly number[];
  /** One sentence. */
  readonly outcome: string;
  /** Whether the movie was read for it. */
  readonly refitted: boolean;
}

/** Puts changed cells into an extraction; every other cell and pixel stays the same to the last bit. */
export async function applyChange(
  extraction: Extraction,
  { cells, removed, made }: CellChange,
  measure: EditOptions["measure"],
): Promise<Extraction> {
  const states = new Map(cellStates(extraction).map((cell) => [cell.number, cell])), b0 = extraction.b0.slice();
  for (const number of removed) {
    addMean(b0, states.get(number)!, extraction, 1);
    states.delete(number);
  }
  for (const cell of cells) {
    const before = states.get(cell.number);
    if (before) addMean(b0, before, extraction, 1);
    addMean(b0, cell, extraction, -1);
    states.set(cell.number, cell);
  }
  const after = [...states.values()].sort((a, b) => a.number - b.number), changed = cells.map(({ number }) => number);
  const edited: Extraction = { ...extraction, ...packCells(extraction, after), b0 };
  const turnover = { before: cellNumbers(extraction), after: edited.numbers!, made, changed };
  const quality = carryQuality(extraction.quality, turnover);
  const known = quality ? { ...edited, quality } : edited;
  if (!measure || changed.length === 0) return known;
  const measured = carryQuality(extraction.quality, turnover, await measure(known, changed));
  return measured ? { ...known, quality: measured } : known;
}

/** The constant background is the mean of the movie without the cells' means: b0 ± mean(c) a. */
function addMean(b0: Float32Array, cell: CellState, extraction: Extraction, sign: 1 | -1): void {
  let mean = 0;
  for (const value of cell.denoised) mean += value;
  mean *= sign * toDf(extraction, cell.noise) / Math.max(1, cell.denoised.length);
  if (!Number.isFinite(mean)) return;
  cell.footprint.pixels.forEach((pixel, i) => b0[pixel] += mean * cell.footprint.values[i]);
}
