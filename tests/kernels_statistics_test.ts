/** Filter, moments, noise, PNR and correlation image against their definitions, computed plainly in float64. */
import assert from "node:assert/strict";
import type { Compute } from "../src/gpu/compute.ts";
import { CORRELATION_PLANES, correlationSums } from "../src/kernels/correlation_sums.ts";
import { diskKernel, filter } from "../src/kernels/filter.ts";
import { localCorrelation } from "../src/kernels/local_correlation.ts";
import { moments, momentsState } from "../src/kernels/moments.ts";
import { NOISE_TAPS, noiseBand } from "../src/kernels/noise_band.ts";
import { PEAK_NOISE_PLANES, peakNoise, resetPeakNoise } from "../src/kernels/peak_noise.ts";
import { pnr } from "../src/kernels/pnr.ts";
import { pitchOf, stackBytes, unpad } from "../src/kernels/stack.ts";
import { unroll } from "../src/kernels/unroll.ts";
import {
  backends,
  backendTest,
  compareBackends,
  randomStack,
  relativeError,
  TRIAL_SHAPES,
  uniform,
} from "./backends.ts";

Deno.test("diskKernel: zero mean, mirror symmetric, the disk of its radius, and only sizes that make sense", () => {
  for (const gSig of [0.5, 1, 1.7, 2.5, 3, 4, 8]) {
    const { radius, weights } = diskKernel(gSig), side = 2 * radius + 1;
    assert.equal(radius, Math.floor(2 * gSig));
    assert.equal(weights.length, side * side);
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0)) < 1e-6);
    for (let i = 0; i < weights.length; i++) {
      const y = Math.floor(i / side), x = i % side;
      assert.equal(weights[i], weights[(side - 1 - y) * side + x]);
      assert.equal(weights[i], weights[y * side + side - 1 - x]);
      if ((y - radius) ** 2 + (x - radius) ** 2 > radius * radius) assert.equal(weights[i], 0);
    }
  }
  assert.equal(diskKernel(3).weights.filter((weight) => weight !== 0).length, 113);
  for (const wrong of [0, 0.4, 17, NaN]) assert.throws(() => diskKernel(wrong), /gSig/);
});

Deno.test("unroll: repeats nest, sums and products are evaluated, mistakes are told", () => {
  const code = ["// repeat i 0 N", "a{i}", "// repeat j i LAST_{i}", "b{2*i+j-1}", "// end", "// end", "c{N*N}"].join(
    "\n",
  );
  assert.equal(unroll(code, { N: 1, LAST_0: 1, LAST_1: 0 }), "a0\nb-1\nb0\na1\nc1");
  assert.throws(() => unroll("{M}", {}), /"M"/);
  assert.throws(() => unroll("// repeat i 0 1", {}), /no end/);
});

backendTest("filter: the correlation with the disk, the field's border replicated, for every radius", async () => {
  for (const [seed, shape] of [...TRIAL_SHAPES, { frames: 2, width: 21, height: 150 }].entries()) {
    for (const gSig of [0.5, 1, 2, 3, 4.5]) {
      const { radius, weights } = diskKernel(gSig), side = 2 * radius + 1, pitch = pitchOf(shape.width);
      const data = randomStack(seed, shape), expected = new Float64Array(data.length);
      for (let f = 0; f < shape.frames; f++) {
        for (let y = 0; y < shape.height; y++) {
          for (let x = 0; x < shape.width; x++) {
            let sum = 0;
            for (let i = 0; i < weights.length; i++) {
              const v = Math.min(Math.max(y + Math.floor(i / side) - radius, 0), shape.height - 1);
              const u = Math.min(Math.max(x + i % side - radius, 0), shape.width - 1);
              sum += weights[i] * data[(f * shape.height + v) * pitch + u];
            }
            expected[(f * shape.height + y) * pitch + x] = sum;
          }
        }
      }
      for (const compute of await backends()) {
        const stack = compute.upload("stack", data), kernel = compute.upload("weights", weights);
        const filtered = compute.allocate("filtered", stackBytes(shape));
        filter(compute, stack, filtered, shape, kernel, radius);
        const values = new Float32Array((await compute.read(filtered))[0]);
        [stack, kernel, filtered].forEach((buffer) => buffer.release());
        // float32 sums of at most 250 products of weights below 1 with values below 1.
        const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
        assert.ok(worst < 1e-6, `gSig ${gSig}, ${shape.width}x${shape.height}, ${compute.backend}: off by ${worst}`);
      }
    }
  }
});

