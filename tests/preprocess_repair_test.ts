/** Bad pixels, samples that are no numbers and blank frames: what is found, what it becomes, and what is told. */
import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import type { MovieSource, SampleType } from "../src/core/movie.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { uniform } from "../src/kernels/cases/kernel_case.ts";
import { findBadPixels } from "../src/preprocess/find_bad_pixels.ts";
import { repairSamples } from "../src/preprocess/repair.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { anyOrder, movieOf, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const compute = new CpuCompute({ workers: 0 });
const WIDTH = 24, HEIGHT = 20, SIZE = WIDTH * HEIGHT;
const options = { compute, memoryBytes: 48 * 4 * SIZE * 7.5 };

/** Smooth light with noise, and what a test does to it. */
function scene(
  frames: number,
  damage: (value: number, frame: number, x: number, y: number) => number,
  type: SampleType = "float32",
): MovieSource {
  const next = uniform(3);
  return movieOf({ width: WIDTH, height: HEIGHT, frames, type }, (frame, x, y) => {
    const value = 100 + 40 * Math.sin(x / 7) * Math.cos(y / 9) + 6 * (next() + next() + next() - 1.5);
    return damage(type === "float32" ? value : Math.round(value), frame, x, y);
  });
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b), half = (sorted.length - 1) / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2;
}

Deno.test("dead, hot and flickering pixels are found, and no others", async () => {
  const flicker = uniform(8);
  const dead = [[3, 4], [4, 4], [23, 0], [0, 19]], hot = [[12, 10], [17, 3]], noisy = [8, 15];
  for (const type of ["float32", "uint8"] as const) {
    const movie = scene(200, (value, _, x, y) => {
      if (dead.some(([u, v]) => u === x && v === y)) return 97;
      if (hot.some(([u, v]) => u === x && v === y)) return value + 90;
      return x === noisy[0] && y === noisy[1] ? value + (flicker() < 0.5 ? 60 : 0) : value;
    }, type);
    const found = await findBadPixels(movie, options), index = ([x, y]: number[]) => y * WIDTH + x;
    assert.deepEqual(found.dead, dead.map(index).sort((a, b) => a - b));
    assert.deepEqual(found.stuck, [...hot, noisy].map(index).sort((a, b) => a - b));
  }
  assert.deepEqual(await findBadPixels(scene(200, (value) => value), options), { dead: [], stuck: [] });
});

Deno.test("dark areas, constant movies, short movies and simulated recordings hold no bad pixels", async () => {
  const masked = scene(60, (value, _, x, y) => (x - 12) ** 2 + (y - 10) ** 2 > 60 ? 0 : value);
  assert.deepEqual((await findBadPixels(masked, options)).dead, []);
  const constant = movieOf({ width: 6, height: 5, frames: 30 }, () => 4);
  assert.deepEqual(await findBadPixels(constant, options), { dead: [], stuck: [] });
  const short = scene(7, (value, _, x, y) => x === 5 && y === 5 ? 0 : value);
  assert.deepEqual(await findBadPixels(short, options), { dead: [], stuck: [] });
  const { source } = simulate({ width: 64, height: 64, frames: 200, cells: 12, seed: 5 });
  assert.deepEqual(await findBadPixels(source, options), { dead: [], stuck: [] });
});

Deno.test("bad pixels become the median of their good neighbours, in the movie's own type", async () => {
  for (const type of ["float32", "uint16"] as const) {
    const movie = scene(40, (value, _, x, y) => y === 4 && (x === 3 || x === 4) ? 500 : value, type);
    const before = await samplesOf(movie), view = repairSamples(movie, options), after = await anyOrder(view);
    assert.equal(view.header.sampleType, type);
    for (let i = 0; i < after.length; i++) {
      const frame = Math.floor(i / SIZE), x = i % WIDTH, y = Math.floor(i % SIZE / WIDTH);
      if (y !== 4 || (x !== 3 && x !== 4)) {
        assert.equal(after[i], before[i]);
        continue;
      }
      const near: number[] = [];
      for (let v = 3; v <= 5; v++) {
        for (let u = x - 1; u <= x + 1; u++) {
          if (v !== 4 || (u !== 3 && u !== 4)) near.push(before[frame * SIZE + v * WIDTH + u]);
        }
      }
      assert.equal(after[i], type === "float32" ? Math.fround(median(near)) : Math.round(median(near)));
    }
    assert.deepEqual(view.report(), ["Dead pixels: 2 replaced by their neighbours (x 3 y 4, x 4 y 4)"]);
  }
});

