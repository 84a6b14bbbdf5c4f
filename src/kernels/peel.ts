import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { eachBoxBlock, groupsPerSeed, type SeedBoxes, seedBoxParams, type SeedTraces } from "./seed_boxes.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/peel.wgsl" with { type: "text" };

/** stack −= image × trace within each seed's box. One item per block of four box pixels. */
export const peelProgram = program({
  name: "peel",
  module: import.meta.url,
  code,
  bindings: { stack: write("vec4f"), images: read("vec4f"), traces: read("f32"), boxes: read("i32") },
  params: seedBoxParams,
  twin({ stack, images, traces, boxes }, p, begin, end) {
    const frameSize = p.height * p.row_blocks * 4;
    eachBoxBlock(p, boxes, begin, end, (seed, block, at) => {
      const trace = seed * p.trace_stride + p.frame_offset;
      const image = (seed * p.box_rows * p.box_blocks + block) * 4;
      for (let lane = 0; lane < 4; lane++) {
        const weight = images[image + lane];
        if (weight === 0) continue;
        for (let frame = 0, i = at * 4 + lane; frame < p.frames; frame++, i += frameSize) {
          stack[i] -= weight * traces[trace + frame];
        }
      }
    });
  },
});

/**
 * Subtracts found cells from a stack, in place. The boxes must not overlap one another.
 * @param images box images, seed-major, rows, blocks of four pixels; 0 outside the field
 */
export function peel(
  compute: Compute,
  stack: DeviceBuffer,
  images: DeviceBuffer,
  traces: SeedTraces,
  boxes: SeedBoxes & { readonly buffer: DeviceBuffer },
  shape: StackShape,
): void {
  const groups_per_seed = groupsPerSeed(boxes);
  compute.run(peelProgram, { stack, images, traces: traces.buffer, boxes: boxes.buffer }, {
    frames: shape.frames,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    box_rows: boxes.rows,
    box_blocks: boxes.blocks,
    groups_per_seed,
    trace_stride: traces.stride,
    frame_offset: traces.offset,
  }, boxes.count * groups_per_seed * 64);
}
