import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/likeness.wgsl" with { type: "text" };

/** Sums for the correlation of frames with a template. One item per row of a frame. */
export const likenessProgram = program({
  name: "likeness",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), image: read("vec4f"), mask: read("vec4f"), sums: write("vec4f") },
  params: { height: "u32", row_blocks: "u32" },
  twin({ stack, image, mask, sums }, p, begin, end) {
    const pitch = p.row_blocks * 4;
    for (let item = begin; item < end; item++) {
      const first = item % p.height * pitch;
      let products = 0, values = 0, squares = 0;
      for (let x = 0; x < pitch; x++) {
        const value = stack[item * pitch + x] * mask[first + x];
        products += value * image[first + x];
        values += value;
        squares += value * value;
      }
      sums.set([products, values, squares, 0], 4 * item);
    }
  },
});

/**
 * sums[f][y] = (Σ frame·image, Σ frame, Σ frame², 0) over the pixels of row y where the mask is 1.
 * @param image [height][pitch] float32
 * @param mask [height][pitch] float32, 1 or 0
 * @param sums receives [frames][height][4] float32
 */
export function likeness(
  compute: Compute,
  stack: DeviceBuffer,
  image: DeviceBuffer,
  mask: DeviceBuffer,
  sums: DeviceBuffer,
  shape: StackShape,
): void {
  compute.run(
    likenessProgram,
    { stack, image, mask, sums },
    { height: shape.height, row_blocks: pitchOf(shape.width) / 4 },
    shape.frames * shape.height,
  );
}
