import type { Compute } from "../../gpu/compute.ts";
import { coveredSums } from "../covered_sums.ts";
import { levelEdges } from "../level_edges.ts";
import type { StackShape } from "../stack.ts";
import type { NodeGrid } from "../warp_local.ts";
import { type KernelCase, randomStack, someBlocks, uniform } from "./kernel_case.ts";

/** A moved stack, displacements of up to 3 pixels at 3×2 nodes, and about half of the blocks. */
function movedFrames(compute: Compute, shape: StackShape, seed: number) {
  const next = uniform(seed + 1), blocks = someBlocks(seed + 2, shape);
  const grid: NodeGrid = {
    columns: 3,
    rows: 2,
    x: 0.5,
    y: 0,
    stepX: Math.max(1, shape.width / 3),
    stepY: Math.max(1, shape.height - 1),
  };
  return {
    grid,
    listed: blocks.length,
    moved: compute.upload("moved", randomStack(seed, shape, 0.1, 1)),
    nodes: compute.upload("nodes", Float32Array.from({ length: shape.frames * 12 }, () => 6 * next() - 3)),
    blocks: compute.upload("blocks", blocks),
  };
}

/** Kernels that treat pixels moved frames have no sample for. */
export const edgeCases: readonly KernelCase[] = [
  {
    kernel: "level_edges",
    // Interpolation between four values, at places that are themselves interpolated.
    tolerance: 2e-5,
    calls(compute, shape, seed) {
      const { grid, listed, moved, nodes, blocks } = movedFrames(compute, shape, seed);
      const mean = compute.upload("mean", randomStack(seed + 3, { ...shape, frames: 1 }, 0, 1));
      levelEdges(compute, { moved, nodes, blocks, mean }, shape, grid, listed);
      for (const buffer of [nodes, blocks, mean]) buffer.release();
      return [moved];
    },
  },
  {
    kernel: "covered_sums",
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const { listed, moved, nodes, blocks } = movedFrames(compute, shape, seed);
      // One node: an interpolated place may round to either side of an edge, and then a sample counts or does not.
      const grid = { columns: 1, rows: 1, x: 0, y: 0, stepX: 1, stepY: 1 };
      const sums = compute.upload("sums", randomStack(seed + 3, { frames: listed, width: 8, height: 1 }, 0, 1));
      coveredSums(compute, { moved, nodes, blocks, sums }, shape, grid, listed);
      for (const buffer of [moved, nodes, blocks]) buffer.release();
      return [sums];
    },
  },
];