backendTest("moments and noise: many chunks lose nothing to rounding", async () => {
  // 300 chunks of values near 100: a plain float32 sum would be off by 1e-5 of its value, the compensated one by 1e-9.
  const shape = { frames: 8, width: 4, height: 1 }, chunks = 300, next = uniform(5);
  const data = Array.from(
    { length: chunks },
    () => Float32Array.from({ length: 32 }, () => Math.round(next() * 2 ** 14) / 128),
  );
  const exact = [0, 0, Infinity, -Infinity];
  let energy = 0;
  for (const chunk of data) {
    const y = (f: number) => chunk[f * 4 + 1];
    for (let f = 2; f < 8; f++) {
      exact[0] += y(f);
      exact[1] += y(f) ** 2;
      exact[2] = Math.min(exact[2], y(f));
      exact[3] = Math.max(exact[3], y(f));
    }
    for (let f = 6; f < 8; f++) energy += NOISE_TAPS.reduce((sum, tap, k) => sum + tap * y(f - k), 0) ** 2;
  }
  for (const compute of await backends()) {
    const state = momentsState(compute, "moments", 4), band = compute.allocate("energy", 32);
    for (const values of data) {
      const stack = compute.upload("stack", values);
      moments(compute, stack, state, shape, 2);
      noiseBand(compute, stack, band, shape);
      stack.release();
    }
    const [m, e] = (await compute.read(state, band)).map((bytes) => new Float32Array(bytes));
    state.release();
    band.release();
    assert.ok(Math.abs(m[1] + m[5] - exact[0]) < 1e-8 * exact[0], `${compute.backend}: sum ${m[1]} + ${m[5]}`);
    // Within a chunk the squares are summed in plain float32, and so is the energy.
    assert.ok(Math.abs(m[9] + m[13] - exact[1]) < 1e-7 * exact[1], `${compute.backend}: squares ${m[9]} + ${m[13]}`);
    assert.ok(Math.abs(e[1] + e[5] - energy) < 1e-6 * energy, `${compute.backend}: energy ${e[1]} + ${e[5]}`);
    assert.deepEqual([m[17], m[21]], [exact[2], exact[3]]);
  }
});

backendTest("noiseBand: white noise keeps its variance, slow signals hardly count", async () => {
  assert.ok(Math.abs(NOISE_TAPS.reduce((sum, tap) => sum + tap * tap, 0) - 1) < 1e-12);
  const frames = 6006, next = uniform(11), shape = { frames, width: 2, height: 1 };
  const data = new Float32Array(frames * 4);
  for (let f = 0; f < frames; f++) {
    // Pixel 0: white noise of variance 4 (a sum of twelve uniform numbers); pixel 1: a slow wave ten times as large.
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += next();
    data[f * 4] = 2 * sum;
    data[f * 4 + 1] = 20 * Math.sin(f / 10);
  }
  const [energy] = await compareBackends("noiseBand", 3e-6, (compute) => {
    const state = compute.allocate("energy", 32), stack = compute.upload("stack", data);
    noiseBand(compute, stack, state, shape);
    stack.release();
    return [state];
  });
  // The filter's outputs are correlated: their mean square over 6000 frames has a relative s.d. of about 3 %.
  assert.ok(Math.abs(energy[0] / (frames - 6) / 4 - 1) < 0.1, `variance ${energy[0] / (frames - 6)}`);
  assert.ok(Math.sqrt(energy[1] / (frames - 6)) < 0.02);
});

/** PNR images and correlation of a whole stack, as padded images. */
function images(compute: Compute, data: Float32Array, shape: { frames: number; width: number; height: number }) {
  const size = shape.height * pitchOf(shape.width), count = size / 4;
  const stack = compute.upload("stack", data),
    blocks = compute.upload("blocks", new Uint32Array(count).map((_, i) => i));
  const state = compute.allocate("state", PEAK_NOISE_PLANES * size * 4);
  const make = (label: string) => compute.allocate(label, size * 4);
  const all = { pnr: make("pnr"), mean: make("mean"), noise: make("noise"), rise: make("rise") };
  const sums = compute.allocate("sums", CORRELATION_PLANES * size * 4), correlation = make("correlation");
  resetPeakNoise(compute, blocks, count, state, shape);
  peakNoise(compute, stack, blocks, count, state, shape);
  pnr(compute, state, blocks, count, all, shape, shape.frames - 6);
  correlationSums(compute, stack, all.mean, all.noise, blocks, count, sums, shape, 0.5);
  localCorrelation(compute, sums, blocks, count, correlation, shape);
  [stack, blocks, state, sums].forEach((buffer) => buffer.release());
  return [all.pnr, all.mean, all.noise, all.rise, correlation];
}

