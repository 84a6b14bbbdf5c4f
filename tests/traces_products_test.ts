/** Running baselines, dF, dF over noise, dF/F, deconvolution again, residuals. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { timeConstants } from "../src/results/time_constants.ts";
import { Random } from "../src/simulation/random.ts";
import { normalQuantile, runningBaseline } from "../src/traces/baseline.ts";
import { acceptedCells, chosenCells } from "../src/traces/chosen_cells.ts";
import { runningQuantile } from "../src/traces/running_quantile.ts";
import { traceProducts } from "../src/traces/trace_products.ts";
import { fakeExtraction } from "./fake_extraction.ts";

/** The definition, without any cleverness. */
function plainRunningQuantile(trace: Float32Array, window: number, q: number): number[] {
  const half = Math.floor(window / 2);
  return Array.from(trace, (_, t) => {
    const inside = trace.slice(Math.max(0, t - half), t + half + 1).filter(Number.isFinite).sort();
    const at = q * (inside.length - 1), low = Math.floor(at);
    return inside.length === 0
      ? NaN
      : inside[low] + (at - low) * (inside[Math.min(low + 1, inside.length - 1)] - inside[low]);
  });
}

Deno.test("the running quantile is what sorting every window gives", () => {
  const random = new Random(1);
  const noisy = Float32Array.from({ length: 157 }, () => random.normal()), ties = noisy.map((x) => Math.round(2 * x));
  const gaps = noisy.map((x, t) => t % 10 < 7 ? NaN : x);
  for (const trace of [noisy, ties, gaps, new Float32Array(1), new Float32Array(0), new Float32Array(20).fill(NaN)]) {
    for (const window of [1, 2, 5, 30, 157, 1000]) {
      for (const q of [0, 0.08, 0.1, 0.5, 0.93, 1]) {
        const found = runningQuantile(trace, window, q), expected = plainRunningQuantile(trace, window, q);
        expected.forEach((value, t) => {
          assert(
            Math.abs(found[t] - value) < 1e-6 || (Number.isNaN(value) && Number.isNaN(found[t])),
            `${window} ${q} ${t}`,
          );
        });
      }
    }
  }
  assert.throws(() => runningQuantile(noisy, 0, 0.1), ParameterError);
  assert.throws(() => runningQuantile(noisy, 3, 1.1), ParameterError);
});

Deno.test("normal quantiles are those of tables", () => {
  const table = [[0.5, 0], [0.1, -1.2815515655], [0.025, -1.9599639845], [0.9, 1.2815515655], [1e-6, -4.7534243088]];
  for (const [probability, value] of table) {
    assert(Math.abs(normalQuantile(probability) - value) < 1e-9, `${probability}`);
  }
});

Deno.test("the baseline follows a drift, and what is at rest scatters around 0 without it", () => {
  const random = new Random(2), frames = 6000, rate = 10;
  const drift = Float32Array.from({ length: frames }, (_, t) => 20 * Math.exp(-t / 6000) + 2 * Math.sin(t / 900));
  const trace = drift.map((level) => level + 3 * random.normal());
  const rest = runningBaseline(trace, 3, rate, { window: 60, quantile: 0.1 });
  const error = drift.map((level, t) => rest[t] - level);
  const inner = error.slice(300, -300), mean = inner.reduce((sum, x) => sum + x, 0) / inner.length;
  assert(Math.abs(mean) < 0.15, `${mean}`);
  assert(inner.every((x) => Math.abs(x) < 1.2), "at most 0.4 s.d. of the noise off");
  const low = runningBaseline(trace, 3, rate, { level: "quantile" });
  assert(Math.abs(rest[2000] - low[2000] - 3 * 1.28155) < 1e-4);
  for (
    const wrong of [{ window: 0 }, { window: NaN }, { quantile: 0 }, { quantile: 1.5, level: "quantile" as const }]
  ) {
    assert.throws(() => runningBaseline(trace, 3, rate, wrong), ParameterError, JSON.stringify(wrong));
  }
});

