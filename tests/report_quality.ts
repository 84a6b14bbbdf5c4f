/** Fake results whose cells were judged, for tests of the report. */
import type { Extraction } from "../src/core/extraction.ts";
import { fakeExtraction, type FakeOptions } from "./fake_extraction.ts";

/** A fake extraction with quality, of the field too, and edits: every third cell is set aside, the others are good. */
export function judgedExtraction(options: FakeOptions = {}): Extraction {
  const plain = fakeExtraction(options), { footprints: { count, width, height } } = plain;
  const isAside = (k: number) => k % 3 === 2;
  const floats = (of: (k: number) => number) => Float32Array.from({ length: count }, (_, k) => of(k));
  const numbers = Uint32Array.from({ length: count }, (_, k) => k < 2 ? k : k + 3);
  return {
    ...plain,
    numbers,
    quality: {
      accepted: Uint8Array.from({ length: count }, (_, k) => isAside(k) ? 0 : 1),
      decided: Uint8Array.from({ length: count }, (_, k) => k === 1 ? 1 : 0),
      snr: floats((k) => isAside(k) ? 0.8 + k / 100 : 5 + (7 * k) % 10),
      rValue: floats((k) => isAside(k) ? 0.3 : 0.9 + (k % 5) / 100),
      combined: floats((k) => isAside(k) ? 0.2 : 0.8),
      size: floats(() => 60),
      border: floats(() => 0),
      duplicateOf: new Int32Array(count).fill(-1),
      ringFit: floats((k) => k === 0 ? NaN : 0.9),
      reasons: Array.from(
        { length: count },
        (_, k) => isAside(k) ? "set aside: SNR below 1" : "accepted: SNR at least 2.5",
      ),
      rule: "A cell is accepted when its SNR is at least 2.5",
      thresholds: { min_SNR: 2.5, SNR_lowest: 1, rval_thr: 0.75, rval_lowest: 0.5 },
    },
    fieldQuality: {
      correlation: new Float32Array(width * height).fill(0.2),
      pnr: new Float32Array(width * height).fill(2),
      unexplained: [{ x: 5, y: 7, correlation: 0.9, pnr: 8 }],
      recall: {
        cells: 20,
        seed: 1,
        cosine: 0.5,
        bins: [
          { from: 2, to: 4, added: 10, found: 6, accepted: 5 },
          { from: 4, to: Infinity, added: 10, found: 10, accepted: 9 },
        ],
      },
    },
    edits: [{
      edit: { action: "merge", cells: [1, 4] },
      outcome: "Cells 1 and 4 became cell 1",
      made: [],
      refitted: true,
      changed: [1],
      time: "2026-01-02T03:04:05.000Z",
    }],
  };
}
