import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/pack_pairs.wgsl" with { type: "text" };

/** Frames of a stack, and the planes they are packed into, two to a plane. */
export interface PairsShape {
  /** Shape of a frame. */
  readonly frame: Pick<StackShape, "width" | "height">;
  /** Numbers per row of a plane, at least the frame's width. */
  readonly width: number;
  /** Rows of a plane, at least the frame's height. */
  readonly height: number;
  /** First frame of the stack. */
  readonly first: number;
  /** Frames; the last plane's imaginary part is 0 where they are odd. */
  readonly count: number;
}

/**
 * Complex planes of pairs of frames. One item per place in a run of planes. The shader sees the float32 values of
 * planes as pairs.
 */
export const packPairsProgram = program({
  name: "pack_pairs",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), planes: write("f32") },
  params: {
    frames: "u32",
    first_frame: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    plane_width: "u32",
    plane_height: "u32",
  },
  twin({ stack, planes }, p, begin, end) {
    const size = p.plane_width * p.plane_height;
    for (let item = begin; item < end; item++) {
      const place = item % size, y = Math.floor(place / p.plane_width), x = place % p.plane_width;
      const firstPlane = Math.floor(item / size) * p.run;
      const lastPlane = Math.min(firstPlane + p.run, Math.ceil(p.frames / 2));
      const across = blend(x, p.width, p.plane_width), down = blend(y, p.height, p.plane_height);
      for (let frame = 2 * firstPlane; frame < 2 * lastPlane; frame++) {
        let value = 0;
        if (frame < p.frames) {
          const rows = (p.first_frame + frame) * p.height;
          const upper = (rows + down.near) * p.pitch, lower = (rows + down.far) * p.pitch;
          value = (1 - down.part) *
              ((1 - across.part) * stack[upper + across.near] + across.part * stack[upper + across.far]) +
            down.part * ((1 - across.part) * stack[lower + across.near] + across.part * stack[lower + across.far]);
        }
        planes[2 * ((frame >> 1) * size + place) + (frame & 1)] = value;
      }
    }
  },
});

/** The two samples that a place of a longer line lies between, and how far towards the second. */
function blend(place: number, length: number, longer: number): { near: number; far: number; part: number } {
  if (place < length) return { near: place, far: place, part: 0 };
  return { near: length - 1, far: 0, part: (place - length + 1) / (longer - length + 1) };
}

/**
 * Packs real frames into complex planes, two to a plane: frame first + 2k becomes the real part of plane k, the next
 * one the imaginary part. What a plane has more than a frame leads linearly from the frame's last column (row) to its
 * first.
 * @param planes receives [⌈count / 2⌉][height][width][2] float32
 */
export function packPairs(
  compute: Compute,
  stack: DeviceBuffer,
  planes: DeviceBuffer,
  { frame, width, height, first, count }: PairsShape,
): void {
  compute.run(packPairsProgram, { stack, planes }, {
    frames: count,
    first_frame: first,
    run: FRAME_RUN,
    width: frame.width,
    height: frame.height,
    pitch: pitchOf(frame.width),
    plane_width: width,
    plane_height: height,
  }, Math.ceil(count / 2 / FRAME_RUN) * width * height);
}
