/** Edits that read the movie: what they make is what the extraction made, and nothing else changes. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { ParameterError } from "../src/core/errors.ts";
import { unpackFootprints } from "../src/core/footprints.ts";
import { newCell, sparseDot } from "../src/cnmfe/cells.ts";
import { type CellState, cellStates, packCells } from "../src/edit/cell_state.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { backends, backendTest } from "./backends.ts";
import { cellOf, centreOf, likeness, overlappingPairs, results } from "./edit_setting.ts";

const compute = new CpuCompute(), memoryBytes = 500e6;

/** Results in which one cell is in two halves, left and right, each with its share of the trace. */
function halved(extraction: Extraction, number: number, other: number): Extraction {
  const whole = cellOf(extraction, number), { width } = extraction.footprints, { x } = centreOf(whole, width);
  const half = (number: number, isLeft: boolean): CellState => {
    const kept = [...whole.footprint.pixels.keys()].filter((i) => whole.footprint.pixels[i] % width < x === isLeft);
    const pixels = Uint32Array.from(kept, (i) => whole.footprint.pixels[i]);
    const values = Float32Array.from(kept, (i) => whole.footprint.values[i]);
    const { footprint, trace } = newCell({ pixels, values }, whole.denoised),
      scale = trace[0] / (whole.denoised[0] || 1);
    return { ...whole, number, footprint, denoised: trace, raw: whole.raw.map((value) => value * (scale || 1)) };
  };
  const others = cellStates(extraction).filter((cell) => cell !== whole && cell.number !== number);
  const cells = [...others, half(number, true), half(other, false)].sort((a, b) => a.number - b.number);
  return { ...extraction, ...packCells(extraction, cells) };
}

function assertSame(before: Extraction, after: Extraction, changed: readonly number[]): void {
  for (const cell of cellStates(after)) {
    if (changed.includes(cell.number)) continue;
    assert.deepEqual(cell, cellOf(before, cell.number), `cell ${cell.number} changed, though it is not concerned`);
  }
  assert.equal(after.ring, before.ring);
  assert.equal(after.summary, before.summary);
}

backendTest("two halves of a cell merged are the cell again, on both backends", async () => {
  const { movie: { source }, extraction } = await results(), other = 1 + cellStates(extraction).at(-1)!.number;
  for (const number of [0, 13]) {
    const broken = halved(extraction, number, other), merged: CellState[] = [];
    assert(likeness(cellOf(broken, number), cellOf(extraction, number)).cosine < 0.9);
    for (const device of await backends()) {
      const edit = { action: "merge", cells: [number, other] } as const;
      const { extraction: after, logged } = await editCells(broken, edit, { compute: device, memoryBytes, source });
      const { cosine, correlation } = likeness(cellOf(after, number), cellOf(extraction, number));
      assert(cosine > 0.99 && correlation > 0.99, `${device.backend}: cosine ${cosine}, correlation ${correlation}`);
      assert.equal(after.footprints.count, extraction.footprints.count);
      assert.deepEqual(logged.made, [number]);
      assert(logged.refitted);
      assertSame(broken, after, logged.changed);
      merged.push(cellOf(after, number));
    }
    for (const cell of merged.slice(1)) {
      const { cosine, correlation } = likeness(cell, merged[0]);
      assert(cosine > 0.9999 && correlation > 0.999, `backends differ: cosine ${cosine}, correlation ${correlation}`);
    }
  }
});

