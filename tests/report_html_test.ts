/** The report as a file: complete in itself, safe, small, the same for the same results, and there whatever is missing. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Extraction } from "../src/core/extraction.ts";
import { resolveParameters, resolvePreprocessParameters, resolveQualityParameters } from "../src/core/parameters.ts";
import { readArguments } from "../src/cli/arguments.ts";
import { run } from "../src/cli/run.ts";
import { againCommand } from "../src/report/again.ts";
import { packFootprints } from "../src/core/footprints.ts";
import type { PageData } from "../src/report/page/data.ts";
import { reportPage } from "../src/report/report.ts";
import { fakeExtraction, seededRandom } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { judgedExtraction } from "./report_quality.ts";

/** Elements, attributes that act, and addresses that no text from outside may have made. */
function checkSafe(page: string): void {
  const own = page.replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, "<$1>");
  const refuse = (pattern: RegExp, what: string, text = own) => {
    const found = pattern.exec(text);
    assert.ok(!found, `${what}: ${found && text.slice(Math.max(0, found.index - 60), found.index + 100)}`);
  };
  assert.equal([...page.matchAll(/<script\b/g)].length, 3, "scripts");
  refuse(/<(?:iframe|object|embed|form|base|img|link(?! rel="icon" href="data:,"))\b/i, "an element that loads");
  const bare = own.replaceAll(/="[^"]*"/g, "");
  refuse(/<[^<>]*\son\w+/i, "an attribute that acts", bare);
  refuse(/<[^<>]*\sstyle\b/i, "a style the policy forbids", bare);
  refuse(/\s(?:href|src)="(?!#|data:)/, "an address");
  refuse(/undefined|\[object Object\]|NaN/, "no word for people");
}

Deno.test("a report says what there is, and its policy names its own style and script", () => {
  const page = reportPage(judgedExtraction(), { motion: fakeMotion() });
  checkSafe(page);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1].replaceAll("&#39;", "'");
  assert.match(policy, /^default-src 'none'; img-src data:; style-src 'sha256-/);
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  assert.ok(policy.includes(hash(/<style>([\s\S]*?)<\/style>/.exec(page)![1])));
  assert.ok(policy.includes(hash(/<script type="module">([\s\S]*?)<\/script>/.exec(page)![1])));
  const words = page.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  for (
    const part of [
      "fake µ movie.tif",
      "4 accepted cells , 2 set aside".replace(" ,", ","),
      "A cell is accepted when its SNR is at least 2.5",
      "set aside: SNR below 1",
      "accepted by hand",
      "Cells 1 and 4 became cell 1",
      "--merge 1,4",
      "16 of 20 (80 %)",
      "Cell 7 was dropped: its footprint had 2 pixels",
      "Largest displacement",
      "Residual correlation",
      "frames per second were assumed",
    ]
  ) assert.ok(words.includes(part), `The page does not say “${part}”`);
});

Deno.test("cells go by their numbers", () => {
  const page = reportPage(judgedExtraction()),
    rows = [...page.matchAll(/<tr id="cell-(\d+)"/g)].map(([, number]) => number);
  assert.deepEqual(rows, ["0", "1", "5", "6", "7", "8"]);
});

Deno.test("equal results give equal pages", () => {
  assert.equal(reportPage(judgedExtraction()), reportPage(judgedExtraction()));
});

Deno.test("nothing from outside becomes markup", () => {
  const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'\u2028]]>&lt;<!--\u0000\u202e\ud800`;
  const plain = judgedExtraction();
  const page = reportPage({
    ...plain,
    movie: {
      ...plain.movie,
      name: hostile,
      files: [{ ...plain.movie.files[0], path: hostile }],
      format: hostile,
      startTime: hostile,
      history: [hostile],
      notes: [hostile],
      metadata: { [hostile]: { [hostile]: hostile } },
    },
    quality: { ...plain.quality!, reasons: plain.quality!.reasons!.map(() => hostile), rule: hostile },
    edits: [{ ...plain.edits![0], outcome: hostile, time: hostile }],
    preparation: { done: [hostile], found: [hostile], preprocessing: { crop: hostile, [hostile]: hostile } },
    parameters: { ...plain.parameters, [hostile]: hostile },
    software: { annulus: hostile, [hostile]: hostile },
    plan: { [hostile]: 1 },
    notes: [hostile],
    timings: [{ stage: hostile, seconds: 1 }],
  });
  checkSafe(page);
  assert.ok(!/alert\(1\)<\/script>|<img/.test(page));
  assert.ok(!page.includes("\u0000") && page.isWellFormed());
});

