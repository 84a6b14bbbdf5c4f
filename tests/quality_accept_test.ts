/** The rule that accepts cells: every threshold, the reasons in words, copies, people's decisions. */
import assert from "node:assert/strict";
import { ResultsError } from "../src/core/errors.ts";
import type { CellQuality } from "../src/core/quality.ts";
import { resolveQualityParameters } from "../src/core/parameters.ts";
import { acceptCells, isMeasured, type JudgedExtraction } from "../src/quality/accept.ts";
import { combinedQuality } from "../src/quality/combined.ts";
import { fakeExtraction } from "./fake_extraction.ts";

/** A cell's measures; what is not named is beyond reproach. */
interface Measures {
  readonly snr?: number;
  readonly r?: number;
  readonly size?: number;
  /** The cell it resembles, cosine and correlation. */
  readonly like?: readonly [number, number, number];
}

function qualityOf(cells: readonly Measures[]): CellQuality {
  return {
    snr: Float32Array.from(cells, ({ snr = 8 }) => snr),
    rValue: Float32Array.from(cells, ({ r = 0.9375 }) => r),
    size: Float32Array.from(cells, ({ size = 90 }) => size),
    duplicateOf: Int32Array.from(cells, ({ like }) => like?.[0] ?? -1),
    duplicateCosine: Float32Array.from(cells, ({ like }) => like?.[1] ?? 0),
    duplicateCorrelation: Float32Array.from(cells, ({ like }) => like?.[2] ?? 0),
  };
}

function judged(
  cells: readonly Measures[],
  given: Record<string, unknown> = {},
  extra: { readonly quality?: CellQuality; readonly numbers?: Uint32Array } = {},
) {
  const extraction: JudgedExtraction = { ...fakeExtraction({ cells: cells.length }), numbers: extra.numbers };
  const quality = acceptCells({ ...qualityOf(cells), ...extra.quality }, extraction, resolveQualityParameters(given));
  return { ...quality, accepted: Array.from(quality.accepted!), reasons: quality.reasons! };
}

const RULE = { min_SNR: 2.5, SNR_lowest: 1, rval_thr: 0.75, rval_lowest: 0.5 };

