/** The kernels of the preprocessing against plain computations, on every backend. */
import assert from "node:assert/strict";
import type { Compute, DeviceBuffer } from "../src/gpu/compute.ts";
import { blurColumns } from "../src/kernels/blur_columns.ts";
import { blurRows, gaussianWeights } from "../src/kernels/blur_rows.ts";
import { diskMinimum } from "../src/kernels/disk_minimum.ts";
import { lineCount, type LineDirection, lineMedian } from "../src/kernels/line_median.ts";
import { medianFilter } from "../src/kernels/median_filter.ts";
import { pad, pitchOf, stackBytes, type StackShape, unpad } from "../src/kernels/stack.ts";
import { subtract } from "../src/kernels/subtract.ts";
import { subtractLines } from "../src/kernels/subtract_lines.ts";
import { backends, backendTest, randomStack, relativeError, TRIAL_SHAPES } from "./backends.ts";

/** Runs a kernel on every backend and compares its stack with values computed pixel by pixel; padding has to be 0. */
async function compare(
  name: string,
  tolerance: number,
  shapes: readonly StackShape[],
  run: (compute: Compute, stack: DeviceBuffer, out: DeviceBuffer, shape: StackShape) => void,
  expected: (pixel: (x: number, y: number) => number, x: number, y: number, shape: StackShape) => number,
): Promise<void> {
  for (const [seed, shape] of shapes.entries()) {
    const { frames, width, height } = shape, pitch = pitchOf(width), values = randomStack(seed, shape, -20, 90);
    // Repeated values: medians and minima have to cope with ties.
    if (seed % 2 === 0) values.forEach((value, i) => values[i] = Math.round(value / 8));
    const wanted = new Float32Array(values.length);
    for (let frame = 0; frame < frames; frame++) {
      const pixel = (x: number, y: number) => values[(frame * height + y) * pitch + x];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          wanted[(frame * height + y) * pitch + x] = expected(pixel, x, y, shape);
        }
      }
    }
    for (const compute of await backends()) {
      const stack = compute.upload("stack", values), out = compute.allocate("out", stackBytes(shape));
      run(compute, stack, out, shape);
      const [bytes] = await compute.read(out);
      const found = new Float32Array(bytes, 0, values.length);
      const error = relativeError(found, wanted);
      assert(error <= tolerance, `${name}, ${frames} frames of ${width}×${height}, ${compute.backend}: ${error}`);
      for (let i = 0; i < found.length; i++) if (i % pitch >= width) assert.equal(found[i], 0, `${name}: padding`);
      stack.release();
      out.release();
    }
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

backendTest("a blur along rows and one along columns are weighted sums with repeated borders", async () => {
  for (const sigma of [0.6, 1.7, 6]) {
    const { weights, radius } = gaussianWeights(sigma);
    assert(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
    for (const isRows of [true, false]) {
      await compare(`blur ${sigma}`, 1e-6, TRIAL_SHAPES, (compute, stack, out, shape) => {
        const buffer = compute.upload("weights", weights);
        (isRows ? blurRows : blurColumns)(compute, stack, out, shape, buffer, radius);
        buffer.release();
      }, (pixel, x, y, { width, height }) => {
        let sum = 0;
        for (let i = -radius; i <= radius; i++) {
          const weight = weights[i + radius];
          sum += weight * (isRows ? pixel(clamp(x + i, width - 1), y) : pixel(x, clamp(y + i, height - 1)));
        }
        return sum;
      });
    }
  }
});

backendTest("the median filter is exact, with repeated borders, ties and heavy tails", async () => {
  for (const side of [3, 5, 7]) {
    const radius = (side - 1) / 2;
    await compare(
      `median ${side}`,
      0,
      TRIAL_SHAPES,
      (compute, stack, out, shape) => medianFilter(compute, stack, out, shape, side),
      (pixel, x, y, { width, height }) => {
        const values: number[] = [];
        for (let v = -radius; v <= radius; v++) {
          for (let u = -radius; u <= radius; u++) values.push(pixel(clamp(x + u, width - 1), clamp(y + v, height - 1)));
        }
        return median(values);
      },
    );
  }
  // Values over many orders of magnitude: halving finds few of them at a time.
  const width = 3, height = 3, values = [1e-30, -1e30, 1e10, 3e37, -1e-5, 0, 7e-12, 1e20, -3e37];
  for (const compute of await backends()) {
    const stack = compute.upload("stack", pad(Float32Array.from(values), width, height));
    const out = compute.allocate("out", stackBytes({ frames: 1, width, height }));
    medianFilter(compute, stack, out, { frames: 1, width, height }, 3);
    const [bytes] = await compute.read(out);
    assert.equal(unpad(new Float32Array(bytes), width, height)[4], Math.fround(1e-30), compute.backend);
  }
});

backendTest("minima over a disk leave out what is outside the field", async () => {
  for (const diameter of [1, 3, 5, 9, 31]) {
    const radius = (diameter - 1) / 2;
    for (const sign of [1, -1] as const) {
      await compare(
        `disk ${diameter}, sign ${sign}`,
        0,
        TRIAL_SHAPES,
        (compute, stack, out, shape) => diskMinimum(compute, stack, out, shape, diameter, sign),
        (pixel, x, y, { width, height }) => {
          let least = Infinity;
          for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
            for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
              if ((u - x) ** 2 + (v - y) ** 2 <= radius ** 2) least = Math.min(least, sign * pixel(u, v));
            }
          }
          return least;
        },
      );
    }
  }
});

backendTest("a stack minus another one, or minus one image", async () => {
  for (const shape of TRIAL_SHAPES) {
    const a = randomStack(1, shape), b = randomStack(2, shape), size = shape.height * pitchOf(shape.width);
    for (const compute of await backends()) {
      const [stack, other] = [compute.upload("a", a), compute.upload("b", b)];
      const out = compute.allocate("out", stackBytes(shape)), image = compute.allocate("image", stackBytes(shape));
      subtract(compute, stack, other, out, shape, { factor: -0.5 });
      subtract(compute, stack, other, image, shape, { isImage: true });
      const [one, two] = (await compute.read(out, image)).map((bytes) => new Float32Array(bytes, 0, a.length));
      assert(relativeError(one, a.map((value, i) => value + 0.5 * b[i])) < 1e-6);
      assert(relativeError(two, a.map((value, i) => value - b[i % size])) < 1e-6);
      for (const buffer of [stack, other, out, image]) buffer.release();
    }
  }
});

backendTest("medians along lines are subtracted from their lines", async () => {
  for (const direction of ["rows", "columns"] satisfies LineDirection[]) {
    await compare(direction, 1e-6, TRIAL_SHAPES, (compute, stack, out, shape) => {
      const zero = compute.allocate("level", stackBytes(shape));
      const medians = compute.allocate("medians", shape.frames * lineCount(shape, direction) * 4);
      lineMedian(compute, stack, zero, medians, shape, direction);
      subtractLines(compute, stack, medians, out, shape, direction);
      zero.release();
      medians.release();
    }, (pixel, x, y, { width, height }) => {
      const isRows = direction === "rows", line = Array.from({ length: isRows ? width : height }, (_, i) => i);
      return pixel(x, y) - median(line.map((i) => isRows ? pixel(i, y) : pixel(x, i)));
    });
  }
});
