/** The SNR of traces by exceptionality, and what it is made of. */
import assert from "node:assert/strict";
import { exceptionality, transientFrames } from "../src/quality/exceptionality.ts";
import { halfSampleMode } from "../src/quality/mode.ts";
import { logUpperTail, upperTailQuantile } from "../src/quality/normal.ts";
import { traceNoise } from "../src/deconvolution/noise.ts";
import { gaussian } from "./cnmfe_setting.ts";

Deno.test("the log of the normal tail is right from one end to the other, and its inverse takes it back", () => {
  // scipy.stats.norm.logsf (SciPy 1.14).
  const known: [number, number][] = [
    [-40, 0],
    [-5, -2.8665161296376294e-7],
    [-2.999, -0.001355254476346157],
    [-1, -0.1727537790234499],
    [0, -0.6931471805599453],
    [1, -1.8410216450092634],
    [2.999, -6.6044435875705805],
    [3.001, -6.611009784890932],
    [5, -15.064998393988727],
    [10, -53.23128515051248],
    [40, -804.6084420137539],
    [1000, -500007.8266948122],
    [100000, -5000000012.431865],
  ];
  for (const [z, log] of known) {
    const found = logUpperTail(z);
    assert.ok(Math.abs(found - log) <= 1e-12 * Math.max(1, Math.abs(log)), `log Q(${z}) is ${found}`);
    if (z > -5) assert.ok(Math.abs(upperTailQuantile(log) - z) <= 1e-9 * Math.max(1, Math.abs(z)), `z of ${log}`);
  }
  assert.equal(upperTailQuantile(0), -Infinity);
  assert.ok(Number.isNaN(upperTailQuantile(NaN)) && Number.isNaN(upperTailQuantile(0.1)));
});

Deno.test("the mode is where values lie densest, whatever lies above", () => {
  const normal = gaussian(4);
  const values = Float64Array.from({ length: 4000 }, (_, t) => 7 + normal() + (t % 3 === 0 ? 30 : 0)).sort();
  assert.ok(Math.abs(halfSampleMode(values) - 7) < 0.6, String(halfSampleMode(values)));
  assert.equal(halfSampleMode(Float64Array.of(3)), 3);
  assert.equal(halfSampleMode(Float64Array.of(3, 4)), 3.5);
  assert.equal(halfSampleMode(Float64Array.of(1, 9, 10)), 9.5);
  assert.equal(halfSampleMode(Float64Array.of(1, 5, 9)), 5);
});

/** Noise of s.d. 1, with a transient of a height that is too smooth to count as noise; `length` is about how many frames it is at its top. */
function trace(frames: number, height: number, length: number, seed = 1): Float32Array {
  const normal = gaussian(seed);
  return Float32Array.from(
    { length: frames },
    (_, t) => normal() + height * Math.exp(-(((t - 200) / (3 * length)) ** 2)),
  );
}

Deno.test("the SNR is that of the formula, in units of three noise s.d.", () => {
  const y = trace(1500, 24, 4), n = 4, noise = traceNoise(y), mode = halfSampleMode(Float64Array.from(y).sort());
  // Nothing is lost by probabilities here: they are formed as they are.
  let least = Infinity;
  for (let t = 0; t + n <= y.length; t++) {
    let product = 1;
    for (let i = t; i < t + n; i++) product *= Math.exp(logUpperTail((y[i] - mode) / (3 * noise)));
    least = Math.min(least, product ** (1 / n));
  }
  assert.ok(Math.abs(exceptionality(y, n) - upperTailQuantile(Math.log(least))) < 1e-9);
  // 24 noise s.d. for the whole window are 8 units.
  assert.ok(Math.abs(exceptionality(y, n) - 8) < 0.8, String(exceptionality(y, n)));
});

Deno.test("the SNR grows with the transient without bound, and asks for the whole window", () => {
  const heights = [3, 10, 100, 1e3, 1e5].map((height) => exceptionality(trace(1500, height, 20), 4));
  heights.forEach((snr, i) => assert.ok(Number.isFinite(snr) && (i === 0 || snr > heights[i - 1]), String(heights)));
  assert.ok(heights[3] > 250 && heights[4] > 1e4, String(heights));
  assert.ok(exceptionality(trace(1500, 30, 1), 20) < 0.75 * exceptionality(trace(1500, 30, 20), 20));
  assert.ok(exceptionality(trace(1500, 0, 4), 4) < 1.2, "noise alone");
});

Deno.test("the SNR knows no unit and no baseline; what has none gets none", () => {
  const y = trace(800, 20, 5), moved = y.map((value) => 3 * value + 100);
  assert.ok(Math.abs(exceptionality(y, 5) - exceptionality(moved, 5)) < 1e-3);
  for (const bad of [y.with(3, NaN), y.with(3, Infinity), new Float32Array(50), new Float32Array(50).fill(7)]) {
    assert.ok(Number.isNaN(exceptionality(bad, 5)));
  }
  assert.ok(Number.isNaN(exceptionality(new Float32Array(0), 5)));
  assert.ok(Number.isFinite(exceptionality(trace(20, 0, 0), 100)), "a window longer than the movie is all of it");
});

Deno.test("a transient lasts rate times decay time, rounded up", () => {
  assert.equal(transientFrames(10, 0.4), 4);
  assert.equal(transientFrames(30, 0.1), 3);
  assert.equal(transientFrames(20, 0.41), 9);
  assert.equal(transientFrames(1, 0.4), 1);
});
