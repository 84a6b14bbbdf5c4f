import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/blur_columns.wgsl" with { type: "text" };

/** Weighted sums along columns. One item per block of four pixels. */
export const blurColumnsProgram = program({
  name: "blur_columns",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), weights: read("f32"), blurred: write("vec4f") },
  params: { height: "u32", row_blocks: "u32", radius: "u32" },
  twin({ stack, weights, blurred }, p, begin, end) {
    const last = p.height - 1;
    for (let item = begin; item < end; item++) {
      const y = Math.floor(item / p.row_blocks) % p.height, top = item - y * p.row_blocks;
      let a = 0, b = 0, c = 0, d = 0;
      for (let i = 0; i <= 2 * p.radius; i++) {
        const weight = weights[i];
        const from = (top + Math.min(Math.max(y + i - p.radius, 0), last) * p.row_blocks) * 4;
        a += weight * stack[from];
        b += weight * stack[from + 1];
        c += weight * stack[from + 2];
        d += weight * stack[from + 3];
      }
      blurred[item * 4] = a;
      blurred[item * 4 + 1] = b;
      blurred[item * 4 + 2] = c;
      blurred[item * 4 + 3] = d;
    }
  },
});

/**
 * Correlates every column of every frame with weights; the border pixel is repeated beyond the border.
 * @param stack [frames][height][pitch]
 * @param weights 2·radius + 1 weights
 * @param blurred stack of the same shape, another buffer
 */
export function blurColumns(
  compute: Compute,
  stack: DeviceBuffer,
  blurred: DeviceBuffer,
  shape: StackShape,
  weights: DeviceBuffer,
  radius: number,
): void {
  const row_blocks = pitchOf(shape.width) / 4;
  compute.run(
    blurColumnsProgram,
    { stack, weights, blurred },
    { height: shape.height, row_blocks, radius },
    shape.frames * shape.height * row_blocks,
  );
}
