import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/blur_rows.wgsl" with { type: "text" };

/** Weighted sums along rows. One item per block of four pixels. */
export const blurRowsProgram = program({
  name: "blur_rows",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), weights: read("f32"), blurred: write("vec4f") },
  params: { width: "u32", row_blocks: "u32", radius: "u32" },
  twin({ stack, weights, blurred }, p, begin, end) {
    const last = p.width - 1;
    for (let item = begin; item < end; item++) {
      const first = Math.floor(item / p.row_blocks) * p.row_blocks * 4, x0 = item % p.row_blocks * 4;
      for (let c = 0; c < 4; c++) {
        const x = x0 + c;
        let sum = 0;
        if (x >= p.radius && x + p.radius <= last) {
          for (let i = 0, at = first + x - p.radius; i <= 2 * p.radius; i++) sum += weights[i] * stack[at + i];
        } else if (x <= last) {
          for (let i = 0; i <= 2 * p.radius; i++) {
            sum += weights[i] * stack[first + Math.min(Math.max(x + i - p.radius, 0), last)];
          }
        }
        blurred[item * 4 + c] = sum;
      }
    }
  },
});

/**
 * Correlates every row of every frame with weights; the border pixel is repeated beyond the border.
 * @param stack [frames][height][pitch]
 * @param weights 2·radius + 1 weights
 * @param blurred stack of the same shape, another buffer
 */
export function blurRows(
  compute: Compute,
  stack: DeviceBuffer,
  blurred: DeviceBuffer,
  shape: StackShape,
  weights: DeviceBuffer,
  radius: number,
): void {
  const row_blocks = pitchOf(shape.width) / 4;
  compute.run(
    blurRowsProgram,
    { stack, weights, blurred },
    { width: shape.width, row_blocks, radius },
    shape.frames * shape.height * row_blocks,
  );
}

/**
 * Weights of a Gaussian that sum to 1, cut off at four standard deviations as scipy's gaussian_filter does.
 * @param sigma standard deviation, pixels, > 0
 */
export function gaussianWeights(sigma: number): { readonly weights: Float32Array; readonly radius: number } {
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return { weights: Float32Array.from(raw, (weight) => weight / sum), radius };
}
