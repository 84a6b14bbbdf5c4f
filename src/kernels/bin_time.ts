import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/bin_time.wgsl" with { type: "text" };

/** Means of successive frames. One item per block of four pixels of a binned frame. */
export const binTimeProgram = program({
  name: "bin_time",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), binned: write("vec4f") },
  params: { frames: "u32", blocks: "u32", factor: "u32", out_frame: "u32" },
  twin({ stack, binned }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const block = item % p.blocks, group = Math.floor(item / p.blocks);
      const first = group * p.factor, last = Math.min(first + p.factor, p.frames);
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let frame = first; frame < last; frame++) sum += stack[(frame * p.blocks + block) * 4 + c];
        binned[((p.out_frame + group) * p.blocks + block) * 4 + c] = sum / (last - first);
      }
    }
  },
});

/**
 * Writes the means of `factor` successive frames of `stack` to frames `outFrame`, … of `binned`, a stack of the same field.
 * A last group that is not full averages what it holds, so chunks should begin at multiples of `factor`.
 * @param factor frames per group, ≥ 1
 */
export function binTime(
  compute: Compute,
  stack: DeviceBuffer,
  binned: DeviceBuffer,
  shape: StackShape,
  factor: number,
  outFrame: number,
): void {
  const blocks = shape.height * pitchOf(shape.width) / 4;
  compute.run(
    binTimeProgram,
    { stack, binned },
    { frames: shape.frames, blocks, factor, out_frame: outFrame },
    Math.ceil(shape.frames / factor) * blocks,
  );
}
