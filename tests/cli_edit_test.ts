/** `annulus edit`: on results that have a movie, and on results that have none. */
import assert from "node:assert/strict";
import { edit } from "../src/cli/edit.ts";
import { cellNumbers } from "../src/core/extraction.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { backendTest } from "./backends.ts";
import { namesIn, ran, refused, writeMovieFile } from "./cli_commands.ts";
import { overlappingPairs, results } from "./edit_setting.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

const ON_CPU = ["--backend", "cpu"];

backendTest(
  "edits in the order of the command line are logged, undone and replayed, and the recording is left alone",
  async () => {
    const { movie: { source }, extraction } = await results();
    const [{ a, b }] = overlappingPairs(extraction);
    await inTemporary(async (folder) => {
      const path = `${folder}/results.h5`, movie = await writeMovieFile(`${folder}/movie.tif`, source);
      const named = { ...extraction, movie: { ...extraction.movie, files: [{ path: movie, bytes: 0, frames: 500 }] } };
      await saveResults(path, named);
      const { record, text } = await ran(
        edit,
        folder,
        ...ON_CPU,
        "--reject",
        "2,C003",
        "--merge",
        `${a.number},${b.number}`,
        "--delete",
        "5",
      );
      assert.deepEqual(record.made.map(({ edit }: { edit: { action: string } }) => edit.action), [
        "reject",
        "merge",
        "delete",
      ]);
      assert.match(text, /^Cells 2 and 3 set aside\nCells .* merged into cell/);
      const edited = await loadResults(path);
      assert.equal(edited.footprints.count, extraction.footprints.count - 2);
      assert(edited.edits!.every(({ time }) => time !== undefined && !Number.isNaN(Date.parse(time))));
      assert(edited.edits!.slice(1).every(({ refitted }) => refitted));
      assert.deepEqual(namesIn(folder), ["movie.tif", "results.h5", "results.original.h5"]);

      const log = await ran(edit, folder, "--log");
      assert.match(log.text, /^ {2}1 .*--reject 2,3 {2}Cells 2 and 3 set aside\n {2}2 .*--merge/);
      const json = `${folder}/log.json`, copy = `${folder}/copy.h5`, original = `${folder}/results.original.h5`;
      await Deno.writeTextFile(json, JSON.stringify(log.record));
      await ran(edit, original, ...ON_CPU, "--replay", json, "--out", copy);
      assert.deepEqual(
        { ...await loadResults(copy), timings: [] },
        { ...edited, timings: [] },
        "a replay gives the same to the last bit",
      );

      const undone = await ran(edit, folder, ...ON_CPU, "--undo", "2");
      assert.deepEqual(undone.record.undone.map(({ edit }: { edit: { action: string } }) => edit.action), [
        "merge",
        "delete",
      ]);
      const back = await loadResults(path);
      assert.deepEqual([back.traces, back.footprints, back.b0], [
        extraction.traces,
        extraction.footprints,
        extraction.b0,
      ]);
      assert.deepEqual(back.edits, edited.edits!.slice(0, 1));
      await refused(2, /^There is only 1 edit to undo$/, edit, folder, ...ON_CPU, "--undo", "2");
      const { width, height, frames } = source.header,
        another = simulate({ width, height, frames, cells: 9, seed: 99 });
      const other = await writeMovieFile(`${folder}/other.tif`, another.source);
      await refused(3, /it is another movie$/, edit, folder, other, ...ON_CPU, "--delete", "1");
      assert.deepEqual((await loadResults(path)).edits, back.edits, "a refused edit changed the results");
    });
  },
);

