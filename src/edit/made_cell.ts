import type { Extraction } from "../core/extraction.ts";
import type { Cell, ReadCell } from "../cnmfe/cells.ts";
import { type CellState, toDf } from "./cell_state.ts";

/** A cell as the stages of the extraction take it: its denoised trace in dF. */
export function asCell({ footprint, denoised, noise }: CellState, extraction: Extraction): Cell {
  const scale = toDf(extraction, noise);
  return { footprint, trace: scale === 1 ? denoised : denoised.map((value) => value * scale) };
}

/** A cell read from the movie (or made of stored traces) as the results hold it. */
export function asState(number: number, cell: ReadCell, { arOrder, units }: Extraction): CellState {
  const scale = units === "dF over noise" && cell.noise > 0 ? 1 / cell.noise : 1;
  return {
    number,
    footprint: cell.footprint,
    raw: cell.raw.map((value) => (value - cell.baseline) * scale),
    denoised: cell.trace.map((value) => value * scale),
    spikes: cell.spikes.map((value) => value * scale),
    baseline: cell.baseline,
    noise: cell.noise,
    ar: Float32Array.from(cell.ar.slice(0, arOrder)),
  };
}