Deno.test("samples that are not finite become their neighbours' median, else the frame before, else the frame's median", async () => {
  const at = (x: number, y: number) => y * WIDTH + x;
  const hole = (x: number, y: number) => x <= 4 && y <= 4;
  const movie = scene(30, (value, frame, x, y) => {
    if (frame === 5 && x === 10 && y === 8) return NaN;
    if (frame === 6 && x === 10 && y === 8) return Infinity;
    if (frame === 6 && x === 11 && y === 8) return -Infinity;
    return (frame === 0 || frame === 12) && hole(x, y) ? NaN : value;
  });
  const before = await samplesOf(movie), view = repairSamples(movie, options), after = await anyOrder(view);
  assert(after.every(Number.isFinite));
  const around = (frame: number, x: number, y: number) =>
    [-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => before[frame * SIZE + at(x + u, y + v)])).filter(Number.isFinite);
  assert.equal(after[5 * SIZE + at(10, 8)], Math.fround(median(around(5, 10, 8))));
  assert.equal(after[6 * SIZE + at(10, 8)], Math.fround(median(around(6, 10, 8))));
  assert.equal(after[12 * SIZE + at(2, 2)], before[11 * SIZE + at(2, 2)]);
  assert.equal(after[12 * SIZE + at(4, 4)], Math.fround(median(around(12, 4, 4))));
  const finite = [...before.slice(0, SIZE)].filter(Number.isFinite);
  assert.equal(after[at(1, 1)], Math.fround(median(finite)));
  let others = 0;
  before.forEach((value, i) => others += Number.isFinite(value) && value !== after[i] ? 1 : 0);
  assert.equal(others, 0);
  assert.deepEqual(view.report(), ["Samples that are not finite: 53 replaced, frames with such samples: 4"]);
});

Deno.test("blank frames become the last good frame before them, and are counted", async () => {
  for (const type of ["float32", "uint8"] as const) {
    const movie = scene(20, (value, frame) => {
      if (frame === 7 || frame === 8) return 0;
      return frame === 15 && type === "float32" ? NaN : value;
    }, type);
    const before = await samplesOf(movie), view = repairSamples(movie, options), after = await anyOrder(view);
    const frame = (samples: ArrayLike<number>, k: number) => Array.from(samples).slice(k * SIZE, (k + 1) * SIZE);
    for (let k = 0; k < 20; k++) {
      const origin = k === 7 || k === 8 ? 6 : k === 15 && type === "float32" ? 14 : k;
      assert.deepEqual(frame(after, k), frame(before, origin), `frame ${k}`);
    }
    const told = type === "float32"
      ? "3 replaced by the frame before (7, 8, 15)"
      : "2 replaced by the frame before (7, 8)";
    assert.deepEqual(view.report(), [`Blank frames: ${told}`]);
  }
  const late = scene(20, (value, frame) => frame < 2 ? NaN : value);
  assert.equal(
    await sentenceOf(MovieError, () => samplesOf(repairSamples(late, options))),
    'Frame 0 of "test movie" is blank (it has no finite sample), and no good frame goes before it to take its place: ' +
      "leave it out with drop_frames",
  );
  const black = scene(20, () => 0);
  assert.match(
    await sentenceOf(MovieError, () => samplesOf(repairSamples(black, options))),
    /^Frame 0 of "test movie" is blank \(every sample is 0\), and no good frame/,
  );
  const single = movieOf({ width: 1, height: 1, frames: 9, type: "uint8" }, (frame) => frame);
  assert.deepEqual([...await anyOrder(repairSamples(single, options))], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("a movie in order is handed on as it is, and nothing is told", async () => {
  for (const type of ["uint8", "uint16", "int16", "float32"] as const) {
    const movie = scene(30, (value) => value, type), view = repairSamples(movie, options);
    assert.deepEqual(await anyOrder(view), await samplesOf(movie));
    assert.deepEqual(view.report(), []);
  }
});
