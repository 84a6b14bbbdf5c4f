/** The part of the field an edit looks at. */
import assert from "node:assert/strict";
import { MovieError, ParameterError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { footprintOf } from "../src/core/footprints.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { LowGrid } from "../src/cnmfe/low_grid.ts";
import { RingOperator } from "../src/cnmfe/ring_operator.ts";
import { editCells } from "../src/edit/edit_cells.ts";
import { usedParameters } from "../src/core/used_parameters.ts";
import { twoParts } from "../src/edit/two_parts.ts";
import { windowAround } from "../src/edit/window.ts";
import { windowMovie } from "../src/edit/window_movie.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { fakeExtraction, seededRandom } from "./fake_extraction.ts";

const FRAMES = 40, WIDTH = 23, HEIGHT = 17;

/** A movie whose samples tell where they are from, and how many frames were read of it. */
function counted(): { readonly source: MovieSource; readonly frames: () => number } {
  let read = 0;
  const header = {
    width: WIDTH,
    height: HEIGHT,
    frames: FRAMES,
    sampleType: "float32",
    name: "counted",
    files: [],
  } as const;
  return {
    frames: () => read,
    source: {
      header,
      read(start, count, into) {
        read += count;
        for (let i = 0; i < count * WIDTH * HEIGHT; i++) into[i] = start * WIDTH * HEIGHT + i;
        return Promise.resolve();
      },
      close() {},
    },
  };
}

Deno.test("a window of a movie holds the movie's samples, and each frame is read once", async () => {
  const { source, frames } = counted(), window = { x: 5, y: 3, width: 7, height: 9 };
  const movie = windowMovie(source, window), pixels = window.width * window.height;
  const expected = (frame: number, i: number) =>
    frame * WIDTH * HEIGHT + (window.y + Math.floor(i / window.width)) * WIDTH + window.x + i % window.width;
  for (const [start, count] of [[0, 8], [0, 3], [5, 9], [14, 26], [20, 5], [0, FRAMES]]) {
    const into = new Float32Array(count * pixels).fill(-1);
    await movie.read(start, count, into);
    into.forEach((value, i) =>
      assert.equal(value, expected(start + Math.floor(i / pixels), i % pixels), `${start}+${count}`)
    );
  }
  assert.equal(frames(), FRAMES);
  assert.deepEqual([movie.header.width, movie.header.height, movie.header.frames], [7, 9, FRAMES]);
});

Deno.test("a read that fails fails each time, and another one after it works", async () => {
  const { source } = counted();
  let isBroken = true;
  const movie = windowMovie({
    ...source,
    read: (...range) => isBroken ? Promise.reject(new MovieError("it ends early")) : source.read(...range),
  }, { x: 0, y: 0, width: 4, height: 4 });
  const into = new Float32Array(16);
  await assert.rejects(movie.read(2, 1, into), MovieError);
  isBroken = false;
  await movie.read(2, 1, into);
  assert.equal(into[5], 2 * WIDTH * HEIGHT + WIDTH + 1);
});

Deno.test("the ring background of a window is that of the field, where footprints may grow to", () => {
  const extraction = fakeExtraction({ width: 120, height: 110, cells: 8 }), { ring, footprints } = extraction;
  const random = seededRandom(4),
    weights = ring.weights.map(() => random() - 0.5),
    whole = { ...extraction, ring: { ...ring, weights } };
  const operator = new RingOperator(new LowGrid(120, 110, ring.factor), ring.offsets, weights);
  const image = Float32Array.from({ length: ring.width * ring.height }, () => random());
  for (let k = 0; k < footprints.count; k++) {
    const place = windowAround(whole, usedParameters(whole), [footprintOf(footprints, k)]), { window, grid } = place;
    assert.equal(window.x % (2 * ring.factor), 0);
    const field = (q: number) => {
      const x = q % grid.width + window.x / ring.factor, y = Math.floor(q / grid.width) + window.y / ring.factor;
      return y * ring.width + x;
    };
    const { pixels } = place.enter(footprintOf(footprints, k));
    for (const pixel of pixels) {
      for (const q of grid.corners(pixel).pixels) {
        const here = place.operator.at(q, (pixel) => image[field(pixel)]);
        assert.equal(here, operator.at(field(q), (pixel) => image[pixel]), `cell ${k}`);
      }
    }
    assert.deepEqual(place.leave({ pixels, values: footprintOf(footprints, k).values }), footprintOf(footprints, k));
  }
});

Deno.test("no cell is added where the recording moved out of view", async () => {
  const plain = fakeExtraction(),
    { width, height } = plain.footprints,
    border = { left: 4, top: 0, right: 0, bottom: 0 };
  const motion = {
    parameters: {},
    largest: 3,
    correlation: { before: 0, after: 1 },
    crispness: { before: 1, after: 1 },
    border,
  };
  const preparation = { done: [], found: [], preprocessing: {}, motion: { ...motion, outliers: [], notes: [] } };
  const source: MovieSource = {
    header: { ...plain.movie, width, height },
    read: () => Promise.reject(new MovieError("not to be read")),
    close() {},
  };
  const extraction: Extraction = { ...plain, preparation };
  const options = { compute: new CpuCompute(), memoryBytes: 500e6, source };
  await assert.rejects(editCells(extraction, { action: "add", x: 2, y: 10 }, options), (error) => {
    assert(error instanceof ParameterError, `${error}`);
    assert.match(error.message, /^No cell can be added at x 2, y 10: .*because it moved$/);
    return true;
  });
});

Deno.test("rows of two series come apart into their parts, whatever their overlap and noise", () => {
  const random = seededRandom(11), T = 600, n = 60;
  const series = [0, 1].map(() => {
    let calcium = 0;
    return Float64Array.from({ length: T }, () => calcium = 0.9 * calcium + (random() < 0.05 ? 10 : 0));
  });
  const shape = (centre: number) => Float64Array.from({ length: n }, (_, i) => Math.exp(-((i - centre) ** 2) / 120));
  const parts = [shape(22), shape(40)], noise = () => random() + random() + random() + random() - 2;
  const rows = Array.from(
    { length: n },
    (_, i) =>
      Float32Array.from({ length: T }, (_, t) => parts[0][i] * series[0][t] + parts[1][i] * series[1][t] + noise()),
  );
  const found = twoParts(rows)!,
    cosine = (a: ArrayLike<number>, b: Float64Array) => {
      let ab = 0, aa = 0, bb = 0;
      for (let i = 0; i < b.length; i++) ab += a[i] * b[i], aa += a[i] ** 2, bb += b[i] ** 2;
      return ab / Math.sqrt(aa * bb);
    };
  for (const part of parts) {
    assert(Math.max(cosine(found.first, part), cosine(found.second, part)) > 0.97);
  }
  assert(found.first.every((value) => value >= 0) && found.second.every((value) => value >= 0));
  assert.equal(twoParts([rows[0]]), undefined);
});
