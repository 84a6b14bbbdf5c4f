/** `deconvolve` and `deconvolveAll`: estimates included, awkward traces, and workers. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { deconvolve, type DeconvolveOptions } from "../src/deconvolution/deconvolve.ts";
import { deconvolveAll } from "../src/deconvolution/deconvolve_all.ts";
import { DeconvolutionPool } from "../src/deconvolution/pool.ts";
import { WorkerPool } from "../src/deconvolution/worker_pool.ts";
import { assertRecursion, correlation, simulateTrace } from "./deconvolution_traces.ts";

Deno.test("deconvolve with nothing known recovers AR(1) and AR(2) calcium", () => {
  for (const ar of [[0.93], [1.5, -0.54]]) {
    const p = ar.length as 1 | 2;
    const { trace, calcium, spikes } = simulateTrace(21, 5000, ar, { noise: 0.2 * p });
    const before = trace.slice();
    const found = deconvolve(trace, { p });
    assert.deepEqual(trace, before, "the trace is not changed");
    assert.ok(Math.abs(found.noise / (0.2 * p) - 1) < 0.15, `noise ${found.noise}`);
    assert.ok(Math.abs(found.baseline - 10) < 0.2 * p, `baseline ${found.baseline}`);
    assert.ok(correlation(found.denoised, calcium) > 0.96, `p ${p}: calcium ${correlation(found.denoised, calcium)}`);
    assert.ok(correlation(found.spikes, spikes) > 0.65, `p ${p}: spikes ${correlation(found.spikes, spikes)}`);
    assertRecursion(found.denoised, found.spikes, found.ar, 1e-6);
    assert.equal(found.initial, found.denoised[0]);
    assert.equal(found.ar.length, p);
    assert.deepEqual(deconvolve(trace, { p }), found, "twice the same");
  }
});

Deno.test("deconvolve shifts and scales with the trace", () => {
  const { trace } = simulateTrace(22, 1500, [0.9]);
  for (const p of [1, 2] as const) {
    const one = deconvolve(trace, { p }), other = deconvolve(trace.map((x) => 64 * x - 4096), { p });
    assert.ok(Math.abs(other.baseline - (64 * one.baseline - 4096)) < 0.02 * other.noise);
    assert.ok(Math.abs(other.penalty / one.penalty - 64) < 0.1);
    one.denoised.forEach((c, t) => assert.ok(Math.abs(other.denoised[t] - 64 * c) < 0.05 * other.noise, `frame ${t}`));
  }
});

Deno.test("p = 0 leaves the trace above its baseline, without spikes", () => {
  const { trace } = simulateTrace(23, 2000, [0.9], { noise: 0.3 });
  const found = deconvolve(trace, { p: 0 });
  assert.ok(Math.abs(found.baseline - 10) < 0.3, `baseline ${found.baseline}`);
  found.denoised.forEach((c, t) => assert.equal(c, Math.fround(Math.max(0, trace[t] - found.baseline))));
  assert.ok(found.spikes.every((s) => s === 0));
  assert.deepEqual([found.ar, found.penalty], [[], 0]);
  assert.equal(deconvolve(trace, { p: 0, baseline: 3 }).baseline, 3);
});

Deno.test("traces with nothing in them give empty results", () => {
  const traces: [string, Float32Array][] = [
    ["no frames", new Float32Array(0)],
    ["one frame", Float32Array.of(5)],
    ["two frames", Float32Array.of(5, 9)],
    ["three frames", Float32Array.of(5, 9, 2)],
    ["constant", new Float32Array(500).fill(7.3)],
    ["zero", new Float32Array(500)],
    ["NaN", Float32Array.from({ length: 500 }, (_, t) => t === 100 ? NaN : t % 7)],
    ["infinite", Float32Array.from({ length: 500 }, (_, t) => t === 100 ? -Infinity : t % 7)],
  ];
  for (const [name, trace] of traces) {
    for (const p of [1, 2] as const) {
      for (const s_min of [null, 0, 1, -1]) {
        const found = deconvolve(trace, { p, s_min });
        assert.ok(found.denoised.length === trace.length && found.denoised.every((c) => c === 0), name);
        assert.ok(found.spikes.length === trace.length && found.spikes.every((s) => s === 0), name);
        assert.deepEqual(found.ar, new Array(p).fill(0), name);
        const broken = name === "NaN" || name === "infinite";
        assert.equal(Number.isNaN(found.baseline) && Number.isNaN(found.noise), broken, name);
      }
    }
    const plain = deconvolve(trace, { p: 0 });
    assert.ok(plain.denoised.every((c) => c >= 0 && Number.isFinite(c)), name);
  }
  assert.equal(deconvolve(new Float32Array(500).fill(7.25), { p: 1 }).baseline, 7.25);
});

Deno.test("short, smooth, huge and tiny traces give finite results", () => {
  const shapes: ((t: number) => number)[] = [
    (t) => t,
    (t) => -t,
    (t) => t === 3 ? 1 : 0,
    (t) => Math.sin(t / 5),
    (t) => (t % 2) * 1e30,
    (t) => Math.sin(t * t) * 1e-30,
    (t) => 1e6 + Math.sin(t * t),
    (t) => 0.9 ** t,
  ];
  for (const frames of [13, 14, 15, 16, 17, 40, 50, 51, 199, 200, 201, 255, 257, 301, 997]) {
    for (const shape of shapes) {
      const trace = Float32Array.from({ length: frames }, (_, t) => shape(t));
      for (const p of [1, 2] as const) {
        for (const s_min of [null, 0, -1]) {
          const { denoised, spikes, baseline, ar, penalty } = deconvolve(trace, {
            p,
            s_min,
            optimize_ar: s_min === null,
          });
          assert.ok(denoised.every((c) => Number.isFinite(c) && c >= 0), `${frames} frames of ${shape}, p ${p}`);
          assert.ok(spikes.every((s) => Number.isFinite(s) && s >= 0), `${frames} frames of ${shape}, p ${p}`);
          assert.ok([baseline, penalty, ...ar].every(Number.isFinite) && penalty >= 0, `${frames} frames of ${shape}`);
        }
      }
    }
  }
});

Deno.test("with noise and ar known, two frames are enough", () => {
  const { denoised, spikes } = deconvolve(Float32Array.of(0, 5), { p: 1, noise: 0.1, ar: [0.9], baseline: 0 });
  assert.ok(denoised[0] < 0.2 && denoised[1] > 4.5 && spikes[1] > 4.5);
});

Deno.test("options out of range are named", () => {
  const trace = simulateTrace(24, 100, [0.9]).trace;
  const wrong: [DeconvolveOptions, RegExp][] = [
    [{ p: 3 as 2 }, /^p must/],
    [{ p: 1, s_min: NaN }, /^s_min must/],
    [{ p: 1, noise: -1 }, /^noise must/],
    [{ p: 1, baseline: Infinity }, /^baseline must/],
    [{ p: 1, ar: [0.9, 0.1] }, /^ar must hold p = 1/],
    [{ p: 1, ar: [1] }, /^ar must be a decay/],
    [{ p: 2, ar: [1, -0.5] }, /^ar must have two real roots/],
    [{ p: 1, lags: 0 }, /^lags must/],
    [{ p: 1, fudge_factor: 0 }, /^fudge_factor must/],
    [{ p: 1, noise_range: [0.5, 0.1] }, /^noise_range must/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => deconvolve(trace, options),
      (error: unknown) => error instanceof ParameterError && message.test(error.message),
    );
  }
});

function manyTraces(cells: number, frames: number): Float32Array {
  const traces = new Float32Array(cells * frames);
  for (let k = 0; k < cells; k++) traces.set(simulateTrace(k, frames, [0.9]).trace, k * frames);
  traces.fill(NaN, frames, frames + 1); // the second cell is broken
  return traces;
}

Deno.test("workers and this thread give the same bytes, and a pool is used again", async () => {
  const cells = 13, frames = 1000, traces = manyTraces(cells, frames), before = traces.slice();
  using pool = new WorkerPool(3), closed = new WorkerPool(1);
  closed.close();
  assert.equal(closed.usable, false);
  for (const p of [0, 1, 2] as const) {
    const options = { p, s_min: p === 1 ? -1 : null };
    const [there, here, again] = await Promise.all([
      deconvolveAll(traces, cells, frames, options, pool),
      deconvolveAll(traces, cells, frames, options, closed),
      deconvolveAll(traces, cells, frames, options, pool),
    ]);
    assert.deepEqual(there, here);
    assert.deepEqual(again, here);
    const third = deconvolve(traces.subarray(2 * frames, 3 * frames), options);
    assert.deepEqual(here.denoised.subarray(2 * frames, 3 * frames), third.denoised);
    assert.deepEqual(here.spikes.subarray(2 * frames, 3 * frames), third.spikes);
    assert.deepEqual(here.ar[2], third.ar);
    assert.equal(here.penalty[2], Math.fround(third.penalty));
    assert.ok(Number.isNaN(here.noise[1]) && here.denoised.subarray(frames, 2 * frames).every((c) => c === 0));
  }
  assert.deepEqual(traces, before);
  assert.equal(pool.usable, true);
});

Deno.test("a worker's answer comes from a worker", async () => {
  using pool = new WorkerPool(1);
  const trace = simulateTrace(25, 800, [0.9]).trace;
  assert.deepEqual(await pool.run(trace, 800, { p: 1 }), [deconvolve(trace, { p: 1 })]);
  await assert.rejects(pool.run(trace, 800, { p: 1, lags: -1 }), /lags must be/);
  assert.equal(pool.usable, true, "a wrong option does not break the pool");
  const unfinished = pool.run(trace, 800, { p: 1 });
  pool.close();
  await assert.rejects(unfinished, /has been closed/);
});

Deno.test("deconvolveAll without a pool, without Worker, without cells, and with wrong arguments", async () => {
  const cells = 3, frames = 4000, traces = manyTraces(cells, frames), scope = globalThis as { Worker?: unknown };
  const worker = scope.Worker;
  const expected = await deconvolveAll(traces, cells, frames, { p: 1 });
  try {
    delete scope.Worker;
    assert.deepEqual(await deconvolveAll(traces, cells, frames, { p: 1 }, new WorkerPool(2)), expected);
    scope.Worker = class {
      constructor() {
        throw new Error("No workers today");
      }
    };
    assert.deepEqual(await deconvolveAll(traces, cells, frames, { p: 1 }, new WorkerPool(2)), expected);
  } finally {
    scope.Worker = worker;
  }
  assert.equal((await deconvolveAll(new Float32Array(0), 0, 100, { p: 2 })).denoised.length, 0);
  assert.equal((await deconvolveAll(new Float32Array(0), 5, 0, { p: 2 })).baseline.length, 5);
  await assert.rejects(deconvolveAll(traces, cells, frames + 1, { p: 1 }), RangeError);
  await assert.rejects(deconvolveAll(traces, cells, frames, { p: 1, noise: -1 }), ParameterError);
  await assert.rejects(deconvolveAll(traces, cells, frames, { p: 1, lags: -1 }), ParameterError);
  assert.throws(() => new WorkerPool(0), RangeError);
});

Deno.test("a pool with settings deconvolves with them, and after it was closed too", async () => {
  const cells = 4, frames = 3000, traces = manyTraces(cells, frames);
  const pool = new DeconvolutionPool({ s_min: -1, lags: 7 }, 2);
  const expected = await deconvolveAll(traces, cells, frames, { p: 1, s_min: -1, lags: 7 });
  assert.deepEqual(await pool.deconvolve(traces, cells, frames, 1), expected);
  pool.close();
  pool.close();
  assert.deepEqual(await pool.deconvolve(traces, cells, frames, 1), expected);
});
