import { spatialHals } from "../spatial_hals.ts";
import { traceHals } from "../trace_hals.ts";
import { imageSize, type KernelCase, uniform } from "./kernel_case.ts";

const CELLS = 6;

/** Gram of `CELLS` random traces: positive definite, so that coordinate descent converges. The last trace is 0. */
function traceGram(seed: number): Float32Array {
  const next = uniform(seed), length = 12, gram = new Float32Array(CELLS * CELLS);
  const traces = Float32Array.from({ length: CELLS * length }, (_, i) => i < (CELLS - 1) * length ? next() - 0.2 : 0);
  for (let k = 0; k < CELLS; k++) {
    for (let l = 0; l < CELLS; l++) {
      for (let t = 0; t < length; t++) gram[k * CELLS + l] += traces[k * length + t] * traces[l * length + t];
    }
  }
  return gram;
}

/** Kernels of the spatial and the temporal update. */
export const halsCases: readonly KernelCase[] = [
  {
    kernel: "spatial_hals",
    // float32 sums of a few terms, repeated by every sweep.
    tolerance: 2e-5,
    calls(compute, shape, seed) {
      const next = uniform(seed), pixels = imageSize(shape), starts = new Uint32Array(pixels + 1), cells: number[] = [];
      for (let i = 0; i < pixels; i++) {
        for (let k = 0; k < CELLS; k++) if (i === 0 || next() < 0.3) cells.push(k);
        starts[i + 1] = cells.length;
      }
      const buffers = {
        starts: compute.upload("starts", starts),
        cells: compute.upload("cells", Uint32Array.from(cells)),
        rhs: compute.upload("right-hand sides", Float32Array.from(cells, () => next() * 4 - 1)),
        gram: compute.upload("trace Gram", traceGram(seed)),
        values: compute.upload("weights", Float32Array.from(cells, next)),
      };
      spatialHals(compute, buffers, pixels, CELLS, 10);
      for (const buffer of [buffers.starts, buffers.cells, buffers.rhs, buffers.gram]) buffer.release();
      return [buffers.values];
    },
  },
  {
    kernel: "trace_hals",
    // A dozen float32 operations.
    tolerance: 2e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), stride = Math.ceil(shape.frames / 4) * 4 + 4;
      const random = () => Float32Array.from({ length: CELLS * stride }, () => next() - 0.4);
      const starts = [0], overlapCells: number[] = [], overlapValues: number[] = [];
      for (let k = 0; k < CELLS; k++) {
        for (let l = 0; l < CELLS; l++) {
          if (l !== k && next() < 0.5) continue;
          overlapCells.push(l);
          // The last cell has no footprint.
          overlapValues.push(k === CELLS - 1 ? 0 : l === k ? 1 + next() : 0.3 * next());
        }
        starts.push(overlapCells.length);
      }
      const shared = {
        traces: compute.upload("traces", random()),
        projections: compute.upload("projections", random()),
        overlapStarts: compute.upload("overlap starts", Uint32Array.from(starts)),
        overlapCells: compute.upload("overlap cells", Uint32Array.from(overlapCells)),
        overlapValues: compute.upload("overlap values", Float32Array.from(overlapValues)),
        selected: compute.upload("selected", Uint32Array.of(0, 2, CELLS - 1)),
      };
      const results = ([0, 1] as const).map((clamp) => {
        const raw = compute.upload(clamp ? "clamped traces" : "raw traces", random());
        traceHals(compute, { ...shared, raw }, 3, stride, shape.frames, clamp);
        return raw;
      });
      for (const buffer of Object.values(shared)) buffer.release();
      return results;
    },
  },
];
