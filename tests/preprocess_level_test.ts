/** Trends and bleaching: fits on traces whose truth is known, and movies brought to one level. */
import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { uniform } from "../src/kernels/cases/kernel_case.ts";
import { correctLevel } from "../src/preprocess/correct_level.ts";
import { fitDecay } from "../src/preprocess/decay_fit.ts";
import { meanTrace } from "../src/preprocess/mean_trace.ts";
import { runningMedian, straightLine, trendWindow } from "../src/preprocess/trend.ts";
import { anyOrder, movieOf, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const compute = new CpuCompute({ workers: 0 });
const options = { compute, memoryBytes: 48 * 4 * 24 * 7.5 };

/** Standard normal numbers from a seed. */
function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function means(samples: ArrayLike<number>, frames: number): number[] {
  const size = samples.length / frames;
  return Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += samples[frame * size + i];
    return sum / size;
  });
}

Deno.test("the running median is the median of every whole window, and goes on straight at the ends", () => {
  const next = normal(4), trace = Float64Array.from({ length: 57 }, () => Math.round(3 * next()));
  for (const window of [1, 3, 9, 57]) {
    const half = (window - 1) / 2, medians = runningMedian(trace, window);
    for (let t = half; t < trace.length - half; t++) {
      assert.equal(medians[t], trace.slice(t - half, t + half + 1).sort()[half], `window ${window}, ${t}`);
    }
  }
  const ramp = Float64Array.from({ length: 100 }, (_, t) => 7 - 0.25 * t), window = trendWindow(100);
  assert.equal(window, 11);
  runningMedian(ramp, window).forEach((value, t) => assert(Math.abs(value - ramp[t]) < 1e-9));
  assert.deepEqual([1, 2, 3, 60, 199].map(trendWindow), [1, 1, 3, 7, 19]);
  const odd = ramp.slice();
  odd[0] = 1000;
  assert(Math.abs(runningMedian(odd, window)[0] - 7) < 0.3, "An odd first frame bends nothing");
});

Deno.test("a straight line is the least-squares line", () => {
  const next = normal(5), trace = Float64Array.from({ length: 40 }, (_, t) => 3 + 0.5 * t + next());
  const line = straightLine(trace), residuals = trace.map((value, t) => value - line[t]);
  assert(Math.abs(residuals.reduce((sum, value) => sum + value, 0)) < 1e-9);
  assert(Math.abs(residuals.reduce((sum, value, t) => sum + value * t, 0)) < 1e-8);
  assert.deepEqual([...straightLine(Float64Array.of(4))], [4]);
});

Deno.test("a decay is found under noise and transients; a trace that does not fall has none", () => {
  for (const [frames, tau, b] of [[200, 60, 30], [3000, 500, 20], [20000, 15000, 25], [9000, 300, 8]]) {
    const next = normal(frames);
    const trace = Float64Array.from({ length: frames }, (_, t) => {
      const transient = (t + 50) % 97 < 12 ? 15 : 0;
      return 100 + b * Math.exp(-t / tau) + 0.3 * next() + transient;
    });
    const decay = fitDecay(trace)!;
    assert(decay !== undefined, `${frames} frames`);
    let worst = 0;
    for (let t = 0; t < frames; t++) {
      const found = decay.a + decay.b * Math.exp(-t / decay.tau), wanted = 100 + b * Math.exp(-t / tau);
      worst = Math.max(worst, Math.abs(found - wanted));
    }
    assert(worst < 0.5, `${frames} frames: off by ${worst}`);
  }
  const next = normal(9), flat = Float64Array.from({ length: 500 }, () => 100 + next());
  assert.equal(fitDecay(flat), undefined);
  assert.equal(fitDecay(new Float64Array(500).fill(7)), undefined);
  assert.equal(fitDecay(flat.map((value, t) => value + 0.1 * t)), undefined);
  assert.equal(fitDecay(Float64Array.of(9, 8, 7)), undefined);
  for (let seed = 0; seed < 40; seed++) {
    const noise = normal(100 + seed);
    assert.equal(fitDecay(Float64Array.from({ length: 300 }, () => noise())), undefined, `noise of seed ${seed}`);
  }
});

