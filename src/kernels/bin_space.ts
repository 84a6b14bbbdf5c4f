import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/bin_space.wgsl" with { type: "text" };

/** Block means over s×s pixels; edge blocks average what they hold. One item per block of four output pixels of a run of frames. */
export const binSpaceProgram = program({
  name: "bin_space",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), binned: write("vec4f") },
  params: {
    frames: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    factor: "u32",
    out_height: "u32",
    out_row_blocks: "u32",
  },
  twin({ stack, binned }, p, begin, end) {
    const outSize = p.out_row_blocks * p.out_height, pitch = p.row_blocks * 4;
    for (let item = begin; item < end; item++) {
      const block = item % outSize, y = Math.floor(block / p.out_row_blocks);
      const firstFrame = Math.floor(item / outSize) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const y0 = y * p.factor, y1 = Math.min(y0 + p.factor, p.height);
      for (let lane = 0; lane < 4; lane++) {
        const x0 = Math.min((block % p.out_row_blocks * 4 + lane) * p.factor, p.width);
        const x1 = Math.min(x0 + p.factor, p.width), count = Math.max((x1 - x0) * (y1 - y0), 1);
        for (let frame = firstFrame; frame < lastFrame; frame++) {
          let sum = 0;
          for (let v = y0; v < y1; v++) {
            const row = (frame * p.height + v) * pitch;
            for (let u = x0; u < x1; u++) sum += stack[row + u];
          }
          binned[(frame * outSize + block) * 4 + lane] = sum / count;
        }
      }
    }
  },
});

/** The shape `binSpace` produces. */
export function binnedShape(shape: StackShape, factor: number): StackShape {
  return { frames: shape.frames, width: Math.ceil(shape.width / factor), height: Math.ceil(shape.height / factor) };
}

/**
 * Downsamples every frame of `stack` by block means (D of the ring model).
 * @param factor block size s ≥ 1
 */
export function binSpace(
  compute: Compute,
  stack: DeviceBuffer,
  binned: DeviceBuffer,
  shape: StackShape,
  factor: number,
): void {
  const out = binnedShape(shape, factor), out_row_blocks = pitchOf(out.width) / 4;
  compute.run(binSpaceProgram, { stack, binned }, {
    frames: shape.frames,
    run: FRAME_RUN,
    width: shape.width,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    factor,
    out_height: out.height,
    out_row_blocks,
  }, Math.ceil(out.frames / FRAME_RUN) * out.height * out_row_blocks);
}
