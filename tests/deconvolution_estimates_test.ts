/** Fourier transform, noise and time constants. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import { Fft } from "../src/deconvolution/fft.ts";
import { traceNoise } from "../src/deconvolution/noise.ts";
import { estimateTimeConstants } from "../src/deconvolution/time_constants.ts";
import { normal, simulateTrace } from "./deconvolution_traces.ts";

Deno.test("the Fourier transform is the definition at any length", () => {
  for (const n of [1, 2, 3, 4, 5, 7, 16, 30, 97, 125, 128]) {
    const next = normal(n);
    const re = Float64Array.from({ length: n }, next), im = Float64Array.from({ length: n }, next);
    const a = re.slice(), b = im.slice();
    new Fft(n).transform(a, b);
    for (let k = 0; k < n; k++) {
      let real = 0, imaginary = 0;
      for (let t = 0; t < n; t++) {
        const angle = -2 * Math.PI * ((k * t) % n) / n;
        real += re[t] * Math.cos(angle) - im[t] * Math.sin(angle);
        imaginary += re[t] * Math.sin(angle) + im[t] * Math.cos(angle);
      }
      assert.ok(Math.abs(a[k] - real) < 1e-11 * n && Math.abs(b[k] - imaginary) < 1e-11 * n, `length ${n}, bin ${k}`);
    }
  }
});

Deno.test("the Fourier transform keeps the energy at 997, 1000 and 1024 points", () => {
  for (const n of [997, 1000, 1024]) {
    const re = Float64Array.from({ length: n }, normal(n)), im = new Float64Array(n);
    const before = re.reduce((sum, x) => sum + x * x, 0);
    new Fft(n).transform(re, im);
    const after = re.reduce((sum, x, k) => sum + x * x + im[k] * im[k], 0) / n;
    assert.ok(Math.abs(after / before - 1) < 1e-12);
  }
  assert.throws(() => new Fft(0), RangeError);
  assert.throws(() => new Fft(2.5), RangeError);
});

Deno.test("traceNoise finds the noise under calcium, a trend and a jump between the ends", () => {
  for (const frames of [100, 255, 256, 1000, 5000]) {
    const { trace } = simulateTrace(3, frames, [0.93], { noise: 2 });
    const drifting = trace.map((x, t) => x + 500 * t / frames);
    const tolerance = 4 / Math.sqrt(frames / 2); // about four standard errors
    assert.ok(Math.abs(traceNoise(trace) / 2 - 1) < tolerance, `${frames}: ${traceNoise(trace)}`);
    assert.ok(Math.abs(traceNoise(drifting) / 2 - 1) < tolerance, `${frames}, drifting: ${traceNoise(drifting)}`);
  }
});

Deno.test("traceNoise scales with the trace and looks at its band only", () => {
  const { trace } = simulateTrace(4, 600, [0.9]);
  assert.ok(Math.abs(traceNoise(trace.map((x) => 8 * x)) / traceNoise(trace) - 8) < 1e-4);
  const tone = Float32Array.from({ length: 1024 }, (_, t) => Math.sqrt(2) * Math.cos(2 * Math.PI * t * 80 / 256));
  assert.ok(traceNoise(tone, [0.1, 0.25]) < 1e-6);
  assert.ok(traceNoise(tone, [0.25, 0.5]) > 1);
});

Deno.test("traceNoise of very short, constant and broken traces", () => {
  assert.equal(traceNoise([]), 0);
  assert.equal(traceNoise([7]), 0);
  assert.ok(Math.abs(traceNoise([1, 3]) - Math.SQRT2) < 1e-12);
  assert.ok(Math.abs(traceNoise([0, 1, 0, 1]) - Math.SQRT1_2) < 1e-12);
  assert.ok(traceNoise(new Float32Array(300).fill(4)) === 0);
  assert.ok(Number.isNaN(traceNoise([1, NaN, 2, 3])));
  for (const range of [[0.5, 0.25], [-0.1, 0.5], [0.25, 0.6], [NaN, 0.5]] as const) {
    assert.throws(() => traceNoise([1, 2, 3], range), ParameterError);
  }
});

Deno.test("time constants come back from long traces, AR(1) and AR(2)", () => {
  for (const ar of [[0.85], [0.95], [1.5, -0.54], [1.7, -0.712]]) {
    const p = ar.length as 1 | 2;
    const { trace } = simulateTrace(7, 40000, ar, { noise: 0.3 });
    const found = estimateTimeConstants(trace, p, 0.3, { fudge_factor: 1 });
    found.forEach((g, i) => assert.ok(Math.abs(g - ar[i]) < (p === 1 ? 0.02 : 0.05), `${ar}: found ${found}`));
  }
});

Deno.test("the bias factor multiplies the roots", () => {
  const { trace } = simulateTrace(8, 3000, [1.5, -0.54]);
  const [full] = estimateTimeConstants(trace, 1, 0.2, { fudge_factor: 1 });
  assert.ok(Math.abs(estimateTimeConstants(trace, 1, 0.2)[0] - 0.96 * full) < 1e-12);
  const [a, b] = estimateTimeConstants(trace, 2, 0.2, { fudge_factor: 1 });
  const [c, d] = estimateTimeConstants(trace, 2, 0.2, { fudge_factor: 0.9 });
  assert.ok(Math.abs(c - 0.9 * a) < 1e-12 && Math.abs(d - 0.81 * b) < 1e-12);
});

Deno.test("roots are always usable: real and inside (0, 1)", () => {
  const next = normal(9);
  const white = Float32Array.from({ length: 200 }, next);
  const alternating = Float32Array.from({ length: 200 }, (_, t) => (t % 2) + 0.1 * next());
  const ramp = Float32Array.from({ length: 200 }, (_, t) => t + 0.1 * next());
  const wave = Float32Array.from({ length: 200 }, (_, t) => Math.sin(t) + 0.1 * next());
  for (const trace of [white, alternating, ramp, wave]) {
    for (const noise of [0, 0.1, 1, 100]) {
      const [g] = estimateTimeConstants(trace, 1, noise);
      assert.ok(g > 0 && g < 1, `AR(1): ${g}`);
      const [g1, g2] = estimateTimeConstants(trace, 2, noise);
      const spread = Math.sqrt(Math.max(0, g1 * g1 + 4 * g2));
      assert.ok((g1 - spread) / 2 > 0 && (g1 + spread) / 2 < 1 && g1 * g1 + 4 * g2 > -1e-12, `AR(2): ${g1}, ${g2}`);
    }
  }
  assert.deepEqual(estimateTimeConstants(new Float32Array(50), 2, 0), [0, 0]);
  assert.throws(() => estimateTimeConstants(white, 1, 1, { lags: 0 }), ParameterError);
  assert.throws(() => estimateTimeConstants(white, 1, 1, { fudge_factor: 1.2 }), ParameterError);
});
