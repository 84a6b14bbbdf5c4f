import type { DeviceBuffer } from "../gpu/compute.ts";

/** Boxes of equal size around seeds, in blocks of four pixels along x. They may reach over the border of the field. */
export interface SeedBoxes {
  /** Seeds. */
  readonly count: number;
  /** Rows of a box. */
  readonly rows: number;
  /** Blocks of four pixels per row of a box. */
  readonly blocks: number;
  /** (first block, first row) of each seed's box. */
  readonly origins: Int32Array;
}

/** The boxes of `radius` pixels (or up to three more, to start on a block) each way around seeds at (x, y). */
export function seedBoxes(seeds: readonly { readonly x: number; readonly y: number }[], radius: number): SeedBoxes {
  const origins = new Int32Array(Math.max(1, seeds.length) * 2);
  seeds.forEach(({ x, y }, k) => {
    origins[2 * k] = Math.floor((x - radius) / 4);
    origins[2 * k + 1] = y - radius;
  });
  return { count: seeds.length, rows: 2 * radius + 1, blocks: Math.ceil((2 * radius + 1 + 3) / 4), origins };
}

/** The uniform block shared by the kernels that work on seed boxes. */
export const seedBoxParams = {
  frames: "u32",
  height: "u32",
  row_blocks: "u32",
  box_rows: "u32",
  box_blocks: "u32",
  groups_per_seed: "u32",
  trace_stride: "u32",
  frame_offset: "u32",
} as const;

type SeedBoxScalars = { readonly [K in keyof typeof seedBoxParams]: number };

/** Workgroups of 64 blocks that cover one seed's box. */
export function groupsPerSeed(boxes: SeedBoxes): number {
  return Math.ceil(boxes.rows * boxes.blocks / 64);
}

/** Traces that go with seeds: seed k's value at frame f of a stack is `[k * stride + offset + f]`. */
export interface SeedTraces {
  readonly buffer: DeviceBuffer;
  readonly stride: number;
  readonly offset: number;
}

/** For the twins: calls `visit(seed, block within the box, block within a frame)` for each item whose block is in the field. */
export function eachBoxBlock(
  p: SeedBoxScalars,
  boxes: Int32Array,
  begin: number,
  end: number,
  visit: (seed: number, block: number, at: number) => void,
): void {
  for (let item = begin; item < end; item++) {
    const workgroup = Math.floor(item / 64);
    const seed = Math.floor(workgroup / p.groups_per_seed);
    const block = (workgroup % p.groups_per_seed) * 64 + item % 64;
    if (block >= p.box_rows * p.box_blocks) continue;
    const column = boxes[seed * 2] + block % p.box_blocks;
    const row = boxes[seed * 2 + 1] + Math.floor(block / p.box_blocks);
    if (column < 0 || row < 0 || column >= p.row_blocks || row >= p.height) continue;
    visit(seed, block, row * p.row_blocks + column);
  }
}
