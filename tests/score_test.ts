import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { type Footprint, packFootprints, unpackFootprints } from "../src/core/footprints.ts";
import type { Truth } from "../src/core/truth.ts";
import { hungarian, optimalMatching } from "../src/score/assignment.ts";
import { compare } from "../src/score/compare.ts";
import { correlation } from "../src/core/correlation.ts";
import { average } from "../src/score/average.ts";
import { score, type ScoredCells } from "../src/score/score.ts";
import { footprintCosines, type SimilarPair } from "../src/score/similarity.ts";
import { Random } from "../src/simulation/random.ts";
import { simulate } from "../src/simulation/simulate.ts";

const { truth } = simulate({ width: 64, height: 64, frames: 80, cells: 8, min_distance: 1, seed: 2 });

/** A result made of true cells, by index, each footprint and trace changed as wanted. */
function resultOf(
  cells: readonly number[],
  change: (cell: Footprint, at: number) => Footprint = (cell) => cell,
): ScoredCells {
  const footprints = unpackFootprints(truth.footprints);
  const rows = (traces: Float32Array) => {
    const picked = new Float32Array(cells.length * truth.frames);
    cells.forEach((k, i) => picked.set(traces.subarray(k * truth.frames, (k + 1) * truth.frames), i * truth.frames));
    return picked;
  };
  return {
    footprints: packFootprints(truth.width, truth.height, cells.map((k, i) => change(footprints[k], i))),
    traces: {
      raw: rows(truth.calcium).map((value) => 3 * value - 7),
      denoised: rows(truth.calcium),
      spikes: rows(truth.spikes),
    },
  };
}

/** The first part of a cell: its cosine to the whole is √(share of the energy). */
function part(cell: Footprint, share: number): Footprint {
  const energy = cell.values.reduce((sum, value) => sum + value * value, 0);
  let kept = 0, count = 0;
  while (kept < share * energy) kept += cell.values[count++] ** 2;
  return { pixels: cell.pixels.slice(0, count), values: cell.values.slice(0, count) };
}

Deno.test("a perfect result in another order and scale scores 1", () => {
  const order = [3, 0, 7, 1, 6, 2, 5, 4];
  const scaled = resultOf(order, (cell) => ({ ...cell, values: cell.values.map((value) => 0.1 * value) }));
  const { thresholds, duplicates, cells, components } = score(scaled, truth);
  assert.deepEqual([cells, components, duplicates.length], [8, 8, 0]);
  assert.deepEqual(thresholds.map(({ threshold }) => threshold), [0.5, 0.7]);
  for (const at of thresholds) {
    assert.deepEqual([at.precision, at.recall, at.f1, at.missed.length, at.falseComponents.length], [1, 1, 1, 0, 0]);
    for (const { mean, median } of [at.cosine, at.raw, at.denoised, at.spikes]) {
      assert.ok(mean > 1 - 1e-6 && median > 1 - 1e-6);
    }
    for (const { cell, component } of at.matches) assert.equal(order[component], cell);
  }
});

Deno.test("missed cells, false components, half-found cells and duplicates are told apart", () => {
  // Cells 0 to 5 whole, cell 6 by 36 % of its energy (cosine 0.6), cell 7 missed; cell 2 a second time; one component on nothing.
  const cells = [0, 1, 2, 3, 4, 5, 6, 2, 7];
  const result = resultOf(cells, (cell, at) => {
    if (at === 6) return part(cell, 0.36);
    if (at === 7) return part(cell, 0.6);
    if (at === 8) return { pixels: Uint32Array.of(0), values: Float32Array.of(1) };
    return cell;
  });
  const { thresholds: [half, most], duplicates } = score(result, truth);
  assert.equal(half.matches.length, 7);
  assert.equal(half.precision, 7 / 9);
  assert.equal(half.recall, 7 / 8);
  assert.equal(half.f1, 14 / 17);
  assert.deepEqual(half.missed.map(({ cell }) => cell), [7]);
  assert.equal(half.missed[0].snr, truth.snr[7]);
  assert.equal(half.missed[0].cosine, 0);
  assert.deepEqual(half.falseComponents.map(({ component }) => component), [7, 8]);
  assert.deepEqual(half.falseComponents.map(({ cosine }) => cosine > 0.7), [true, false]);
  assert.deepEqual([half.falseComponents[1].x, half.falseComponents[1].y], [0, 0]);
  assert.deepEqual(most.missed.map(({ cell }) => cell), [6, 7]);
  assert.ok(Math.abs(most.missed[0].cosine - 0.6) < 0.05, "how nearly it was found is told");
  assert.deepEqual(duplicates.map(({ component, cell }) => [component, cell]), [[7, 2]]);
  assert.ok(Math.abs(duplicates[0].cosine - Math.sqrt(0.6)) < 0.05);
});

