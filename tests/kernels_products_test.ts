import assert from "node:assert/strict";
import { cellFrame, packRows } from "../src/kernels/cell_frame.ts";
import { type Box, pixelTrace, planProducts, productAt } from "../src/kernels/pixel_trace.ts";
import { pitchOf, type StackShape } from "../src/kernels/stack.ts";
import { backendTest, compareBackends, randomStack, relativeError, TRIAL_SHAPES, uniform } from "./backends.ts";

const SHAPES: readonly StackShape[] = [...TRIAL_SHAPES, { frames: 300, width: 21, height: 18 }];

/** Boxes that overlap, reach out of the field, or are empty. */
function randomBoxes(seed: number, count: number, shape: StackShape): Box[] {
  const next = uniform(seed), around = (size: number) => Math.floor(next() * (size + 8)) - 6;
  return Array.from({ length: count }, () => {
    const x0 = around(shape.width), y0 = around(shape.height);
    return { x0, y0, x1: x0 + Math.floor(next() * 20), y1: y0 + Math.floor(next() * 20) };
  });
}

Deno.test("planProducts: every pixel of a box has its own place, and nothing else is looked up", () => {
  const shape = { frames: 1, width: 37, height: 50 }, boxes = randomBoxes(3, 30, shape);
  const plan = planProducts(shape.width, shape.height, boxes);
  const products = Float32Array.from({ length: plan.productBytes / 4 }, (_, i) => i + 1), seen = new Set<number>();
  boxes.forEach((box, cell) => {
    for (let y = 0; y < shape.height; y++) {
      for (let x = 0; x < shape.width; x++) {
        const value = productAt(products, plan, x, y, cell);
        if (x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1) assert.ok(value > 0);
        if (value === 0) continue;
        assert.ok(!seen.has(value));
        seen.add(value);
      }
    }
  });
  assert.equal(plan.entry(0, 30), -1);
  assert.equal(planProducts(8, 8, []).groupCount, 0);
});

backendTest("pixelTrace: kernel and twin agree and are the sums over frames, over two chunks", async () => {
  for (const [i, shape] of SHAPES.entries()) {
    for (const cellCount of [1, 3, 19]) {
      const boxes = randomBoxes(i + 50, cellCount - 1, shape);
      boxes.push({ x0: 0, y0: 0, x1: shape.width, y1: shape.height });
      const plan = planProducts(shape.width, shape.height, boxes), offset = 3;
      const stride = Math.ceil((shape.frames + offset) / 4) * 4, next = uniform(i);
      const traces = Float32Array.from({ length: cellCount * stride }, () => next() - 0.3);
      const data = randomStack(i, shape), plane = shape.height * pitchOf(shape.width);
      // float32 sums of at most 300 products of order 1, relative to the largest sum: tens of roundings.
      const [products] = await compareBackends(`pixelTrace ${shape.width}x${shape.height}`, 3e-6, (compute) => {
        const products = compute.allocate("products", plan.productBytes);
        const groups = compute.upload("groups", plan.groups), rows = compute.upload("traces", traces);
        const half = Math.ceil(shape.frames / 2);
        for (const [from, to] of [[0, half], [half, shape.frames]]) {
          if (from === to) continue;
          const stack = compute.upload("stack", data.subarray(from * plane, to * plane));
          const chunk = { ...shape, frames: to - from };
          pixelTrace(compute, stack, rows, groups, products, chunk, stride, offset + from, plan);
          stack.release();
        }
        rows.release();
        groups.release();
        return [products];
      });
      const expected: number[] = [], found: number[] = [];
      boxes.forEach((box, cell) => {
        for (let y = Math.max(0, box.y0); y < Math.min(shape.height, box.y1); y++) {
          for (let x = Math.max(0, box.x0); x < Math.min(shape.width, box.x1); x++) {
            let sum = 0;
            for (let f = 0; f < shape.frames; f++) {
              sum += data[f * plane + y * pitchOf(shape.width) + x] * traces[cell * stride + offset + f];
            }
            expected.push(sum);
            found.push(productAt(products, plan, x, y, cell));
          }
        }
      });
      assert.ok(relativeError(found, expected) < 3e-6);
    }
  }
});

backendTest("cellFrame: kernel and twin agree and are the weighted sums over pixels", async () => {
  for (const [i, shape] of [...SHAPES, { frames: 700, width: 9, height: 7 }].entries()) {
    const next = uniform(i + 9), cellCount = 1 + i;
    const rows = Array.from({ length: cellCount }, (_, k) => {
      // The second row is empty; the others are in shuffled order.
      const pixels: number[] = [];
      for (let p = 0; k !== 1 && p < shape.width * shape.height; p++) {
        if (next() < 0.5) pixels.splice(Math.floor(next() * 3), 0, p);
      }
      return { pixels: Uint32Array.from(pixels), values: Float32Array.from(pixels, () => next() - 0.5) };
    });
    const packed = packRows(shape.width, shape.height, rows), offset = 2, stride = shape.frames + 5;
    const data = randomStack(i, shape), pitch = pitchOf(shape.width), plane = shape.height * pitch;
    const before = Float32Array.from({ length: cellCount * stride }, () => next());
    // float32 sums of at most 378 products of order 1, relative to the largest sum.
    const [out] = await compareBackends(`cellFrame ${shape.width}x${shape.height}`, 3e-6, (compute) => {
      const stack = compute.upload("stack", data), out = compute.upload("out", before);
      const device = {
        starts: compute.upload("starts", packed.starts),
        blocks: compute.upload("blocks", packed.blocks),
        weights: compute.upload("weights", packed.weights),
      };
      cellFrame(compute, stack, device, out, shape, stride, offset, cellCount);
      for (const buffer of [stack, ...Object.values(device)]) buffer.release();
      return [out];
    });
    const expected = Float64Array.from(before);
    rows.forEach((row, k) => {
      for (let f = 0; f < shape.frames; f++) {
        row.pixels.forEach((pixel, j) => {
          const at = f * plane + Math.floor(pixel / shape.width) * pitch + pixel % shape.width;
          expected[k * stride + offset + f] += data[at] * row.values[j];
        });
      }
    });
    assert.ok(relativeError(out.subarray(0, expected.length), expected) < 3e-6);
  }
});

Deno.test("packRows: a pixel outside the field is refused", () => {
  const row = { pixels: Uint32Array.of(12), values: Float32Array.of(1) };
  assert.throws(() => packRows(4, 3, [row]), /Pixel 12 is outside the field of 4×3 pixels/);
});