Deno.test("without the movie labels, merges and deletes are made, and said to be; split and add are refused", async () => {
  await inTemporary(async (folder) => {
    const path = `${folder}/results.h5`, plain = fakeExtraction({ cells: 6 });
    await saveResults(path, plain);
    const rejected = await ran(edit, path, ...ON_CPU, "--reject", "1");
    assert.deepEqual([rejected.notices, rejected.record.accepted, rejected.record.cells], [[], 5, 6]);
    const { notices, text } = await ran(edit, path, ...ON_CPU, "--merge", "2,3", "--delete", "0");
    assert.match(notices[0], /without it, neighbours are not updated$/);
    assert.match(text, /^Cells 2 and 3 merged into cell 2 from their stored traces, because the movie was not there/);
    assert.deepEqual([...cellNumbers(await loadResults(path))], [1, 2, 4, 5]);
    for (const [flag, value] of [["--split", "1"], ["--add", "3,3"]]) {
      await refused(3, /movie/, edit, path, ...ON_CPU, flag, value);
    }
    const before = await Deno.readFile(path);
    await ran(edit, path, ...ON_CPU, "--restore", "1", "--out", `${folder}/copy.h5`);
    assert.deepEqual(await Deno.readFile(path), before, "--out leaves the results as they are");
    await refused(5, /already something at .*copy\.h5/, edit, path, "--restore", "1", "--out", `${folder}/copy.h5`);
    // A copy can be undone, too: what was there before its first edit is beside it.
    await ran(edit, `${folder}/copy.h5`, ...ON_CPU, "--undo", "4");
    assert.deepEqual((await loadResults(`${folder}/copy.h5`)).traces, plain.traces);
    await Deno.remove(`${folder}/results.original.h5`);
    await refused(
      5,
      /^The results as they were before their edits are not at .*nothing can be undone$/,
      edit,
      path,
      "--undo",
      "1",
    );
  });
});

Deno.test("two edits of the same results at once: none is lost unsaid, and the original is kept", async () => {
  for (let round = 0; round < 5; round++) {
    await inTemporary(async (folder) => {
      const path = `${folder}/results.h5`, before = fakeExtraction({ cells: 4 });
      await saveResults(path, before);
      const jobs = [0, 1, 2, 3].map((cell) => ran(edit, path, ...ON_CPU, "--reject", `${cell}`));
      const ended = await Promise.allSettled(jobs), { quality, edits } = await loadResults(path);
      const made = ended.flatMap(({ status }, cell) => status === "fulfilled" ? [cell] : []);
      assert(made.length > 0);
      assert.deepEqual([...quality!.accepted!].flatMap((accepted, cell) => accepted ? [] : [cell]), made);
      assert.equal(edits!.length, made.length);
      for (const end of ended) {
        if (end.status === "rejected") {
          assert.match(`${end.reason}`, /^ResultsError: Cannot write .*changed or moved.*try again$/);
        }
      }
      assert.deepEqual(await loadResults(`${folder}/results.original.h5`), before);
      assert.deepEqual(namesIn(folder), ["results.h5", "results.original.h5"]);
    });
  }
});

Deno.test("edit refuses what it cannot do, in one sentence", async () => {
  await inTemporary(async (folder) => {
    const path = `${folder}/results.h5`;
    await saveResults(path, fakeExtraction({ cells: 3 }));
    const before = await Deno.readFile(path);
    await refused(2, /needs results/, edit);
    await refused(2, /needs an edit/, edit, path);
    await refused(2, /do not go together/, edit, path, "--undo", "1", "--reject", "1");
    await refused(2, /--reject has "x", which is no cell's number/, edit, path, "--reject", "x");
    await refused(2, /--add has "-3", but whole numbers/, edit, path, "--add=-3,4");
    await refused(2, /a column and a row are needed/, edit, path, "--add", "3");
    await refused(2, /--split is 1,2, but it takes one cell/, edit, path, "--split", "1,2");
    await refused(
      2,
      /^Cell 8 does not exist: the 3 cells have numbers from 0 to 2$/,
      edit,
      path,
      ...ON_CPU,
      "--reject",
      "8",
    );
    await refused(2, /^There are no edits to undo$/, edit, path, ...ON_CPU, "--undo", "1");
    await refused(2, /--undo is -1, but/, edit, path, ...ON_CPU, "--undo=-1");
    await refused(5, /holds no edits$/, edit, path, ...ON_CPU, "--replay", path);
    await refused(5, /./, edit, `${folder}/missing.h5`, ...ON_CPU, "--reject", "1");
    assert.equal((await ran(edit, path, "--log")).text, "No edits were made");
    // All or none: the second edit is refused, so the first one is not made.
    await refused(2, /^Cell 8 does not exist/, edit, path, ...ON_CPU, "--reject", "1", "--delete", "8");
    assert.deepEqual(await Deno.readFile(path), before);
    assert.deepEqual(namesIn(folder), ["results.h5"]);
  });
});
