import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/gather_planes.wgsl" with { type: "text" };

/** Regions of frames that are laid into planes to be transformed. */
export interface Regions {
  /** Regions per frame. */
  readonly patches: number;
  /** Pixels per row of a region. */
  readonly width: number;
  /** Rows of a region. */
  readonly height: number;
  /** Numbers per row of a plane, at least `width`. */
  readonly planeWidth: number;
  /** Rows of a plane, at least `height`. */
  readonly planeHeight: number;
}

/** Complex planes from regions of pairs of frames. One item per number of a run of planes. */
export const gatherPlanesProgram = program({
  name: "gather_planes",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), origins: read("i32"), planes: write("f32") },
  params: {
    frames: "u32",
    run: "u32",
    patches: "u32",
    planes: "u32",
    field_width: "i32",
    field_height: "i32",
    pitch: "i32",
    region_width: "i32",
    region_height: "i32",
    plane_width: "u32",
    plane_size: "u32",
  },
  twin({ stack, origins, planes }, p, begin, end) {
    const sample = (frame: number, patch: number, x: number, y: number) => {
      if (frame >= p.frames || x >= p.region_width || y >= p.region_height) return 0;
      const origin = 2 * (frame * p.patches + patch), atX = origins[origin] + x, atY = origins[origin + 1] + y;
      return atX < 0 || atY < 0 || atX >= p.field_width || atY >= p.field_height
        ? 0
        : stack[(frame * p.field_height + atY) * p.pitch + atX];
    };
    for (let item = begin; item < end; item++) {
      const first = Math.floor(item / p.plane_size) * p.run, last = Math.min(first + p.run, p.planes);
      const at = item % p.plane_size, x = at % p.plane_width, y = Math.floor(at / p.plane_width);
      for (let plane = first; plane < last; plane++) {
        const pair = Math.floor(plane / p.patches), patch = plane % p.patches, to = 2 * (plane * p.plane_size + at);
        planes[to] = sample(2 * pair, patch, x, y);
        planes[to + 1] = sample(2 * pair + 1, patch, x, y);
      }
    }
  },
});

/** Planes that pairs of frames need. */
export function planesOf(frames: number, patches: number): number {
  return Math.ceil(frames / 2) * patches;
}

/**
 * Lays regions of frames into complex planes, two frames per plane: plane (k, patch) holds frame 2k in its real and
 * frame 2k + 1 in its imaginary part. What is beyond the region or the field is 0. A product of the planes' transforms
 * with that of a real image then serves both frames at once.
 * @param origins [frames][patches][2] int32: x and y of each region's first pixel; may lie outside of the field
 * @param planes receives [⌈frames/2⌉·patches][planeHeight][planeWidth][2] float32
 */
export function gatherPlanes(
  compute: Compute,
  stack: DeviceBuffer,
  origins: DeviceBuffer,
  planes: DeviceBuffer,
  shape: StackShape,
  regions: Regions,
): void {
  const count = planesOf(shape.frames, regions.patches), plane_size = regions.planeWidth * regions.planeHeight;
  compute.run(gatherPlanesProgram, { stack, origins, planes }, {
    frames: shape.frames,
    run: FRAME_RUN,
    patches: regions.patches,
    planes: count,
    field_width: shape.width,
    field_height: shape.height,
    pitch: pitchOf(shape.width),
    region_width: regions.width,
    region_height: regions.height,
    plane_width: regions.planeWidth,
    plane_size,
  }, Math.ceil(count / FRAME_RUN) * plane_size);
}
