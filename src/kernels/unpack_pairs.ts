import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { PairsShape } from "./pack_pairs.ts";
import { FRAME_RUN, pitchOf } from "./stack.ts";
import { clamp, isOutside } from "./warp.ts";
import code from "../../shaders/unpack_pairs.wgsl" with { type: "text" };

/** Frames from complex planes. One item per block of four pixels of a run of frames. */
export const unpackPairsProgram = program({
  name: "unpack_pairs",
  module: import.meta.url,
  code,
  bindings: { planes: read("f32"), displacements: read("f32"), fill: read("f32"), stack: write("vec4f") },
  params: {
    frames: "u32",
    first_frame: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    plane_width: "u32",
    plane_height: "u32",
    is_filled: "u32",
  },
  twin({ planes, displacements, fill, stack }, p, begin, end) {
    const size = p.row_blocks * p.height;
    /** The nearest of the pixels whose place + d lies inside. */
    const nearest = (at: number, d: number, length: number) =>
      clamp(Math.min(Math.max(at, Math.ceil(-d)), Math.floor(Math.fround(length - 1 - d))), length);
    for (let item = begin; item < end; item++) {
      const block = item % size, y = Math.floor(block / p.row_blocks), firstX = block % p.row_blocks * 4;
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      for (let i = firstFrame; i < lastFrame; i++) {
        const frame = p.first_frame + i, dx = displacements[2 * frame], dy = displacements[2 * frame + 1];
        const row = ((i >> 1) * p.plane_height + nearest(y, dy, p.height)) * p.plane_width;
        for (let x = firstX; x < firstX + 4; x++) {
          const isReplaced = p.is_filled === 1 && (isOutside(x + dx, p.width) || isOutside(y + dy, p.height));
          stack[(frame * size + block) * 4 + x - firstX] = x >= p.width
            ? 0
            : isReplaced
            ? fill[frame]
            : planes[2 * (row + nearest(x, dx, p.width)) + (i & 1)];
        }
      }
    }
  },
});

/**
 * Takes frames out of the complex planes that `packPairs` made and that were moved by `phaseShift`.
 * @param stack [frames][height][pitch]: frames first, …, first + count − 1 are written
 * @param displacements [frames][2] float32: d = (x, y) by which each frame of the stack was moved, pixels
 * @param fill [frames] float32: what a pixel becomes whose p + d lies outside of the frame, in each frame. Default: the
 * nearest pixel for which it lies inside
 */
export function unpackPairs(
  compute: Compute,
  planes: DeviceBuffer,
  stack: DeviceBuffer,
  displacements: DeviceBuffer,
  { frame, width, height, first, count }: PairsShape,
  fill?: DeviceBuffer,
): void {
  const row_blocks = pitchOf(frame.width) / 4;
  // A kernel's bindings are never empty: without a fill it gets a buffer that it does not use.
  compute.run(unpackPairsProgram, { planes, displacements, fill: fill ?? displacements, stack }, {
    frames: count,
    first_frame: first,
    run: FRAME_RUN,
    width: frame.width,
    height: frame.height,
    row_blocks,
    plane_width: width,
    plane_height: height,
    is_filled: fill ? 1 : 0,
  }, Math.ceil(count / FRAME_RUN) * frame.height * row_blocks);
}
