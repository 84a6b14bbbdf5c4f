import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf } from "./stack.ts";
import code from "../../shaders/reset_blocks.wgsl" with { type: "text" };

/** Sets listed blocks of all planes to 0 or to the lowest value. One item per listed block. */
export const resetBlocksProgram = program({
  name: "reset_blocks",
  module: import.meta.url,
  code,
  bindings: { blocks: read("u32"), state: write("vec4f") },
  params: { blocks_per_frame: "u32", planes: "u32", lowest_planes: "u32" },
  twin({ blocks, state }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      for (let plane = 0; plane < p.planes; plane++) {
        const first = (plane * p.blocks_per_frame + blocks[item]) * 4;
        state.fill((p.lowest_planes >> plane) & 1 ? -3e38 : 0, first, first + 4);
      }
    }
  },
});

/**
 * Sets the listed blocks of a state [planes][N4] to 0, or to −3e38 in the planes of `lowest` (where a maximum is to be found).
 * @param blocks u32 list of block indices y·pitch/4 + x/4, each once
 */
export function resetBlocks(
  compute: Compute,
  blocks: DeviceBuffer,
  blockCount: number,
  state: DeviceBuffer,
  shape: { readonly width: number; readonly height: number },
  planes: number,
  lowest: readonly number[] = [],
): void {
  const lowest_planes = lowest.reduce((bits, plane) => bits | 1 << plane, 0);
  const blocks_per_frame = shape.height * pitchOf(shape.width) / 4;
  compute.run(resetBlocksProgram, { blocks, state }, { blocks_per_frame, planes, lowest_planes }, blockCount);
}
