/** What is decided in the viewer is saved, can be undone, and harms nothing that was there. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { extract } from "../src/cnmfe/extract.ts";
import { resolveParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { acceptCells } from "../src/quality/accept.ts";
import { measureQuality } from "../src/quality/measure.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { simulate } from "../src/simulation/simulate.ts";
import type { CellMessage, EditedMessage, SavedMessage, SessionMessage } from "../src/viewer/messages.ts";
import { namesIn } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { type AskedViewer, MEMORY, withResultsViewer } from "./viewer_setting.ts";

async function saved({ get }: AskedViewer): Promise<void> {
  const message: SavedMessage = await get("/api/saved");
  assert.deepEqual(message, { saved: true });
}

Deno.test("an edit is in the file a moment later, the untouched results beside it; an undo takes it out", async () => {
  const extraction = fakeExtraction();
  await withResultsViewer(extraction, async (viewer) => {
    const { get, file } = viewer, original = join(dirname(file), "results.original.h5");
    const rejected: EditedMessage = await get("/api/edit", { action: "reject", cells: [4, 1] });
    assert.equal(rejected.outcome, "Cells 1 and 4 set aside");
    // Nobody had judged the cells: now all of them are.
    const labels = Array.from({ length: 6 }, (_, k) => k === 1 || k === 4 ? [k, false, true] : [k, true, false]);
    assert.deepEqual(
      rejected.changed.map(({ number, accepted, decided }) => [number, accepted, decided]),
      labels,
    );
    assert.deepEqual([rejected.removed, rejected.session.undo, rejected.session.redo], [[], 1, 0]);
    assert.equal(rejected.session.saved, false);
    await saved(viewer);
    const file1 = await loadResults(file);
    assert.deepEqual([...file1.quality!.accepted!], [1, 0, 1, 1, 0, 1]);
    assert.deepEqual(file1.edits!.map(({ edit }) => edit), [{ action: "reject", cells: [4, 1] }]);
    assert.match(file1.edits![0].time!, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(await loadResults(original), extraction);

    const kept = await Deno.readFile(original);
    const deleted: EditedMessage = await get("/api/edit", { action: "delete", cells: [0] });
    assert.deepEqual(deleted.removed, [0]);
    assert.deepEqual((await get("/api/cells")).map(({ number }: CellMessage) => number), [1, 2, 3, 4, 5]);
    await saved(viewer);
    assert.equal((await loadResults(file)).footprints.count, 5);

    for (const left of [1, 0]) {
      const undone: EditedMessage = await get("/api/undo", {});
      assert.match(undone.outcome, /^Undone: /);
      assert.deepEqual([undone.session.undo, undone.session.redo], [left, 2 - left]);
    }
    await saved(viewer);
    assert.deepEqual(await loadResults(file), await loadResults(original));
    for (let i = 0; i < 2; i++) await get("/api/redo", {});
    await saved(viewer);
    const again = await loadResults(file);
    assert.deepEqual([again.footprints.count, again.edits!.length], [5, 2]);
    assert.deepEqual(await Deno.readFile(original), kept, "never replaced");
    assert.deepEqual(namesIn(dirname(file)), ["results.h5", "results.original.h5"]);
  });
});

Deno.test("what cannot be done is refused in one sentence, and changes nothing", async () => {
  await withResultsViewer(fakeExtraction(), async ({ get, refusal, file }) => {
    const before = await Deno.readFile(file);
    for (
      const edit of [
        { action: "reject", cells: [99] },
        { action: "reject", cells: [] },
        { action: "merge", cells: [1] },
        { action: "split", cell: 2 },
        { action: "add", x: 10, y: 10 },
        { action: "add", x: 4000, y: 10 },
      ]
    ) {
      const { status, error } = await refusal("/api/edit", edit);
      assert.equal(status, 422, `${JSON.stringify(edit)}: ${error}`);
      assert(!/\n|undefined|\[object|This is an error/.test(error), error);
    }
    assert.deepEqual(await refusal("/api/undo", {}), { status: 409, error: "There is nothing to undo" });
    assert.deepEqual(await refusal("/api/redo", {}), { status: 409, error: "There is nothing to redo" });
    const { status, error } = await refusal("/api/thresholds", { min_SNR: 3 });
    assert.equal(status, 422);
    assert.match(error, /measure/);
    const session: SessionMessage = await get("/api/session");
    assert.deepEqual([session.undo, session.saved, session.edits], [0, true, []]);
    assert.deepEqual(await Deno.readFile(file), before);
  });
});

Deno.test("quick decisions are one or two writes, in their order; closing saves at once", async () => {
  const extraction = fakeExtraction({ cells: 30, frames: 300 });
  let path = "", last = "";
  await withResultsViewer(extraction, async (viewer) => {
    const { get, file } = viewer;
    const versions = new Set<string>();
    const edits = Array.from({ length: 30 }, (_, k) => get("/api/edit", { action: "reject", cells: [k] }));
    const watch = setInterval(() => versions.add(String(Deno.statSync(file).ino)), 5);
    await Promise.all(edits);
    await saved(viewer);
    clearInterval(watch);
    assert(versions.size <= 4, `${versions.size} versions of the file were seen`);
    const { edits: log, quality } = await loadResults(file);
    assert.deepEqual(log!.map(({ edit }) => "cells" in edit ? edit.cells[0] : -1).sort((a, b) => a - b), [
      ...Array(30).keys(),
    ]);
    assert(quality!.accepted!.every((one) => one === 0));
    // The last one is not waited for: closing writes it.
    last = (await get("/api/edit", { action: "restore", cells: [7] })).outcome;
    path = join(dirname(dirname(file)), `viewer-close-${Deno.pid}.h5`);
    const { served } = viewer;
    await served.close();
    await Deno.copyFile(file, path);
  });
  const { quality, edits } = await loadResults(path);
  await Deno.remove(path);
  assert.deepEqual([edits!.length, edits!.at(-1)!.outcome, quality!.accepted![7]], [31, last, 1]);
});

Deno.test("a file that something else changed meanwhile is not written over", async () => {
  await withResultsViewer(fakeExtraction(), async ({ get, file }) => {
    const other = fakeExtraction({ seed: 9 });
    await saveResults(file, other);
    await get("/api/edit", { action: "reject", cells: [2] });
    const message: SavedMessage = await get("/api/saved"), beside = file.replace(".h5", ".viewer.h5");
    assert.equal(message.saved, true);
    assert.match(message.saveProblem!, /was changed or moved by something else meanwhile.*results\.viewer\.h5$/);
    assert.deepEqual(await loadResults(file), other);
    assert.equal((await loadResults(beside)).quality!.accepted![2], 0);
    await get("/api/edit", { action: "reject", cells: [3] });
    await get("/api/saved");
    assert.equal((await loadResults(beside)).quality!.accepted![3], 0);
    assert.deepEqual(namesIn(dirname(file)), ["results.h5", "results.viewer.h5", "results.viewer.original.h5"]);
  });
});

Deno.test({
  name: "what cannot be written is told, kept, and written when it can be",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withResultsViewer(fakeExtraction(), async ({ get, file }) => {
      // The partial file cannot be made where a folder has its name.
      const partial = `${file}.partial-${Deno.pid}`;
      await Deno.mkdir(join(partial, "full"), { recursive: true });
      await get("/api/edit", { action: "reject", cells: [2] });
      const failed: SavedMessage = await get("/api/saved");
      assert.equal(failed.saved, false);
      assert.match(failed.saveProblem!, /^The results could not be saved: .*results\.h5/);
      assert.equal((await get("/api/session")).saveProblem, failed.saveProblem);
      await Deno.remove(partial, { recursive: true });
      await get("/api/edit", { action: "reject", cells: [3] });
      assert.deepEqual(await get("/api/saved"), { saved: true });
      assert.deepEqual([...(await loadResults(file)).quality!.accepted!], [1, 1, 0, 0, 1, 1]);
    });
  },
});

Deno.test("with the movie cells are merged and added, thresholds judge all of them, and everything is undone exactly", async () => {
  const { source } = simulate({ width: 60, height: 52, frames: 240, cells: 6, seed: 5 }), compute = new CpuCompute();
  const parameters = resolveParameters({ gSig: 3 }, source.header), options = { compute, memoryBytes: MEMORY };
  const found = await extract(source, parameters, options);
  const measured = await measureQuality(source, found, resolveQualityParameters(), options);
  compute.destroy();
  const extraction = { ...found, ...measured }, K = found.footprints.count;
  assert(K >= 4);
  await withResultsViewer(extraction, async (viewer) => {
    const { get, file } = viewer;
    const { hasMovie, thresholds }: SessionMessage = await get("/api/session");
    assert.deepEqual([hasMovie, thresholds], [true, extraction.quality.thresholds]);
    const [first]: CellMessage[] = await get("/api/cells");
    const strict: EditedMessage = await get("/api/thresholds", { min_SNR: 900, rval_thr: 1 });
    assert.match(strict.outcome, new RegExp(`^Cells judged at min_SNR 900, rval_thr 1: 0 of ${K} accepted$`));
    assert(strict.changed.length > 0 && strict.changed.every(({ accepted }) => accepted === false));
    await saved(viewer);
    const judged = await loadResults(file), limits = resolveQualityParameters({ min_SNR: 900, rval_thr: 1 });
    assert.deepEqual(judged.quality, acceptCells(extraction.quality, extraction, limits));
    await get("/api/undo", {});

    const merged: EditedMessage = await get("/api/edit", { action: "merge", cells: [0, 1] });
    assert.deepEqual(merged.removed, [1]);
    const cell = merged.changed.find(({ number }) => number === 0)!;
    assert(cell.contour.length > 0 && cell.quality.snr !== null, "what needs no movie is measured again");
    await get("/api/undo", {});
    await get("/api/edit", { action: "delete", cells: [0] });
    const place = { x: Math.round(first.x), y: Math.round(first.y) };
    const added: EditedMessage = await get("/api/edit", { action: "add", ...place });
    assert(added.changed.some(({ number }) => number === K), "the new cell has a number of its own");
    await saved(viewer);
    const after = await loadResults(file), row = after.footprints.count - 1;
    assert.deepEqual(after.edits!.map(({ edit }) => edit.action), ["delete", "add"]);
    // Its trace is what is shown.
    const { cells: [trace] } = await get(`/api/traces?cells=${K}&points=240`);
    const raw = after.traces.raw.subarray(row * 240, (row + 1) * 240), most = raw.reduce((a, b) => Math.max(a, b));
    assert(Math.abs(Math.max(...trace.raw.high) - most) <= most / 10_000);
    for (let i = 0; i < 2; i++) await get("/api/undo", {});
    await saved(viewer);
    const { traces, footprints, quality } = await loadResults(file);
    assert.deepEqual([traces, footprints, quality], [extraction.traces, extraction.footprints, extraction.quality]);
  }, source);
});
