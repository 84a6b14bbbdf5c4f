/** `annulus evaluate`: thresholds change without the movie, measuring needs it, and nothing but the quality changes. */
import assert from "node:assert/strict";
import { evaluate } from "../src/cli/evaluate.ts";
import { givenInjection, progressParts } from "../src/cli/evaluation.ts";
import { run } from "../src/cli/run.ts";
import { score } from "../src/cli/score.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { exportResults } from "../src/results/export.ts";
import { saveTruth } from "../src/results/truth.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { namesIn, ran, refused, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

const LOOSE = ["--min_corr", "0.3", "--min_pnr", "2.2", "--max_iterations", "0", "--motion", "off", "--backend", "cpu"];

Deno.test({
  name: "run judges its cells, evaluate judges them anew, score says how well",
  // The devices of this process stay open.
  sanitizeResources: false,
  sanitizeOps: false,
  fn: () =>
    inTemporary(async (folder) => {
      const { source, truth } = simulate({ width: 64, height: 56, frames: 300, cells: 7, seed: 9 });
      const movie = await writeMovieFile(`${folder}/movie.tif`, source), results = `${folder}/results`;
      const file = `${results}/results.h5`;
      await saveTruth(`${folder}/truth.h5`, truth);
      const first = await ran(run, movie, "--out", results, "--inject", "5", ...LOOSE);
      const made = await loadResults(file), K = made.footprints.count, { quality, fieldQuality } = made;
      const accepted = quality!.accepted!.reduce((sum, value) => sum + value, 0);
      assert.deepEqual([first.record.cells, first.record.accepted], [K, accepted]);
      assert.ok(accepted >= 5 && accepted < K, `${accepted} of ${K}`);
      assert.ok(first.text.includes(`${accepted} of ${K} cells accepted`), first.text);
      assert.equal(quality!.reasons!.length, K);
      assert.deepEqual(made.timings.slice(-2).map(({ stage }) => stage), ["evaluation", "known cells"]);
      assert.deepEqual(first.record.recall, fieldQuality!.recall);
      const { bins, cells } = fieldQuality!.recall!;
      assert.equal(bins.reduce((sum, { added }) => sum + added, 0), cells);
      assert.ok(bins.at(-1)!.added > 0 && bins.at(-1)!.found === bins.at(-1)!.added, "the brightest are found again");

      // Without the movie: everything but what was decided is as it was.
      await Deno.rename(movie, `${folder}/elsewhere.tif`);
      const strict = await ran(evaluate, results, "--min_SNR", "900", "--rval_thr", "1");
      assert.deepEqual([strict.record.accepted, strict.record.measured], [0, false]);
      assert.match(strict.text, /C000 set aside: SNR [\d.]+ is below 900 \(min_SNR\)/);
      assert.equal(strict.notices.filter((text) => /still hold the cells' earlier states/.test(text)).length, 1);
      const after = await loadResults(file),
        { accepted: _, reasons: __, rule: ___, thresholds, ...same } = after.quality!;
      const { accepted: _a, reasons: _b, rule: _c, thresholds: before, ...measures } = quality!;
      assert.deepEqual([{ ...after, quality: same }, thresholds], [
        { ...made, quality: measures },
        { ...before, min_SNR: 900, rval_thr: 1 },
      ]);
      // What is not given stays as it was; the first thresholds give the first answer.
      const back = await ran(evaluate, file, "--min_SNR", String(before!.min_SNR));
      assert.equal(back.record.thresholds.rval_thr, 1);
      await ran(evaluate, file, "--rval_thr", String(before!.rval_thr));
      assert.deepEqual(await loadResults(file), made);

      // Measuring again needs the movie, and finds the same.
      await refused(3, /nor beside them: say where it is/, evaluate, results, "--again", "--backend", "cpu");
      const again = await ran(evaluate, results, `${folder}/elsewhere.tif`, "--backend", "cpu", "--verbose");
      assert.ok(again.record.measured && again.text.includes("accepted: "), again.text);
      const repeated = await loadResults(file);
      assert.deepEqual(repeated.quality, made.quality);
      assert.deepEqual(repeated.fieldQuality, made.fieldQuality, "the recall is kept");
      assert.deepEqual(namesIn(results), namesIn(results).filter((name) => !name.startsWith(".")));

      const scored = await ran(score, results, `${folder}/truth.h5`);
      assert.equal(scored.record.quality.length, 2);
      assert.ok(scored.record.quality[1].accepted.precision >= 0.99, JSON.stringify(scored.record.quality));
      assert.match(scored.text, /ROC area: SNR/);
    }),
});

/** Results that look as if they had been evaluated. */
function evaluated(cells: number): Extraction {
  const extraction = fakeExtraction({ cells }), of = (value: number) => new Float32Array(cells).fill(value);
  return {
    ...extraction,
    quality: {
      ...{ snr: of(6), rValue: of(0.9), size: of(90), combined: of(0.7), duplicateCosine: of(0) },
      ...{ duplicateCorrelation: of(0), duplicateOf: new Int32Array(cells).fill(-1) },
      decided: Uint8Array.from({ length: cells }, (_, k) => k === 1 ? 1 : 0),
      accepted: new Uint8Array(cells),
    },
  };
}

Deno.test("what cannot be evaluated is told in one sentence, and nothing is changed", () =>
  inTemporary(async (folder) => {
    const file = `${folder}/results.h5`;
    await saveResults(file, evaluated(3));
    const bytes = await Deno.readFile(file);
    await refused(2, /annulus evaluate needs results/, evaluate);
    await refused(2, /SNR_lowest 9 contradicts min_SNR 3/, evaluate, file, "--min_SNR", "3", "--SNR_lowest", "9");
    await refused(2, /min_SNR/, evaluate, file, "--min_SNR", "much");
    await refused(2, /--inject is 0, but it has to be a whole number from 1/, evaluate, file, "--inject", "0");
    await refused(2, /--inject_seed has no effect/, evaluate, file, "--inject_seed", "3");
    await refused(5, /There is already something at/, evaluate, file, "--out", file);
    await refused(3, /fake µ movie\.tif/, evaluate, file, "--again", "--backend", "cpu");
    assert.deepEqual(await Deno.readFile(file), bytes);

    // Another program's file is not changed.
    const theirs = `${folder}/caiman.hdf5`;
    await exportResults(theirs, evaluated(3), "caiman");
    const their = await Deno.readFile(theirs);
    await refused(2, /was written by another program/, evaluate, theirs);
    await ran(evaluate, file, "--out", `${folder}/other.h5`, "--min_SNR", "7", "--rval_thr", "0.95");
    assert.deepEqual(Array.from((await loadResults(`${folder}/other.h5`)).quality!.accepted!), [0, 0, 0]);
    assert.deepEqual([await Deno.readFile(theirs), await Deno.readFile(file)], [their, bytes]);
  }));

Deno.test("no cell, one cell, and a person's decision", () =>
  inTemporary(async (folder) => {
    const file = `${folder}/results.h5`;
    await saveResults(file, evaluated(0));
    assert.match((await ran(evaluate, file)).text, /^There are no cells\n/);
    await saveResults(file, evaluated(1));
    assert.match((await ran(evaluate, file)).text, /^The cell is accepted\n/);
    await saveResults(file, evaluated(3));
    const { record, text } = await ran(evaluate, file);
    assert.deepEqual([record.accepted, record.changed], [2, ["C000", "C002"]]);
    assert.match(text, /^2 of 3 cells accepted/);
    assert.match(text, /C001 set aside by a person/);
  }));

Deno.test("the parts of a run's progress follow one another up to the end", () => {
  for (const injection of [undefined, { cells: 3, seed: 1 }]) {
    const told: number[] = [],
      { extraction, evaluation, injection: known } = progressParts(
        ({ fraction }) => told.push(fraction),
        injection,
      );
    for (const part of [extraction, evaluation, ...(injection ? [known] : [])]) {
      for (const fraction of [0, 0.5, 1]) part({ stage: "some", fraction });
    }
    assert.ok(
      told.every((value, i) => i === 0 || value >= told[i - 1]) && told[0] === 0 && told.at(-1) === 1,
      String(told),
    );
  }
  assert.deepEqual(givenInjection({ inject: "40" }), { cells: 40, seed: 1 });
  assert.deepEqual(givenInjection({ inject: "40", inject_seed: "0" }), { cells: 40, seed: 0 });
  assert.equal(givenInjection({}), undefined);
});
