/** Traces with a truth, and the conditions a deconvolved trace has to meet, for the tests of src/deconvolution. */
import assert from "node:assert/strict";
import { uniform } from "./backends.ts";

/** A simulated trace and what it was made of. */
export interface SimulatedTrace {
  readonly trace: Float32Array;
  readonly calcium: Float64Array;
  readonly spikes: Float64Array;
}

/** Standard normal numbers from a seed (Box–Muller). */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** baseline + AR(p) calcium driven by spikes of 0.5–1.5 that come with chance `rate` a frame + normal noise. */
export function simulateTrace(
  seed: number,
  frames: number,
  ar: readonly number[],
  { baseline = 10, noise = 0.2, rate = 0.02 } = {},
): SimulatedTrace {
  const next = uniform(seed), deviate = normal(seed + 1000);
  const spikes = new Float64Array(frames), calcium = new Float64Array(frames), trace = new Float32Array(frames);
  for (let t = 0; t < frames; t++) {
    spikes[t] = next() < rate && t > 0 ? 0.5 + next() : 0;
    calcium[t] = spikes[t];
    ar.forEach((g, lag) => {
      if (t > lag) calcium[t] += g * calcium[t - 1 - lag];
    });
    trace[t] = baseline + calcium[t] + noise * deviate();
  }
  return { trace, calcium, spikes };
}

/** Pearson correlation. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (let t = 0; t < n; t++) {
    sa += a[t];
    sb += b[t];
    saa += a[t] * a[t];
    sbb += b[t] * b[t];
    sab += a[t] * b[t];
  }
  return (sab - sa * sb / n) / Math.sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

/** Σ (trace − baseline − calcium)². */
export function residual(trace: ArrayLike<number>, baseline: number, calcium: ArrayLike<number>): number {
  let sum = 0;
  for (let t = 0; t < trace.length; t++) sum += (trace[t] - baseline - calcium[t]) ** 2;
  return sum;
}

/** Asserts c_t = Σ_i ar_i c_{t−i} + s_t for t ≥ 1, s ≥ 0, c ≥ 0 and s_0 = 0, to `tolerance` of the largest calcium. */
export function assertRecursion(
  calcium: ArrayLike<number>,
  spikes: ArrayLike<number>,
  ar: readonly number[],
  tolerance: number,
): void {
  let largest = 0;
  for (let t = 0; t < calcium.length; t++) largest = Math.max(largest, calcium[t]);
  assert.equal(spikes[0], 0);
  for (let t = 0; t < calcium.length; t++) {
    assert.ok(calcium[t] >= -tolerance * largest && spikes[t] >= 0, `frame ${t}: c ${calcium[t]}, s ${spikes[t]}`);
    if (t === 0) continue;
    let expected = spikes[t];
    ar.forEach((g, lag) => {
      if (t > lag) expected += g * calcium[t - 1 - lag];
    });
    assert.ok(
      Math.abs(calcium[t] - expected) <= tolerance * largest,
      `frame ${t}: calcium ${calcium[t]} is not ${expected}`,
    );
  }
}

/**
 * Largest violation of the optimality conditions of min ½|y − c|² + λ Σ s with s ≥ 0, relative to the largest gradient of
 * an empty solution: the gradient λ − Σ_k h_k r_{t+k} is 0 where s_t > 0 and not negative elsewhere. s_0 is c_0 here.
 */
export function optimalityGap(
  y: ArrayLike<number>,
  calcium: ArrayLike<number>,
  spikes: ArrayLike<number>,
  ar: readonly number[],
  lambda: number,
  candidates?: ArrayLike<number>,
): number {
  const frames = y.length, [g1, g2 = 0] = ar;
  let one = 0, two = 0, emptyOne = 0, emptyTwo = 0, scale = 0, worst = 0;
  for (let t = frames - 1; t >= 0; t--) {
    const back = y[t] - calcium[t] + g1 * one + g2 * two, emptyBack = y[t] + g1 * emptyOne + g2 * emptyTwo;
    two = one;
    one = back;
    emptyTwo = emptyOne;
    emptyOne = emptyBack;
    scale = Math.max(scale, Math.abs(emptyBack));
    const gradient = lambda - back, size = t === 0 ? calcium[0] : spikes[t];
    if (size > 0) worst = Math.max(worst, Math.abs(gradient));
    else if (!candidates || candidates[t]) worst = Math.max(worst, -gradient);
  }
  return worst / scale;
}

/**
 * The objective ½|y − c|² + λ Σ s of the best solution there is, found by trying every set of spikes and solving its
 * normal equations by elimination. For at most a dozen frames.
 */
export function bestObjective(y: ArrayLike<number>, ar: readonly number[], lambda: number): number {
  const frames = y.length;
  const response = new Float64Array(frames);
  for (let k = 0; k < frames; k++) {
    response[k] = k === 0 ? 1 : ar.reduce((sum, g, lag) => k > lag ? sum + g * response[k - 1 - lag] : sum, 0);
  }
  let best = Infinity;
  for (let set = 0; set < 2 ** frames; set++) {
    const members = Array.from({ length: frames }, (_, t) => t).filter((t) => set & (1 << t));
    const rows = members.map((a) => [
      ...members.map((b) => {
        let sum = 0;
        for (let t = Math.max(a, b); t < frames; t++) sum += response[t - a] * response[t - b];
        return sum;
      }),
      Array.from({ length: frames - a }, (_, k) => response[k] * y[a + k]).reduce((sum, x) => sum + x, -lambda),
    ]);
    const sizes = eliminate(rows);
    if (sizes.some((size) => size < 0)) continue;
    let objective = lambda * sizes.reduce((sum, size) => sum + size, 0);
    for (let t = 0; t < frames; t++) {
      let c = 0;
      members.forEach((a, i) => c += t >= a ? sizes[i] * response[t - a] : 0);
      objective += (y[t] - c) ** 2 / 2;
    }
    best = Math.min(best, objective);
  }
  return best;
}

/** Solves a positive definite system given as rows with the right-hand side in the last column. */
function eliminate(rows: number[][]): number[] {
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k <= n; k++) rows[j][k] -= factor * rows[i][k];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}
