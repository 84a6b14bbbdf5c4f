/** Moving frames, as wholes and pixel by pixel, against the bicubic interpolation written out for one pixel. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { pad, pitchOf, stackBytes, type StackShape, unpad } from "../src/kernels/stack.ts";
import { warp } from "../src/kernels/warp.ts";
import { type NodeGrid, warpLocal } from "../src/kernels/warp_local.ts";
import { backends, backendTest, randomStack, relativeError, TRIAL_SHAPES, uniform } from "./backends.ts";

/** Keys' kernel with a = −1/2 (Keys 1981, equation 15). */
function keys(distance: number): number {
  const s = Math.abs(distance);
  return s < 1 ? 1.5 * s ** 3 - 2.5 * s ** 2 + 1 : s < 2 ? -0.5 * s ** 3 + 2.5 * s ** 2 - 4 * s + 2 : 0;
}

/** The frame at a place: samples outside are the nearest inside, places outside are `fill` or the nearest inside. */
function sample(frame: Float32Array, width: number, height: number, x: number, y: number, fill?: number): number {
  const isOutside = x < 0 || y < 0 || x > width - 1 || y > height - 1;
  if (isOutside && fill !== undefined) return fill;
  const u = Math.min(Math.max(x, 0), width - 1), v = Math.min(Math.max(y, 0), height - 1);
  let sum = 0;
  for (let j = Math.floor(v) - 1; j <= Math.floor(v) + 2; j++) {
    for (let i = Math.floor(u) - 1; i <= Math.floor(u) + 2; i++) {
      const row = Math.min(Math.max(j, 0), height - 1), column = Math.min(Math.max(i, 0), width - 1);
      sum += keys(u - i) * keys(v - j) * frame[row * width + column];
    }
  }
  return sum;
}

/** Every frame moved, d at each pixel given; unpadded, frame by frame. */
function expected(
  stack: Float32Array,
  { frames, width, height }: StackShape,
  d: (frame: number, x: number, y: number) => readonly [number, number],
  fill?: Float32Array,
): Float32Array {
  const size = height * pitchOf(width), out = new Float32Array(frames * width * height);
  for (let frame = 0; frame < frames; frame++) {
    const image = unpad(stack.subarray(frame * size, (frame + 1) * size), width, height);
    for (let i = 0; i < width * height; i++) {
      const x = i % width, y = Math.floor(i / width), [dx, dy] = d(frame, x, y);
      out[frame * width * height + i] = sample(image, width, height, x + dx, y + dy, fill?.[frame]);
    }
  }
  return out;
}

/** Runs a kernel of stacks; checks that padding stays 0 and returns the pixels. */
async function result(
  compute: Compute,
  shape: StackShape,
  stack: Float32Array,
  given: Float32Array,
  fill: Float32Array | undefined,
  grid?: NodeGrid,
): Promise<Float32Array> {
  const buffers = [stack, given, fill ?? new Float32Array(1)].map((data) => compute.upload("input", data));
  // Pixels that are not written would show.
  const moved = compute.upload("moved", new Float32Array(stackBytes(shape) / 4).fill(12345));
  const [from, displacements, values] = buffers, last = fill && values;
  if (grid) warpLocal(compute, from, moved, shape, displacements, grid, last);
  else warp(compute, from, moved, shape, displacements, last);
  const [bytes] = await compute.read(moved);
  for (const buffer of [...buffers, moved]) buffer.release();
  const padded = new Float32Array(bytes), { frames, width, height } = shape, size = height * pitchOf(width);
  const images = Array.from(
    { length: frames },
    (_, frame) => unpad(padded.subarray(frame * size, (frame + 1) * size), width, height),
  );
  const again = images.flatMap((image) => [...pad(image, width, height)]);
  assert.deepEqual(Float32Array.from(again), padded.subarray(0, frames * size), "padding is 0");
  return Float32Array.from(images.flatMap((image) => [...image]));
}

/** Displacements of frames: none, whole numbers, parts, far outside. */
function displacementsOf(frames: number, seed: number): Float32Array {
  const next = uniform(seed), d = Float32Array.from({ length: 2 * frames }, () => 6 * next() - 3);
  d.set([0, 0, 2, -1, 0, 0.5, -0.25, 0, 1000, -1000, -0.75, 3].slice(0, d.length));
  return d;
}

const SHAPES = [...TRIAL_SHAPES, { frames: 6, width: 41, height: 150 }, { frames: 40, width: 24, height: 9 }];

/** Weights of rounding and of displacements rounded to float32 at places of up to 150. */
const TOLERANCE = 1e-5;

