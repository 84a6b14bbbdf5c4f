/** The solvers: optimal by brute force and by their optimality conditions, and right about simulated truth. */
import assert from "node:assert/strict";
import { Ar2Window } from "../src/deconvolution/ar2_window.ts";
import { nonNegativeAr2 } from "../src/deconvolution/nonnegative_ar2.ts";
import { constrainedOasisAr1, oasisAr1 } from "../src/deconvolution/oasis_ar1.ts";
import { constrainedOasisAr2 } from "../src/deconvolution/oasis_ar2.ts";
import { uniform } from "./backends.ts";
import {
  assertRecursion,
  bestObjective,
  correlation,
  normal,
  optimalityGap,
  residual,
  simulateTrace,
} from "./deconvolution_traces.ts";

/** Objective of a solution: its first calcium counts as a spike. */
function objective(y: Float64Array, calcium: Float64Array, spikes: Float64Array, lambda: number): number {
  return residual(y, 0, calcium) / 2 + lambda * spikes.reduce((sum, s) => sum + s, calcium[0]);
}

Deno.test("OASIS AR(1) finds what trying every set of spikes finds", () => {
  for (let seed = 0; seed < 12; seed++) {
    const y = Float64Array.from({ length: 9 }, normal(seed)), g = 0.3 + 0.05 * seed, lambda = [0, 0.4, 2][seed % 3];
    const { calcium, spikes } = oasisAr1(y, g, lambda);
    const best = bestObjective(y, [g], lambda);
    assert.ok(Math.abs(objective(y, calcium, spikes, lambda) - best) < 1e-10, `seed ${seed}`);
  }
});

Deno.test("windowed NNLS AR(2) finds what trying every set of spikes finds", () => {
  for (let seed = 0; seed < 12; seed++) {
    const y = Float64Array.from({ length: 9 }, normal(seed)), lambda = [0, 0.4, 2][seed % 3];
    const decay = 0.5 + 0.04 * seed, rise = seed === 5 ? decay : 0.3;
    const { calcium, spikes } = nonNegativeAr2(y, decay, rise, lambda);
    const best = bestObjective(y, [decay + rise, -decay * rise], lambda);
    assert.ok(Math.abs(objective(y, calcium, Float64Array.of(0, ...spikes.slice(1)), lambda) - best) < 1e-9, `${seed}`);
  }
});

Deno.test("OASIS AR(1) meets the optimality conditions on long traces", () => {
  for (
    const [seed, frames, g, lambda] of [[1, 1, 0.9, 0.1], [2, 2, 0.9, 0.1], [3, 500, 0.95, 1], [4, 5000, 0.7, 0.3]]
  ) {
    const y = Float64Array.from(simulateTrace(seed, frames, [g], { baseline: 0 }).trace);
    const { calcium, spikes } = oasisAr1(y, g, lambda);
    assertRecursion(calcium, spikes, [g], 1e-12);
    assert.ok(optimalityGap(y, calcium, spikes, [g], lambda) < 1e-12, `${frames} frames`);
  }
});

Deno.test("OASIS AR(1) with a smallest spike has no smaller one", () => {
  for (const size of [0.3, 0.8]) {
    const y = Float64Array.from(simulateTrace(5, 3000, [0.9], { baseline: 0 }).trace);
    const { calcium, spikes } = oasisAr1(y, 0.9, 0, size);
    assertRecursion(calcium, spikes, [0.9], 1e-12);
    const kept = spikes.filter((s) => s > 0);
    assert.ok(kept.length > 20 && kept.every((s) => s >= size - 1e-12), `smallest ${Math.min(...kept)}`);
  }
});

Deno.test("NNLS AR(2) is optimal inside one window and nearly so across windows", () => {
  const ar = [1.5, -0.54];
  for (const [frames, tolerance] of [[1, 1e-9], [2, 1e-9], [3, 1e-9], [150, 1e-9], [2050, 2e-3]]) {
    const y = Float64Array.from(simulateTrace(6, frames, ar, { baseline: 0, noise: 0.5 }).trace);
    const { calcium, spikes } = nonNegativeAr2(y, 0.9, 0.6, 0.8);
    const gap = optimalityGap(y, calcium, spikes, ar, 0.8);
    assert.ok(gap < tolerance, `${frames} frames: ${gap}`);
    spikes[0] = 0;
    assertRecursion(calcium, spikes, ar, 1e-12);
  }
});

