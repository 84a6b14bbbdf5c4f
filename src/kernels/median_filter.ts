import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/median_filter.wgsl" with { type: "text" };

/** Medians over squares. One item per block of four pixels. */
export const medianFilterProgram = program({
  name: "median_filter",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), filtered: write("vec4f") },
  params: { width: "u32", height: "u32", row_blocks: "u32", radius: "u32" },
  twin({ stack, filtered }, p, begin, end) {
    const { radius, width, height } = p, pitch = p.row_blocks * 4, side = 2 * radius + 1;
    const samples = new Float32Array(side * side), rank = (samples.length + 1) / 2;
    for (let item = begin; item < end; item++) {
      const row = Math.floor(item / p.row_blocks), y = row % height, top = (row - y) * pitch;
      for (let c = 0; c < 4; c++) {
        const x = item % p.row_blocks * 4 + c;
        if (x >= width) {
          filtered[item * 4 + c] = 0;
          continue;
        }
        let low = Infinity, high = -Infinity, n = 0;
        for (let v = -radius; v <= radius; v++) {
          const first = top + Math.min(Math.max(y + v, 0), height - 1) * pitch;
          for (let u = -radius; u <= radius; u++) {
            const value = stack[first + Math.min(Math.max(x + u, 0), width - 1)];
            samples[n++] = value;
            if (value < low) low = value;
            if (value > high) high = value;
          }
        }
        while (low < high) {
          const middle = low * 0.5 + high * 0.5, pivot = middle > low && middle < high ? middle : low;
          let count = 0, below = -Infinity, above = Infinity;
          for (let i = 0; i < n; i++) {
            const value = samples[i];
            if (value <= pivot) {
              count++;
              if (value > below) below = value;
            } else if (value < above) above = value;
          }
          if (count >= rank) high = below;
          else low = above;
        }
        filtered[item * 4 + c] = high;
      }
    }
  },
});

/**
 * Replaces every pixel of every frame by the median of the square around it; the border pixel is repeated beyond the border.
 * @param stack [frames][height][pitch], finite samples
 * @param filtered stack of the same shape, another buffer
 * @param side of the square, pixels, odd
 */
export function medianFilter(
  compute: Compute,
  stack: DeviceBuffer,
  filtered: DeviceBuffer,
  shape: StackShape,
  side: number,
): void {
  const row_blocks = pitchOf(shape.width) / 4;
  compute.run(
    medianFilterProgram,
    { stack, filtered },
    { width: shape.width, height: shape.height, row_blocks, radius: (side - 1) / 2 },
    shape.frames * shape.height * row_blocks,
  );
}
