/** Edits of results by themselves: what needs no movie asks for none, and traces that are no numbers make no cell. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { packFootprints } from "../src/core/footprints.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { replayEdits } from "../src/edit/replay.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { roundFootprint } from "./cnmfe_setting.ts";

const compute = new CpuCompute({ workers: 0 }), memoryBytes = 3e8;

/** Three cells: 0 and 1 overlap, 2 lies by itself. */
function three(): Extraction {
  const extraction = fakeExtraction({ cells: 3 }), { width, height } = extraction.footprints;
  const places = [[12, 12], [15, 13], [35, 30]].map(([x, y]) => {
    const { pixels, values } = roundFootprint(width, height, x, y, 2);
    const norm = Math.hypot(...values);
    return { pixels, values: values.map((value) => value / norm) };
  });
  return { ...extraction, footprints: packFootprints(width, height, places) };
}

/** A movie that must not be read. */
function unread({ movie }: Extraction): MovieSource {
  return {
    header: { ...movie, sampleType: "uint16" },
    read: () => Promise.reject(new Error("it was read")),
    close() {},
  };
}

Deno.test("a cell that overlaps with no other is deleted without the movie, and so is it once more", async () => {
  const extraction = three();
  const options = { compute, memoryBytes, source: unread(extraction) };
  const { extraction: edited, logged } = await editCells(extraction, { action: "delete", cells: [2] }, options);
  assert.deepEqual([logged.outcome, logged.refitted], ["Cell 2 deleted", false]);
  assert.deepEqual(await replayEdits(extraction, edited.edits!, { compute, memoryBytes }), edited);
  await assert.rejects(editCells(extraction, { action: "delete", cells: [1] }, options), /it was read/);
});

Deno.test("no cell is merged from stored traces that are not numbers", async () => {
  const extraction = three(), raw = extraction.traces.raw.slice();
  raw[extraction.movie.frames + 9] = NaN;
  const broken = { ...extraction, traces: { ...extraction.traces, raw } };
  await assert.rejects(
    editCells(broken, { action: "merge", cells: [0, 1] }, { compute, memoryBytes }),
    (error) =>
      error instanceof ParameterError && /^Cell 1 cannot be merged: the trace holds values/.test(error.message),
  );
  const { logged } = await editCells(extraction, { action: "merge", cells: [0, 1] }, { compute, memoryBytes });
  assert.match(logged.outcome, /^Cells 0 and 1 merged into cell 0 from their stored traces/);
});