backendTest("pnr and localCorrelation: the definitions, pixel by pixel", async () => {
  const shape = { frames: 60, width: 7, height: 5 }, { frames, width, height } = shape, pitch = 8;
  const data = randomStack(3, shape, 5, 9), size = pitch * height;
  // One pixel never changes: its PNR and rise are 0, and it correlates with nothing.
  for (let f = 0; f < frames; f++) data[f * size + 2 * pitch + 3] = 6;
  const found = (await compareBackends("pnr and correlation", 2e-5, (compute) => images(compute, data, shape)))
    .map((image) => unpad(image, width, height));
  const trace = (p: number) => {
    return Array.from({ length: frames }, (_, f) => data[f * size + Math.floor(p / width) * pitch + p % width]);
  };
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const noises: number[] = [], cut: number[][] = [];
  for (let p = 0; p < width * height; p++) {
    const y = trace(p), m = mean(y), steps = y.slice(1).map((value, f) => value - y[f]);
    const band = y.slice(6).map((_, f) => NOISE_TAPS.reduce((sum, tap, k) => sum + tap * y[f + k], 0));
    const noise = Math.sqrt(mean(band.map((value) => value * value)));
    const spread = Math.sqrt(mean(steps.map((value) => value * value)));
    const expected = [
      noise > 0 ? (Math.max(...y) - m) / noise : 0,
      m,
      noise,
      spread > 0 ? Math.max(...steps) / spread : 0,
    ];
    expected.forEach((value, i) =>
      assert.ok(Math.abs(found[i][p] - value) < 1e-4, `image ${i} at ${p}: ${found[i][p]}`)
    );
    noises.push(noise);
    cut.push(y.map((value) => value - m >= 0.5 * noise ? value - m : 0));
  }
  const pearson = (a: number[], b: number[]) => {
    const ma = mean(a), mb = mean(b), va = mean(a.map((v) => (v - ma) ** 2)), vb = mean(b.map((v) => (v - mb) ** 2));
    return va > 0 && vb > 0 ? mean(a.map((v, i) => (v - ma) * (b[i] - mb))) / Math.sqrt(va * vb) : 0;
  };
  for (let p = 0; p < width * height; p++) {
    const x = p % width, y = Math.floor(p / width), around: number[] = [];
    for (let q = 0; q < width * height; q++) {
      const dx = Math.abs(q % width - x), dy = Math.abs(Math.floor(q / width) - y);
      if (q !== p && dx < 2 && dy < 2) around.push(pearson(cut[p], cut[q]));
    }
    assert.ok(Math.abs(found[4][p] - mean(around)) < 1e-4, `correlation at ${p}: ${found[4][p]}, not ${mean(around)}`);
  }
  assert.equal(found[4][2 * width + 3], 0);
  assert.equal(found[0][2 * width + 3], 0);
});

backendTest("peakNoise: blocks that are not listed keep what they hold", async () => {
  const shape = { frames: 8, width: 12, height: 2 };
  const [state] = await compareBackends("peakNoise", 3e-6, (compute) => {
    const state = compute.upload("state", new Float32Array(PEAK_NOISE_PLANES * 24).fill(7));
    const stack = compute.upload("stack", randomStack(1, shape)),
      blocks = compute.upload("blocks", new Uint32Array([1, 5]));
    resetPeakNoise(compute, blocks, 2, state, shape);
    peakNoise(compute, stack, blocks, 2, state, shape);
    [stack, blocks].forEach((buffer) => buffer.release());
    return [state];
  });
  const isListed = (i: number) => [1, 5].includes(Math.floor(i % 24 / 4));
  assert.ok(state.every((value, i) => isListed(i) ? Math.abs(value) < 6.9 || i >= 96 : value === 7));
  assert.ok(
    relativeError(
      state.slice(4, 8),
      [0, 1, 2, 3].map((c) => {
        const data = randomStack(1, shape);
        return Array.from({ length: 8 }, (_, f) => data[f * 24 + 4 + c]).reduce((sum, value) => sum + value, 0);
      }),
    ) < 1e-6,
  );
});
