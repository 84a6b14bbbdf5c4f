import type { Footprint } from "../core/footprints.ts";
import { boundingBox, boxesTouch, type Cell, newCell, sparseDot } from "./cells.ts";
import { correlation } from "../core/correlation.ts";

/** Footprints with at least this cosine are one cell whatever their traces: two cells so close cannot be told apart. */
const SAME_FOOTPRINT = 0.8;
/** Alternations of the rank-1 refit; it converges in a few steps for traces that correlate. */
const REFIT_STEPS = 10;

/**
 * Merges cells whose footprints overlap and whose denoised traces correlate above the threshold, or whose footprints are the same
 * (algorithm.md section 7).
 * Not transitively: each cell of a group must correlate with the group's merged trace. Pairs are taken strongest first.
 * @returns the cells after merging, in the order of their strongest members, and how many were merged away
 */
export function mergeCells(
  cells: readonly Cell[],
  width: number,
  threshold: number,
): { cells: Cell[]; merged: number } {
  const boxes = cells.map((cell) => boundingBox(cell.footprint.pixels, width, 0));
  const pairs: { k: number; l: number; r: number }[] = [];
  for (let k = 0; k < cells.length; k++) {
    for (let l = k + 1; l < cells.length; l++) {
      const cosine = boxesTouch(boxes[k], boxes[l]) ? sparseDot(cells[k].footprint, cells[l].footprint) : 0;
      if (cosine <= 0) continue;
      const r = correlation(cells[k].trace, cells[l].trace);
      if (r > threshold || cosine > SAME_FOOTPRINT) pairs.push({ k, l, r: Math.max(r, cosine) });
    }
  }
  pairs.sort((a, b) => b.r - a.r || a.k - b.k || a.l - b.l);
  const groupOf = cells.map((_, k) => k), groups = new Map(cells.map((cell, k) => [k, { members: [k], cell }]));
  for (const { k, l } of pairs) {
    const g = groupOf[k], h = groupOf[l];
    if (g === h) continue;
    const members = [...groups.get(g)!.members, ...groups.get(h)!.members].sort((a, b) => a - b);
    const merged = rankOne(members.map((member) => cells[member]));
    const belongs = (cell: Cell) =>
      correlation(cell.trace, merged.trace) > threshold || sparseDot(cell.footprint, merged.footprint) > SAME_FOOTPRINT;
    if (!members.every((member) => belongs(cells[member]))) continue;
    groups.set(g, { members, cell: merged });
    groups.delete(h);
    for (const member of members) groupOf[member] = g;
  }
  const kept = [...groups.values()].sort((a, b) => a.members[0] - b.members[0]);
  return { cells: kept.map((group) => group.cell), merged: cells.length - kept.length };
}

/** The best non-negative rank-1 approximation of Σ a_i c_i. */
export function rankOne(cells: readonly Cell[]): Cell {
  const T = cells[0].trace.length, trace = new Float32Array(T);
  for (const cell of cells) for (let t = 0; t < T; t++) trace[t] += cell.trace[t];
  let weights = cells.map(() => 1);
  const footprintOf = (): Footprint => {
    const sum = new Map<number, number>();
    cells.forEach((cell, i) =>
      cell.footprint.pixels.forEach((p, j) => sum.set(p, (sum.get(p) ?? 0) + weights[i] * cell.footprint.values[j]))
    );
    const pixels = Uint32Array.from(sum.keys()).sort();
    return { pixels, values: Float32Array.from(pixels, (p) => sum.get(p)!) };
  };
  let footprint = footprintOf();
  for (let step = 0; step < REFIT_STEPS; step++) {
    let square = 0;
    for (const value of trace) square += value * value;
    if (!(square > 0)) break;
    weights = cells.map((cell) => {
      let dot = 0;
      for (let t = 0; t < T; t++) dot += cell.trace[t] * trace[t];
      return Math.max(0, dot / square);
    });
    footprint = footprintOf();
    let norm = 0;
    for (const value of footprint.values) norm += value * value;
    const shares = cells.map((cell) => sparseDot(cell.footprint, footprint) / norm);
    trace.fill(0);
    cells.forEach((cell, i) => {
      for (let t = 0; t < T; t++) trace[t] += shares[i] * cell.trace[t];
    });
  }
  return newCell(footprint, trace);
}