backendTest("two cells that were merged come apart again", async () => {
  const { movie: { source, truth }, extraction } = await results(), truths = unpackFootprints(truth.footprints);
  const norms = truths.map(({ values }) => Math.hypot(...values));
  const truthCosine = ({ footprint }: CellState, one?: number) =>
    Math.max(...truths.map((other, k) => one === undefined || one === k ? sparseDot(footprint, other) / norms[k] : 0));
  const truthOf = (cell: CellState) => truths.findIndex((_, k) => truthCosine(cell, k) === truthCosine(cell));
  const options = { compute, memoryBytes, source };
  const pairs = overlappingPairs(extraction).slice(0, 3);
  assert.equal(pairs.length, 3);
  for (const { a, b } of pairs) {
    const merged = await editCells(extraction, { action: "merge", cells: [a.number, b.number] }, options);
    assert(!cellStates(merged.extraction).some((cell) => cell.number === b.number));
    const { extraction: after, logged } = await editCells(
      merged.extraction,
      { action: "split", cell: a.number },
      options,
    );
    assert.equal(logged.made.length, 2);
    assert.equal(logged.made[0], a.number);
    assert.equal(
      logged.made[1],
      1 + cellStates(extraction).at(-1)!.number,
      "the number of a merged cell is not used again",
    );
    const parts = logged.made.map((number) => cellOf(after, number));
    for (const cell of [a, b]) {
      const [best] = parts.map((part) => likeness(part, cell)).sort((p, q) => q.cosine - p.cosine);
      assert(best.cosine > 0.95 && best.correlation > 0.97, `cell ${cell.number}: ${JSON.stringify(best)}`);
      // Nothing was lost against the truth, either.
      const lost = truthCosine(cell) - Math.max(...parts.map((part) => truthCosine(part, truthOf(cell))));
      assert(truthCosine(cell) > 0.9 && lost < 0.02, `cell ${cell.number} is further from the truth by ${lost}`);
    }
    assertSame(merged.extraction, after, logged.changed);
  }
});

backendTest("a cell that was deleted is found again where it was, and gets a new number", async () => {
  const { movie: { source }, extraction } = await results(), options = { compute, memoryBytes, source };
  for (const number of [1, 13, 23]) {
    const cell = cellOf(extraction, number), { x, y } = centreOf(cell, extraction.footprints.width);
    const deleted = await editCells(extraction, { action: "delete", cells: [number] }, options);
    assertSame(extraction, deleted.extraction, deleted.logged.changed);
    const added = await editCells(deleted.extraction, { action: "add", x: x + 1, y }, options),
      [made] = added.logged.made;
    assert(made > 23, `number ${made} was used before`);
    const { cosine, correlation } = likeness(cellOf(added.extraction, made), cell);
    assert(cosine > 0.98 && correlation > 0.98, `cell ${number}: cosine ${cosine}, correlation ${correlation}`);
    assertSame(deleted.extraction, added.extraction, added.logged.changed);
  }
});

backendTest("an edit changes the constant background by what the cells' means changed", async () => {
  const { movie: { source }, extraction } = await results(), { frames } = extraction.movie;
  const { extraction: after } = await editCells(extraction, { action: "delete", cells: [13] }, {
    compute,
    memoryBytes,
    source,
  });
  const total = ({ b0, footprints, traces }: Extraction) => {
    const image = Float64Array.from(b0);
    for (let k = 0; k < footprints.count; k++) {
      const mean = traces.denoised.subarray(k * frames, (k + 1) * frames).reduce(
        (sum, value) => sum + value / frames,
        0,
      );
      for (let i = footprints.starts[k]; i < footprints.starts[k + 1]; i++) {
        image[footprints.pixels[i]] += mean * footprints.values[i];
      }
    }
    return image;
  };
  const expected = total(extraction);
  total(after).forEach((value, i) =>
    assert(Math.abs(value - expected[i]) < 1e-2, `pixel ${i}: ${value}, not ${expected[i]}`)
  );
});

backendTest("nothing is added or split where nothing is", async () => {
  const { movie: { source }, extraction } = await results(), options = { compute, memoryBytes, source };
  const refused = async (edit: Parameters<typeof editCells>[1], message: RegExp) =>
    await assert.rejects(editCells(extraction, edit, options), (error) => {
      assert(error instanceof ParameterError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  await refused(
    { action: "add", x: 3, y: 60 },
    /No cell can be added at x 3, y 60: nothing is active there .*peak-to-noise/,
  );
  const { x, y } = centreOf(cellOf(extraction, 14), extraction.footprints.width);
  await refused(
    { action: "add", x, y },
    /No cell can be added at .*: (nothing is active there|cell 14 is there already)/,
  );
  await refused({ action: "split", cell: 14 }, /Cell 14 cannot be split: /);
});