Deno.test("each threshold decides on its own, and the reason names it", () => {
  const { accepted, reasons } = judged([
    {},
    { snr: 2.5, r: 0.5 },
    { snr: 1, r: 0.75 },
    { snr: 0.75 },
    { r: 0.25 },
    { snr: 2.25, r: 0.625 },
    { size: 3 },
    { size: 1 },
    { size: 9999 },
    { r: NaN },
    { snr: NaN },
  ], RULE);
  assert.deepEqual(accepted, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  // A disk of diameter 13 has 132.7 pixels.
  assert.deepEqual(reasons, [
    "accepted: SNR 8.00 is at least 2.5 and r-value 0.94 is at least 0.75",
    "accepted: SNR 2.50 is at least 2.5",
    "accepted: r-value 0.75 is at least 0.75",
    "set aside: SNR 0.75 is below 1 (SNR_lowest)",
    "set aside: r-value 0.25 is below 0.5 (rval_lowest)",
    "set aside: SNR 2.25 is below 2.5 (min_SNR) and r-value 0.63 below 0.75 (rval_thr)",
    "set aside: its footprint has 3 pixels, fewer than 14 (min_size)",
    "set aside: its footprint has 1 pixel, fewer than 14 (min_size)",
    "set aside: its footprint has 9999 pixels, more than 530 (max_size)",
    "set aside: it has no transients to judge it by",
    "set aside: its trace has no noise to compare it with, or is not finite",
  ]);
});

Deno.test("a value just below a threshold is told with as many digits as show it", () => {
  const { reasons } = judged([{ snr: 0.9999 }, { r: 0.49999 }], RULE);
  assert.match(reasons[0], /SNR 0\.9999 is below 1 /);
  assert.match(reasons[1], /r-value 0\.49999 is below 0\.5 /);
});

Deno.test("of copies the stronger one stays, and the copy of a copy goes, too", () => {
  const cells = [{ snr: 3, like: [30, 0.75, 0.75] }, { snr: 4, like: [40, 0.75, 0.75] }, { snr: 9 }] as const;
  const numbers = Uint32Array.of(20, 30, 40);
  const { accepted, reasons } = judged(cells, {}, { numbers });
  assert.deepEqual(accepted, [0, 0, 1]);
  assert.equal(
    reasons[0],
    "set aside: it looks like a second copy of cell 30: their footprints have a cosine of 0.75, their traces a correlation of 0.75",
  );
  // One that is alike only in one way is no copy.
  assert.deepEqual(judged([{ snr: 3, like: [1, 0.75, 0.25] }, { snr: 4 }]).accepted, [1, 1]);
  assert.deepEqual(judged([{ snr: 3, like: [1, 0.25, 0.75] }, { snr: 4 }]).accepted, [1, 1]);
  assert.deepEqual(judged(cells, { duplicate_cosine: 0.8 }, { numbers }).accepted, [1, 1, 1]);
  // Nothing is set aside for a cell that is set aside itself, or is not there any more.
  assert.deepEqual(judged([{ snr: 3, like: [1, 0.75, 0.75] }, { snr: 4, r: 0.1 }]).accepted, [1, 0]);
  assert.deepEqual(judged([{ snr: 3, like: [77, 0.75, 0.75] }, { snr: 4 }]).accepted, [1, 1]);
});

Deno.test("what a person decided stays, and the next rule takes nothing of it", () => {
  const quality = {
    accepted: Uint8Array.of(0, 1, 1),
    decided: Uint8Array.of(1, 1, 0),
    reasons: ["set aside by Ada: a vessel", "set aside: SNR 0.10 is below 1 (SNR_lowest)", "accepted: as before"],
  };
  const found = judged([{}, { snr: 0.1 }, { snr: 0.1 }], {}, { quality });
  assert.deepEqual([found.accepted, Array.from(found.decided!)], [[0, 1, 0], [1, 1, 0]]);
  assert.deepEqual(found.reasons.slice(0, 2), ["set aside by Ada: a vessel", "accepted by a person"]);
  assert.match(found.reasons[2], /^set aside: SNR 0\.10/);
  assert.deepEqual(Array.from(quality.accepted), [0, 1, 1], "what was given is not changed");
});

Deno.test("the rule is told in words with its thresholds, and can be changed back and forth", () => {
  const cells = [{ snr: 3.75, r: 0.625 }, { snr: 5, r: 0.625 }];
  const first = judged(cells), strict = judged(cells, { min_SNR: 4, rval_lowest: 0.5, duplicate_cosine: 0.9 });
  assert.deepEqual([first.accepted, strict.accepted], [[1, 1], [0, 1]]);
  for (const number of ["4", "0.7,", "0.5", "14 to 530", "0.9"]) assert.ok(strict.rule!.includes(number), strict.rule);
  assert.equal(strict.thresholds!.min_SNR, 4);
  assert.deepEqual(judged(cells, { ...first.thresholds }, { quality: { ...strict, accepted: undefined } }), first);
});

Deno.test("without measures nothing is decided; without cells there is nothing to decide", () => {
  const extraction = fakeExtraction({ cells: 1 }), parameters = resolveQualityParameters();
  assert.throws(
    () => acceptCells({ snr: Float32Array.of(3) }, extraction, parameters),
    (error) => error instanceof ResultsError && /^Nobody has measured/.test(error.message),
  );
  assert.deepEqual([isMeasured(undefined), isMeasured({ snr: Float32Array.of(3) })], [false, false]);
  assert.ok(isMeasured(qualityOf([{}])));
  assert.deepEqual(judged([]).accepted, []);
});

Deno.test("one number from the measures is 0 to 1, and grows with each", () => {
  assert.equal(combinedQuality(2.5, 1, 0, 0), 0.5);
  assert.ok(combinedQuality(5, 0.9, 0, 0) > combinedQuality(4, 0.9, 0, 0));
  assert.ok(combinedQuality(5, 0.9, 0, 0) > combinedQuality(5, 0.8, 0, 0));
  assert.ok(combinedQuality(5, 0.9, 0.9, 0.9) < 0.2 * combinedQuality(5, 0.9, 0, 0) + 1e-9);
  assert.equal(combinedQuality(5, 0.9, 0.9, -0.5), combinedQuality(5, 0.9, 0, 0));
  for (const [snr, r] of [[NaN, 1], [5, NaN], [5, -0.5], [-1, 1]]) assert.equal(combinedQuality(snr, r, 0, 0), 0);
  assert.ok(combinedQuality(1e9, 1, 0, 0) <= 1);
});