Deno.test("the recording's own cells are told apart from false components and duplicates, one to one", () => {
  // The truth knows cells 0 to 3. The result holds them, the recording's own cells 4 and 5 (5 twice), a component on nothing, and a
  // neuron of the recording that lies where cell 0 was added: 60 % of cell 0's footprint with a trace of its own.
  const known: Truth = {
    ...truth,
    footprints: packFootprints(truth.width, truth.height, unpackFootprints(truth.footprints).slice(0, 4)),
    calcium: truth.calcium.subarray(0, 4 * truth.frames),
    spikes: truth.spikes.subarray(0, 4 * truth.frames),
    snr: truth.snr.slice(0, 4),
  };
  const nothing = { pixels: Uint32Array.of(0), values: Float32Array.of(1) };
  const change = (cell: Footprint, at: number) => at === 7 ? nothing : at === 8 ? part(cell, 0.6) : cell;
  const result = resultOf([0, 1, 2, 3, 4, 5, 5, 6, 0], change);
  const neuron = result.traces.denoised.subarray(8 * truth.frames);
  neuron.forEach((_, t) => neuron[t] = truth.calcium[7 * truth.frames + t]);
  const own = resultOf([4, 5, 0], (cell, at) => at === 2 ? part(cell, 0.6) : cell);

  const plain = score(result, known);
  assert.deepEqual(plain.duplicates.map(({ component, cell }) => [component, cell]), [[8, 0]]);
  assert.deepEqual([plain.ownDuplicates.length, plain.thresholds[1].own.length], [0, 0]);
  assert.deepEqual(plain.thresholds[1].falseComponents.map(({ component }) => component), [4, 5, 6, 7, 8]);

  // In the recording that place has another trace: then the component is no cell of the recording, but a duplicate.
  const other = score(result, known, { own });
  assert.deepEqual([other.duplicates.length, other.ownDuplicates.length], [1, 0]);

  own.traces.denoised.set(neuron, 2 * truth.frames);
  const apart = score(result, known, { own });
  assert.deepEqual([apart.duplicates.length, apart.ownDuplicates.map(({ component }) => component)], [0, [8]]);
  for (const at of apart.thresholds) {
    assert.deepEqual(at.own.map(({ own }) => own), [0, 1, 2]);
    assert.deepEqual([at.own[0].component, at.own[2].component], [4, 8]);
    assert.equal(at.falseComponents.length, 2, "the copy of cell 5 and the component on nothing");
    assert.equal(at.falseComponents[1].component, 7);
    assert.deepEqual([at.matches.length, at.precision, at.recall, at.f1], [4, 4 / 6, 1, 8 / 10]);
    assert(at.own.every(({ cosine, denoised }) => cosine > 0.99 && denoised > 0.99));
  }

  assert.throws(() => score(result, known, { own: { ...own, footprints: packFootprints(8, 8, []) } }), /own of a 8×8/);
  const short = { ...own, traces: { ...own.traces, denoised: own.traces.denoised.subarray(0, 120) } };
  assert.throws(() => score(result, known, { own: short }), /traces of 80 frames, the recording's own of 40/);
});

Deno.test("the matching is optimal where taking the best pair first is not", () => {
  const pairs: SimilarPair[] = [
    { a: 0, b: 0, cosine: 0.9 },
    { a: 0, b: 1, cosine: 0.8 },
    { a: 1, b: 0, cosine: 0.85 },
    { a: 5, b: 9, cosine: 0.6 },
  ];
  assert.deepEqual(optimalMatching(pairs).map(({ a, b }) => [a, b]), [[0, 1], [1, 0], [5, 9]]);
  assert.deepEqual(optimalMatching([]), []);
});

Deno.test("the Hungarian algorithm finds the least cost that trying everything finds", () => {
  const random = new Random(4);
  const best = (costs: number[][], row = 0, used = 0): number => {
    if (row === costs.length) return 0;
    let least = Infinity;
    costs[row].forEach((cost, j) => {
      if (!(used >> j & 1)) least = Math.min(least, cost + best(costs, row + 1, used | 1 << j));
    });
    return least;
  };
  for (let trial = 0; trial < 200; trial++) {
    const rows = random.index(6), columns = rows + random.index(3);
    // Few distinct values, so that ties are common.
    const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.index(7) - 5));
    const found = hungarian(costs);
    assert.equal(new Set(found).size, rows, "no column twice");
    assert.equal(found.reduce((sum, column, row) => sum + costs[row][column], 0), best(costs));
  }
  assert.throws(() => hungarian([[1], [2]]), RangeError);
});

