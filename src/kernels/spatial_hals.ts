import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import code from "../../shaders/spatial_hals.wgsl" with { type: "text" };

/** Non-negative regressions by coordinate descent. One item is one pixel. */
export const spatialHalsProgram = program({
  name: "spatial_hals",
  module: import.meta.url,
  code,
  bindings: {
    starts: read("u32"),
    cells: read("u32"),
    rhs: read("f32"),
    gram: read("f32"),
    values: write("f32"),
  },
  params: { cell_count: "u32", sweeps: "u32" },
  twin({ starts, cells, rhs, gram, values }, p, begin, end) {
    for (let pixel = begin; pixel < end; pixel++) {
      const first = starts[pixel], last = starts[pixel + 1];
      for (let sweep = 0; sweep < p.sweeps; sweep++) {
        for (let e = first; e < last; e++) {
          const row = cells[e] * p.cell_count, diagonal = gram[row + cells[e]];
          let gradient = rhs[e];
          for (let other = first; other < last; other++) gradient -= gram[row + cells[other]] * values[other];
          values[e] = diagonal > 0 ? Math.max(0, values[e] + gradient / diagonal) : 0;
        }
      }
    }
  },
});

/**
 * Spatial HALS (`algorithm.md` section 5): per pixel, with the cells `cells[starts[i] … starts[i + 1])` whose support holds it,
 * `sweeps` rounds of `a_e = max(0, a_e + (rhs_e − Σ_e′ G(cell_e, cell_e′) a_e′) / G(cell_e, cell_e))`, in order. A cell whose trace
 * is 0 gets 0.
 * @param buffers `rhs` per entry, already minus the penalty; `gram` = C Cᵀ, dense [cellCount][cellCount]; `values` per entry, the
 * start and the result
 */
export function spatialHals(
  compute: Compute,
  buffers: {
    readonly starts: DeviceBuffer;
    readonly cells: DeviceBuffer;
    readonly rhs: DeviceBuffer;
    readonly gram: DeviceBuffer;
    readonly values: DeviceBuffer;
  },
  pixelCount: number,
  cellCount: number,
  sweeps: number,
): void {
  const { starts, cells, rhs, gram, values } = buffers;
  compute.run(spatialHalsProgram, { starts, cells, rhs, gram, values }, { cell_count: cellCount, sweeps }, pixelCount);
}
