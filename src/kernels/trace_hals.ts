import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import code from "../../shaders/trace_hals.wgsl" with { type: "text" };

/** Raw traces of selected cells. One item makes four successive frames of one cell. */
export const traceHalsProgram = program({
  name: "trace_hals",
  module: import.meta.url,
  code,
  bindings: {
    traces: read("vec4f"),
    projections: read("vec4f"),
    overlap_starts: read("u32"),
    overlap_cells: read("u32"),
    overlap_values: read("f32"),
    selected: read("u32"),
    raw: write("vec4f"),
  },
  params: { stride: "u32", frames: "u32", frame_groups: "u32", clamp: "u32" },
  twin(views, p, begin, end) {
    const { traces, projections, overlap_starts, overlap_cells, overlap_values, selected, raw } = views;
    for (let item = begin; item < end; item++) {
      const lane = item % 64, group = Math.floor(item / 64);
      const block = (group % p.frame_groups) * 64 + lane;
      const cell = selected[Math.floor(group / p.frame_groups)], last = overlap_starts[cell + 1];
      for (let frame = block * 4; frame < Math.min(block * 4 + 4, p.frames); frame++) {
        const at = cell * p.stride + frame;
        let gradient = projections[at], diagonal = 0;
        for (let e = overlap_starts[cell]; e < last; e++) {
          gradient -= overlap_values[e] * traces[overlap_cells[e] * p.stride + frame];
          if (overlap_cells[e] === cell) diagonal = overlap_values[e];
        }
        const value = diagonal > 0 ? traces[at] + gradient / diagonal : 0;
        raw[at] = p.clamp ? Math.max(0, value) : value;
      }
    }
  },
});

/**
 * One block of trace HALS (`algorithm.md` section 6), out of place: for the selected cells
 * `raw[k][t] = C[k][t] + (AᵀZ[k][t] − Σ_l G_kl C[l][t]) / G_kk`, G = AᵀA. Other cells' rows of `raw` are not touched, nor are frames
 * from `frames` on. A cell without footprint (G_kk = 0) gets 0.
 * @param buffers `traces` C, `projections` AᵀZ and `raw`: [K][strideFrames]; G by rows: `overlapStarts` [K + 1], `overlapCells`,
 * `overlapValues`, diagonal included; `selected`: cells that do not overlap each other
 * @param strideFrames floats per trace, a multiple of 4. Throws `RangeError` otherwise
 * @param clamp 1 keeps the traces ≥ 0
 */
export function traceHals(
  compute: Compute,
  buffers: {
    readonly traces: DeviceBuffer;
    readonly projections: DeviceBuffer;
    readonly overlapStarts: DeviceBuffer;
    readonly overlapCells: DeviceBuffer;
    readonly overlapValues: DeviceBuffer;
    readonly selected: DeviceBuffer;
    readonly raw: DeviceBuffer;
  },
  selectedCount: number,
  strideFrames: number,
  frames: number,
  clamp: 0 | 1 = 0,
): void {
  if (strideFrames % 4 !== 0 || strideFrames < frames) {
    throw new RangeError(
      `A trace's stride is ${strideFrames}; it must be a multiple of 4 and at least the ${frames} frames`,
    );
  }
  const frame_groups = Math.ceil(frames / 256);
  compute.run(
    traceHalsProgram,
    {
      traces: buffers.traces,
      projections: buffers.projections,
      overlap_starts: buffers.overlapStarts,
      overlap_cells: buffers.overlapCells,
      overlap_values: buffers.overlapValues,
      selected: buffers.selected,
      raw: buffers.raw,
    },
    { stride: strideFrames, frames, frame_groups, clamp },
    selectedCount * frame_groups * 64,
  );
}