Deno.test("the command that gives the same results again is what a shell and the program read", async () => {
  const path = "/data/a b/it's $(rm -rf) `x`.tif", plain = judgedExtraction();
  const extraction: Extraction = {
    ...plain,
    movie: { ...plain.movie, frameRate: 12, files: [{ ...plain.movie.files[0], path }] },
    software: { annulus: "0.1.0" },
    parameters: {
      ...resolveParameters({ gSig: 4, s_min: -2, noise_range: [0.2, 0.5], units: "dF over noise", frame_rate: 12 }),
    },
    preparation: {
      done: [],
      found: [],
      preprocessing: { ...resolvePreprocessParameters({ crop: [1, 2, 40, 30], frames: "3:100", bleaching: "ratio" }) },
    },
    quality: { thresholds: { ...resolveQualityParameters({ min_SNR: 3 }) } },
  };
  const command = againCommand(extraction)!;
  const { stdout } = await new Deno.Command("bash", { args: ["-c", `printf '%s\\0' ${command}`] }).output();
  const [program, name, ...args] = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
  const { operands, parameters, values } = readArguments(run, args);
  assert.deepEqual([program, name, operands, values.motion], ["annulus", "run", [path], "off"]);
  const typed = { gSig: 4, s_min: -2, noise_range: [0.2, 0.5], units: "dF over noise", frame_rate: 12 };
  assert.deepEqual(resolveParameters(parameters), resolveParameters(typed));
  assert.deepEqual(resolvePreprocessParameters(parameters), extraction.preparation!.preprocessing);
  assert.equal(resolveQualityParameters(parameters).min_SNR, 3);
  const only = ["frame_rate", "gSig", "s_min", "noise_range", "units", "crop", "frames", "bleaching", "min_SNR"];
  assert.deepEqual(Object.keys(parameters).sort(), only.sort(), "only what is not at its default");
  assert.equal(
    againCommand({ ...extraction, movie: { ...extraction.movie, files: [{ ...plain.movie.files[0], path: "a\nb" }] } }),
    undefined,
  );
  assert.equal(againCommand({ ...extraction, software: { CaImAn: "1.9" } }), undefined);
});

Deno.test("500 cells of 20 000 frames stay below 10 MB, on a large and noisy field", () => {
  const width = 720, height = 540, cells = 500, frames = 20_000, random = seededRandom(5);
  const noise = (length: number) => Float32Array.from({ length }, random);
  const square = (k: number) => {
    const left = 20 + (k % 25) * 27, top = 20 + Math.floor(k / 25) * 25;
    const pixels = Uint32Array.from({ length: 144 }, (_, i) => (top + Math.floor(i / 12)) * width + left + i % 12);
    return { pixels, values: noise(144) };
  };
  const plain = judgedExtraction({ cells, frames: 10, width: 8, height: 8 }), raw = noise(cells * frames);
  const extraction: Extraction = {
    ...plain,
    movie: { ...plain.movie, width, height, frames },
    footprints: packFootprints(width, height, Array.from({ length: cells }, (_, k) => square(k))),
    traces: { ...plain.traces, raw, denoised: raw, spikes: raw },
    b0: noise(width * height),
    summary: {
      mean: noise(width * height),
      max: noise(width * height),
      noise: noise(width * height),
      correlation: noise(width * height),
      pnr: noise(width * height),
    },
    fieldQuality: { ...plain.fieldQuality!, correlation: noise(width * height), pnr: noise(width * height) },
  };
  const page = reportPage(extraction), bytes = new TextEncoder().encode(page).length;
  assert.ok(bytes < 10e6, `${(bytes / 1e6).toFixed(2)} MB`);
  assert.ok(/20000 frames are shown as \d+ columns/.test(page));
});

Deno.test("a page comes of whatever is there", () => {
  const plain = fakeExtraction(), one = fakeExtraction({ cells: 1 }), none = fakeExtraction({ cells: 0 });
  const nothing = (length: number) => new Float32Array(length).fill(NaN);
  const pixels = plain.footprints.width * plain.footprints.height;
  const cases: Record<string, Extraction> = {
    "no quality": plain,
    "no cells": none,
    "no cells, judged": { ...none, quality: { accepted: new Uint8Array(0), reasons: [] } },
    "one cell": one,
    "one frame": fakeExtraction({ frames: 1 }),
    "one pixel": fakeExtraction({ width: 1, height: 1, cells: 1, frames: 2 }),
    "no deconvolution": fakeExtraction({ arOrder: 0 }),
    "rise and decay": fakeExtraction({ arOrder: 2 }),
    "traces over noise": { ...plain, units: "dF over noise" },
    "traces without a number": {
      ...plain,
      traces: {
        raw: nothing(plain.traces.raw.length),
        denoised: nothing(plain.traces.raw.length),
        spikes: nothing(plain.traces.raw.length),
        baseline: nothing(6),
        noise: nothing(6),
        ar: nothing(6),
      },
    },
    "images without a number": {
      ...plain,
      b0: nothing(pixels),
      summary: {
        mean: nothing(pixels),
        max: nothing(pixels),
        noise: nothing(pixels),
        correlation: nothing(pixels),
        pnr: nothing(pixels),
      },
    },
    "quality without a number": {
      ...plain,
      quality: { accepted: new Uint8Array(6), snr: nothing(6), rValue: nothing(6), border: nothing(6) },
    },
    "empty footprints": {
      ...plain,
      footprints: packFootprints(
        plain.footprints.width,
        plain.footprints.height,
        Array.from({ length: 6 }, () => ({ pixels: new Uint32Array(0), values: new Float32Array(0) })),
      ),
    },
    "timestamps with gaps": {
      ...plain,
      movie: { ...plain.movie, timestamps: Float64Array.from({ length: 120 }, (_, t) => t * 0.1 + (t > 50 ? 3 : 0)) },
    },
    "of another program": {
      ...plain,
      parameters: { init: { gSig: [3, 3] } },
      software: { CaImAn: "1.8" },
      plan: {},
      timings: [],
    },
  };
  for (const [name, extraction] of Object.entries(cases)) {
    const page = reportPage(extraction);
    try {
      checkSafe(page);
      assert.ok(page.endsWith("</html>\n"));
      const data: PageData = JSON.parse(/id="report-data">([\s\S]*?)<\/script>/.exec(page)![1]);
      assert.equal(data.cells.length, extraction.footprints.count);
      const bytes = Uint8Array.from(
        atob(/id="report-traces">([\s\S]*?)<\/script>/.exec(page)![1]),
        (c) => c.charCodeAt(0),
      );
      assert.equal(bytes.length, data.cells.length * data.channels * data.columns);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
});
