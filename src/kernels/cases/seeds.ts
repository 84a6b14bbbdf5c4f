import { crop } from "../crop.ts";
import { peel } from "../peel.ts";
import { seedBoxes } from "../seed_boxes.ts";
import { seedProducts, seedProductsBytes } from "../seed_products.ts";
import { pitchOf, stackBytes, type StackShape } from "../stack.ts";
import { type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Boxes at two corners of the field, or at one where two would touch; they reach over the border. */
function cornerBoxes({ width, height }: StackShape) {
  const seeds = [{ x: 0, y: 0 }];
  if (width > 24) seeds.push({ x: width - 1, y: height - 1 });
  return seedBoxes(seeds, 3);
}

function traces(seed: number, count: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => next() - 0.3);
}

/** Kernels of the search around its seeds. */
export const seedCases: readonly KernelCase[] = [
  {
    kernel: "crop",
    // A copy.
    tolerance: 0,
    calls(compute, shape, seed) {
      const next = uniform(seed), x = Math.floor(next() * shape.width), y = Math.floor(next() * shape.height);
      const window = { x, y, width: Math.ceil((shape.width - x) / 2), height: shape.height - y };
      const stack = compute.upload("stack", randomStack(seed, shape));
      const cropped = compute.allocate("cropped", stackBytes({ ...window, frames: shape.frames + 2 }));
      crop(compute, stack, cropped, shape, window, 2);
      stack.release();
      return [cropped];
    },
  },
  {
    kernel: "peel",
    // One float32 multiplication and subtraction.
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const boxes = cornerBoxes(shape), next = uniform(seed + 1), stride = shape.frames + 3;
      const images = new Float32Array(boxes.count * boxes.rows * boxes.blocks * 4).map((_, i) => {
        const k = Math.floor(i / (boxes.rows * boxes.blocks * 4)), column = i % (boxes.blocks * 4);
        const x = boxes.origins[2 * k] * 4 + column;
        return x >= 0 && x < shape.width ? next() : 0;
      });
      const stack = compute.upload("stack", randomStack(seed, shape));
      const origins = compute.upload("box origins", boxes.origins), image = compute.upload("box images", images);
      const trace = compute.upload("traces", traces(seed, boxes.count * stride));
      peel(compute, stack, image, { buffer: trace, stride, offset: 3 }, { ...boxes, buffer: origins }, shape);
      for (const buffer of [origins, image, trace]) buffer.release();
      return [stack];
    },
  },
  {
    kernel: "seed_products",
    // Float32 sums over the frames.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const boxes = cornerBoxes(shape), stride = shape.frames + 1;
      const stack = compute.upload("stack", randomStack(seed, { ...shape, width: pitchOf(shape.width) }));
      const first = compute.upload("first traces", traces(seed, boxes.count * stride));
      const second = compute.upload("second traces", traces(seed + 1, boxes.count * stride));
      const origins = compute.upload("box origins", boxes.origins);
      const products = compute.allocate("products", seedProductsBytes(boxes));
      seedProducts(
        compute,
        stack,
        { first, second, stride, offset: 1 },
        { ...boxes, buffer: origins },
        products,
        shape,
      );
      for (const buffer of [stack, first, second, origins]) buffer.release();
      return [products];
    },
  },
];
