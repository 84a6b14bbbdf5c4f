import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { LineDirection } from "./line_median.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/subtract_lines.wgsl" with { type: "text" };

/** Frames minus one number per line. One item per block of four pixels. */
export const subtractLinesProgram = program({
  name: "subtract_lines",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), offsets: read("f32"), difference: write("vec4f") },
  params: { width: "u32", height: "u32", row_blocks: "u32", is_rows: "u32" },
  twin({ stack, offsets, difference }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const row = Math.floor(item / p.row_blocks), x = item % p.row_blocks * 4;
      const column = Math.floor(row / p.height) * p.row_blocks * 4 + x;
      for (let c = 0; c < 4; c++) {
        const offset = p.is_rows === 1 ? offsets[row] : offsets[column + c];
        difference[item * 4 + c] = x + c < p.width ? stack[item * 4 + c] - offset : 0;
      }
    }
  },
});

/**
 * difference[f][y][x] = stack[f][y][x] − the offset of the line it lies on.
 * @param offsets [frames][lineCount], as `lineMedian` numbers them
 * @param difference stack of the same shape, another buffer
 */
export function subtractLines(
  compute: Compute,
  stack: DeviceBuffer,
  offsets: DeviceBuffer,
  difference: DeviceBuffer,
  shape: StackShape,
  direction: LineDirection,
): void {
  const row_blocks = pitchOf(shape.width) / 4;
  compute.run(
    subtractLinesProgram,
    { stack, offsets, difference },
    { width: shape.width, height: shape.height, row_blocks, is_rows: direction === "rows" ? 1 : 0 },
    shape.frames * shape.height * row_blocks,
  );
}
