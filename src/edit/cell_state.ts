import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { type Footprint, footprintOf, packFootprints } from "../core/footprints.ts";

/** One cell of an extraction by itself; its arrays may be views of the extraction's and are never changed. */
export interface CellState {
  /** Its number (`Extraction.numbers`). */
  readonly number: number;
  /** Footprint, unit L2 norm. */
  readonly footprint: Footprint;
  /** Raw trace, in the units of the results. T. */
  readonly raw: Float32Array;
  /** Denoised trace, in the units of the results. T. */
  readonly denoised: Float32Array;
  /** Deconvolved activity, in the units of the results. T. */
  readonly spikes: Float32Array;
  /** Baseline that was taken off the raw trace, dF. */
  readonly baseline: number;
  /** Noise s.d. of the raw trace, dF. */
  readonly noise: number;
  /** Autoregressive coefficients, `arOrder` numbers. */
  readonly ar: Float32Array;
}

/** The cells of an extraction, one by one, in its order. */
export function cellStates(extraction: Extraction): CellState[] {
  const { footprints, traces, movie: { frames }, arOrder } = extraction, numbers = cellNumbers(extraction);
  return Array.from(numbers, (number, k): CellState => ({
    number,
    footprint: footprintOf(footprints, k),
    raw: traces.raw.subarray(k * frames, (k + 1) * frames),
    denoised: traces.denoised.subarray(k * frames, (k + 1) * frames),
    spikes: traces.spikes.subarray(k * frames, (k + 1) * frames),
    baseline: traces.baseline[k],
    noise: traces.noise[k],
    ar: traces.ar.subarray(k * arOrder, (k + 1) * arOrder),
  }));
}

/** The footprints, traces and numbers of cells that are in the order of their numbers. */
export function packCells(
  extraction: Extraction,
  cells: readonly CellState[],
): Pick<Extraction, "footprints" | "traces" | "numbers"> {
  const { footprints: { width, height }, movie: { frames } } = extraction;
  const rows = (of: "raw" | "denoised" | "spikes") => {
    const all = new Float32Array(cells.length * frames);
    cells.forEach((cell, k) => all.set(cell[of], k * frames));
    return all;
  };
  return {
    footprints: packFootprints(width, height, cells.map((cell) => cell.footprint)),
    traces: {
      raw: rows("raw"),
      denoised: rows("denoised"),
      spikes: rows("spikes"),
      baseline: Float32Array.from(cells, (cell) => cell.baseline),
      noise: Float32Array.from(cells, (cell) => cell.noise),
      ar: Float32Array.from(cells.flatMap((cell) => [...cell.ar])),
    },
    numbers: Uint32Array.from(cells, (cell) => cell.number),
  };
}

/** What a trace of the results is multiplied by to be in dF. */
export function toDf(extraction: Pick<Extraction, "units">, noise: number): number {
  return extraction.units === "dF over noise" && noise > 0 ? noise : 1;
}
