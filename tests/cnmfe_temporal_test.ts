import assert from "node:assert/strict";
import { cellFilters } from "../src/cnmfe/cell_filter.ts";
import { colour, temporalUpdate } from "../src/cnmfe/temporal.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { DeconvolutionPool } from "../src/deconvolution/pool.ts";
import { correlation } from "../src/core/correlation.ts";
import { backends, backendTest, uniform } from "./backends.ts";
import { fitted, simulated, trueCells } from "./cnmfe_setting.ts";

/** Least-squares slope of a over b. */
function slope(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const ma = mean(a), mb = mean(b);
  let ab = 0, bb = 0;
  for (let t = 0; t < a.length; t++) [ab, bb] = [ab + (a[t] - ma) * (b[t] - mb), bb + (b[t] - mb) ** 2];
  return ab / bb;
}

backendTest(
  "true footprints give traces that correlate with the truth, in their size, whatever the chunks",
  async () => {
    const { source, truth } = await simulated({ width: 72, height: 64, frames: 600, cells: 14, seed: 3 });
    const { frames } = truth, cells = trueCells(truth), radius = 9;
    const pool = new DeconvolutionPool({ s_min: null, lags: 5, fudge_factor: 0.96, noise_range: [0.25, 0.5] });
    for (const compute of await backends()) {
      for (const chunkFrames of [600, 250]) {
        const state = await fitted(compute, source, cells, { factor: 2, radius, bin: 1, chunkFrames });
        const low = cells.map((cell) => state.statistics.grid.down(cell.footprint));
        const filters = await cellFilters(compute, state.statistics, state.residuals, low, radius);
        const updated = await temporalUpdate(state.stream, state.statistics, filters, cells, pool, 1);
        const average = (pick: (k: number) => Float32Array) => {
          const r = cells.map((_, k) => correlation(pick(k), truth.calcium.subarray(k * frames, (k + 1) * frames)));
          return r.reduce((sum, value) => sum + value, 0) / r.length;
        };
        const raw = average((k) => updated[k].raw), denoised = average((k) => updated[k].trace);
        assert.ok(raw > 0.96, `raw ${raw}`);
        assert.ok(denoised > 0.98, `denoised ${denoised}`);
        updated.forEach((cell, k) => {
          assert.deepEqual(cell.footprint, cells[k].footprint);
          assert.ok(cell.spikes.every((value) => value >= 0) && cell.trace.every((value) => value >= 0));
          assert.ok(cell.noise > 0 && cell.ar.length === 1 && cell.ar[0] > 0 && cell.ar[0] < 1);
          // Scale: that of the unit-norm footprint. (The baseline of a busy cell takes a share of its calcium, so slopes are compared.)
          const size = slope(cell.raw, cells[k].trace);
          assert.ok(Math.abs(size - 1) < 0.1, `the raw trace of cell ${k} is ${size} of its true size`);
        });
        state.release();
      }
    }
    pool.close();
  },
);

Deno.test("traces that do not fit one binding are read in spans of time, with the same bytes", async () => {
  const { source, truth } = await simulated({ width: 48, height: 40, frames: 330, cells: 6, seed: 4 });
  const cells = trueCells(truth), radius = 9;
  const pool = new DeconvolutionPool({ s_min: null, lags: 5, fudge_factor: 0.96, noise_range: [0.25, 0.5] });
  const read = async (maxBindingBytes: number) => {
    const compute = new CpuCompute({ workers: 0 });
    const state = await fitted(compute, source, cells, { factor: 2, radius, bin: 1, chunkFrames: 50 });
    const low = cells.map((cell) => state.statistics.grid.down(cell.footprint));
    const filters = await cellFilters(compute, state.statistics, state.residuals, low, radius);
    Object.assign(compute, { limits: { ...compute.limits, maxBindingBytes } });
    const updated = await temporalUpdate(state.stream, state.statistics, filters, cells, pool, 1);
    state.release();
    compute.destroy();
    return updated;
  };
  const whole = await read(2 ** 27);
  // 6 cells × 103 frames × 4 bytes: spans of two chunks, so four of them; then spans of one chunk at the least.
  for (const limit of [6 * 106 * 4, 10]) assert.deepEqual(await read(limit), whole);
  pool.close();
});

Deno.test("classes of cells partition them and hold no neighbours", () => {
  const next = uniform(2), count = 40, neighbours = Array.from({ length: count }, (_, k) => [k]);
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < k; l++) if (next() < 0.15) neighbours[k].push(l), neighbours[l].push(k);
  }
  const classes = colour(neighbours);
  assert.deepEqual(classes.flat().sort((a, b) => a - b), Array.from({ length: count }, (_, k) => k));
  for (const members of classes) {
    for (const k of members) for (const l of members) assert.ok(k === l || !neighbours[k].includes(l), `${k} and ${l}`);
  }
  assert.ok(classes.length > 2 && classes.length < 14, `${classes.length} classes`);
  assert.deepEqual(colour([[0], [1], [2]]), [[0, 1, 2]]);
  assert.deepEqual(colour([]), []);
});