Deno.test("nothing found, nothing to find, and neither", () => {
  const nothing = resultOf([]);
  const [empty] = score(nothing, truth).thresholds;
  assert.deepEqual([empty.precision, empty.recall, empty.f1, empty.missed.length], [1, 0, 0, 8]);
  assert.deepEqual(empty.cosine, { mean: 0, median: 0 });
  const cellless: Truth = {
    ...truth,
    footprints: nothing.footprints,
    calcium: new Float32Array(0),
    spikes: new Float32Array(0),
    snr: new Float64Array(0),
  };
  const [wrong] = score(resultOf([0, 1]), cellless).thresholds;
  assert.deepEqual([wrong.precision, wrong.recall, wrong.f1, wrong.falseComponents.length], [0, 1, 0, 2]);
  const [neither] = score(nothing, cellless).thresholds;
  assert.deepEqual([neither.precision, neither.recall, neither.f1], [1, 1, 1]);
});

Deno.test("scores refuse what does not belong together", () => {
  const result = resultOf([0, 1]);
  assert.throws(() => score(result, { ...truth, width: 32, height: 128 }), ParameterError);
  assert.throws(() => score(result, { ...truth, frames: 81 }), /has traces of 80 frames, the truth of 81/);
  assert.throws(() => score(result, truth, { thresholds: [0] }), /Threshold 0 is no footprint cosine/);
});

Deno.test("cosine, correlation, mean and median by hand", () => {
  const cell = (pixels: number[], values: number[]) => ({
    pixels: Uint32Array.from(pixels),
    values: Float32Array.from(values),
  });
  const first = packFootprints(3, 2, [cell([0, 1], [3, 4]), cell([5], [2])]);
  const second = packFootprints(3, 2, [cell([4], [1]), cell([1, 2], [1, 1]), cell([], [])]);
  const pairs = footprintCosines(first, second);
  assert.equal(pairs.length, 1);
  assert.deepEqual([pairs[0].a, pairs[0].b], [0, 1]);
  assert.ok(Math.abs(pairs[0].cosine - 4 / (5 * Math.SQRT2)) < 1e-12);
  assert.ok(Math.abs(correlation(Float32Array.of(1, 2, 4), Float32Array.of(3, 3, 9)) - 0.944911) < 1e-6);
  assert.equal(correlation(Float32Array.of(1, 1), Float32Array.of(1, 2)), 0);
  assert.equal(correlation(Float32Array.of(NaN, 1), Float32Array.of(1, 2)), 0);
  assert.deepEqual(average([4, 1, 10, 3]), { mean: 4.5, median: 3.5 });
});

Deno.test("a result compared with itself is identical, whatever the order", () => {
  const { area, curve, pairs } = compare(resultOf([0, 1, 2, 3]), resultOf([2, 3, 0, 1]));
  assert.equal(area, 1);
  assert.equal(curve.length, 101);
  assert.ok(curve.every(({ matched }) => matched === 1));
  assert.equal(pairs.length, 4);
  assert.equal(compare(resultOf([]), resultOf([])).area, 1);
  assert.equal(compare(resultOf([]), resultOf([0])).area, 0);
});

Deno.test("the similarity curve by hand", () => {
  // Cell 0 whole (similarity 1), cell 1 with 64 % of its energy and its trace upside down, cells 2 and 3 only in the second.
  const a = resultOf([0, 1], (cell, at) => at === 1 ? part(cell, 0.64) : cell);
  const b = resultOf([1, 0, 2, 3]);
  a.traces.raw.subarray(truth.frames).forEach((value, t, row) => row[t] = -value);
  const { pairs, curve, area, cellsA, cellsB } = compare(a, b);
  assert.deepEqual([cellsA, cellsB], [2, 4]);
  assert.deepEqual(pairs.map(({ a, b }) => [a, b]), [[0, 1], [1, 0]]);
  assert.ok(Math.abs(pairs[1].temporal + 1) < 1e-6);
  assert.ok(Math.abs(pairs[1].similarity - (pairs[1].spatial - 1) / 2) < 1e-6);
  // The second pair's similarity is negative: only the first is matched, at every threshold.
  assert.ok(curve.every(({ matched }) => matched === 0.25));
  assert.equal(area, 0.25);
  assert.equal(compare(a, b, { traces: "denoised" }).pairs[1].temporal > 0.999, true);
});

Deno.test("a cell whose partner is taken stays without one", () => {
  const whole = resultOf([0, 1]), split = resultOf([0, 0, 1], (cell, at) => at === 1 ? part(cell, 0.64) : cell);
  const { pairs, area } = compare(split, whole);
  assert.deepEqual(pairs.map(({ a, b }) => `${a}-${b}`).sort(), ["0-0", "2-1"]);
  assert.ok(Math.abs(area - 2 / 3) < 1e-9);
  const short = { ...whole, traces: { ...whole.traces, raw: whole.traces.raw.subarray(0, 100) } };
  assert.throws(() => compare(whole, short), /80 frames, the second of 50/);
});
