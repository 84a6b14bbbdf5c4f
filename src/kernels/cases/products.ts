import { cellFrame, packRows } from "../cell_frame.ts";
import { type Box, pixelTrace, planProducts } from "../pixel_trace.ts";
import type { StackShape } from "../stack.ts";
import { type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Tolerance of float32 sums of a few hundred products, relative to the largest. */
const SUMS = 3e-6;

/** Boxes that overlap, reach out of the field, or are empty; the last is the whole field. */
function someBoxes(seed: number, count: number, shape: StackShape): Box[] {
  const next = uniform(seed), boxes: Box[] = [];
  for (let k = 0; k < count - 1; k++) {
    const x0 = Math.floor(next() * (shape.width + 8)) - 6, y0 = Math.floor(next() * (shape.height + 8)) - 6;
    boxes.push({ x0, y0, x1: x0 + Math.floor(next() * 20), y1: y0 + Math.floor(next() * 20) });
  }
  return [...boxes, { x0: 0, y0: 0, x1: shape.width, y1: shape.height }];
}

/** Kernels that multiply the movie with traces and footprints. */
export const productCases: readonly KernelCase[] = [
  {
    kernel: "pixel_trace",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const next = uniform(seed), cellCount = 19, offset = 3, stride = shape.frames + 7;
      const plan = planProducts(shape.width, shape.height, someBoxes(seed, cellCount, shape));
      const stack = compute.upload("stack", randomStack(seed, shape)), groups = compute.upload("groups", plan.groups);
      const traces = compute.upload("traces", Float32Array.from({ length: cellCount * stride }, () => next() - 0.3));
      const products = compute.allocate("products", plan.productBytes);
      pixelTrace(compute, stack, traces, groups, products, shape, stride, offset, plan);
      for (const buffer of [stack, groups, traces]) buffer.release();
      return [products];
    },
  },
  {
    kernel: "cell_frame",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const next = uniform(seed), cellCount = 5, offset = 2, stride = shape.frames + 5;
      const rows = Array.from({ length: cellCount }, (_, k) => {
        // The second row is empty.
        const all = Uint32Array.from({ length: k === 1 ? 0 : shape.width * shape.height }, (_, pixel) => pixel);
        const pixels = all.filter(() => next() < 0.5);
        return { pixels, values: Float32Array.from(pixels, () => next() - 0.5) };
      });
      const packed = packRows(shape.width, shape.height, rows);
      const stack = compute.upload("stack", randomStack(seed, shape));
      const device = {
        starts: compute.upload("starts", packed.starts),
        blocks: compute.upload("blocks", packed.blocks),
        weights: compute.upload("weights", packed.weights),
      };
      const out = compute.upload("cell–frame products", Float32Array.from({ length: cellCount * stride }, next));
      cellFrame(compute, stack, device, out, shape, stride, offset, cellCount);
      for (const buffer of [stack, ...Object.values(device)]) buffer.release();
      return [out];
    },
  },
];