Deno.test("one AR(2) window: optimal among its candidates, from nothing and from any start, also for a double root", () => {
  for (let seed = 0; seed < 30; seed++) {
    const next = uniform(seed), frames = 20 + 5 * seed, decay = 0.6 + 0.39 * next();
    const rise = seed % 5 === 0 ? decay : decay * (0.01 + 0.9 * next()), g1 = decay + rise, g2 = -decay * rise;
    const data = Float64Array.from(simulateTrace(seed, frames, [g1, g2], { baseline: 0, rate: 0.2 }).trace);
    const candidates = Uint8Array.from({ length: frames }, () => next() < 0.7 ? 1 : 0);
    const window = new Ar2Window(g1, g2, 200), found: Float64Array[] = [];
    for (const start of [new Float64Array(frames), Float64Array.from({ length: frames }, () => 5 * next())]) {
      window.solve(data, start, candidates);
      const calcium = new Float64Array(frames);
      start.forEach((s, t) => calcium[t] = s + (t > 0 ? g1 * calcium[t - 1] : 0) + (t > 1 ? g2 * calcium[t - 2] : 0));
      assert.ok(start.every((s, t) => s >= 0 && (candidates[t] || s === 0)));
      assert.ok(optimalityGap(data, calcium, start, [g1, g2], 0, candidates) < 1e-9, `seed ${seed}`);
      found.push(calcium);
    }
    found[0].forEach((c, t) => assert.ok(Math.abs(c - found[1][t]) < 1e-6, `seed ${seed}: one solution`));
  }
});

Deno.test("constrained AR(1): the residual is the noise, the solution is optimal for its baseline and penalty", () => {
  for (const [seed, g, noise] of [[1, 0.9, 0.2], [2, 0.95, 0.3], [3, 0.8, 0.15], [4, 0.97, 0.1]]) {
    const { trace, calcium, spikes } = simulateTrace(seed, 3000, [g], { noise, baseline: -40 });
    const y = Float64Array.from(trace), fit = constrainedOasisAr1(y, g, noise);
    assert.ok(fit.penalty > 0);
    assert.ok(Math.abs(residual(y, fit.baseline, fit.calcium) / (noise * noise * 3000) - 1) < 1e-5, `seed ${seed}`);
    assert.ok(optimalityGap(y.map((x) => x - fit.baseline), fit.calcium, fit.spikes, [g], fit.penalty) < 1e-12);
    const mean = y.reduce((sum, x, t) => sum + x - fit.calcium[t], 0) / 3000;
    assert.ok(Math.abs(mean - fit.baseline) < 1e-3 * noise, "the baseline is the mean of what calcium leaves");
    assertRecursion(fit.calcium, fit.spikes, [g], 1e-12);
    assert.ok(Math.abs(fit.baseline + 40) < noise, `baseline ${fit.baseline}`);
    assert.ok(correlation(fit.calcium, calcium) > 0.97, `calcium ${correlation(fit.calcium, calcium)}`);
    assert.ok(correlation(fit.spikes, spikes) > 0.7, `spikes ${correlation(fit.spikes, spikes)}`);
  }
});

Deno.test("constrained AR(1) with a known baseline: the same, with that baseline", () => {
  const { trace } = simulateTrace(5, 2000, [0.9], { noise: 0.3 });
  const y = Float64Array.from(trace), fit = constrainedOasisAr1(y, 0.9, 0.3, { baseline: 10 });
  assert.equal(fit.baseline, 10);
  assert.ok(Math.abs(residual(y, 10, fit.calcium) / (0.09 * 2000) - 1) < 1e-5);
  assert.ok(optimalityGap(y.map((x) => x - 10), fit.calcium, fit.spikes, [0.9], fit.penalty) < 1e-12);
});

Deno.test("constrained AR(1): more noise allowed, fewer and smaller spikes", () => {
  const y = Float64Array.from(simulateTrace(6, 2000, [0.9], { noise: 0.3 }).trace);
  let before = -1;
  for (const noise of [0.25, 0.3, 0.35, 0.4]) {
    const { penalty } = constrainedOasisAr1(y, 0.9, noise);
    assert.ok(penalty > before, `noise ${noise}: penalty ${penalty}`);
    before = penalty;
  }
  const quiet = constrainedOasisAr1(y, 0.9, 100);
  assert.ok(quiet.calcium.every((c) => c === 0) && quiet.spikes.every((s) => s === 0), "less variance than noise");
  const exact = constrainedOasisAr1(y, 0.9, 0, { baseline: 10 });
  assert.ok(
    exact.penalty >= 0 && optimalityGap(y.map((x) => x - 10), exact.calcium, exact.spikes, [0.9], exact.penalty) < 1e-9,
  );
});

