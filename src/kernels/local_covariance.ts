import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { RowBand } from "./gram_bands.ts";
import type { GramTable } from "./gram_table.ts";
import { pitchOf } from "./stack.ts";
import code from "../../shaders/local_covariance.wgsl" with { type: "text" };

/** Covariance matrices of sets of pixels, gathered from a local Gram. One item per entry of a matrix. */
export const localCovarianceProgram = program({
  name: "local_covariance",
  module: import.meta.url,
  code,
  bindings: { residual: read("f32"), points: read("i32"), rows: read("i32"), matrices: write("f32") },
  params: { size: "u32", reach: "i32", pitch: "i32", hold_first: "i32", plane: "i32" },
  twin({ residual, points, rows, matrices }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const set = Math.floor(item / (p.size * p.size)), i = Math.floor(item / p.size) % p.size, j = item % p.size;
      const a = (set * p.size + i) * 2, b = (set * p.size + j) * 2;
      matrices[item] = 0;
      if (points[a] < 0 || points[b] < 0) continue;
      let x = points[a], y = points[a + 1], dx = points[b] - x, dy = points[b + 1] - y;
      if (dy < 0 || (dy === 0 && dx < 0)) [x, y, dx, dy] = [points[b], points[b + 1], -dx, -dy];
      if (dy > p.reach || Math.abs(dx) > p.reach) continue;
      const row = rows[dy * (2 * p.reach + 1) + dx + p.reach];
      if (row >= 0) matrices[item] = residual[row * p.plane + (y - p.hold_first) * p.pitch + x];
    }
  },
});

/** For the device: row of the Gram for (dy, dx) at `dy * (2 reach + 1) + dx + reach`, or −1. */
export function gramRows(table: GramTable): Int32Array {
  const reach = Math.floor(table.reach), rows = new Int32Array((reach + 1) * (2 * reach + 1)).fill(-1);
  for (let row = 0; row < table.rows; row++) {
    rows[table.offsets[2 * row] * (2 * reach + 1) + table.offsets[2 * row + 1] + reach] = row;
  }
  return rows;
}

/**
 * Gathers Σ_t x_i(t) x_j(t) for all pairs of each set; pairs further apart than the table reaches count as 0.
 * @param points (x, y) of each pixel, `size` per set, x = −1 where a set has fewer
 * @param rows `gramRows(table)` on the device
 * @param matrices receives [sets][size][size]
 * @param band rows that `residual` is held for
 */
export function localCovariance(
  compute: Compute,
  residual: DeviceBuffer,
  points: DeviceBuffer,
  rows: DeviceBuffer,
  matrices: DeviceBuffer,
  sets: number,
  size: number,
  shape: { readonly width: number; readonly height: number },
  table: GramTable,
  band: RowBand = { first: 0, rows: shape.height },
): void {
  const pitch = pitchOf(shape.width);
  compute.run(localCovarianceProgram, { residual, points, rows, matrices }, {
    size,
    reach: Math.floor(table.reach),
    pitch,
    hold_first: band.first,
    plane: band.rows * pitch,
  }, sets * size * size);
}
