import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/line_median.wgsl" with { type: "text" };

/** Medians along lines. One item per line of a frame. */
export const lineMedianProgram = program({
  name: "line_median",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), level: read("f32"), medians: write("f32") },
  params: { lines: "u32", frame_size: "u32", line_stride: "u32", stride: "u32", count: "u32" },
  twin({ stack, level, medians }, p, begin, end) {
    const values = new Float32Array(p.count), rank = Math.floor((p.count + 1) / 2);
    for (let item = begin; item < end; item++) {
      const first = Math.floor(item / p.lines) * p.frame_size + item % p.lines * p.line_stride;
      for (let i = 0; i < p.count; i++) values[i] = stack[first + i * p.stride] - level[first + i * p.stride];
      // The same samples as the bounds of the kernel come to.
      values.sort();
      const isBetween = p.count % 2 === 0 && values[rank - 1] < values[rank];
      medians[item] = isBetween ? 0.5 * values[rank - 1] + 0.5 * values[rank] : values[rank - 1];
    }
  },
});

/** Lines of a frame: its rows, or its columns with those of the padding. */
export type LineDirection = "rows" | "columns";

/** Lines per frame, as `lineMedian` numbers them. */
export function lineCount(shape: StackShape, direction: LineDirection): number {
  return direction === "rows" ? shape.height : pitchOf(shape.width);
}

/**
 * medians[f][line] = median along the line of stack − level.
 * @param stack [frames][height][pitch]
 * @param level stack of the same shape
 * @param medians [frames][lineCount]
 */
export function lineMedian(
  compute: Compute,
  stack: DeviceBuffer,
  level: DeviceBuffer,
  medians: DeviceBuffer,
  shape: StackShape,
  direction: LineDirection,
): void {
  const pitch = pitchOf(shape.width), lines = lineCount(shape, direction), isRows = direction === "rows";
  compute.run(lineMedianProgram, { stack, level, medians }, {
    lines,
    frame_size: pitch * shape.height,
    line_stride: isRows ? pitch : 1,
    stride: isRows ? 1 : pitch,
    count: isRows ? shape.width : shape.height,
  }, shape.frames * lines);
}
