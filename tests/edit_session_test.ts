/** Undo, redo and replay: exact to the last bit. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf, packFootprints } from "../src/core/footprints.ts";
import { adoptQuality } from "../src/edit/adopt_quality.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { replayEdits } from "../src/edit/replay.ts";
import { EditSession } from "../src/edit/session.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { chosenCells } from "../src/traces/chosen_cells.ts";
import { backendTest } from "./backends.ts";
import { cellOf, centreOf, overlappingPairs, results } from "./edit_setting.ts";
import { fakeExtraction } from "./fake_extraction.ts";

const compute = new CpuCompute(), memoryBytes = 500e6;

backendTest("the log made once more on the same results gives the same to the last bit", async () => {
  const { movie: { source }, extraction } = await results(), options = { compute, memoryBytes, source };
  const [{ a, b }] = overlappingPairs(extraction),
    { x, y } = centreOf(cellOf(extraction, 14), extraction.footprints.width);
  const session = new EditSession(extraction, options);
  await session.apply({ action: "merge", cells: [a.number, b.number] }, "2026-01-02T03:04:05Z");
  await session.apply({ action: "reject", cells: [3] });
  await session.apply({ action: "split", cell: a.number });
  await session.apply({ action: "delete", cells: [14] });
  await session.apply({ action: "add", x, y });
  const { edits } = session.extraction;
  assert.equal(edits!.length, 5);
  assert.equal(edits![0].time, "2026-01-02T03:04:05Z");
  // Another memory ceiling gives the same: an edit's chunks do not depend on it.
  const again = await replayEdits(extraction, edits!, { ...options, memoryBytes: 200e6 });
  assert.deepEqual(again, session.extraction);
});

backendTest("undo and redo bring back every state to the last bit", async () => {
  const { movie: { source }, extraction } = await results();
  const session = new EditSession(extraction, { compute, memoryBytes, source }), states: Extraction[] = [extraction];
  const [{ a, b }] = overlappingPairs(extraction);
  for (
    const edit of [
      { action: "reject", cells: [2, 3] },
      { action: "merge", cells: [a.number, b.number] },
      { action: "delete", cells: [5] },
      { action: "select", cells: [0, 2] },
    ] as const
  ) {
    await session.apply(edit);
    states.push(session.extraction);
  }
  const judged = await session.update(
    (now) => ({ ...now, quality: { ...now.quality, rule: "another rule" } }),
    "Judged again",
  );
  assert.equal(judged.outcome, "Judged again");
  states.push(session.extraction);
  assert.equal(session.undoable, 5);
  for (let k = states.length - 2; k >= 0; k--) {
    await session.undo();
    assert.deepEqual(session.extraction, states[k], `state ${k}`);
  }
  assert.equal(await session.undo(), undefined);
  for (let k = 1; k < states.length; k++) {
    await session.redo();
    assert.deepEqual(session.extraction, states[k], `state ${k} again`);
  }
  assert.equal(await session.redo(), undefined);
});

Deno.test("a session tells what changed, one edit after the other, and a refused one changes nothing", async () => {
  const quality = {
    accepted: new Uint8Array(5).fill(1),
    decided: new Uint8Array(5),
    reasons: new Array(5).fill("good"),
  };
  const before = { ...fakeExtraction({ cells: 5 }), quality };
  const session = new EditSession(before, { compute, memoryBytes });
  const [first, second, third] = await Promise.allSettled([
    session.apply({ action: "reject", cells: [1] }),
    session.apply({ action: "delete", cells: [9] }),
    session.apply({ action: "delete", cells: [1] }),
  ]);
  assert.deepEqual(first, { status: "fulfilled", value: { outcome: "Cell 1 set aside", changed: [1], removed: [] } });
  assert.equal(second.status, "rejected");
  assert(third.status === "fulfilled");
  assert.deepEqual(third.value.removed, [1]);
  assert.equal(session.undoable, 2);
  const back = await session.undo();
  assert.deepEqual([back!.changed, back!.removed], [[1], []]);
  assert.match(back!.outcome, /^Undone: cell 1 deleted/);
  await session.apply({ action: "reject", cells: [2] });
  assert.equal(session.redoable, 0, "an edit after an undo ends what could be redone");
});

Deno.test("labels of another rule since the edits stay when an edit is taken back", async () => {
  const before = fakeExtraction({ cells: 4 }), options = { compute, memoryBytes };
  const quality = {
    accepted: Uint8Array.of(1, 1, 1, 1),
    snr: Float32Array.of(1, 2, 3, 4),
    reasons: ["a", "b", "c", "d"],
    rule: "old",
  };
  const original = { ...before, quality };
  const edited = (await editCells(original, { action: "reject", cells: [0] }, options)).extraction;
  const judged: Extraction = {
    ...edited,
    quality: {
      ...edited.quality,
      accepted: Uint8Array.of(0, 0, 1, 1),
      reasons: ["set aside by a person", "low", "c", "d"],
      rule: "new",
    },
  };
  const { quality: adopted } = adoptQuality(original, judged);
  assert.deepEqual(
    adopted!.accepted,
    Uint8Array.of(1, 0, 1, 1),
    "cell 0 is as before the edit, cell 1 as judged since",
  );
  assert.deepEqual(adopted!.reasons, ["a", "low", "c", "d"]);
  assert.equal(adopted!.rule, "new");
});

Deno.test("the copy of a cell that is no more after an undo is nobody's copy", async () => {
  const original = fakeExtraction({ cells: 3 }), options = { compute, memoryBytes };
  const edited = (await editCells(original, { action: "merge", cells: [0, 1] }, options)).extraction;
  const judged: Extraction = {
    ...edited,
    numbers: Uint32Array.of(2, 9),
    footprints: packFootprints(original.footprints.width, original.footprints.height, [
      footprintOf(original.footprints, 2),
      footprintOf(edited.footprints, 0),
    ]),
    traces: chosenCells(original, [2, 0]).traces,
    quality: {
      accepted: Uint8Array.of(0, 1),
      snr: Float32Array.of(4, 8),
      duplicateOf: Int32Array.of(9, -1),
      duplicateCosine: Float32Array.of(0.9, 0),
      duplicateCorrelation: Float32Array.of(0.8, 0),
      reasons: ["set aside: it is a second copy of cell 9", "accepted"],
      rule: "new",
    },
  };
  const { quality } = adoptQuality(original, judged);
  assert.equal(quality!.snr![2], 4, "what was measured of cell 2 is taken over");
  assert.deepEqual(
    [quality!.duplicateOf![2], quality!.duplicateCosine![2], quality!.duplicateCorrelation![2]],
    [-1, 0, 0],
  );
  assert.equal(quality!.accepted![2], 1, "it was set aside for a cell that is not there");
  assert.equal(quality!.reasons![2], "not judged");
});
