/** Known cells added to a movie: how many are found again. */
import assert from "node:assert/strict";
import { extract } from "../src/cnmfe/extract.ts";
import { ParameterError } from "../src/core/errors.ts";
import { resolveParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { typicalDecay } from "../src/quality/decay.ts";
import { injectedRecall } from "../src/quality/injected_recall.ts";
import { backends, backendTest } from "./backends.ts";
import { simulated } from "./cnmfe_setting.ts";
import { fakeExtraction } from "./fake_extraction.ts";

backendTest(
  "bright added cells are found again and accepted, every bin has as many, and the same seed gives the same answer",
  async () => {
    const compute = (await backends()).at(-1)!, memoryBytes = 5e8;
    const { source } = await simulated({ width: 88, height: 80, frames: 300, cells: 5, seed: 51 });
    let closed = 0;
    const movie: MovieSource = { ...source, close: () => closed++ };
    const found = await extract(movie, resolveParameters({ max_iterations: 0 }, movie.header), {
      compute,
      memoryBytes,
    });
    const told: number[] = [], parameters = resolveQualityParameters();
    const recall = await injectedRecall(movie, found, parameters, {
      compute,
      memoryBytes,
      cells: 15,
      seed: 4,
      progress: ({ fraction }) => told.push(fraction),
    });
    assert.deepEqual([recall.cells, recall.seed, closed], [15, 4, 0]);
    assert.deepEqual(recall.bins.map(({ added }) => added), [3, 3, 3, 3, 3], "every bin has as many");
    assert.deepEqual(recall.bins.map(({ from }) => from), [1.5, 3, 5, 7.5, 10]);
    const bright = recall.bins.slice(2);
    assert.ok(
      bright.every(({ added, found, accepted }) => found === added && accepted === added),
      JSON.stringify(bright),
    );
    assert.ok(recall.bins.every(({ added, found, accepted }) => accepted <= found && found <= added));
    assert.ok(
      told.every((value, i) => i === 0 || value >= told[i - 1]) && Math.abs(told.at(-1)! - 1) < 1e-9,
      String(told),
    );
    assert.deepEqual(
      await injectedRecall(movie, found, parameters, { compute, memoryBytes, cells: 15, seed: 4 }),
      recall,
    );

    // More than find room are fewer; what lies where no cell may be does not count.
    const border = { left: 40, top: 0, right: 0, bottom: 0 };
    const many = await injectedRecall(movie, found, parameters, { compute, memoryBytes, cells: 60, border });
    assert.ok(many.cells > 5 && many.cells < 40, String(many.cells));
    assert.equal(many.bins.reduce((sum, { added }) => sum + added, 0), many.cells);
    assert.ok(many.bins.at(-1)!.found >= many.bins.at(-1)!.added - 1, JSON.stringify(many));
    const small = await simulated({ width: 17, height: 17, frames: 40, cells: 0, margin: 0, seed: 2 });
    const nothing = { ...fakeExtraction({ width: 17, height: 17, frames: 40, cells: 0 }), frameRate: 10 };
    const none = await injectedRecall(small.source, nothing, parameters, { compute, memoryBytes, cells: 9 });
    assert.deepEqual([none.cells, none.bins.length, none.bins.every(({ added }) => added === 0)], [0, 5, true]);
    for (const cells of [0, 2.5, NaN]) {
      await assert.rejects(
        injectedRecall(movie, found, parameters, { compute, memoryBytes, cells }),
        (error) => error instanceof ParameterError && /a whole number from 1 is right$/.test(error.message),
      );
    }
  },
);

Deno.test("added cells decay like those that were found", () => {
  const one = fakeExtraction({ arOrder: 1 }), two = fakeExtraction({ arOrder: 2 });
  assert.ok(Math.abs(typicalDecay(one) + 1 / (9.99 * Math.log(0.85))) < 1e-6);
  // z² − 1.4 z + 0.45 has the roots 0.9 and 0.5.
  assert.ok(Math.abs(typicalDecay(two) + 1 / (9.99 * Math.log(0.9))) < 1e-5);
  assert.equal(typicalDecay(fakeExtraction({ arOrder: 0 })), 1);
  assert.equal(typicalDecay(fakeExtraction({ cells: 0 })), 1);
  assert.equal(typicalDecay({ ...one, traces: { ...one.traces, ar: new Float32Array(6).fill(1.2) } }), 1);
});
