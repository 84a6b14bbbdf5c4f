/** Results of a small simulated movie, to be edited, and what tells how near two cells are. */
import { footprintCentre } from "../src/core/footprints.ts";
import { extract } from "../src/cnmfe/extract.ts";
import { sparseDot } from "../src/cnmfe/cells.ts";
import { correlation } from "../src/core/correlation.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { resolveParameters } from "../src/core/parameters.ts";
import { type CellState, cellStates } from "../src/edit/cell_state.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { simulate, type Simulation } from "../src/simulation/simulate.ts";

/** A simulated movie and what was extracted from it. */
export interface Edited {
  readonly movie: Simulation;
  readonly extraction: Extraction;
}

const MOVIE = { width: 64, height: 64, frames: 500, cells: 24, seed: 8 } as const;

let made: Promise<Edited> | undefined;

/** The same results for every test of a file, extracted once on the CPU. */
export function results(): Promise<Edited> {
  return made ??= make();
}

async function make(): Promise<Edited> {
  const movie = simulate(MOVIE), compute = new CpuCompute();
  try {
    const parameters = resolveParameters({ gSig: 3, min_corr: 0.8, min_pnr: 5 }, movie.source.header);
    return { movie, extraction: await extract(movie.source, parameters, { compute, memoryBytes: 500e6 }) };
  } finally {
    compute.destroy();
  }
}

/** How alike two cells are: cosine of the footprints, correlation of the raw traces. */
export function likeness(a: CellState, b: CellState): { readonly cosine: number; readonly correlation: number } {
  return { cosine: sparseDot(a.footprint, b.footprint), correlation: correlation(a.raw, b.raw) };
}

/** The cell with a number. */
export function cellOf(extraction: Extraction, number: number): CellState {
  return cellStates(extraction).find((cell) => cell.number === number)!;
}

/** Centre of mass of a cell, whole pixels. */
export function centreOf({ footprint }: CellState, width: number): { x: number; y: number } {
  const { x, y } = footprintCentre(footprint, width)!;
  return { x: Math.round(x), y: Math.round(y) };
}

/** Pairs of cells that overlap, those with the largest cosine first. */
export function overlappingPairs(extraction: Extraction): { a: CellState; b: CellState; cosine: number }[] {
  const cells = cellStates(extraction), pairs: { a: CellState; b: CellState; cosine: number }[] = [];
  cells.forEach((a, k) =>
    cells.slice(k + 1).forEach((b) => {
      const cosine = sparseDot(a.footprint, b.footprint);
      if (cosine > 0.02) pairs.push({ a, b, cosine });
    })
  );
  return pairs.sort((p, q) => q.cosine - p.cosine);
}