Deno.test("what is made is what its words say", async () => {
  const extraction = fakeExtraction({ frames: 400, cells: 3 }), { frames } = extraction.movie;
  const made = await traceProducts(extraction, {
    detrend: { window: 10 },
    overNoise: true,
    dff: true,
    residuals: true,
  });
  const { raw, denoised } = extraction.traces;
  made.dF.forEach((value, i) => {
    const k = Math.floor(i / frames);
    assert(Math.abs(value - (raw[i] - made.baseline![i])) < 1e-4);
    assert(Math.abs(made.overNoise![i] - value / made.noise[k]) < 1e-4);
    assert(Math.abs(made.dff![i] - value / made.f0![k]) < 1e-6);
    assert(Math.abs(made.residuals![i] - (raw[i] - denoised[i])) < 1e-4, "the stored traces' own residuals");
  });
  assert.equal(made.denoised, denoised);
  assert(made.meaning.dff.includes("camera"));
  assert(!("dff" in await traceProducts(extraction)), "dF/F only on request");
});

Deno.test("F0 and dF make up the fluorescence of the footprint", async () => {
  const extraction = fakeExtraction({ frames: 300, cells: 2 }), { summary, footprints, movie } = extraction;
  const { f0, dF } = await traceProducts(extraction, { dff: true });
  for (let k = 0; k < 2; k++) {
    let light = 0, own = 0;
    for (let i = footprints.starts[k]; i < footprints.starts[k + 1]; i++) {
      light += footprints.values[i] * summary.mean[footprints.pixels[i]];
    }
    for (let t = 0; t < movie.frames; t++) own += dF[k * movie.frames + t] / movie.frames;
    assert(Math.abs(f0![k] + own - light) < 1e-2 * light);
  }
  const dark = { ...extraction, summary: { ...summary, mean: new Float32Array(summary.mean.length) } };
  await assert.rejects(traceProducts(dark, { dff: true }), /mean image/);
  const filtered = { ...extraction, summary: { ...summary, mean: summary.mean.map((v) => v - 5000) } };
  await assert.rejects(traceProducts(filtered, { dff: true }), /positive F0/);
});

Deno.test("deconvolution with other settings says which, and its residual is noise", async () => {
  const extraction = fakeExtraction({ frames: 800, cells: 2, arOrder: 1 });
  const made = await traceProducts(extraction, { deconvolve: { p: 1, s_min: 5, ar: [0.85] } });
  assert.match(made.meaning.denoised, /p 1, s_min 5, ar \[0.85\]/);
  assert(made.spikes.every((s) => s === 0 || s >= 5), "no spike is smaller than s_min");
  assert(made.spikes.some((s) => s > 0));
  const free = await traceProducts(extraction, { deconvolve: { p: 1, ar: [0.85] }, residuals: true });
  for (let k = 0; k < 2; k++) {
    const rest = free.residuals!.subarray(k * 800, (k + 1) * 800);
    const power = rest.reduce((sum, x) => sum + x * x, 0) / 800;
    assert(Math.abs(Math.sqrt(power) / free.noise[k] - 1) < 1e-3, `${power}`);
  }
  const second = await traceProducts(extraction, { deconvolve: { p: 2 } });
  assert.deepEqual([second.arOrder, second.ar.length], [2, 4]);
  await assert.rejects(traceProducts(extraction, { deconvolve: { p: 3 as 2 } }), ParameterError);
});

Deno.test("results over noise give the same dF", async () => {
  const extraction = fakeExtraction({ frames: 200, cells: 3 }), { traces } = extraction;
  const scaled = (values: Float32Array) => values.map((value, i) => value / traces.noise[Math.floor(i / 200)]);
  const over: Extraction = {
    ...extraction,
    units: "dF over noise",
    traces: { ...traces, raw: scaled(traces.raw), denoised: scaled(traces.denoised), spikes: scaled(traces.spikes) },
  };
  const one = await traceProducts(extraction, { detrend: {} }), other = await traceProducts(over, { detrend: {} });
  one.dF.forEach((value, i) => assert(Math.abs(value - other.dF[i]) < 1e-3));
  one.spikes.forEach((value, i) => assert(Math.abs(value - other.spikes[i]) < 1e-3));
});