Deno.test("a linear and a slow trend are taken away, the level and every difference within a frame stay", async () => {
  const frames = 120, scene = noiseMovie({ width: 6, height: 4, frames, type: "uint8" });
  const before = await samplesOf(scene);
  for (
    const [detrend, trend] of [
      ["linear", (t: number) => 0.4 * t],
      ["median", (t: number) => 20 * Math.sin(t / 40)],
    ] as const
  ) {
    const movie = movieOf(
      { width: 6, height: 4, frames, frameRate: 10 },
      (t, x, y) => before[24 * t + 6 * y + x] + trend(t),
    );
    const plain = await samplesOf(movie), view = correctLevel(movie, { detrend, bleaching: "none" }, options);
    assert.deepEqual(view.report(), []);
    const after = await anyOrder(view), left = means(after, frames);
    for (let i = 0; i < after.length; i++) {
      const frame = Math.floor(i / 24);
      assert(Math.abs((after[i] - after[frame * 24]) - (plain[i] - plain[frame * 24])) < 1e-3);
    }
    const level = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / frames;
    assert(Math.abs(level(left) - level(means(plain, frames))) < 1e-3);
    const line = straightLine(Float64Array.from(left));
    assert(Math.abs(line[0] - line[frames - 1]) < 4, `${detrend}: ${line[0]} to ${line[frames - 1]}`);
    assert.match(view.report()[0], /^The trend that was subtracted runs from -?[\d.]+ to -?[\d.]+$/);
  }
});

Deno.test("bleaching is made up for by a fit or by the running median, in one pass together with detrending", async () => {
  const frames = 600, next = normal(3);
  const light = (t: number) => 0.6 + 0.4 * Math.exp(-t / 150);
  const movie = movieOf(
    { width: 6, height: 4, frames, frameRate: 10 },
    (t, x) => light(t) * (100 + 10 * x) + next() + (t % 50 < 5 ? 30 : 0),
  );
  for (const bleaching of ["exponential", "ratio"] as const) {
    const view = correctLevel(movie, { detrend: "none", bleaching }, options);
    assert.equal(view.header.frameRate, 10);
    const after = await anyOrder(view);
    for (let x = 0; x < 6; x++) {
      for (const t of [0, 300, 590]) {
        let sum = 0;
        for (let k = 5; k < 10; k++) for (let y = 0; y < 4; y++) sum += after[(t + k) * 24 + 6 * y + x];
        const wanted = 100 + 10 * x, found = sum / 20;
        assert(Math.abs(found / wanted - 1) < 0.03, `${bleaching}: ${found} for ${wanted} at x ${x}, frame ${t}`);
      }
    }
    assert.match(view.report()[0], /^Bleaching left 6[012]\.?\d* % of the light at the end of the movie/);
    assert.equal(/with a time constant of 1[3-7]\.?\d* s$/.test(view.report()[0]), bleaching === "exponential");
  }
  let reads = 0;
  const counted: MovieSource = {
    ...movie,
    read(start, count, into) {
      reads += count;
      return movie.read(start, count, into);
    },
  };
  const both = correctLevel(counted, { detrend: "linear", bleaching: "exponential" }, options);
  assert.equal(reads, 0);
  await samplesOf(both);
  assert.equal(reads, 2 * frames, "One pass for the means, one for the samples");
});

Deno.test("what can not be corrected is left alone and told, or refused", async () => {
  const constant = movieOf({ width: 6, height: 4, frames: 50, type: "uint16" }, () => 80);
  const view = correctLevel(constant, { detrend: "median", bleaching: "exponential" }, options);
  assert((await samplesOf(view)).every((value) => value === 80));
  assert.equal(view.report()[1], "The frames' means do not fall: nothing was done about bleaching");

  const dark = movieOf({ width: 6, height: 4, frames: 300 }, (t) => 50 * Math.exp(-t / 60) - 10);
  assert.match(
    await sentenceOf(
      MovieError,
      () => samplesOf(correctLevel(dark, { detrend: "none", bleaching: "exponential" }, options)),
    ),
    /^Bleaching cannot be corrected: the mean of "test movie" is -0\.\d+ around frame 9[67], and only a movie whose means are positive/,
  );
  const gap = movieOf({ width: 6, height: 4, frames: 9 }, (t, x) => t === 4 ? NaN : x === 0 ? NaN : 10 + t);
  assert.match(
    await sentenceOf(MovieError, () => meanTrace(gap, options)),
    /^Frame 4 of "test movie" holds no finite sample, so that it has no mean: set bad_pixels to repair, or drop the frame/,
  );
  const bordered = movieOf({ width: 6, height: 4, frames: 9 }, (t, x) => x === 0 ? NaN : 10 + t);
  assert.deepEqual([...await meanTrace(bordered, options)], [10, 11, 12, 13, 14, 15, 16, 17, 18]);
});
