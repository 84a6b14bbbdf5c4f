/** Quantiles over frames against sorting. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { quantile } from "../src/kernels/quantile.ts";
import { pitchOf, type StackShape, unpad } from "../src/kernels/stack.ts";
import { backends, backendTest, randomStack, relativeError, TRIAL_SHAPES, uniform } from "./backends.ts";

const QUANTILES = [0, 0.08, 0.25, 0.5, 0.9, 1];

/** `numpy.quantile` of one pixel's values. */
function expected(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b), place = q * (sorted.length - 1), rank = Math.floor(place);
  const a = sorted[rank], b = sorted[Math.min(rank + 1, sorted.length - 1)];
  return a === b || place === rank ? a : a * (1 - (place - rank)) + b * (place - rank);
}

function pixels(stack: Float32Array, shape: StackShape): number[][] {
  const pitch = pitchOf(shape.width), size = shape.height * pitch;
  return Array.from({ length: shape.width * shape.height }, (_, i) => {
    const at = Math.floor(i / shape.width) * pitch + i % shape.width;
    return Array.from({ length: shape.frames }, (_, frame) => stack[frame * size + at]);
  });
}

async function quantiles(compute: Compute, stack: Float32Array, shape: StackShape, q: number): Promise<Float32Array> {
  const buffer = compute.upload("stack", stack);
  const image = compute.allocate("image", shape.height * pitchOf(shape.width) * 4);
  quantile(compute, buffer, image, shape, q);
  const [bytes] = await compute.read(image);
  buffer.release();
  image.release();
  return new Float32Array(bytes);
}

for (const shape of [...TRIAL_SHAPES, { frames: 101, width: 9, height: 4 }, { frames: 2, width: 6, height: 3 }]) {
  const { frames, width, height } = shape;
  backendTest(`quantile: ${frames} frames of ${width}x${height} as by sorting`, async () => {
    // Many equal values, both signs, tiny and large ones.
    const next = uniform(7),
      stack = randomStack(5, shape, -3, 3).map((value) => {
        const kind = next();
        return kind < 0.4 ? Math.round(value) : kind < 0.5 ? value * 1e20 : kind < 0.6 ? value * 1e-20 : value;
      });
    for (let i = 0; i < stack.length; i++) if (i % pitchOf(width) >= width) stack[i] = 0;
    const sets = pixels(stack, shape);
    for (const compute of await backends()) {
      for (const q of QUANTILES) {
        const padded = await quantiles(compute, stack, shape, q), image = unpad(padded, width, height);
        sets.forEach((values, i) => {
          const exact = expected(values, q), error = Math.abs(image[i] - exact);
          assert(
            error <= 2e-7 * Math.max(...values.map(Math.abs)),
            `pixel ${i}, q ${q} on ${compute.backend}: ${error}`,
          );
          if (Number.isInteger(q * (frames - 1))) assert.equal(image[i] + 0, exact + 0, "an order statistic is exact");
        });
        assert(padded.every((value, i) => i % pitchOf(width) < width || value === 0), "padding stays 0");
      }
    }
  });
}

backendTest("quantile: the median is the same bit for bit on every device", async () => {
  const shape = { frames: 50, width: 23, height: 11 }, stack = randomStack(11, shape, -1e4, 1e4);
  const images = await Promise.all((await backends()).map((compute) => quantiles(compute, stack, shape, 0.5)));
  for (const image of images) assert.deepEqual(image, images[0]);
});

backendTest("quantile: infinite values are values", async () => {
  const shape = { frames: 5, width: 2, height: 1 };
  const stack = Float32Array.from([-Infinity, 1, 3, Infinity, 2].flatMap((value) => [value, -value, 0, 0]));
  for (const compute of await backends()) {
    const at = async (q: number) => [...(await quantiles(compute, stack, shape, q)).subarray(0, 2)];
    assert.deepEqual(await at(0), [-Infinity, -Infinity]);
    assert.deepEqual(await at(0.125), [-Infinity, -Infinity]);
    assert.deepEqual(await at(0.5), [2, -2]);
    assert.deepEqual(await at(0.625), [2.5, -1.5]);
    assert.deepEqual(await at(1), [Infinity, Infinity]);
  }
});

backendTest("quantile: long stacks of nearly equal values keep their last bits", async () => {
  const shape = { frames: 1000, width: 3, height: 2 }, stack = randomStack(2, shape, 1000, 1000.01);
  const sets = pixels(stack, shape);
  for (const compute of await backends()) {
    const image = unpad(await quantiles(compute, stack, shape, 1 / 3), 3, 2);
    assert.equal(relativeError(image, Float32Array.from(sets, (values) => expected(values, 1 / 3))), 0);
  }
});

backendTest("quantile: what does not exist is told", async () => {
  const [compute] = await backends(),
    buffer = compute.allocate("stack", 16),
    shape = { frames: 1, width: 2, height: 1 };
  const run = (q: number, frames: number) => () => quantile(compute, buffer, buffer, { ...shape, frames }, q);
  assert.throws(
    run(1.5, 1),
    (error) => error instanceof ParameterError && /quantile 1.5.*from 0 to 1/.test(error.message),
  );
  assert.throws(run(NaN, 1), ParameterError);
  assert.throws(run(0.5, 0), (error) => error instanceof ParameterError && /no frames/.test(error.message));
  buffer.release();
});
