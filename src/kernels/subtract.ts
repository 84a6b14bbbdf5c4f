import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/subtract.wgsl" with { type: "text" };

/** Differences of stacks. One item per block of four pixels of a run of frames. */
export const subtractProgram = program({
  name: "subtract",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), other: read("vec4f"), difference: write("vec4f") },
  params: { frames: "u32", run: "u32", size: "u32", step: "u32", factor: "f32" },
  twin({ stack, other, difference }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const firstFrame = Math.floor(item / p.size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const block = item % p.size;
      for (let frame = firstFrame; frame < lastFrame; frame++) {
        const at = (frame * p.size + block) * 4, from = (frame * p.step + block) * 4;
        for (let c = 0; c < 4; c++) difference[at + c] = stack[at + c] - p.factor * other[from + c];
      }
    }
  },
});

/**
 * difference = stack − factor · other.
 * @param other a stack of the same shape or, with `isImage`, one padded image for all frames
 * @param difference stack of the same shape, another buffer
 */
export function subtract(
  compute: Compute,
  stack: DeviceBuffer,
  other: DeviceBuffer,
  difference: DeviceBuffer,
  shape: StackShape,
  { factor = 1, isImage = false }: { readonly factor?: number; readonly isImage?: boolean } = {},
): void {
  const size = shape.height * pitchOf(shape.width) / 4;
  compute.run(
    subtractProgram,
    { stack, other, difference },
    { frames: shape.frames, run: FRAME_RUN, size, step: isImage ? 0 : size, factor },
    Math.ceil(shape.frames / FRAME_RUN) * size,
  );
}
