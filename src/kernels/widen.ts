import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/widen.wgsl" with { type: "text" };

/** What lies beyond the field: larger than every sample. */
const HUGE = Math.fround(3.4e38);

/** Frames with a margin. One item per pixel of a run of frames. */
export const widenProgram = program({
  name: "widen",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), wide: write("f32") },
  params: {
    frames: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    margin: "u32",
    wide_pitch: "u32",
    sign: "f32",
  },
  twin({ stack, wide }, p, begin, end) {
    const size = p.wide_pitch * p.height;
    for (let item = begin; item < end; item++) {
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const place = item % size, y = Math.floor(place / p.wide_pitch), x = place % p.wide_pitch - p.margin;
      for (let frame = firstFrame; frame < lastFrame; frame++) {
        wide[frame * size + place] = x >= 0 && x < p.width
          ? p.sign * stack[(frame * p.height + y) * p.pitch + x]
          : HUGE;
      }
    }
  },
});

/** Floats per row of a wide stack: the field and a margin on both sides. */
export function widePitch(width: number, margin: number): number {
  return width + 2 * margin;
}

/** Bytes of a wide stack. */
export function wideBytes(shape: StackShape, margin: number): number {
  return shape.frames * shape.height * widePitch(shape.width, margin) * 4;
}

/**
 * wide[f][y][margin + x] = sign · stack[f][y][x], and a value larger than every sample in the margins.
 * @param wide [frames][height][width + 2·margin]
 * @param sign 1, or −1 for maxima instead of minima
 */
export function widen(
  compute: Compute,
  stack: DeviceBuffer,
  wide: DeviceBuffer,
  shape: StackShape,
  margin: number,
  sign: 1 | -1,
): void {
  const wide_pitch = widePitch(shape.width, margin);
  compute.run(widenProgram, { stack, wide }, {
    frames: shape.frames,
    run: FRAME_RUN,
    width: shape.width,
    height: shape.height,
    pitch: pitchOf(shape.width),
    margin,
    wide_pitch,
    sign,
  }, Math.ceil(shape.frames / FRAME_RUN) * shape.height * wide_pitch);
}
