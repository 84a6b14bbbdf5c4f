/** Filters of whole frames as views, against plain computations, on every backend. */
import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { gaussianBlur } from "../src/preprocess/blur_frames.ts";
import { destripe } from "../src/preprocess/destripe.ts";
import { filterFrames, type FrameFilter } from "../src/preprocess/filter_frames.ts";
import { medianOfSquares } from "../src/preprocess/median_frames.ts";
import { removeBackground } from "../src/preprocess/remove_background.ts";
import { removeGlow } from "../src/preprocess/remove_glow.ts";
import { backends, backendTest } from "./backends.ts";
import { anyOrder, movieOf, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const WIDTH = 23, HEIGHT = 18, FRAMES = 11, SIZE = WIDTH * HEIGHT;
/** Two frames and a half at a time. */
const LITTLE = 48 * 4 * SIZE * 2.5;

function inside(value: number, count: number): number {
  return Math.min(Math.max(value, 0), count - 1);
}

/** Checks a filter on noise of every sample type, on every backend, against values made frame by frame. */
async function check(
  filter: (movie: MovieSource, compute: Compute) => FrameFilter,
  tolerance: number,
  expected: (pixel: (x: number, y: number) => number, x: number, y: number) => number,
): Promise<void> {
  for (const type of ["uint8", "int16", "float32"] as const) {
    const movie = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, type, frameRate: 15 });
    const before = await samplesOf(movie);
    for (const compute of await backends()) {
      const view = filterFrames(movie, [filter(movie, compute)], { compute, memoryBytes: LITTLE });
      assert.deepEqual([view.header.sampleType, view.header.frameRate, view.header.frames], ["float32", 15, FRAMES]);
      const after = await anyOrder(view);
      for (let i = 0; i < after.length; i++) {
        const first = Math.floor(i / SIZE) * SIZE, x = i % WIDTH, y = Math.floor(i % SIZE / WIDTH);
        const wanted = expected((u, v) => before[first + v * WIDTH + u], x, y);
        assert(
          Math.abs(after[i] - wanted) <= tolerance * 200,
          `${compute.backend}, ${type}: ${after[i]} for ${wanted} at ${i}`,
        );
      }
    }
  }
}

backendTest("the median of squares is exact", async () => {
  await check(() => medianOfSquares(5), 0, (pixel, x, y) => {
    const values: number[] = [];
    for (let v = -2; v <= 2; v++) {
      for (let u = -2; u <= 2; u++) values.push(pixel(inside(x + u, WIDTH), inside(y + v, HEIGHT)));
    }
    return values.sort((a, b) => a - b)[12];
  });
});

backendTest("a Gaussian blur is the two-dimensional Gaussian", async () => {
  await check(() => gaussianBlur(1.3), 1e-6, (pixel, x, y) => {
    let sum = 0, weights = 0;
    for (let v = -5; v <= 5; v++) {
      for (let u = -5; u <= 5; u++) {
        const weight = Math.exp(-(u * u + v * v) / (2 * 1.3 ** 2));
        sum += weight * pixel(inside(x + u, WIDTH), inside(y + v, HEIGHT));
        weights += weight;
      }
    }
    return sum / weights;
  });
});

backendTest("background by opening with a disk is the white top-hat", async () => {
  const extreme = (pixel: (x: number, y: number) => number, x: number, y: number, pick: typeof Math.min) => {
    let found: number | undefined;
    for (let v = Math.max(0, y - 3); v <= Math.min(HEIGHT - 1, y + 3); v++) {
      for (let u = Math.max(0, x - 3); u <= Math.min(WIDTH - 1, x + 3); u++) {
        if ((u - x) ** 2 + (v - y) ** 2 <= 9) found = found === undefined ? pixel(u, v) : pick(found, pixel(u, v));
      }
    }
    return found!;
  };
  await check(
    () => removeBackground(7),
    1e-7,
    (pixel, x, y) => pixel(x, y) - extreme((u, v) => extreme(pixel, u, v, Math.min), x, y, Math.max),
  );
});

backendTest("glow is each pixel's minimum over the movie, after the filters before it", async () => {
  const movie = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, type: "uint16" });
  for (const compute of await backends()) {
    let passes = 0;
    const options = {
      compute,
      memoryBytes: LITTLE,
      progress: ({ stage, fraction }: { stage: string; fraction: number }) => {
        if (stage === "minimum over the movie" && fraction === 0) passes++;
      },
    };
    const blurred = filterFrames(movie, [gaussianBlur(1)], options), before = await samplesOf(blurred);
    const view = filterFrames(movie, [gaussianBlur(1), removeGlow(blurred, options)], options);
    assert.equal(passes, 0, "Nothing is read before it is asked for");
    const after = await anyOrder(view);
    assert.equal(passes, 1);
    for (let pixel = 0; pixel < SIZE; pixel++) {
      let least = Infinity;
      for (let frame = 0; frame < FRAMES; frame++) least = Math.min(least, before[frame * SIZE + pixel]);
      for (let frame = 0; frame < FRAMES; frame++) {
        assert(Math.abs(after[frame * SIZE + pixel] - (before[frame * SIZE + pixel] - least)) < 1e-4);
      }
    }
  }
});

backendTest("destriping takes offsets of lines away, and leaves smooth light and cells", async () => {
  const width = 64, height = 60;
  const scene = (x: number, y: number) =>
    100 + 0.2 * x + 20 * Math.sin(y / 25) + 60 * Math.exp(-((x - 30) ** 2 + (y - 33) ** 2) / 18);
  const offset = (frame: number, line: number) => ((line * 7 + frame * 3) % 11) - 5;
  for (const direction of ["rows", "columns"] as const) {
    const line = (x: number, y: number) => direction === "rows" ? y : x;
    const movie = movieOf({ width, height, frames: 3 }, (frame, x, y) => scene(x, y) + offset(frame, line(x, y)));
    for (const compute of await backends()) {
      const view = filterFrames(movie, [destripe(direction)], { compute, memoryBytes: 1e8 });
      const after = await anyOrder(view);
      let stripes = 0, left = 0;
      for (let i = 0; i < after.length; i++) {
        const x = i % width, y = Math.floor(i / width) % height, frame = Math.floor(i / (width * height));
        stripes += offset(frame, line(x, y)) ** 2;
        left += (after[i] - scene(x, y)) ** 2;
      }
      const share = Math.sqrt(left / stripes);
      assert(share < 0.25, `${direction}, ${compute.backend}: ${share} of the stripes are left`);
    }
  }
});

backendTest("samples that are not finite are refused with their place, and a failed pass is tried again", async () => {
  let broken = true;
  const good = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES });
  const movie: MovieSource = {
    header: good.header,
    async read(start, count, into) {
      await good.read(start, count, into);
      if (broken && start <= 7 && 7 < start + count) into[(7 - start) * SIZE + 2 * WIDTH + 5] = NaN;
    },
    close() {},
  };
  for (const compute of await backends()) {
    const options = { compute, memoryBytes: LITTLE };
    broken = true;
    assert.match(
      await sentenceOf(MovieError, () => samplesOf(filterFrames(movie, [gaussianBlur(1)], options))),
      /^"test movie" holds a value that is not a finite number \(frame 7, x 5, y 2\), and filtering needs finite ones: set/,
    );
    const view = filterFrames(movie, [removeGlow(movie, options)], options);
    assert.match(await sentenceOf(MovieError, () => samplesOf(view)), /frame 7.*the minimum over the movie needs/);
    broken = false;
    assert.equal(Math.min(...await samplesOf(view)), 0);
  }
});
