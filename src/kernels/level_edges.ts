import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { displacementOn, GRID_PARAMS, gridParams } from "./grid_displacement.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import type { NodeGrid } from "./warp_local.ts";
import displacement from "../../shaders/shared/grid_displacement.wgsl" with { type: "text" };
import code from "../../shaders/level_edges.wgsl" with { type: "text" };

/** Levels pixels without a sample. One item per listed block of four pixels of a run of frames. */
export const levelEdgesProgram = program({
  name: "level_edges",
  module: import.meta.url,
  code: code + displacement,
  bindings: { nodes: read("f32"), blocks: read("u32"), mean: read("f32"), moved: write("f32") },
  params: {
    frames: "u32",
    run: "u32",
    listed: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    ...GRID_PARAMS,
  },
  twin({ nodes, blocks, mean, moved }, p, begin, end) {
    const pitch = p.row_blocks * 4, size = pitch * p.height, lastX = p.width - 1, lastY = p.height - 1;
    const inside = (value: number, last: number) => Math.min(Math.max(value, 0), last);
    const meanAt = (x: number, y: number) => {
      const column = Math.floor(x), row = Math.floor(y), u = x - column, v = y - row;
      const right = Math.min(column + 1, lastX), below = Math.min(row + 1, lastY);
      const upper = mean[row * pitch + column] + (mean[row * pitch + right] - mean[row * pitch + column]) * u;
      const lower = mean[below * pitch + column] + (mean[below * pitch + right] - mean[below * pitch + column]) * u;
      return upper + (lower - upper) * v;
    };
    for (let item = begin; item < end; item++) {
      const run = Math.floor(item / p.listed), block = blocks[item % p.listed];
      const y = Math.floor(block / p.row_blocks), firstX = block % p.row_blocks * 4;
      for (let frame = run * p.run; frame < Math.min((run + 1) * p.run, p.frames); frame++) {
        for (let x = firstX; x < Math.min(firstX + 4, p.width); x++) {
          const [dx, dy] = displacementOn(nodes, p, frame, x, y);
          const atX = inside(x + dx, lastX), atY = inside(y + dy, lastY);
          if (atX === x + dx && atY === y + dy) continue;
          moved[frame * size + y * pitch + x] += mean[y * pitch + x] -
            meanAt(inside(atX - dx, lastX), inside(atY - dy, lastY));
        }
      }
    }
  },
});

/**
 * Gives pixels of moved frames that came from outside of the frame, where they hold the nearest sample, the level of
 * their own place: their mean plus that sample's deviation from the mean of where it belongs. In place.
 * @param nodes [frames][grid.rows][grid.columns][2] float32, displacements the frames were moved by
 * @param blocks [listed] uint32: blocks of four pixels, counted along the rows of a padded image, that may be concerned
 * @param mean [height][pitch] float32: the mean of the samples each place has
 * @param moved [frames][height][pitch] float32
 */
export function levelEdges(
  compute: Compute,
  buffers: {
    readonly nodes: DeviceBuffer;
    readonly blocks: DeviceBuffer;
    readonly mean: DeviceBuffer;
    readonly moved: DeviceBuffer;
  },
  shape: StackShape,
  grid: NodeGrid,
  listed: number,
): void {
  compute.run(levelEdgesProgram, buffers, {
    frames: shape.frames,
    run: FRAME_RUN,
    listed,
    width: shape.width,
    height: shape.height,
    row_blocks: pitchOf(shape.width) / 4,
    ...gridParams(grid),
  }, Math.ceil(shape.frames / FRAME_RUN) * listed);
}
