import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/upsample_subtract.wgsl" with { type: "text" };

/** One axis of U at one pixel: `(1 − w1) · low[i0] + w1 · low[i1]`. */
export interface BilinearTap {
  /** The low pixel at or before the position. */
  readonly i0: number;
  /** The one after it, or the same at the edge. */
  readonly i1: number;
  /** Weight of `i1`, 0 ≤ w1 < 1. */
  readonly w1: number;
}

/**
 * One axis of the bilinear upsampling U: low pixel i is centred at (i + ½)·factor − ½; positions beyond the outermost centres take
 * the outermost value.
 * @param position column (or row) of the full field
 * @param factor block size s ≥ 1
 * @param size columns (or rows) of the downsampled grid
 */
export function bilinear(position: number, factor: number, size: number): BilinearTap {
  const low = Math.min(Math.max((position + 0.5) / factor - 0.5, 0), size - 1);
  const i0 = Math.floor(low);
  return { i0, i1: Math.min(i0 + 1, size - 1), w1: low - i0 };
}

/** Subtracts the upsampled background in place. One item makes four pixels of one frame. */
export const upsampleSubtractProgram = program({
  name: "upsample_subtract",
  module: import.meta.url,
  code,
  bindings: { low: read("f32"), stack: write("vec4f") },
  params: {
    width: "u32",
    height: "u32",
    blocks_across: "u32",
    low_width: "u32",
    low_height: "u32",
    low_pitch: "u32",
    factor: "u32",
  },
  twin({ low, stack }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const block = item % p.blocks_across, row = Math.floor(item / p.blocks_across);
      const y = row % p.height, frame = Math.floor(row / p.height);
      const v = bilinear(y, p.factor, p.low_height);
      const above = (frame * p.low_height + v.i0) * p.low_pitch, below = (frame * p.low_height + v.i1) * p.low_pitch;
      for (let x = block * 4; x < Math.min(block * 4 + 4, p.width); x++) {
        const u = bilinear(x, p.factor, p.low_width);
        const left = low[above + u.i0] * (1 - v.w1) + low[below + u.i0] * v.w1;
        const right = low[above + u.i1] * (1 - v.w1) + low[below + u.i1] * v.w1;
        stack[row * p.blocks_across * 4 + x] -= left * (1 - u.w1) + right * u.w1;
      }
    }
  },
});

/**
 * Subtracts the upsampled `low` from every frame of `stack`, in place: `stack −= U low`, U of `bilinear` along both axes (factor 1 is
 * the identity).
 * @param low stack of ⌈width / factor⌉ × ⌈height / factor⌉ pixels, as many frames
 * @param shape of `stack`
 */
export function upsampleSubtract(
  compute: Compute,
  low: DeviceBuffer,
  stack: DeviceBuffer,
  shape: StackShape,
  factor: number,
): void {
  const low_width = Math.ceil(shape.width / factor), blocks_across = pitchOf(shape.width) / 4;
  compute.run(upsampleSubtractProgram, { low, stack }, {
    width: shape.width,
    height: shape.height,
    blocks_across,
    low_width,
    low_height: Math.ceil(shape.height / factor),
    low_pitch: pitchOf(low_width),
    factor,
  }, shape.frames * shape.height * blocks_across);
}
