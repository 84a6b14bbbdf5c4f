/** The parameters results were made with, read back from what they tell of them. */
import assert from "node:assert/strict";
import { resolveParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import { usedParameters } from "../src/core/used_parameters.ts";
import { acceptCells } from "../src/quality/accept.ts";
import { measuresOfResults } from "../src/quality/cell_measures.ts";
import { fakeExtraction } from "./fake_extraction.ts";

/** What a file of CaImAn's says: groups, and among them values that annulus does not take. */
const GROUPS = {
  init: { gSig: 5, gSiz: 11, min_corr: 0.85, min_pnr: 20, method_init: "something else", K: null },
  spatial: { thr_method: "nrg", ring_size_factor: -3 },
  nobody_knows: 7,
};

Deno.test("annulus' own results tell all of their parameters", () => {
  const extraction = fakeExtraction(), { frameRate, ring: { factor } } = extraction;
  const parameters = resolveParameters({ gSig: 4, min_pnr: 6.5, tsub: 1, lags: 7, frame_rate: frameRate });
  const expected = { ...parameters, p: extraction.arOrder, background_downsampling_factor: factor };
  assert.deepEqual(usedParameters({ ...extraction, parameters: { ...parameters } }), {
    ...expected,
    units: extraction.units,
  });
});

Deno.test("of another program's results each parameter that can be read is taken, and only the others are defaults", () => {
  const foreign = { ...fakeExtraction(), parameters: GROUPS }, used = usedParameters(foreign);
  assert.deepEqual([used.gSig, used.gSiz, used.min_corr, used.min_pnr], [5, 11, 0.85, 20]);
  assert.equal(used.ring_size_factor, resolveParameters().ring_size_factor);
  assert.deepEqual([used.frame_rate, used.p], [foreign.frameRate, foreign.arOrder]);
});

Deno.test("the sizes that a cell may have are in disks of another program's gSiz", () => {
  const foreign = { ...fakeExtraction(), parameters: GROUPS }, K = foreign.footprints.count;
  const measured = { ...measuresOfResults(foreign, { decay_time: 0.4 }), rValue: new Float32Array(K).fill(0.9) };
  const { rule } = acceptCells(measured, foreign, resolveQualityParameters({ min_size: 0.5, max_size: 2 }));
  const disk = Math.PI * 5.5 ** 2;
  assert.ok(rule!.includes(`${Math.ceil(0.5 * disk)} to ${Math.floor(2 * disk)} pixels`), rule);
});