for (const [seed, shape] of SHAPES.entries()) {
  const { frames, width, height } = shape, name = `${frames} frames of ${width}x${height}`;

  backendTest(`warp: ${name}`, async () => {
    const stack = randomStack(seed, shape, 50, 100), d = displacementsOf(frames, seed);
    const fill = Float32Array.from({ length: frames }, (_, frame) => -frame);
    for (const compute of await backends()) {
      for (const border of [undefined, fill]) {
        const values = expected(stack, shape, (frame) => [d[2 * frame], d[2 * frame + 1]], border);
        const error = relativeError(await result(compute, shape, stack, d, border), values);
        assert(error < TOLERANCE, `border ${border ? "filled" : "copied"} on ${compute.backend}: ${error}`);
      }
    }
  });

  backendTest(`warpLocal: ${name}`, async () => {
    const grid = { columns: 4, rows: 3, x: 2.5, y: 1, stepX: 5, stepY: 3.25 }, next = uniform(seed);
    const nodes = Float32Array.from({ length: frames * 24 }, () => 8 * next() - 4),
      stack = randomStack(seed, shape, 50, 100);
    const fill = Float32Array.from({ length: frames }, (_, frame) => -frame);
    /** Linear between the nodes, written as a sum over all of them of triangles. */
    const d = (frame: number, x: number, y: number): [number, number] => {
      const across = Math.min(Math.max((x - grid.x) / grid.stepX, 0), grid.columns - 1);
      const down = Math.min(Math.max((y - grid.y) / grid.stepY, 0), grid.rows - 1), sum: [number, number] = [0, 0];
      for (let node = 0; node < 12; node++) {
        const i = node % 4, j = Math.floor(node / 4);
        const weight = Math.max(0, 1 - Math.abs(across - i)) * Math.max(0, 1 - Math.abs(down - j));
        for (const c of [0, 1]) sum[c] += weight * nodes[2 * (frame * 12 + node) + c];
      }
      return sum;
    };
    for (const compute of await backends()) {
      for (const border of [undefined, fill]) {
        const values = expected(stack, shape, d, border);
        const error = relativeError(await result(compute, shape, stack, nodes, border, grid), values);
        assert(error < TOLERANCE, `border ${border ? "filled" : "copied"} on ${compute.backend}: ${error}`);
      }
    }
  });
}

backendTest("warp and warpLocal: whole-number displacements give the samples themselves", async () => {
  const shape = { frames: 3, width: 22, height: 70 }, stack = randomStack(3, shape, -1e5, 1e5);
  const d = Float32Array.from([0, 0, 3, -2, -1, 5]), grid = { columns: 2, rows: 2, x: 3, y: 3, stepX: 7, stepY: 11 };
  const nodes = Float32Array.from({ length: 24 }, (_, i) => d[2 * Math.floor(i / 8) + i % 2]);
  const samples = expected(stack, shape, (frame) => [d[2 * frame], d[2 * frame + 1]]);
  for (const compute of await backends()) {
    assert.deepEqual(await result(compute, shape, stack, d, undefined), samples);
    assert.deepEqual(await result(compute, shape, stack, nodes, undefined, grid), samples);
  }
});

backendTest("warp and warpLocal: outside of the frame it can be not a number, and only there", async () => {
  const shape = { frames: 1, width: 6, height: 5 }, stack = randomStack(4, shape), nan = Float32Array.of(NaN);
  const d = Float32Array.of(1.5, -1), grid = { columns: 1, rows: 1, x: 0, y: 0, stepX: 1, stepY: 1 };
  for (const compute of await backends()) {
    for (const nodes of [undefined, grid]) {
      const buffers = [stack, d, nan].map((data) => compute.upload("input", data));
      const moved = compute.allocate("moved", stackBytes(shape));
      if (nodes) warpLocal(compute, buffers[0], moved, shape, buffers[1], nodes, buffers[2]);
      else warp(compute, buffers[0], moved, shape, buffers[1], buffers[2]);
      const image = unpad(new Float32Array((await compute.read(moved))[0]), 6, 5);
      for (const buffer of [...buffers, moved]) buffer.release();
      image.forEach((value, i) => {
        assert.equal(Number.isNaN(value), i % 6 > 3 || i < 6, `pixel ${i} on ${compute.backend}: ${value}`);
      });
    }
  }
});

backendTest("warp: a smooth picture moves as its formula does", async () => {
  const shape = { frames: 2, width: 40, height: 32 };
  const picture = (x: number, y: number) => Math.sin(x / 4) + Math.cos(y / 5);
  const image = Float32Array.from({ length: 40 * 32 }, (_, i) => picture(i % 40, Math.floor(i / 40)));
  const stack = Float32Array.from([...pad(image, 40, 32), ...pad(image, 40, 32)]);
  const d = Float32Array.from([0.3, -0.7, -2.45, 1.1]);
  for (const compute of await backends()) {
    const moved = await result(compute, shape, stack, d, undefined);
    for (let frame = 0; frame < 2; frame++) {
      for (let y = 5; y < 27; y++) {
        for (let x = 5; x < 35; x++) {
          const error = moved[frame * 1280 + y * 40 + x] - picture(x + d[2 * frame], y + d[2 * frame + 1]);
          assert(Math.abs(error) < 0.002, `(${x}, ${y}) on ${compute.backend}: ${error}`);
        }
      }
    }
  }
});

backendTest("warpLocal: a grid without nodes is told", async () => {
  const [compute] = await backends(),
    buffer = compute.allocate("stack", 16),
    shape = { frames: 1, width: 2, height: 2 };
  const grid = { columns: 2, rows: 0, x: 0, y: 0, stepX: 4, stepY: 4 };
  assert.throws(
    () => warpLocal(compute, buffer, buffer, shape, buffer, grid),
    (error) => error instanceof ParameterError && /2x0 nodes/.test(error.message),
  );
  buffer.release();
});
