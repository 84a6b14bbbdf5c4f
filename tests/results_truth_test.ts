import assert from "node:assert/strict";
import { ResultsError } from "../src/core/errors.ts";
import { loadTruth, saveTruth } from "../src/results/truth.ts";
import { simulate } from "../src/simulation/simulate.ts";

Deno.test("a truth file reads back to the same values, and two are byte-identical", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kinds = [
      { ar_order: 1, cells: 7 },
      { ar_order: 2, cells: 3 },
      { ar_order: 1, cells: 0 },
      { cells: 4, motion_rigid: 2 },
      { cells: 4, motion_rigid: 1, motion_local: 1.5 },
    ];
    for (const options of kinds) {
      const { truth } = simulate({ width: 50, height: 40, frames: 60, frame_rate: 7.5, ...options });
      const first = `${folder}/first.h5`, second = `${folder}/second.h5`;
      await saveTruth(first, truth);
      await saveTruth(second, truth);
      const loaded = await loadTruth(first);
      assert.deepEqual(loaded, truth);
      assert.deepEqual(
        [loaded.motion !== undefined, loaded.motion?.local !== undefined],
        [options.motion_rigid !== undefined, options.motion_local !== undefined],
      );
      assert.deepEqual(await Deno.readFile(second), await Deno.readFile(first));
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["first.h5", "second.h5"]);
    await assert.rejects(
      loadTruth(`${folder}/none.h5`),
      (error) => error instanceof ResultsError && /no such file/.test(error.message),
    );
    await assert.rejects(
      saveTruth(`${folder}/no/such/folder.h5`, simulate({ frames: 2, cells: 0 }).truth),
      ResultsError,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const shared = new URL("../../shared/data/sim_small.truth.h5", import.meta.url).pathname;
const present = await Deno.stat(shared).then(() => true, () => false);

Deno.test({ name: "the shared simulation's truth can be read", ignore: !present }, async () => {
  const truth = await loadTruth(shared);
  const { footprints, calcium, snr, noise, arOrder, ar, width, frames } = truth;
  assert.deepEqual([width, truth.height, frames, footprints.count, arOrder, truth.frameRate], [
    128,
    128,
    1000,
    60,
    1,
    10,
  ]);
  // Its definition of peak SNR is ours: largest calcium over the noise at the brightest pixel.
  for (let k = 0; k < 60; k++) {
    const from = footprints.starts[k], to = footprints.starts[k + 1];
    const brightest = footprints.pixels[from + footprints.values.subarray(from, to).indexOf(1)];
    const peak = calcium.subarray(k * frames, (k + 1) * frames).reduce((a, b) => Math.max(a, b));
    assert.ok(Math.abs(peak / noise[brightest] - snr[k]) < 1e-4 * snr[k]);
    assert.ok(ar[k] > 0.8 && ar[k] < 0.9);
  }
});
