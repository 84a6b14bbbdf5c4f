/** What is kept of results before their first edit, and logs that are read. */
import assert from "node:assert/strict";
import { editCells } from "../src/edit/edit_cells.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { keepOriginal, loadEdits, loadOriginal, measureEdited, originalPath } from "../src/results/edits.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { namesIn } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary, message } from "./results_setting.ts";

const options = { compute: new CpuCompute(), memoryBytes: 500e6 };

Deno.test("results are kept before their first edit, once, and loaded again", async () => {
  await inTemporary(async (folder) => {
    const path = `${folder}/results.h5`, first = fakeExtraction({ cells: 4 });
    await saveResults(path, first);
    assert.equal(originalPath(path), `${folder}/results.original.h5`);
    assert.match(
      await message(loadOriginal(path)),
      /^The results as they were before their edits are not at .*original\.h5/,
    );
    assert.equal(await keepOriginal(path, first), undefined);
    const { extraction } = await editCells(first, { action: "delete", cells: [2] }, options);
    await saveResults(path, extraction);
    const loaded = await loadResults(path), kept = await Deno.readFile(originalPath(path));
    assert.deepEqual(loaded.edits, extraction.edits);
    assert.equal(await keepOriginal(path, loaded), undefined);
    assert.deepEqual(await Deno.readFile(originalPath(path)), kept, "what is kept was written again");
    assert.deepEqual((await loadOriginal(path)).footprints, first.footprints);
    // All edits taken back: the same results are kept already.
    assert.equal(await keepOriginal(path, first), undefined);
    assert.deepEqual(namesIn(folder), ["results.h5", "results.original.h5"]);
  });
});

Deno.test("what was kept for other results is renamed, never overwritten", async () => {
  await inTemporary(async (folder) => {
    const path = `${folder}/results.h5`, runs = [1, 2, 3].map((seed) => fakeExtraction({ cells: 3, seed }));
    assert.equal(await keepOriginal(path, runs[0]), undefined);
    assert.equal(await keepOriginal(path, runs[1]), `${folder}/results.original.1.h5`);
    assert.equal(await keepOriginal(path, runs[2]), `${folder}/results.original.2.h5`);
    const names = ["results.original.1.h5", "results.original.2.h5", "results.original.h5"];
    assert.deepEqual(namesIn(folder), names);
    for (const [k, name] of names.entries()) {
      assert.deepEqual((await loadResults(`${folder}/${name}`)).traces, runs[k].traces);
    }
  });
});

Deno.test("a log is read from results and from JSON, and what is none is refused", async () => {
  await inTemporary(async (folder) => {
    const { extraction, logged } = await editCells(fakeExtraction(), { action: "reject", cells: [1] }, options);
    await saveResults(`${folder}/a.h5`, extraction);
    await saveResults(`${folder}/none.h5`, fakeExtraction());
    assert.deepEqual(await loadEdits(`${folder}/a.h5`), [logged]);
    assert.deepEqual(await loadEdits(`${folder}/none.h5`), []);
    const json = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}.json`, text);
      return loadEdits(`${folder}/${name}.json`);
    };
    assert.deepEqual(await json("list", JSON.stringify([logged])), [logged]);
    assert.deepEqual(await json("record", JSON.stringify({ event: "result", edits: [logged] })), [logged]);
    assert.match(await message(json("broken", "{")), /^Cannot read the edits in .*broken\.json: it is not JSON$/);
    assert.match(await message(json("empty", "{}")), /it holds no list of edits$/);
    for (
      const wrong of [1, null, {}, { ...logged, edit: { action: "reject", cells: ["x"] } }, { ...logged, refitted: 1 }]
    ) {
      assert.match(await message(json("wrong", JSON.stringify([logged, wrong]))), /entry 2 is no logged edit$/);
    }
    assert.match(await message(loadEdits(`${folder}/missing.json`)), /^Cannot read the edits in /);
  });
});

Deno.test("changed cells are measured again where the others were measured, and only then", async () => {
  const plain = { ...fakeExtraction({ cells: 4, frames: 400 }) }, K = 4;
  const edit = { action: "merge", cells: [0, 1] } as const, measuring = { ...options, measure: measureEdited };
  const { extraction: unmeasured } = await editCells({ ...plain, quality: {} }, edit, measuring);
  assert.equal(unmeasured.quality?.snr, undefined);
  const of = (value: number) => new Float32Array(K).fill(value);
  const quality = {
    ...{ snr: of(3), rValue: of(0.5), size: of(9), eccentricity: of(0), border: of(0) },
    ...{ duplicateOf: new Int32Array(K).fill(-1), duplicateCosine: of(0), duplicateCorrelation: of(0) },
    ...{ varianceShare: of(0.5), ringFit: of(0.5), combined: of(0.5) },
  };
  const unknown = (await editCells({ ...plain, quality }, edit, options)).extraction.quality!;
  assert.deepEqual(unknown.snr, Float32Array.of(NaN, 3, 3));
  const { extraction: measured } = await editCells({ ...plain, quality }, edit, measuring);
  const { snr, rValue, size } = measured.quality!;
  assert(snr![0] > 0 && snr![0] !== 3);
  assert.deepEqual(snr!.slice(1), Float32Array.of(3, 3));
  assert.deepEqual(rValue, Float32Array.of(NaN, 0.5, 0.5), "what needs the movie is unknown");
  assert(size![0] > 20 && size![0] <= measured.footprints.starts[1]);
});
