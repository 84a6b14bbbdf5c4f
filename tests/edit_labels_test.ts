/** Edits without the movie: labels, numbers, the log, and what is refused. */
import assert from "node:assert/strict";
import { type Edit, LARGEST_NUMBER } from "../src/core/edits.ts";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import { cellNumbers, type Extraction } from "../src/core/extraction.ts";
import { type CellState, cellStates } from "../src/edit/cell_state.ts";
import { nextNumber } from "../src/edit/check.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { replayEdits } from "../src/edit/replay.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { fakeExtraction } from "./fake_extraction.ts";

const options = { compute: new CpuCompute(), memoryBytes: 500e6 };

async function made(extraction: Extraction, ...edits: Edit[]): Promise<Extraction> {
  let current = extraction;
  for (const edit of edits) ({ extraction: current } = await editCells(current, edit, options));
  return current;
}

function labels({ quality }: Extraction): string {
  return Array.from(quality!.accepted!, (value, k) => `${value}${quality!.decided![k] ? "!" : ""}`).join(" ");
}

async function refused(extraction: Extraction, edit: unknown, message: RegExp): Promise<void> {
  await assert.rejects(editCells(extraction, edit as Edit, options), (error) => {
    assert(error instanceof ParameterError, `${error}`);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("cells are rejected, restored and selected; nothing else changes", async () => {
  const before = fakeExtraction({ cells: 5 }), plain = { ...before, quality: undefined } as Extraction;
  const rejected = await made(plain, { action: "reject", cells: [1, 3, 1] });
  assert.equal(labels(rejected), "1 0! 1 0! 1");
  assert.equal(labels(await made(rejected, { action: "restore", cells: [3] })), "1 0! 1 1! 1");
  const selected = await made(rejected, { action: "select", cells: [0, 1] });
  assert.equal(labels(selected), "1! 1! 0! 0! 0!");
  assert.deepEqual(selected.quality!.reasons!.slice(0, 3), [
    "accepted by a person",
    "accepted by a person",
    "set aside by a person",
  ]);
  assert.equal(rejected.traces, before.traces);
  assert.equal(rejected.footprints, before.footprints);
  assert.deepEqual(selected.edits!.map(({ outcome }) => outcome), [
    "Cells 1 and 3 set aside",
    "Cells 0 and 1 accepted, 3 others set aside",
  ]);
});

Deno.test("measures of a rule stay beside a person's labels", async () => {
  const before = fakeExtraction({ cells: 3 }),
    quality = {
      accepted: Uint8Array.of(1, 0, 1),
      decided: Uint8Array.of(0, 0, 0),
      snr: Float32Array.of(3, 1, 5),
      duplicateOf: Int32Array.of(-1, -1, 1),
      reasons: ["good", "bad", "good"],
      rule: "a rule",
      thresholds: { min_SNR: 2 },
    };
  const after = await made({ ...before, quality }, { action: "restore", cells: [1] });
  assert.deepEqual(after.quality!.snr, quality.snr);
  assert.deepEqual(after.quality!.reasons, ["good", "accepted by a person", "good"]);
  assert.deepEqual(quality.accepted, Uint8Array.of(1, 0, 1), "the quality given was changed");
  const deleted = await made({ ...before, quality }, { action: "delete", cells: [1] });
  assert.deepEqual(deleted.quality!.snr, Float32Array.of(3, 5));
  assert.deepEqual(deleted.quality!.duplicateOf, Int32Array.of(-1, -1), "a deleted cell is nobody's copy");
  assert.deepEqual([deleted.quality!.rule, deleted.quality!.reasons], ["a rule", ["good", "good"]]);
});

Deno.test("a deleted cell's number is never used again, and the other cells keep theirs", async () => {
  const after = await made(fakeExtraction({ cells: 5 }), { action: "delete", cells: [4] }, {
    action: "delete",
    cells: [1],
  });
  assert.deepEqual([...cellNumbers(after)], [0, 2, 3]);
  await refused(
    after,
    { action: "reject", cells: [1] },
    /^Cell 1 does not exist: the 3 cells have numbers from 0 to 3$/,
  );
  const none = await made(after, { action: "delete", cells: [0, 2, 3] });
  assert.equal(none.footprints.count, 0);
  assert.equal(none.traces.raw.length, 0);
  await refused(none, { action: "delete", cells: [0] }, /^Cell 0 does not exist: these results have no cells$/);
});

Deno.test("without the movie a merge is made of the stored traces: shares of one cell become that cell", async () => {
  const whole = fakeExtraction({ cells: 1, frames: 400 }), [cell] = cellStates(whole);
  const part = (sign: number): CellState["footprint"] => {
    const values = cell.footprint.values.map((value, i) => value * (i % 2 === 0 ? 1 + 0.5 * sign : 1 - 0.5 * sign));
    const norm = Math.hypot(...values);
    return { pixels: cell.footprint.pixels, values: values.map((value) => value / norm) };
  };
  const { width, height } = whole.footprints, parts = [part(1), part(-1)], length = cell.footprint.pixels.length;
  const twice = (row: Float32Array) => Float32Array.from([...row, ...row], (value) => value / 2);
  const split: Extraction = {
    ...whole,
    footprints: {
      ...{ width, height, count: 2, starts: Uint32Array.of(0, length, 2 * length) },
      pixels: Uint32Array.from(parts.flatMap(({ pixels }) => [...pixels])),
      values: Float32Array.from(parts.flatMap(({ values }) => [...values])),
    },
    traces: {
      ...{ raw: twice(cell.raw), denoised: twice(cell.denoised), spikes: twice(cell.spikes) },
      ...{ baseline: new Float32Array(2), noise: new Float32Array(2).fill(1), ar: new Float32Array(2 * whole.arOrder) },
    },
  };
  const { extraction: after, logged } = await editCells(split, { action: "merge", cells: [1, 0] }, options);
  assert.match(
    logged.outcome,
    /^Cells 1 and 0 merged into cell 1 from their stored traces, because the movie was not there$/,
  );
  assert(!logged.refitted);
  const [merged] = cellStates(after);
  assert.equal(merged.number, 1);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  assert(dot(merged.footprint.values, cell.footprint.values) / Math.hypot(...cell.footprint.values) > 0.98);
  assert(dot(merged.raw, cell.raw) / Math.hypot(...merged.raw) / Math.hypot(...cell.raw) > 0.98);
  assert(merged.spikes.some((value) => value > 0));
});

Deno.test("a merge of cells that lie apart is made, with a word of warning", async () => {
  const before = fakeExtraction({ cells: 6, width: 200, height: 200 });
  const { logged } = await editCells(before, { action: "merge", cells: [0, 1] }, options);
  assert.match(logged.outcome, /; check it: their footprints do not overlap$/);
});

Deno.test("what is no edit of these results is refused in one sentence", async () => {
  const before = fakeExtraction({ cells: 4 }), { width, height } = before.footprints;
  await refused(
    before,
    { action: "merge", cells: [2, 2] },
    /^A merge needs two cells or more, but only cell 2 is named$/,
  );
  await refused(before, { action: "reject", cells: [] }, /^There is no cell to reject/);
  await refused(before, { action: "reject", cells: [7, 9] }, /^Cells 7 and 9 do not exist/);
  await refused(before, { action: "reject", cells: [1.5] }, /^Cell 1.5 does not exist/);
  await refused(before, { action: "add", x: width, y: 0 }, /whole numbers from 0 to/);
  await refused(before, { action: "add", x: 0, y: height + 0.5 }, /whole numbers from 0 to/);
  await refused(before, { action: "add", x: 3, y: 3 }, /^A cell can be added only with the movie/);
  await refused(before, { action: "split", cell: 1 }, /^A cell can be split only with the movie/);
  await refused(before, { action: "explode", cells: [1] }, /^An edit's action is one of select, /);
  await refused(before, null, /^An edit's action is one of select, /);
});

Deno.test("a cell whose trace is no numbers is labelled and deleted, but not merged", async () => {
  const before = fakeExtraction({ cells: 3 }), { frames } = before.movie, denoised = before.traces.denoised.slice();
  denoised.fill(NaN, frames, 2 * frames);
  const broken = { ...before, traces: { ...before.traces, denoised } };
  await refused(broken, { action: "merge", cells: [0, 1] }, /^Cell 1 cannot be merged: .*not finite/);
  assert.equal(labels(await made({ ...broken, quality: {} }, { action: "reject", cells: [1] })), "1 0! 1");
  const deleted = await made(broken, { action: "delete", cells: [1] });
  assert(deleted.b0.every(Number.isFinite));
});

Deno.test("a cell without pixels is labelled and deleted, but not merged; numbers end where results can keep none", async () => {
  const { footprints, ...others } = fakeExtraction({ cells: 2 }), [, second, end] = footprints.starts;
  const starts = Uint32Array.of(0, second, end, end), wide = fakeExtraction({ cells: 3 });
  const before: Extraction = {
    ...others,
    traces: wide.traces,
    footprints: { ...footprints, count: 3, starts },
    numbers: Uint32Array.of(0, 1, LARGEST_NUMBER),
  };
  const merge = { action: "merge", cells: [0, LARGEST_NUMBER] };
  await refused(before, merge, /^Cell 2147483647 cannot be merged: the footprint has no pixels$/);
  assert.equal((await made(before, { action: "delete", cells: [LARGEST_NUMBER] })).footprints.count, 2);
  assert.throws(
    () => nextNumber(before),
    /^ParameterError: No new cell can be made: no number is left above 2147483647/,
  );
});

Deno.test("a replay without the movie makes the edits that need none, and says so of others", async () => {
  const before = fakeExtraction({ cells: 5 });
  const after = await made(before, { action: "reject", cells: [1] }, { action: "merge", cells: [2, 0] }, {
    action: "delete",
    cells: [3],
  });
  assert.deepEqual(await replayEdits(before, after.edits!, options), after);
  const log = after.edits!.map((logged) => ({ ...logged, refitted: true }));
  await assert.rejects(replayEdits(before, log, options), MovieError);
});
