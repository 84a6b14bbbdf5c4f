import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { RowBand } from "./gram_bands.ts";
import type { GramTable } from "./gram_table.ts";
import { NO_ENTRY, PRODUCT_TILE } from "./pixel_trace.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/residual_gram.wgsl" with { type: "text" };

/** Gram of what the cells leave over. `residual` holds the movie's Gram before. One item makes one row at one pixel. */
export const residualGramProgram = program({
  name: "residual_gram",
  module: import.meta.url,
  code,
  bindings: {
    mean: read("f32"),
    groups: read("i32"),
    starts: read("u32"),
    cells: read("u32"),
    values: read("f32"),
    products: read("f32"),
    tile_index: read("u32"),
    residual: write("f32"),
  },
  params: {
    frames: "f32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    first_row: "u32",
    band_rows: "u32",
    rows_at: "u32",
    cell_count: "u32",
    tiles_across: "u32",
  },
  twin({ mean, groups, starts, cells, values, products, tile_index, residual }, p, begin, end) {
    const plane = p.band_rows * p.pitch;
    /** Σ over the cells k that contain `at`: a(at, k) · P′(x, y; k). */
    const explained = (at: number, x: number, y: number) => {
      const tile = Math.floor(y / PRODUCT_TILE) * p.tiles_across + Math.floor(x / PRODUCT_TILE);
      const inTile = (y % PRODUCT_TILE) * PRODUCT_TILE + x % PRODUCT_TILE;
      let sum = 0;
      for (let e = starts[at]; e < starts[at + 1]; e++) {
        const entry = tile_index[tile * p.cell_count + cells[e]];
        if (entry !== NO_ENTRY) sum += values[e] * products[entry * PRODUCT_TILE * PRODUCT_TILE + inTile];
      }
      return sum;
    };
    for (let item = begin; item < end; item++) {
      const row = Math.floor(item / plane), pixel = p.first_row * p.pitch + item % plane;
      const x = pixel % p.pitch, y = Math.floor(pixel / p.pitch);
      const otherY = y + groups[p.rows_at + row * 2], otherX = x + groups[p.rows_at + row * 2 + 1];
      if (x >= p.width || otherX < 0 || otherX >= p.width || otherY >= p.height) {
        residual[item] = 0;
        continue;
      }
      const other = otherY * p.pitch + otherX;
      residual[item] -= p.frames * mean[pixel] * mean[other] + explained(other, x, y) +
        explained(pixel, otherX, otherY);
    }
  },
});

/** Buffers of `residualGram`. */
export interface ResidualGramBuffers {
  /** Gram of the movie, `localGram`'s. */
  readonly gram: DeviceBuffer;
  /** Mean over time of the same movie, [height][pitch]. */
  readonly mean: DeviceBuffer;
  /** Receives the Gram of the residual, same layout as `gram` (and may not be the same buffer). */
  readonly residual: DeviceBuffer;
}

/**
 * The Gram of the residual X = D(Y − A C − b0) from the Gram of the movie (`algorithm.md` section 2.2), for every pair the table keeps:
 * `X(p, q) = G(p, q) − frames·m_p·m_q − Σ_{k∋q} P′(p, k) a(q, k) − Σ_{k∋p} P′(q, k) a(p, k)`.
 * With P′ = DP − ½ (DA)(C Cᵀ), all centred in time, this is exact where every product it needs is kept; missing ones count as 0.
 * @param cells DA by pixel of the padded grid: `starts` [height·pitch + 1], `cells` and `values` per entry
 * @param products P′ as `pixelTrace` lays them out, and `plan.tileIndex` of their plan
 * @param shape of the downsampled grid (`frames` is not used)
 * @param frames of the movie
 * @param band rows that `gram` and `residual` are held for, as in `localGram`. Default: all
 */
export function residualGram(
  compute: Compute,
  buffers: ResidualGramBuffers,
  cells: { readonly starts: DeviceBuffer; readonly cells: DeviceBuffer; readonly values: DeviceBuffer },
  products: { readonly products: DeviceBuffer; readonly tileIndex: DeviceBuffer },
  shape: Pick<StackShape, "width" | "height">,
  table: GramTable,
  groups: DeviceBuffer,
  frames: number,
  cellCount: number,
  band: RowBand = { first: 0, rows: shape.height },
): void {
  const pitch = pitchOf(shape.width);
  // In place on a copy: with `gram` bound too there would be more than the eight buffers every adapter offers.
  compute.copy(buffers.gram, 0, buffers.residual, 0, table.rows * band.rows * pitch * 4);
  compute.run(residualGramProgram, {
    mean: buffers.mean,
    groups,
    starts: cells.starts,
    cells: cells.cells,
    values: cells.values,
    products: products.products,
    tile_index: products.tileIndex,
    residual: buffers.residual,
  }, {
    frames,
    width: shape.width,
    height: shape.height,
    pitch,
    first_row: band.first,
    band_rows: band.rows,
    rows_at: table.rowsAt,
    cell_count: cellCount,
    tiles_across: Math.ceil(shape.width / PRODUCT_TILE),
  }, table.rows * band.rows * pitch);
}