Deno.test("no cell, one frame, traces that are not numbers, a window longer than the recording", async () => {
  const everything = {
    detrend: {},
    overNoise: true,
    dff: true,
    residuals: true,
    uncertainty: true,
    deconvolve: { p: 1 },
  } as const;
  const none = await traceProducts(fakeExtraction({ cells: 0 }), everything);
  assert.deepEqual([none.cells, none.dF.length, none.notes], [0, 0, []]);
  const single = await traceProducts(fakeExtraction({ frames: 1, cells: 2 }), everything);
  assert(single.dF.every(Number.isFinite));
  assert(single.notes.some((note) => /longer than the recording \(0\.1001 s\)/.test(note)), single.notes.join());

  const extraction = fakeExtraction({ frames: 200, cells: 2 });
  extraction.traces.raw[17] = NaN;
  const broken = await traceProducts(extraction, everything);
  assert(Number.isNaN(broken.noise[0]) && Number.isNaN(broken.overNoise![0]) && Number.isNaN(broken.uncertainty![0]));
  assert(broken.overNoise!.subarray(200).every(Number.isFinite));
  assert(broken.notes.some((note) => /not finite.*C000$/.test(note)), broken.notes.join());
  const silent = fakeExtraction({ frames: 200, cells: 1 });
  silent.traces.raw.fill(0);
  assert((await traceProducts(silent, everything)).overNoise!.every((value) => value === 0));
});

Deno.test("chosen cells keep their numbers, traces and measures", () => {
  const all: Extraction = {
    ...fakeExtraction({ cells: 4 }),
    numbers: Uint32Array.of(0, 2, 3, 9),
    quality: {
      accepted: Uint8Array.of(1, 0, 1, 1),
      snr: Float32Array.of(4, 3, 2, 1),
      reasons: ["a", "b", "c", "d"],
      rule: "r",
    },
  };
  assert.deepEqual(acceptedCells(all), [0, 2, 3]);
  assert.deepEqual(acceptedCells(fakeExtraction({ cells: 2 })), [0, 1]);
  const some = chosenCells(all, [2, 3]);
  assert.deepEqual([...some.numbers!], [3, 9]);
  assert.deepEqual([...some.quality!.snr!], [2, 1]);
  assert.deepEqual([some.quality!.reasons, some.quality!.rule], [["c", "d"], "r"]);
  assert.deepEqual(some.traces.raw, all.traces.raw.slice(2 * 120));
  assert.deepEqual(some.footprints.values, all.footprints.values.slice(all.footprints.starts[2]));
  assert.deepEqual(some.traces.ar, all.traces.ar.slice(2));
});

Deno.test("spikes in other units than their calcium are brought to it, and only those", async () => {
  const extraction = fakeExtraction({ frames: 300, cells: 2 }), { traces } = extraction;
  assert.equal((await traceProducts(extraction)).spikes, traces.spikes, "as they are");
  const small = { ...extraction, traces: { ...traces, spikes: traces.spikes.map((s) => s / 2000) } };
  const lifted = { ...small, traces: { ...small.traces, denoised: traces.denoised.map((c) => c + 40) } };
  for (const one of [small, lifted]) {
    const { spikes, notes } = await traceProducts(one);
    spikes.forEach((s, i) => assert(Math.abs(s - traces.spikes[i]) < 0.05, `${i}: ${s} ${traces.spikes[i]}`));
    assert(notes.some((note) => /not in the units/.test(note)));
  }
  const unlike = { ...extraction, traces: { ...traces, spikes: traces.spikes.map((_, i) => i % 7 === 0 ? 1e-3 : 0) } };
  assert.equal((await traceProducts(unlike)).spikes, unlike.traces.spikes, "what does not fit is left alone");
});

Deno.test("a double root has time constants, in spite of 32 bits", () => {
  for (let root = 0.3; root < 0.98; root += 0.01) {
    const [decay, rise] = timeConstants(Float32Array.of(2 * root, -root * root), 2, 10),
      expected = -1 / (10 * Math.log(root));
    assert(Math.abs(decay / expected - 1) < 0.05 && Math.abs(rise / expected - 1) < 0.05, `${root}: ${decay} ${rise}`);
  }
  assert(Number.isNaN(timeConstants(Float32Array.of(1, -0.5), 2, 10)[0]), "a complex pair has none");
});
