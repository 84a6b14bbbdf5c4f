import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import code from "../../shaders/node_columns.wgsl" with { type: "text" };

/** Sums over rows times shares. One item per node of a frame. */
export const nodeColumnsProgram = program({
  name: "node_columns",
  module: import.meta.url,
  code,
  bindings: { row_sums: read("vec4f"), shares: read("f32"), sums: write("vec4f") },
  params: { height: "u32", columns: "u32", rows: "u32" },
  twin({ row_sums, shares, sums }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const column = item % p.columns, rest = Math.floor(item / p.columns);
      const row = rest % p.rows, frame = Math.floor(rest / p.rows);
      let a = 0, b = 0, c = 0, d = 0;
      for (let y = 0; y < p.height; y++) {
        const from = 4 * ((frame * p.height + y) * p.columns + column), share = shares[row * p.height + y];
        a += row_sums[from] * share;
        b += row_sums[from + 1] * share;
        c += row_sums[from + 2] * share;
        d += row_sums[from + 3] * share;
      }
      sums.set([a, b, c, d], 4 * item);
    }
  },
});

/**
 * sums[f][i][j][c] = Σ_y rowSums[f][y][j][c] · shares[i][y].
 * @param rowSums [frames][height][columns][4] float32, of `nodeRows`
 * @param shares [rows][height] float32: what share each row of nodes has in a row of pixels
 * @param sums receives [frames][rows][columns][4] float32
 */
export function nodeColumns(
  compute: Compute,
  rowSums: DeviceBuffer,
  shares: DeviceBuffer,
  sums: DeviceBuffer,
  shape: { readonly frames: number; readonly height: number; readonly columns: number; readonly rows: number },
): void {
  const { frames, height, columns, rows } = shape;
  compute.run(
    nodeColumnsProgram,
    { row_sums: rowSums, shares, sums },
    { height, columns, rows },
    frames * rows * columns,
  );
}
