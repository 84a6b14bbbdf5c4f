import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/bin_space.wgsl" with { type: "text" };

/** Block means over s×s pixels; edge blocks average what they hold. One item per output pixel of a frame. */
export const binSpaceProgram = program({
  name: "bin_space",
  code,
  bindings: { stack: read("f32"), binned: write("f32") },
  params: {
    frames: "u32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    factor: "u32",
    out_width: "u32",
    out_height: "u32",
    out_pitch: "u32",
  },
  twin({ stack, binned }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const x = item % p.out_pitch;
      const y = Math.floor(item / p.out_pitch) % p.out_height;
      const frame = Math.floor(item / (p.out_pitch * p.out_height));
      if (x >= p.out_width) {
        binned[item] = 0;
        continue;
      }
      const x1 = Math.min((x + 1) * p.factor, p.width), y1 = Math.min((y + 1) * p.factor, p.height);
      let sum = 0;
      for (let v = y * p.factor; v < y1; v++) {
        const row = (frame * p.height + v) * p.pitch;
        for (let u = x * p.factor; u < x1; u++) sum += stack[row + u];
      }
      binned[item] = sum / ((x1 - x * p.factor) * (y1 - y * p.factor));
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
  const out = binnedShape(shape, factor), out_pitch = pitchOf(out.width);
  compute.run(binSpaceProgram, { stack, binned }, {
    frames: shape.frames,
    width: shape.width,
    height: shape.height,
    pitch: pitchOf(shape.width),
    factor,
    out_width: out.width,
    out_height: out.height,
    out_pitch,
  }, out.frames * out.height * out_pitch);
}