Deno.test("s_min = 0 explains the trace to the noise with fewer spikes than the penalty does", () => {
  const { trace, spikes } = simulateTrace(7, 3000, [0.93], { noise: 0.3 });
  const y = Float64Array.from(trace), count = (fit: { spikes: Float64Array }) => fit.spikes.filter((s) => s > 0).length;
  const soft = constrainedOasisAr1(y, 0.93, 0.3), hard = constrainedOasisAr1(y, 0.93, 0.3, { s_min: 0 });
  assert.ok(count(hard) < count(soft), `${count(hard)} and ${count(soft)}`);
  assert.ok(residual(y, hard.baseline, hard.calcium) < 0.09 * 3000);
  assertRecursion(hard.calcium, hard.spikes, [0.93], 1e-12);
  assert.ok(correlation(hard.spikes, spikes) > 0.8 * correlation(soft.spikes, spikes));
});

Deno.test("optimize_ar brings a decay that is too slow to the true one", () => {
  const { trace } = simulateTrace(8, 4000, [0.95], { noise: 0.15, rate: 0.01 });
  const y = Float64Array.from(trace);
  const one = constrainedOasisAr1(y, 0.97, 0.15, { optimize_ar: true });
  assert.ok(Math.abs(one.decay - 0.95) < 0.015, `AR(1): ${one.decay}`);
  const slow = Float64Array.from(simulateTrace(9, 4000, [1.45, -0.475], { noise: 0.3, rate: 0.01 }).trace);
  const two = constrainedOasisAr2(slow, [0.97, 0.5], 0.3, { optimize_ar: true });
  assert.ok(Math.abs(two.roots[0] - 0.95) < 0.025 && two.roots[1] === 0.5, `AR(2): ${two.roots}`);
});

Deno.test("constrained AR(2) recovers calcium and spikes, with every kind of s_min", () => {
  const ar = [1.5, -0.54], noise = 0.4;
  const { trace, calcium, spikes } = simulateTrace(10, 3000, ar, { noise });
  const y = Float64Array.from(trace);
  for (const s_min of [null, 0, 0.3, -1]) {
    const fit = constrainedOasisAr2(y, [0.9, 0.6], noise, { s_min });
    assertRecursion(fit.calcium, fit.spikes, ar, 1e-12);
    assert.ok(Math.abs(fit.baseline - 10) < noise, `s_min ${s_min}: baseline ${fit.baseline}`);
    assert.ok(correlation(fit.calcium, calcium) > 0.97, `s_min ${s_min}: calcium ${correlation(fit.calcium, calcium)}`);
    assert.ok(correlation(fit.spikes, spikes) > 0.7, `s_min ${s_min}: spikes ${correlation(fit.spikes, spikes)}`);
    const ratio = residual(y, fit.baseline, fit.calcium) / (noise * noise * 3000);
    assert.ok(s_min === 0 ? ratio < 1 : ratio > 0.5 && ratio < 1.2, `s_min ${s_min}: residual ${ratio}`);
    const smallest = s_min === null ? 0 : s_min >= 0 ? s_min : -s_min * noise * Math.sqrt(1 - 0.9);
    assert.ok(fit.spikes.every((s) => s === 0 || s >= smallest), `s_min ${s_min}`);
  }
});

Deno.test("a trace that begins within a transient keeps its initial calcium, AR(1) and AR(2)", () => {
  for (const ar of [[0.95], [1.45, -0.475]]) {
    const { trace, calcium } = simulateTrace(12, 1500, ar, { noise: 0.1, rate: 0.005 });
    const late = trace.map((x, t) => x + 6 * 0.95 ** t), truth = calcium.map((c, t) => c + 6 * 0.95 ** t);
    const fit = ar.length === 1
      ? constrainedOasisAr1(Float64Array.from(late), 0.95, 0.1)
      : constrainedOasisAr2(Float64Array.from(late), [0.95, 0.5], 0.1);
    assert.ok(fit.calcium[0] > 3, `AR(${ar.length}): initial ${fit.calcium[0]}`);
    assert.ok(correlation(fit.calcium, truth) > 0.98, `AR(${ar.length}): ${correlation(fit.calcium, truth)}`);
    assert.ok(Math.abs(fit.baseline - 10) < 0.2, `AR(${ar.length}): baseline ${fit.baseline}`);
  }
});
