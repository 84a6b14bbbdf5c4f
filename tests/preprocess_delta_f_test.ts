/** dF/F over a running percentile, against a plain computation, on every backend. */
import assert from "node:assert/strict";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { consecutiveWindows, runningBaselines } from "../src/preprocess/baselines.ts";
import { deltaF, deltaUnits } from "../src/preprocess/delta_f.ts";
import { backends, backendTest } from "./backends.ts";
import { anyOrder, movieOf, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const WIDTH = 11, HEIGHT = 7, FRAMES = 41, SIZE = WIDTH * HEIGHT;

/** numpy.percentile of some values. */
function percentile(values: number[], q: number): number {
  const sorted = values.sort((a, b) => a - b), place = q / 100 * (sorted.length - 1), rank = Math.floor(place);
  const next = sorted[Math.min(rank + 1, sorted.length - 1)];
  return sorted[rank] + (place - rank) * (next - sorted[rank]);
}

Deno.test("windows follow each other, and the last one has the rest", () => {
  assert.deepEqual(consecutiveWindows(10, 5), [{ from: 0, to: 5 }, { from: 5, to: 10 }]);
  assert.deepEqual(consecutiveWindows(14, 5), [{ from: 0, to: 5 }, { from: 5, to: 14 }]);
  assert.deepEqual(consecutiveWindows(9, 9), [{ from: 0, to: 9 }]);
});

backendTest("dF/F and dF/sqrtF are what numpy would make of them, whatever the memory", async () => {
  for (const type of ["uint16", "float32"] as const) {
    const movie = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, type, frameRate: 20 });
    const before = await samplesOf(movie);
    for (const [secs_window, quantile_min] of [[0.35, 8], [1, 50], [2.05, 0], [0.1, 30]]) {
      const length = Math.floor(secs_window * 20 + 1e-9), windows = Math.floor(FRAMES / length);
      const first = (k: number) => k * length, end = (k: number) => k === windows - 1 ? FRAMES : (k + 1) * length;
      const baseline = (k: number, pixel: number) =>
        percentile(
          Array.from({ length: end(k) - first(k) }, (_, i) => before[(first(k) + i) * SIZE + pixel]),
          quantile_min,
        );
      const images = Array.from({ length: windows }, (_, k) => Array.from({ length: SIZE }, (_, i) => baseline(k, i)));
      const middle = (k: number) => (first(k) + end(k) - 1) / 2;
      for (const units of ["dF/F", "dF/sqrtF"] as const) {
        for (const compute of await backends()) {
          // Whole windows in one piece, bands of rows, and parts of rows.
          const little = type === "uint16" && units === "dF/F" && length > 5;
          for (const memoryBytes of [1e9, ...little ? [6 * 4 * length * 30, 6 * 4 * length * 5] : []]) {
            const view = deltaF(movie, { units, secs_window, quantile_min }, { compute, memoryBytes });
            const after = memoryBytes < 1e9 ? await samplesOf(view) : await anyOrder(view);
            for (let i = 0; i < after.length; i++) {
              const frame = Math.floor(i / SIZE), pixel = i % SIZE;
              let k = 0;
              while (k < windows - 1 && middle(k + 1) <= frame) k++;
              const next = Math.min(k + 1, windows - 1);
              const share = next === k ? 0 : Math.max(0, (frame - middle(k)) / (middle(next) - middle(k)));
              const level = images[k][pixel] + share * (images[next][pixel] - images[k][pixel]);
              const wanted = (before[i] - level) / (units === "dF/F" ? level : Math.sqrt(level));
              assert(
                Math.abs(after[i] - wanted) < 1e-4,
                `${units}, ${length} frames: ${after[i]} for ${wanted} at ${i}`,
              );
            }
          }
        }
      }
    }
  }
});

backendTest("each window is measured once in a pass, and kept where there is room", async () => {
  const movie = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, frameRate: 1 });
  let read = 0;
  const counted: MovieSource = {
    ...movie,
    read(start, count, into) {
      read += count;
      return movie.read(start, count, into);
    },
  };
  for (const compute of await backends()) {
    read = 0;
    const all = runningBaselines(counted, 10, 8, { compute, memoryBytes: 1e8 });
    assert.equal(read, 0);
    for (const k of [0, 1, 2, 3, 0, 3, 1]) await all.image(k);
    assert.equal(read, FRAMES);
    read = 0;
    const two = runningBaselines(counted, 10, 8, { compute, memoryBytes: 16 * 4 * SIZE * 2.5 });
    for (const k of [0, 1, 0, 1, 1, 2, 1, 2]) await two.image(k);
    // So little memory cuts a window into two tiles, each of which reads it.
    assert.equal(read, 2 * 30);
    await two.image(0);
    assert.equal(read, 2 * 40);
  }
});

backendTest("what has no dF/F is refused in a sentence", async () => {
  const [compute] = await backends(), options = { compute, memoryBytes: 1e8 };
  const movie = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, frameRate: 20 });
  const silent = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES });
  const of = (source: MovieSource, secs_window: number) =>
    deltaF(source, { units: "dF/F", secs_window, quantile_min: 8 }, options);
  assert.equal(
    await sentenceOf(ParameterError, () => of(movie, 5)),
    "Parameter secs_window is 5, 100 frames at 20 Hz, but the movie has 41 frames: it can be 2.05 at most",
  );
  assert.match(
    await sentenceOf(ParameterError, () => of(movie, 0.04)),
    /0\.04, which is less than a frame at 20 Hz: .* 0\.05/,
  );
  assert.match(
    await sentenceOf(ParameterError, () => of(silent, 1)),
    /does not say its frame rate, .*: give frame_rate$/,
  );
  const rated = deltaF(silent, { units: "dF/F", secs_window: 1, quantile_min: 8, frameRate: 20 }, options);
  assert.equal(rated.header.history!.at(-1), "dF/F over the running 8th percentile of windows of 1 s (20 frames)");
  const dark = movieOf(
    { width: 5, height: 4, frames: 40, frameRate: 20 },
    (t, x, y) => x === 3 && y === 2 && t >= 20 ? 0 : 9,
  );
  assert.equal(
    await sentenceOf(MovieError, () => samplesOf(of(dark, 1))),
    'dF/F needs a movie whose baseline is positive, but the 8th percentile of "test movie" in frames 20 to 39 is 0 at ' +
      "x 3, y 2: leave dff out, or the filters that take the baseline away",
  );
  const broken = movieOf(
    { width: 5, height: 4, frames: 40, frameRate: 20 },
    (t, x) => x === 3 && t === 5 ? Infinity : 9,
  );
  assert.match(
    await sentenceOf(MovieError, () => samplesOf(of(broken, 1))),
    /\(frame 5, x 3, y 0\), and a running baseline needs/,
  );
  const constant = movieOf({ width: 5, height: 4, frames: 40, type: "uint8", frameRate: 20 }, () => 9);
  assert((await samplesOf(of(constant, 1))).every((value) => value === 0));
  assert.deepEqual(
    (["none", "dF/F", "dF/sqrtF", "delta_f_over_f", "delta_f_over_sqrt_f"] as const).map(deltaUnits),
    [undefined, "dF/F", "dF/sqrtF", "dF/F", "dF/sqrtF"],
  );
});
