import assert from "node:assert/strict";
import { type Cell, newCell } from "../src/cnmfe/cells.ts";
import { correlation } from "../src/core/correlation.ts";
import { mergeCells } from "../src/cnmfe/merge.ts";
import { cosine, dot, gaussian, roundFootprint } from "./cnmfe_setting.ts";

const WIDTH = 40, HEIGHT = 20, T = 400;

/** Mixtures of independent sources: Σ weight·source. */
function mixture(weights: readonly number[]): Float32Array {
  const trace = new Float32Array(T);
  weights.forEach((weight, i) => {
    const normal = gaussian(100 + i);
    for (let t = 0; t < T; t++) trace[t] += weight * (2 + normal());
  });
  return trace;
}
const at = (x: number, trace: Float32Array, sigma = 2) => newCell(roundFootprint(WIDTH, HEIGHT, x, 10, sigma), trace);

Deno.test("chains of cells do not merge: every member has to correlate with its group's trace", () => {
  // A bright cell, one between, and one that correlates with that one alone.
  const traces = [mixture([3, 1.65, 0]), mixture([0.7, 1, 0.6]), mixture([0, 0.6, 1])];
  const [ab, bc, ac] = [[0, 1], [1, 2], [0, 2]].map(([k, l]) => correlation(traces[k], traces[l]));
  assert.ok(ab > 0.72 && bc > 0.72 && ac < 0.35, `${ab}, ${bc}, ${ac}`);
  const cells = [at(10, traces[0]), at(16, traces[1]), at(22, traces[2])];
  const { cells: kept, merged } = mergeCells(cells, WIDTH, 0.7);
  assert.deepEqual([merged, kept.length], [1, 2]);
  assert.ok(kept.includes(cells[2]), "the cell that stays alone is unchanged");

  // A long chain of equals breaks into groups whose members all correlate with the group's trace.
  const chain = Array.from(
    { length: 8 },
    (_, k) => at(3 + 5 * k, mixture(Array.from({ length: 12 }, (_, i) => Number(i >= k && i < k + 4)))),
  );
  for (let k = 1; k < chain.length; k++) assert.ok(correlation(chain[k].trace, chain[k - 1].trace) > 0.65);
  const groups = mergeCells(chain, WIDTH, 0.65).cells;
  assert.ok(groups.length > 1 && groups.length < chain.length, `${groups.length} groups`);
  for (const cell of chain) {
    const best = Math.max(
      ...groups.filter((group) => cosine(group.footprint, cell.footprint) > 0.1).map((group) =>
        correlation(group.trace, cell.trace)
      ),
    );
    assert.ok(best > 0.65, `a cell correlates ${best} with its group`);
  }
});

Deno.test("cells merge when they overlap and their traces agree, and only then", () => {
  const a = mixture([1]), b = mixture([0, 1]);
  const count = (cells: Cell[], threshold = 0.8) => mergeCells(cells, WIDTH, threshold).cells.length;
  assert.equal(count([at(10, a), at(14, a)]), 1, "overlapping, same trace");
  assert.equal(count([at(10, a), at(30, a)]), 2, "apart, same trace");
  assert.equal(count([at(10, a), at(14, b)]), 2, "overlapping, other trace");
  assert.equal(count([at(10, a), at(10, b)]), 1, "the same place is one cell, whatever the traces");
  assert.equal(count([at(10, a), at(11, b)]), 1, "nearly the same place");
  assert.equal(count([at(10, a), at(12, a), at(14, a), at(16, a)]), 1, "a row of pieces of one cell");
  assert.equal(count([]), 0);
  const single = [at(10, a)];
  assert.deepEqual(mergeCells(single, WIDTH, 0.8), { cells: single, merged: 0 });
});

Deno.test("a merged cell is the best rank-1 image of the sum of its members", () => {
  const group = [
    at(12, mixture([1, 0.35]), 2),
    at(15, mixture([0.9, 0, 0.4]), 2.5),
    at(13, mixture([0.5, 0.1, 0.05]), 1.5),
  ];
  const { cells: [merged, ...others] } = mergeCells(group, WIDTH, 0.8);
  assert.equal(others.length, 0);
  const norm = Math.sqrt(dot(merged.footprint.values, merged.footprint.values));
  assert.ok(Math.abs(norm - 1) < 1e-5, `norm ${norm}`);
  // M = Σ a_i c_i by pixel; its largest singular value by power iteration.
  const pixels = [...new Set(group.flatMap((cell) => [...cell.footprint.pixels]))].sort((p, q) => p - q);
  const rows = pixels.map((pixel) => {
    const row = new Float64Array(T);
    for (const cell of group) {
      const i = cell.footprint.pixels.indexOf(pixel);
      if (i >= 0) { for (let t = 0; t < T; t++) row[t] += cell.footprint.values[i] * cell.trace[t]; }
    }
    return row;
  });
  let v: Float64Array = new Float64Array(T).fill(1), sigma = 0;
  for (let step = 0; step < 50; step++) {
    const u = rows.map((row) => dot(row, v)), next = new Float64Array(T);
    rows.forEach((row, p) => row.forEach((value, t) => next[t] += u[p] * value));
    sigma = Math.sqrt(Math.sqrt(dot(next, next)));
    v = next.map((value) => value / Math.sqrt(dot(next, next)));
  }
  const energy = rows.reduce((sum, row) => sum + dot(row, row), 0);
  let left = 0;
  pixels.forEach((pixel, p) => {
    const i = merged.footprint.pixels.indexOf(pixel), a = i < 0 ? 0 : merged.footprint.values[i];
    for (let t = 0; t < T; t++) left += (rows[p][t] - a * merged.trace[t]) ** 2;
  });
  const least = energy - sigma ** 2;
  assert.ok(least > 1e-4 * energy, "the group is not of rank 1");
  assert.ok(left < 1.001 * least + 1e-7 * energy, `${left} is left, ${least} at the least`);
  // Two copies of one cell: nothing is lost.
  const one = at(10, mixture([1, 0.2])), { cells: [twice] } = mergeCells([one, one], WIDTH, 0.8);
  assert.ok(cosine(twice.footprint, one.footprint) > 1 - 1e-6);
  assert.ok(
    Math.max(...twice.trace.map((value, t) => Math.abs(value - 2 * one.trace[t]))) < 1e-4 * Math.max(...one.trace),
  );
});
