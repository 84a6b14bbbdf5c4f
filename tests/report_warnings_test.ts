/** What a report warns of, and what it does not warn of. */
import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { packFootprints } from "../src/core/footprints.ts";
import type { PreparationMotion } from "../src/core/preparation.ts";
import { reportWarnings } from "../src/report/warnings.ts";
import { seededRandom } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { judgedExtraction } from "./report_quality.ts";

const CELLS = 12, FRAMES = 1200, WIDTH = 90, HEIGHT = 70, GSIG = 3;

/** A result that nothing is wrong with: cells of the size that gSig looks for, clear transients, a known frame rate. */
function sound(): Extraction {
  const plain = judgedExtraction({ cells: CELLS, frames: FRAMES, width: WIDTH, height: HEIGHT });
  const { quality, fieldQuality, edits: _, ...rest } = plain;
  return {
    ...rest,
    footprints: round(2.55),
    movie: { ...plain.movie, frameRate: 10 },
    frameRate: 10,
    parameters: { gSig: GSIG, gSiz: 13 },
    software: { annulus: "0.1.0" },
    summary: { ...plain.summary, max: Float32Array.from(plain.summary.max, (_, i) => 1000 + i / 7) },
    quality: {
      ...quality!,
      accepted: new Uint8Array(CELLS).fill(1),
      snr: new Float32Array(CELLS).fill(8),
      rValue: new Float32Array(CELLS).fill(0.9),
    },
    fieldQuality: { ...fieldQuality!, unexplained: [], recall: { ...fieldQuality!.recall!, bins: [] } },
  };
}

/** Gaussian cells of one width, apart from each other and from the border. */
function round(sigma: number): Extraction["footprints"] {
  return packFootprints(
    WIDTH,
    HEIGHT,
    Array.from({ length: CELLS }, (_, k) => {
      const cx = 11 + (k % 4) * 22, cy = 12 + Math.floor(k / 4) * 22, pixels: number[] = [], values: number[] = [];
      for (let y = cy - 10; y <= cy + 10; y++) {
        for (let x = cx - 10; x <= cx + 10; x++) {
          const value = Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma * sigma));
          if (value > 0.02) pixels.push(y * WIDTH + x), values.push(value);
        }
      }
      return { pixels: Uint32Array.from(pixels), values: Float32Array.from(values) };
    }),
  );
}

