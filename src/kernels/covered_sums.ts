import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { displacementOn, GRID_PARAMS, gridParams } from "./grid_displacement.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import type { NodeGrid } from "./warp_local.ts";
import displacement from "../../shaders/shared/grid_displacement.wgsl" with { type: "text" };
import code from "../../shaders/covered_sums.wgsl" with { type: "text" };

/** Sums of samples that moved frames have. One item per listed block of four pixels. */
export const coveredSumsProgram = program({
  name: "covered_sums",
  module: import.meta.url,
  code: code + displacement,
  bindings: { moved: read("vec4f"), nodes: read("f32"), blocks: read("u32"), sums: write("vec4f") },
  params: { frames: "u32", width: "u32", height: "u32", row_blocks: "u32", ...GRID_PARAMS },
  twin({ moved, nodes, blocks, sums }, p, begin, end) {
    const pitch = p.row_blocks * 4, size = pitch * p.height;
    for (let item = begin; item < end; item++) {
      const y = Math.floor(blocks[item] / p.row_blocks), firstX = blocks[item] % p.row_blocks * 4;
      for (let c = 0; c < 4; c++) {
        let sum = 0, count = 0;
        for (let frame = 0; frame < p.frames; frame++) {
          const [dx, dy] = displacementOn(nodes, p, frame, firstX + c, y), x = firstX + c + dx;
          if (x < 0 || y + dy < 0 || x > p.width - 1 || y + dy > p.height - 1) continue;
          sum += moved[frame * size + y * pitch + firstX + c];
          count++;
        }
        sums[8 * item + c] += sum;
        sums[8 * item + 4 + c] += count;
      }
    }
  },
});

/**
 * Adds, for listed pixels of moved frames, the samples that came from inside of the frame, and their number.
 * @param blocks [listed] uint32: blocks of four pixels, counted along the rows of a padded image
 * @param nodes [frames][grid.rows][grid.columns][2] float32, displacements the frames were moved by
 * @param sums [listed][2][4] float32: sums and numbers of the four pixels, added to
 */
export function coveredSums(
  compute: Compute,
  buffers: {
    readonly moved: DeviceBuffer;
    readonly nodes: DeviceBuffer;
    readonly blocks: DeviceBuffer;
    readonly sums: DeviceBuffer;
  },
  shape: StackShape,
  grid: NodeGrid,
  listed: number,
): void {
  compute.run(coveredSumsProgram, buffers, {
    frames: shape.frames,
    width: shape.width,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    ...gridParams(grid),
  }, listed);
}
