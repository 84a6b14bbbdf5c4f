/** After an edit only the cells it changed are measured: the others' SNR is taken as it is kept. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { resolveQualityParameters } from "../src/core/parameters.ts";
import { acceptCells } from "../src/quality/accept.ts";
import { measuresOfResults } from "../src/quality/cell_measures.ts";
import { measureEdited } from "../src/results/edits.ts";
import { fakeExtraction } from "./fake_extraction.ts";

Deno.test("changed cells have the values that measuring all of them gives, and nobody else's trace is looked at", () => {
  // A field so small that all cells overlap, traces with something in common, and numbers that are no places.
  const plain = fakeExtraction({ width: 14, height: 12, cells: 5, frames: 300 });
  const raw = plain.traces.raw.map((value, i) => value + plain.traces.raw[i % 300]);
  const extraction: Extraction = {
    ...plain,
    traces: { ...plain.traces, raw },
    numbers: Uint32Array.of(2, 3, 7, 8, 11),
  };
  const whole = measuresOfResults(extraction, { decay_time: 0.4 });
  const judged: Extraction = {
    ...extraction,
    quality: acceptCells({ ...whole, rValue: new Float32Array(5).fill(0.9) }, extraction, resolveQualityParameters()),
  };
  assert.ok(whole.duplicateOf!.filter((number) => number >= 0).length >= 3, "not a test");
  const measured = measureEdited(judged, [3, 8]);
  for (const k of [1, 3]) {
    for (const field of ["snr", "duplicateOf", "duplicateCosine", "duplicateCorrelation", "size", "border"] as const) {
      assert.equal(measured[field]![k], whole[field]![k], `${field} of cell ${extraction.numbers![k]}`);
    }
  }
  assert.deepEqual(measured.snr, whole.snr);
  const kept = { ...judged, quality: { ...judged.quality, snr: Float32Array.of(100, 100, 100, 100, NaN) } };
  const { snr } = measureEdited(kept, [3, 8]);
  assert.deepEqual(snr, Float32Array.of(100, whole.snr![1], 100, whole.snr![3], whole.snr![4]));
});
