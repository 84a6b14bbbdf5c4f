import type { Footprint } from "../core/footprints.ts";
import { sparseDot } from "../cnmfe/cells.ts";
import type { CellState } from "./cell_state.ts";

/** The cells that share a pixel with one of some footprints. */
export function overlapping(cells: readonly CellState[], footprints: readonly Footprint[]): CellState[] {
  return cells.filter((cell) => footprints.some((footprint) => sparseDot(cell.footprint, footprint) > 0));
}