function topics(extraction: Extraction, options: Parameters<typeof reportWarnings>[1] = {}): string[] {
  const found = reportWarnings(extraction, options);
  for (const { text, advice } of found) {
    for (const words of [text, advice]) {
      assert.match(words, /^(?:[A-Z“0-9]|gSig).*[.]$/s, words);
      assert.doesNotMatch(words, /undefined|NaN|\[object|\n/, words);
    }
  }
  return found.map(({ topic }) => topic).sort();
}

/** The traces of a result, changed frame by frame. */
function traces(extraction: Extraction, change: (value: number, frame: number, cell: number) => number): Extraction {
  const changed = (all: Float32Array) => all.map((value, i) => change(value, i % FRAMES, Math.floor(i / FRAMES)));
  const { raw, denoised, spikes, ...rest } = extraction.traces;
  return {
    ...extraction,
    traces: { ...rest, raw: changed(raw), denoised: changed(denoised), spikes: changed(spikes) },
  };
}

const motion: PreparationMotion = {
  parameters: { max_shifts: 20 },
  largest: 4,
  correlation: { before: 0.7, after: 0.9 },
  crispness: { before: 1, after: 2 },
  border: { left: 0, top: 0, right: 0, bottom: 0 },
  outliers: [],
  notes: [],
};
const moved = (change: Partial<PreparationMotion>): Extraction => ({
  ...sound(),
  preparation: { done: [], found: [], preprocessing: {}, motion: { ...motion, ...change } },
});

Deno.test("a sound result warns of nothing", () => assert.deepEqual(topics(sound()), []));

Deno.test("a corrected movie warns of nothing when that went well", () => assert.deepEqual(topics(moved({})), []));

const plain = sound(), quality = plain.quality!;
const some = <T>(length: number, of: (k: number) => T) => Array.from({ length }, (_, k) => of(k));
const seeds = (count: number) => some(count, (k) => ({ x: 22, y: 20 + k, correlation: 0.9, pnr: 9 }));
const cut = (count: number, extraction: Extraction): Extraction => {
  const { footprints, numbers: _, quality: __, traces } = extraction, end = footprints.starts[count];
  return {
    ...extraction,
    numbers: undefined,
    footprints: {
      ...footprints,
      count,
      starts: footprints.starts.slice(0, count + 1),
      pixels: footprints.pixels.slice(0, end),
      values: footprints.values.slice(0, end),
    },
    traces: {
      raw: traces.raw.slice(0, count * FRAMES),
      denoised: traces.denoised.slice(0, count * FRAMES),
      spikes: traces.spikes.slice(0, count * FRAMES),
      baseline: traces.baseline.slice(0, count),
      noise: traces.noise.slice(0, count),
      ar: traces.ar.slice(0, count),
    },
    quality: { accepted: new Uint8Array(count).fill(1) },
  } as Extraction;
};

const CASES: readonly [name: string, extraction: () => Extraction, expected: readonly string[]][] = [
  ["no cells", () => cut(0, plain), ["no cells"]],
  ["three cells", () => cut(3, plain), ["few cells"]],
  ["cells that nobody judged", () => ({ ...plain, quality: {} }), ["not evaluated"]],
  [
    "all cells set aside",
    () => ({ ...plain, quality: { ...quality, accepted: new Uint8Array(CELLS) } }),
    ["none accepted"],
  ],
  [
    "half of the cells set aside",
    () => ({ ...plain, quality: { ...quality, accepted: Uint8Array.from(some(CELLS, (k) => k % 2)) } }),
    ["many set aside"],
  ],
  [
    "low r-values",
    () => ({ ...plain, quality: { ...quality, rValue: new Float32Array(CELLS).fill(0.3) } }),
    ["low r-values"],
  ],
  ["weak signals", () => ({ ...plain, quality: { ...quality, snr: new Float32Array(CELLS).fill(2) } }), ["low signal"]],
  [
    "cells at the border",
    () => ({ ...plain, quality: { ...quality, border: Float32Array.from(some(CELLS, (k) => k < 5 ? 0.4 : 0)) } }),
    ["border"],
  ],
  [
    "two accepted copies",
    () => ({
      ...plain,
      quality: {
        ...quality,
        duplicateOf: Int32Array.from(some(CELLS, (k) => k === 1 ? 0 : -1)),
        duplicateCosine: Float32Array.from(some(CELLS, (k) => k === 1 ? 0.9 : 0)),
        duplicateCorrelation: Float32Array.from(some(CELLS, (k) => k === 1 ? 0.9 : 0)),
      },
    }),
    ["duplicates"],
  ],
  ["cells much larger than gSig", () => ({ ...plain, parameters: { gSig: 1.5 } }), ["gSig too small"]],
  ["cells much smaller than gSig", () => ({ ...plain, parameters: { gSig: 6 } }), ["gSig too large"]],
  [
    "gSig of CaImAn's parameters",
    () => ({ ...plain, parameters: { init: { gSig: [6, 6] } }, software: { CaImAn: "1.9" } }),
    ["gSig too large"],
  ],
  [
    "spots that nobody found",
    () => ({ ...plain, fieldQuality: { ...plain.fieldQuality!, unexplained: seeds(4) } }),
    ["unexplained peaks"],
  ],
  [
    "cells that leave activity behind",
    () => ({
      ...plain,
      fieldQuality: {
        ...plain.fieldQuality!,
        unexplained: some(4, (k) => ({ x: 11 + k * 22, y: 12, correlation: 0.9, pnr: 9 })),
      },
    }),
    ["activity left"],
  ],
  ["one such spot", () => ({ ...plain, fieldQuality: { ...plain.fieldQuality!, unexplained: seeds(1) } }), []],
  [
    "clear cells that were added and not found",
    () => ({
      ...plain,
      fieldQuality: {
        ...plain.fieldQuality!,
        recall: { cells: 20, seed: 1, cosine: 0.5, bins: [{ from: 7, to: 10, added: 20, found: 9, accepted: 8 }] },
      },
    }),
    ["low recall"],
  ],
  [
    "weak cells that were added and not found",
    () => ({
      ...plain,
      fieldQuality: {
        ...plain.fieldQuality!,
        recall: { cells: 20, seed: 1, cosine: 0.5, bins: [{ from: 1, to: 3, added: 20, found: 2, accepted: 1 }] },
      },
    }),
    [],
  ],
  [
    "traces that hold no number in places",
    () => traces(plain, (value, frame, cell) => cell === 4 && frame === 7 ? NaN : value),
    ["not numbers"],
  ],
  [
    "a silent cell",
    () => ({ ...plain, traces: { ...plain.traces, spikes: plain.traces.spikes.map((v, i) => i < FRAMES ? 0 : v) } }),
    [
      "silent cells",
    ],
  ],
  [
    "baselines that move",
    () => ({
      ...plain,
      traces: {
        ...plain.traces,
        raw: plain.traces.raw.map((v, i) => v + ((i / FRAMES | 0) % 2 ? 30 : -30) * (i % FRAMES) / FRAMES),
      },
    }),
    ["drift"],
  ],
  [
    "transients that become smaller",
    () => traces(plain, (value, frame) => value * Math.exp(-3 * frame / FRAMES)),
    ["fading"],
  ],
  [
    "a signal common to all",
    () => {
      const random = seededRandom(8), common = Float32Array.from({ length: FRAMES }, () => 60 * (random() - 0.5));
      return {
        ...plain,
        traces: {
          ...plain.traces,
          noise: new Float32Array(CELLS).fill(20),
          raw: plain.traces.raw.map((v, i) => v + common[i % FRAMES]),
        },
      };
    },
    ["common signal"],
  ],
  [
    "a frame rate that nobody told",
    () => {
      const { frameRate: _, ...movie } = plain.movie;
      return { ...plain, movie };
    },
    ["frame rate assumed"],
  ],
  ["a short recording", () => ({ ...plain, frameRate: 100 }), ["short"]],
  [
    "saturated pixels",
    () => ({
      ...plain,
      summary: { ...plain.summary, max: plain.summary.max.map((value, i) => i % 50 === 0 ? 4095 : value) },
    }),
    ["saturated"],
  ],
  [
    "one brightest pixel",
    () => ({
      ...plain,
      summary: { ...plain.summary, max: plain.summary.max.map((value, i) => i === 50 ? 4095 : value) },
    }),
    [],
  ],
  [
    "dropped frames",
    () => ({
      ...plain,
      movie: { ...plain.movie, timestamps: Float64Array.from({ length: FRAMES }, (_, t) => t / 10 + (t > 99 ? 5 : 0)) },
    }),
    ["dropped frames"],
  ],
  [
    "frames out of order",
    () => ({
      ...plain,
      movie: { ...plain.movie, timestamps: Float64Array.from({ length: FRAMES }, (_, t) => t / 10 - (t > 99 ? 5 : 0)) },
    }),
    ["timestamps go back"],
  ],
  ["a correction that made things worse", () => moved({ correlation: { before: 0.9, after: 0.8 } }), [
    "registration worse",
  ]],
  ["large motion", () => moved({ largest: 30 }), ["large motion"]],
  ["motion at the limit", () => moved({ outliers: [{ frame: 3, reason: "shift at its limit" }] }), ["shift at limit"]],
  [
    "many bad frames",
    () => moved({ outliers: some(60, (frame) => ({ frame, reason: "low correlation" as const })) }),
    ["outlier frames"],
  ],
];

for (const [name, extraction, expected] of CASES) {
  Deno.test(`warned of: ${name}`, () => assert.deepEqual(topics(extraction()), [...expected]));
}

Deno.test("motion that is left is told when the registration is at hand", () => {
  const given = fakeMotion({ width: WIDTH, height: HEIGHT, frames: FRAMES });
  const left = { ...given, quality: { ...given.quality, residualFlow: Float32Array.of(0.1, 0.9) } };
  const right = { ...given, quality: { ...given.quality, residualFlow: Float32Array.of(0.1, 0.2) } };
  assert.deepEqual(topics(moved({}), { motion: left }), ["motion left"]);
  assert.deepEqual(topics(moved({}), { motion: right }), []);
});

Deno.test("what asks for action comes first, and cells are named by their numbers", () => {
  const { frameRate: _, ...movie } = plain.movie;
  const found = reportWarnings({
    ...plain,
    movie,
    quality: { ...quality, border: new Float32Array(CELLS).fill(0.5) },
  });
  assert.deepEqual(found.map(({ topic, level }) => [topic, level]), [["frame rate assumed", "act"], [
    "border",
    "know",
  ]]);
  assert.deepEqual(found[1].cells, [...plain.numbers!]);
});
