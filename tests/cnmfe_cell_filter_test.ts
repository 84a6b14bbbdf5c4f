import assert from "node:assert/strict";
import { cellFilters } from "../src/cnmfe/cell_filter.ts";
import type { LowVector } from "../src/cnmfe/low_grid.ts";
import { fitRing } from "../src/cnmfe/ring.ts";
import { temporalUpdate } from "../src/cnmfe/temporal.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { DeconvolutionPool } from "../src/deconvolution/pool.ts";
import { correlation } from "../src/core/correlation.ts";
import { backends, backendTest } from "./backends.ts";
import { dot, explicitResidual, fitted, simulated, trueCells } from "./cnmfe_setting.ts";

backendTest("a cell's filter is (Σ + load)⁻¹ D a with gain 1, on every device and whatever the bands", async () => {
  const { source, samples, truth } = await simulated({ width: 44, height: 40, frames: 260, cells: 5, seed: 8 });
  const cells = trueCells(truth), factor = 2, radius = 5;
  const narrow = new CpuCompute({ workers: 0 });
  Object.assign(narrow, { limits: { ...narrow.limits, maxBindingBytes: 300_000 } });
  let bandsSeen = 0;
  for (const bin of [1, 2]) {
    const { low: rest } = explicitResidual(samples, source.header, cells, factor, bin);
    let first: LowVector[] | undefined;
    for (const compute of [...await backends(), narrow]) {
      const state = await fitted(compute, source, cells, { factor, radius, bin, chunkFrames: 96 });
      const { grid, noise, binnedFrames, bands } = state.statistics;
      bandsSeen = Math.max(bandsSeen, bands.length);
      const low = cells.map((cell) => grid.down(cell.footprint));
      const filters = await cellFilters(compute, state.statistics, state.residuals, low, radius);
      filters.forEach((filter, k) => {
        const name = `${compute.backend}, ${bands.length} bands, bin ${bin}, cell ${k}`;
        const a = new Map(Array.from(low[k].pixels, (pixel, i) => [pixel, low[k].values[i]]));
        const inside = Float64Array.from(filter.pixels, (pixel) => a.get(pixel) ?? 0);
        assert.ok(Math.abs(dot(filter.values, inside) - 1) < 1e-9, `${name}: gain`);
        // (Σ + load) w against λ D a: Σ from the residual worked out frame by frame, load the white noise of a block mean.
        const left = Float64Array.from(filter.pixels, (pixel, i) => {
          let sum = 0;
          filter.pixels.forEach((other, j) => sum += dot(rest[pixel], rest[other]) * filter.values[j]);
          const x = pixel % grid.width * factor, y = Math.floor(pixel / grid.width) * factor;
          const variance = noise[y * grid.fieldWidth + x] ** 2 / (factor * factor * bin);
          return sum + binnedFrames * variance * filter.values[i];
        });
        const lambda = dot(left, inside) / dot(inside, inside);
        const away = Math.sqrt(left.reduce((sum, value, i) => sum + (value - lambda * inside[i]) ** 2, 0));
        // Measured at most 3e-4: the Gram is float32, and its condition number some thousands.
        assert.ok(away < 2e-3 * lambda * Math.sqrt(dot(inside, inside)), `${name}: ${away / lambda} from λ D a`);
        const reference = (first ??= filters)[k];
        assert.deepEqual(filter.pixels, reference.pixels);
        const size = Math.sqrt(dot(reference.values, reference.values));
        const change = filter.values.map((value, i) => value - reference.values[i]),
          difference = Math.sqrt(dot(change, change));
        assert.ok(difference < 1e-3 * size, `${name}: differs from the first device's by ${difference / size}`);
      });
      state.release();
    }
  }
  assert.ok(bandsSeen > 1);
  narrow.destroy();
});

Deno.test({
  name: "on a smooth background, filters read traces better than projections of the ring's residual",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const { source, truth } = await simulated({ width: 72, height: 64, frames: 400, cells: 12, seed: 3, snr: 6 });
    const compute = new CpuCompute(), cells = trueCells(truth), radius = 9, frames = truth.frames;
    const state = await fitted(compute, source, cells, { factor: 2, radius, bin: 1, chunkFrames: 400 });
    const { grid } = state.statistics, low = cells.map((cell) => grid.down(cell.footprint));
    const filters = await cellFilters(compute, state.statistics, state.residuals, low, radius);
    const ring = await fitRing(compute, state.statistics, state.residuals, radius);
    // Plain: w = (I − W)ᵀ D a, scaled to gain 1.
    const plain = low.map((vector): LowVector => {
      const w = new Map(Array.from(vector.pixels, (pixel, i) => [pixel, vector.values[i]]));
      const { offsets, weights } = ring.operator, n = grid.width * grid.height;
      vector.pixels.forEach((pixel, i) => {
        for (let j = 0; j < offsets.length / 2; j++) {
          const y = Math.floor(pixel / grid.width) + offsets[2 * j], x = pixel % grid.width + offsets[2 * j + 1];
          if (x < 0 || y < 0 || x >= grid.width || y >= grid.height) continue;
          const at = y * grid.width + x;
          w.set(at, (w.get(at) ?? 0) - weights[j * n + pixel] * vector.values[i]);
        }
      });
      let gain = 0;
      vector.pixels.forEach((pixel, i) => gain += w.get(pixel)! * vector.values[i]);
      return { pixels: Int32Array.from(w.keys()), values: Float64Array.from(w.values(), (value) => value / gain) };
    });
    const pool = new DeconvolutionPool({ s_min: null, lags: 5, fudge_factor: 0.96, noise_range: [0.25, 0.5] });
    const mean: number[] = [];
    for (const rows of [filters, plain]) {
      const updated = await temporalUpdate(state.stream, state.statistics, rows, cells, pool, 1);
      const r = updated.map((cell, k) => correlation(cell.raw, truth.calcium.subarray(k * frames, (k + 1) * frames)));
      mean.push(r.reduce((sum, value) => sum + value, 0) / r.length);
    }
    pool.close();
    ring.weights.release();
    state.release();
    compute.destroy();
    // Measured: 0.926 and 0.899.
    assert.ok(mean[0] > mean[1] + 0.01, `raw correlation ${mean[0]} with filters, ${mean[1]} with projections`);
  },
});
