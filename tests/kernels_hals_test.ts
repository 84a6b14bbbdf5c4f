import assert from "node:assert/strict";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { spatialHals } from "../src/kernels/spatial_hals.ts";
import { traceHals } from "../src/kernels/trace_hals.ts";
import { backendTest, compareBackends, relativeError, uniform } from "./backends.ts";

/** C Cᵀ of random traces: positive definite; the last cell's trace may be 0. */
function randomGram(seed: number, count: number, silentLast: boolean): Float64Array {
  const next = uniform(seed), length = count + 6, gram = new Float64Array(count * count);
  const traces = Array.from(
    { length: count },
    (_, k) => Float64Array.from({ length }, () => silentLast && k === count - 1 ? 0 : next() - 0.2),
  );
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < count; l++) gram[k * count + l] = traces[k].reduce((sum, c, t) => sum + c * traces[l][t], 0);
  }
  return gram;
}

backendTest(
  "spatialHals: kernel and twin agree, and enough sweeps reach the non-negative least squares solution",
  async () => {
    for (const [pixelCount, cellCount] of [[1, 1], [77, 6], [200, 12]]) {
      const next = uniform(pixelCount), gram = randomGram(cellCount, cellCount, cellCount > 1);
      const starts = new Uint32Array(pixelCount + 1), cells: number[] = [];
      for (let i = 0; i < pixelCount; i++) {
        for (let k = 0; k < cellCount; k++) if (next() < 0.3 || pixelCount === 1) cells.push(k);
        starts[i + 1] = cells.length;
      }
      const rhs = Float32Array.from(cells, () => next() * 4 - 1), start = Float32Array.from(cells, () => next());
      for (const sweeps of [0, 1, 500]) {
        // Rounding of float32 sums of a dozen terms, repeated by every sweep.
        const [values] = await compareBackends(`spatialHals ${pixelCount} pixels`, 2e-5, (compute) => {
          const buffers = {
            starts: compute.upload("starts", starts),
            cells: compute.upload("cells", Uint32Array.from(cells)),
            rhs: compute.upload("rhs", rhs),
            gram: compute.upload("gram", Float32Array.from(gram)),
            values: compute.upload("values", start),
          };
          spatialHals(compute, buffers, pixelCount, cellCount, sweeps);
          for (const buffer of [buffers.starts, buffers.cells, buffers.rhs, buffers.gram]) buffer.release();
          return [buffers.values];
        });
        if (sweeps === 0) assert.deepEqual(values.subarray(0, start.length), start);
        if (sweeps < 500) continue;
        // Karush–Kuhn–Tucker: the gradient is 0 where a > 0 and not upwards where a = 0.
        for (let i = 0; i < pixelCount; i++) {
          for (let e = starts[i]; e < starts[i + 1]; e++) {
            let gradient = rhs[e];
            for (let f = starts[i]; f < starts[i + 1]; f++) {
              gradient -= gram[cells[e] * cellCount + cells[f]] *
                values[f];
            }
            assert.ok(values[e] >= 0);
            if (gram[cells[e] * cellCount + cells[e]] === 0) assert.equal(values[e], 0);
            else assert.ok(values[e] > 0 ? Math.abs(gradient) < 1e-3 : gradient < 1e-3, `gradient ${gradient}`);
          }
        }
      }
    }
  },
);

backendTest(
  "traceHals: kernel and twin agree and follow the formula; other rows and later frames are left alone",
  async () => {
    for (const [cellCount, frames, stride] of [[1, 1, 4], [5, 30, 32], [7, 601, 604]]) {
      const next = uniform(cellCount), random = (length: number) => Float32Array.from({ length }, () => next() - 0.4);
      const starts = [0], overlapCells: number[] = [], overlapValues: number[] = [];
      for (let k = 0; k < cellCount; k++) {
        for (let l = 0; l < cellCount; l++) {
          if (l !== k && next() < 0.5) continue;
          overlapCells.push(l);
          // The last cell has lost its footprint.
          overlapValues.push(cellCount > 1 && k === cellCount - 1 ? 0 : l === k ? 1 + next() : 0.3 * next());
        }
        starts.push(overlapCells.length);
      }
      const selected = cellCount === 1 ? [0] : [0, 2, cellCount - 1];
      const traces = random(cellCount * stride), projections = random(cellCount * stride);
      const before = random(cellCount * stride);
      for (const clamp of [0, 1] as const) {
        // A dozen float32 operations.
        const [raw] = await compareBackends(`traceHals ${cellCount}×${frames}`, 2e-6, (compute) => {
          const buffers = {
            traces: compute.upload("traces", traces),
            projections: compute.upload("projections", projections),
            overlapStarts: compute.upload("starts", Uint32Array.from(starts)),
            overlapCells: compute.upload("cells", Uint32Array.from(overlapCells)),
            overlapValues: compute.upload("values", Float32Array.from(overlapValues)),
            selected: compute.upload("selected", Uint32Array.from(selected)),
            raw: compute.upload("raw", before),
          };
          traceHals(compute, buffers, selected.length, stride, frames, clamp);
          for (const [name, buffer] of Object.entries(buffers)) if (name !== "raw") buffer.release();
          return [buffers.raw];
        });
        const expected = Float64Array.from(before);
        for (const k of selected) {
          for (let t = 0; t < frames; t++) {
            let rest = projections[k * stride + t], own = 0;
            for (let e = starts[k]; e < starts[k + 1]; e++) {
              rest -= Math.fround(overlapValues[e]) * traces[overlapCells[e] * stride + t];
              if (overlapCells[e] === k) own = overlapValues[e];
            }
            const value = own > 0 ? traces[k * stride + t] + rest / own : 0;
            expected[k * stride + t] = clamp ? Math.max(0, value) : value;
          }
        }
        assert.ok(relativeError(raw, expected) < 2e-6);
      }
    }
  },
);

Deno.test("traceHals: a stride that is no multiple of 4 is refused", () => {
  const compute = new CpuCompute(), buffer = compute.allocate("any", 64);
  const buffers = {
    traces: buffer,
    projections: buffer,
    overlapStarts: buffer,
    overlapCells: buffer,
    overlapValues: buffer,
    selected: buffer,
    raw: buffer,
  };
  assert.throws(() => traceHals(compute, buffers, 1, 6, 5), /multiple of 4/);
});
