import type { Compute } from "../../gpu/compute.ts";
import { crop } from "../crop.ts";
import { peel } from "../peel.ts";
import { seedBoxes } from "../seed_boxes.ts";
import { seedProducts, seedProductsBytes } from "../seed_products.ts";
import { stackBytes, type StackShape } from "../stack.ts";
import { type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Boxes of radius 3 around seeds in opposite corners (one seed where they would overlap), and their traces. */
function seedsOf(compute: Compute, shape: StackShape, seed: number) {
  const seeds = [{ x: 0, y: 0 }, { x: shape.width - 1, y: shape.height - 1 }];
  const apart = shape.width > 24 || shape.height > 16;
  const boxes = seedBoxes(apart ? seeds : seeds.slice(1), 3), next = uniform(seed);
  const stride = shape.frames + 3, length = boxes.count * stride;
  const traces = compute.upload("traces", Float32Array.from({ length }, () => next() - 0.3));
  return { boxes: { ...boxes, buffer: compute.upload("boxes", boxes.origins) }, traces, stride };
}

/** Kernels of the search for cells. */
export const seedCases: readonly KernelCase[] = [
  {
    kernel: "crop",
    tolerance: 0,
    calls(compute, shape, seed) {
      const window = { x: Math.floor(shape.width / 3), y: Math.floor(shape.height / 2), width: 1, height: 1 };
      window.width = shape.width - window.x;
      window.height = shape.height - window.y;
      const stack = compute.upload("stack", randomStack(seed, shape));
      const cropped = compute.allocate("cropped", stackBytes({ ...window, frames: shape.frames + 1 }));
      crop(compute, stack, cropped, shape, window, 1);
      stack.release();
      return [cropped];
    },
  },
  {
    kernel: "seed_products",
    // Sums over frames of products of order 1.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const { boxes, traces, stride } = seedsOf(compute, shape, seed);
      const stack = compute.upload("stack", randomStack(seed, shape));
      const second = compute.upload("second", new Float32Array(boxes.count * stride).fill(0.5));
      const products = compute.allocate("products", seedProductsBytes(boxes));
      seedProducts(compute, stack, { first: traces, second, stride, offset: 2 }, boxes, products, shape);
      [stack, second, traces, boxes.buffer].forEach((buffer) => buffer.release());
      return [products];
    },
  },
  {
    kernel: "peel",
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const { boxes, traces, stride } = seedsOf(compute, shape, seed), next = uniform(seed + 1);
      const stack = compute.upload("stack", randomStack(seed, shape));
      // A box image is 0 outside the field and in its padding.
      const images = new Float32Array(boxes.count * boxes.rows * boxes.blocks * 4);
      for (let i = 0; i < images.length; i++) {
        const k = Math.floor(i / (boxes.rows * boxes.blocks * 4));
        const x = boxes.origins[2 * k] * 4 + i % (boxes.blocks * 4);
        const y = boxes.origins[2 * k + 1] + Math.floor(i / (boxes.blocks * 4)) % boxes.rows;
        if (x >= 0 && y >= 0 && x < shape.width && y < shape.height) images[i] = next();
      }
      const buffer = compute.upload("images", images);
      peel(compute, stack, buffer, { buffer: traces, stride, offset: 2 }, boxes, shape);
      [buffer, traces, boxes.buffer].forEach((one) => one.release());
      return [stack];
    },
  },
];
