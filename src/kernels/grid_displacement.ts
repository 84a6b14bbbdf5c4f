import type { NodeGrid } from "./warp_local.ts";

/** A grid of nodes as kernels' parameters. */
export const GRID_PARAMS = {
  node_columns: "u32",
  node_rows: "u32",
  first_x: "f32",
  first_y: "f32",
  step_x: "f32",
  step_y: "f32",
} as const;

/** Values of `GRID_PARAMS`. */
export function gridParams(grid: NodeGrid): { readonly [K in keyof typeof GRID_PARAMS]: number } {
  return {
    node_columns: grid.columns,
    node_rows: grid.rows,
    first_x: grid.x,
    first_y: grid.y,
    step_x: grid.stepX,
    step_y: grid.stepY,
  };
}

/**
 * The displacement of a pixel, linear between nodes and constant beyond the outermost: `displacement_at` of the
 * shaders.
 */
export function displacementOn(
  nodes: Float32Array,
  p: { readonly [K in keyof typeof GRID_PARAMS]: number },
  frame: number,
  x: number,
  y: number,
): [number, number] {
  const down = Math.min(Math.max((y - p.first_y) / p.step_y, 0), p.node_rows - 1);
  const across = Math.min(Math.max((x - p.first_x) / p.step_x, 0), p.node_columns - 1);
  const node = (frame * p.node_rows + Math.floor(down)) * p.node_columns + Math.floor(across);
  const row = Math.floor(down) + 1 < p.node_rows ? p.node_columns : 0;
  const column = Math.floor(across) + 1 < p.node_columns ? 1 : 0;
  const u = across - Math.floor(across), v = down - Math.floor(down);
  const along = (axis: number) => {
    const at = (i: number) => nodes[2 * (node + i) + axis];
    const upper = at(0) + (at(column) - at(0)) * u, lower = at(row) + (at(row + column) - at(row)) * u;
    return upper + (lower - upper) * v;
  };
  return [along(0), along(1)];
}
