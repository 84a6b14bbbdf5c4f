import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { resetBlocks } from "./reset_blocks.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/correlation_sums.wgsl" with { type: "text" };

/** Planes of the correlation sums: z, z², and z·z′ with the neighbours E, SW, S, SE. */
export const CORRELATION_PLANES = 6;

/** Sums for the local correlation, of listed blocks. One item per listed block of four pixels. */
export const correlationSumsProgram = program({
  name: "correlation_sums",
  module: import.meta.url,
  code,
  bindings: {
    stack: read("vec4f"),
    mean: read("vec4f"),
    noise: read("vec4f"),
    blocks: read("u32"),
    sums: write("vec4f"),
  },
  params: { frames: "u32", width: "u32", height: "u32", row_blocks: "u32", threshold: "f32" },
  twin({ stack, mean, noise, blocks, sums }, p, begin, end) {
    const pitch = p.row_blocks * 4, size = pitch * p.height;
    for (let item = begin; item < end; item++) {
      for (let pixel = blocks[item] * 4, last = pixel + 4; pixel < last; pixel++) {
        const x = pixel % pitch, y = Math.floor(pixel / pitch);
        if (x >= p.width) continue;
        const below = y + 1 < p.height;
        const others = [
          x + 1 < p.width ? pixel + 1 : -1,
          below && x > 0 ? pixel + pitch - 1 : -1,
          below ? pixel + pitch : -1,
          below && x + 1 < p.width ? pixel + pitch + 1 : -1,
        ];
        const m = mean[pixel], limit = Math.fround(noise[pixel] * Math.fround(p.threshold));
        let sum = 0, squares = 0;
        const products = [0, 0, 0, 0];
        for (let frame = 0, first = 0; frame < p.frames; frame++, first += size) {
          const z = Math.fround(stack[first + pixel] - m);
          if (!(z >= limit)) continue;
          sum += z;
          squares += z * z;
          for (let k = 0; k < 4; k++) {
            const other = others[k];
            if (other < 0) continue;
            const z2 = Math.fround(stack[first + other] - mean[other]);
            if (z2 >= Math.fround(noise[other] * Math.fround(p.threshold))) products[k] += z * z2;
          }
        }
        sums[pixel] += sum;
        sums[size + pixel] += squares;
        for (let k = 0; k < 4; k++) sums[(2 + k) * size + pixel] += products[k];
      }
    }
  },
});

/**
 * Adds the frames of a stack to the listed blocks of `sums`, [6][N4] float32 (`CORRELATION_PLANES`), where z = y − mean, and 0 below
 * threshold·noise. Pixels outside the field contribute 0.
 * @param mean padded image
 * @param noise padded image
 * @param blocks u32 list of block indices y·pitch/4 + x/4, each once; other blocks are not touched
 */
export function correlationSums(
  compute: Compute,
  stack: DeviceBuffer,
  mean: DeviceBuffer,
  noise: DeviceBuffer,
  blocks: DeviceBuffer,
  blockCount: number,
  sums: DeviceBuffer,
  shape: StackShape,
  threshold: number,
): void {
  compute.run(correlationSumsProgram, { stack, mean, noise, blocks, sums }, {
    frames: shape.frames,
    width: shape.width,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    threshold,
  }, blockCount);
}

/** Sets the listed blocks of correlation sums to 0. */
export function resetCorrelationSums(
  compute: Compute,
  blocks: DeviceBuffer,
  blockCount: number,
  sums: DeviceBuffer,
  shape: { readonly width: number; readonly height: number },
): void {
  resetBlocks(compute, blocks, blockCount, sums, shape, CORRELATION_PLANES);
}
