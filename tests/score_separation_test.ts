/** Whether quality separates true cells from false ones: ROC areas, and the score of the accepted cells alone. */
import assert from "node:assert/strict";
import type { Footprint } from "../src/core/footprints.ts";
import { packFootprints } from "../src/core/footprints.ts";
import type { Truth } from "../src/core/truth.ts";
import { rocArea, type Separation, separation } from "../src/score/separation.ts";
import { seededRandom } from "./fake_extraction.ts";

Deno.test("the ROC area is the chance that a true one has the larger value, ties counting half", () => {
  const random = seededRandom(3), draw = (n: number) => Array.from({ length: n }, () => Math.floor(20 * random()));
  const above = draw(40).map((value) => value + 4), below = draw(57);
  let wins = 0;
  for (const a of above) for (const b of below) wins += a > b ? 1 : a === b ? 0.5 : 0;
  assert.ok(Math.abs(rocArea(above, below) - wins / (40 * 57)) < 1e-12);
  assert.equal(rocArea([2, 3], [0, 1]), 1);
  assert.equal(rocArea([0], [1]), 0);
  assert.equal(rocArea([1], [1]), 0.5);
  assert.equal(rocArea([1], [NaN]), 1, "what allows no answer ranks below");
  assert.equal(rocArea([NaN], [NaN]), 0.5);
  assert.ok(Number.isNaN(rocArea([], [1])) && Number.isNaN(rocArea([1], [])));
});

const FRAMES = 30;

/** A square of 3×3 pixels on a field of 30×10. */
function square(x: number, y: number): Footprint {
  const pixels = Uint32Array.from({ length: 9 }, (_, i) => (y + Math.floor(i / 3)) * 30 + x + i % 3);
  return { pixels, values: new Float32Array(9).fill(1 / 3) };
}

/** Three true cells. */
function truth(): Truth {
  const cells = [square(2, 2), square(10, 2), square(20, 2)];
  const calcium = Float32Array.from({ length: 3 * FRAMES }, (_, i) => i % 7);
  return {
    ...{ width: 30, height: 10, frames: FRAMES, frameRate: 10, footprints: packFootprints(30, 10, cells), calcium },
    ...{ spikes: calcium, arOrder: 1, ar: new Float64Array(3), snr: new Float64Array(3).fill(5) },
    ...{ b0: new Float64Array(300), noise: new Float64Array(300).fill(1) },
  };
}

/** Components at places; the third argument is their quality. */
function components(places: readonly (readonly [number, number])[]) {
  const traces = Float32Array.from({ length: places.length * FRAMES }, (_, i) => i % 5);
  return {
    footprints: packFootprints(30, 10, places.map(([x, y]) => square(x, y))),
    traces: { raw: traces, denoised: traces, spikes: traces },
  };
}

const at70 = (separations: readonly Separation[]) => separations[1];

Deno.test("accepted components are scored alone: precision, recall, and what was lost", () => {
  // Two true ones, a false one, and one more true one that is set aside.
  const result = components([[2, 2], [10, 2], [25, 6], [20, 2]]);
  const quality = {
    accepted: Uint8Array.of(1, 1, 0, 0),
    snr: Float32Array.of(9, 8, 1, 2),
    rValue: Float32Array.of(0.9, 0.2, 0.4, NaN),
  };
  const found = at70(separation({ ...result, quality }, truth()));
  assert.deepEqual(found.accepted, { components: 2, precision: 1, recall: 2 / 3, lost: 1 });
  assert.deepEqual(found.rocArea, { snr: 1, rValue: 1 / 3 });
});

Deno.test("what is left when a match is set aside is matched anew, and is not lost", () => {
  // A copy that is one column off stands in for the cell.
  const result = components([[2, 2], [3, 2]]);
  const found = separation({ ...result, quality: { accepted: Uint8Array.of(0, 1) } }, truth(), { thresholds: [0.5] });
  assert.deepEqual(found[0].accepted, { components: 1, precision: 1, recall: 1 / 3, lost: 0 });
  assert.deepEqual(found[0].rocArea, {});
});

Deno.test("the recording's own cells are neither true nor false", () => {
  const result = components([[2, 2], [25, 6], [14, 6]]), own = components([[14, 6]]);
  const row = (k: number) => result.traces.raw.slice(k * FRAMES, (k + 1) * FRAMES);
  const traces = { raw: row(2), denoised: row(2), spikes: row(2) };
  const quality = { accepted: Uint8Array.of(1, 0, 1), snr: Float32Array.of(5, 3, 9) };
  const found = at70(separation({ ...result, quality }, truth(), { own: { ...own, traces } }));
  assert.equal(found.rocArea.snr, 1);
  assert.equal(found.accepted!.precision, 1);
});

Deno.test("without quality there is nothing to tell; without cells areas are unknown", () => {
  assert.deepEqual(separation(components([[2, 2]]), truth()), []);
  const none = { ...components([]), quality: { accepted: new Uint8Array(0), snr: new Float32Array(0) } };
  const found = at70(separation(none, truth()));
  assert.deepEqual(found.accepted, { components: 0, precision: 1, recall: 0, lost: 0 });
  assert.ok(Number.isNaN(found.rocArea.snr));
});
