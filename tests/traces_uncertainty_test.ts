/** The uncertainty of denoised traces: its definition by matrices, and how often the truth lies within it. */
import assert from "node:assert/strict";
import { deconvolve } from "../src/deconvolution/deconvolve.ts";
import { Random } from "../src/simulation/random.ts";
import { denoisedUncertainty } from "../src/traces/uncertainty.ts";

/** √ of the diagonal of H(HᵀH)⁻¹Hᵀ by Gram–Schmidt: the responses to the spikes, made orthonormal. */
function byMatrices(spikes: Float32Array, ar: readonly number[]): number[] {
  const frames = spikes.length, basis: number[][] = [];
  spikes.forEach((s, from) => {
    if (!(s > 0)) return;
    const h = new Array(frames).fill(0);
    for (let t = from; t < frames; t++) {
      h[t] = (t === from ? 1 : 0) + ar[0] * (h[t - 1] ?? 0) + (ar[1] ?? 0) * (h[t - 2] ?? 0);
    }
    for (const q of [...basis, ...basis]) {
      const along = q.reduce((sum, x, t) => sum + x * h[t], 0);
      for (let t = 0; t < frames; t++) h[t] -= along * q[t];
    }
    const norm = Math.hypot(...h);
    basis.push(h.map((x) => x / norm));
  });
  return Array.from({ length: frames }, (_, t) => Math.hypot(...basis.map((q) => q[t])));
}

Deno.test("the uncertainty is that of least squares given the spikes", () => {
  const random = new Random(3), frames = 220;
  for (const ar of [[0.9], [0.3], [1.5, -0.54], [1.2, -0.2], [1.85, -0.855]]) {
    for (const rate of [0.02, 0.1, 0.6]) {
      const spikes = Float32Array.from(
        { length: frames },
        (_, t) => t < 150 && random.uniform() < rate ? 1 + t % 3 : 0,
      );
      const found = denoisedUncertainty(new Float32Array(frames), spikes, ar, 2), expected = byMatrices(spikes, ar);
      expected.forEach((sd, t) =>
        assert(Math.abs(found[t] - 2 * sd) < 2e-4, `${ar} ${rate} ${t}: ${found[t]} ${2 * sd}`)
      );
    }
  }
});

Deno.test("an AR(1) pool is an average of its frames; before the first spike nothing is uncertain", () => {
  const spikes = new Float32Array(10), g = 0.8;
  spikes[3] = spikes[7] = 5;
  const found = denoisedUncertainty(new Float32Array(10), spikes, [g], 1);
  assert.deepEqual([...found.subarray(0, 3)], [0, 0, 0]);
  const sum = 1 + g ** 2 + g ** 4 + g ** 6;
  for (let k = 0; k < 4; k++) assert(Math.abs(found[3 + k] - g ** k / Math.sqrt(sum)) < 1e-6);
  const begun = denoisedUncertainty(Float32Array.of(4, 3.2, 2.56), new Float32Array(3), [g], 1);
  assert(begun[0] > 0.6 && begun[2] < begun[0], "calcium that was there at the start counts as a spike");
  assert(denoisedUncertainty(new Float32Array(3), new Float32Array(3), [], 2).every((sd) => sd === 2), "no model");
  assert(denoisedUncertainty(new Float32Array(3), new Float32Array(3), [g], NaN).every(Number.isNaN));
  assert(denoisedUncertainty(new Float32Array(3), new Float32Array(3), [0], 1).every((sd) => sd === 0), "silent");
  assert(denoisedUncertainty(new Float32Array(4000), spikesAt(4000, 0), [1.5, -0.54], 1).every((sd) => sd >= 0));
});

function spikesAt(frames: number, ...at: number[]): Float32Array {
  const spikes = new Float32Array(frames);
  for (const t of at) spikes[t] = 1;
  return spikes;
}

/** Share of the frames with an uncertainty in which the true calcium lies within one s.d. of the denoised one. */
export function coverage(
  ar: readonly number[],
  peak: number,
  s_min: number | null,
  traces: number,
  rate = 0.015,
): number {
  let inside = 0, all = 0;
  const frames = 3000, p = ar.length as 1 | 2;
  for (let k = 0; k < traces; k++) {
    const random = new Random(5, p, k), truth = new Float64Array(frames), size = peak / largestResponse(ar);
    for (let t = 0; t < frames; t++) {
      const spike = random.uniform() < rate ? size * random.uniform(0.8, 1.2) : 0;
      truth[t] = spike + ar[0] * (truth[t - 1] ?? 0) + (ar[1] ?? 0) * (truth[t - 2] ?? 0);
    }
    const trace = Float32Array.from(truth, (c) => c + random.normal());
    const { denoised, spikes } = deconvolve(trace, {
      p,
      ar,
      noise: 1,
      baseline: 0,
      s_min: s_min === null ? null : s_min * size,
    });
    const sd = denoisedUncertainty(denoised, spikes, ar, 1);
    for (let t = 0; t < frames; t++) {
      if (!(sd[t] > 0.02)) continue; // long after a transient both are 0
      all++;
      if (Math.abs(denoised[t] - truth[t]) <= sd[t]) inside++;
    }
  }
  return inside / all;
}

function largestResponse(ar: readonly number[]): number {
  let one = 1, two = 0, most = 1;
  for (let t = 0; t < 50; t++) {
    [one, two] = [ar[0] * one + (ar[1] ?? 0) * two, one];
    most = Math.max(most, one);
  }
  return most;
}

Deno.test("about 68 % of true values lie within one s.d. where spikes are well found", () => {
  for (const ar of [[0.9], [1.5, -0.54]]) {
    const share = coverage(ar, 15, 0.5, 20);
    assert(share > 0.63 && share < 0.72, `AR(${ar.length}): ${share}`);
  }
});
