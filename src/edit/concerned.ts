import type { Footprint } from "../core/footprints.ts";
import { sparseDot } from "../cnmfe/cells.ts";
import type { CellState } from "./cell_state.ts";

/** Cosine of footprints below which cells only touch at their faint edges: what one gains or loses is nothing to the other. */
const OVERLAP = 0.02;

/** The cells that overlap with one of some footprints of unit norm. */
export function overlapping(cells: readonly CellState[], footprints: readonly Footprint[]): CellState[] {
  return cells.filter((cell) => footprints.some((footprint) => sparseDot(cell.footprint, footprint) > OVERLAP));
}
