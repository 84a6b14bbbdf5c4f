import assert from "node:assert/strict";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import { type Footprints, unpackFootprints } from "../src/core/footprints.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { addCells } from "../src/simulation/onto.ts";
import { footprintCosines } from "../src/score/similarity.ts";
import { Random } from "../src/simulation/random.ts";
import { simulate } from "../src/simulation/simulate.ts";

/** An 8-bit "recording": flat light that drifts, and white noise of s.d. 3 (left) or 6 (right). */
function recording(width: number, height: number, frames: number): MovieSource & { closed: number } {
  return {
    closed: 0,
    header: { width, height, frames, sampleType: "uint8", name: "test recording", files: [] },
    read(start, count, into) {
      for (let i = 0; i < count; i++) {
        const random = new Random(77, start + i);
        for (let p = 0; p < width * height; p++) {
          const noise = (p % width < width / 2 ? 3 : 6) * random.normal();
          into[i * width * height + p] = Math.round(120 + 20 * Math.sin((start + i) / 50) + noise);
        }
      }
      return Promise.resolve();
    },
    close() {
      this.closed++;
    },
  };
}

Deno.test("known cells are added exactly, apart from each other and from the border", async () => {
  const width = 120, height = 100, frames = 400, pixels = width * height;
  const movie = recording(width, height, frames);
  const { source, truth } = await addCells(movie, { cells: 12, frame_rate: 5, seed: 3 });
  assert.equal(source.header.sampleType, "float32");
  assert.equal(source.header.frameRate, 5);
  const before = new Uint8Array(7 * pixels), after = new Float32Array(7 * pixels);
  await movie.read(200, 7, before);
  await source.read(200, 7, after);
  const expected = Float32Array.from(before);
  const peaks: { x: number; y: number }[] = [];
  unpackFootprints(truth.footprints).forEach((cell, k) => {
    for (let i = 0; i < 7; i++) {
      const value = truth.calcium[k * frames + 200 + i];
      cell.pixels.forEach((pixel, j) => expected[i * pixels + pixel] += Math.fround(value * cell.values[j]));
    }
    let x = 0, y = 0, mass = 0;
    cell.pixels.forEach((pixel, j) => {
      x += cell.values[j] * (pixel % width);
      y += cell.values[j] * Math.floor(pixel / width);
      mass += cell.values[j];
    });
    peaks.push({ x: x / mass, y: y / mass });
  });
  after.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-3));
  assert.ok(after.some((value, i) => value > before[i] + 5), "there is something to see");
  for (const [k, a] of peaks.entries()) {
    // Lumps shift the centre of mass a little off the centre the cell was drawn around.
    assert.ok(Math.min(a.x, a.y, width - 1 - a.x, height - 1 - a.y) > 3 * 3.5 - 2);
    for (const b of peaks.slice(k + 1)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > 4 * 3.5 - 3);
  }
  source.close();
  assert.equal(movie.closed, 1);
});

Deno.test("added cells are as bright as asked, in units of the recording's own noise", async () => {
  const movie = recording(120, 100, 400);
  const { truth } = await addCells(movie, { cells: 12, min_snr: 4, max_snr: 20, seed: 1 });
  // White noise keeps its variance through the high-pass filter; 8-bit rounding adds a variance of 1/12.
  for (const [x, noise] of [[20, 3], [100, 6]]) {
    const mean = truth.noise.filter((_, p) => p % 120 === x).reduce((sum, value) => sum + value, 0) / 100;
    assert.ok(Math.abs(mean - Math.sqrt(noise ** 2 + 1 / 12)) < 0.05 * noise, `noise ${mean}, ${noise} expected`);
  }
  assert.ok(truth.snr.every((snr) => snr >= 4 && snr <= 20));
  unpackFootprints(truth.footprints).forEach((cell, k) => {
    const peak = truth.calcium.subarray(k * 400, (k + 1) * 400).reduce((a, b) => Math.max(a, b));
    const brightest = cell.pixels[cell.values.indexOf(1)];
    assert.ok(Math.abs(peak / truth.noise[brightest] - truth.snr[k]) < 1e-4 * truth.snr[k]);
  });
});

Deno.test("added cells repeat with their seed, and recordings too short or crowded are refused", async () => {
  const movie = recording(90, 80, 50);
  const one = await addCells(movie, { cells: 5, seed: 8 }), two = await addCells(movie, { cells: 5, seed: 8 });
  assert.deepEqual(one.truth, two.truth);
  assert.notDeepEqual((await addCells(movie, { cells: 5, seed: 9 })).truth, one.truth);
  await assert.rejects(
    addCells(recording(90, 80, 6)),
    (error) => error instanceof MovieError && /has 6 frames; at least 7/.test(error.message),
  );
  await assert.rejects(addCells(movie, { cells: 500 }), ParameterError);
  await assert.rejects(addCells(movie, { min_snr: 9, max_snr: 5 }), /max_snr is 5; it has to be a number from 9/);
});

Deno.test("added cells keep off the recording's own cells when these are given", async () => {
  const { source, truth } = simulate({ width: 96, height: 96, frames: 40, cells: 8, seed: 5 });
  const overlap = (added: Footprints) =>
    Math.max(...footprintCosines(added, truth.footprints).map(({ cosine }) => cosine));
  const free = await addCells(source, { cells: 12, gSig: 3, seed: 2 });
  const apart = await addCells(source, { cells: 12, gSig: 3, seed: 2 }, truth.footprints);
  assert.ok(overlap(free.truth.footprints) > 0.5, "without avoiding, some cells lie on others");
  assert.ok(overlap(apart.truth.footprints) < 0.45);
  await assert.rejects(
    addCells(source, {}, { ...truth.footprints, width: 95 }),
    { name: "ParameterError", message: /95×96 pixels/ },
  );
});
