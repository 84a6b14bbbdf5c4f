/** The algebra of the ring background against dense matrices and against the movie worked out frame by frame. */
import assert from "node:assert/strict";
import { newCell } from "../src/cnmfe/cells.ts";
import { LowGrid, type LowVector } from "../src/cnmfe/low_grid.ts";
import { fitRing } from "../src/cnmfe/ring.ts";
import { RingOperator } from "../src/cnmfe/ring_operator.ts";
import { backgroundSubtracted } from "../src/cnmfe/spatial.ts";
import type { Footprint } from "../src/core/footprints.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { ringOffsets } from "../src/kernels/ring_solve.ts";
import { pitchOf } from "../src/kernels/stack.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { backends, backendTest, uniform } from "./backends.ts";
import { dot, explicitResidual, fitted, gaussian, roundFootprint } from "./cnmfe_setting.ts";

function sparse(next: () => number, size: number): { pixels: Int32Array; values: Float64Array } {
  const pixels = Int32Array.from({ length: size }, (_, i) => i).filter(() => next() < 0.3);
  return { pixels, values: Float64Array.from(pixels, () => next() - 0.5) };
}

function dense({ pixels, values }: LowVector | Footprint, size: number): Float64Array {
  const out = new Float64Array(size);
  pixels.forEach((pixel, i) => out[pixel] += values[i]);
  return out;
}

Deno.test("D averages blocks, U interpolates linearly, and Uᵀ is U's transpose, on odd fields too", () => {
  const next = uniform(3);
  for (const [width, height, factor] of [[12, 8, 2], [13, 7, 2], [11, 10, 3], [5, 9, 1], [3, 2, 4]]) {
    const grid = new LowGrid(width, height, factor), n = grid.width * grid.height, N = width * height;
    assert.deepEqual([grid.width, grid.height], [Math.ceil(width / factor), Math.ceil(height / factor)]);
    const a = sparse(next, N), field = { pixels: Uint32Array.from(a.pixels), values: Float32Array.from(a.values) };
    const image = dense(field, N), down = dense(grid.down(field), n);
    for (let q = 0; q < n; q++) {
      let sum = 0, count = 0;
      for (let p = 0; p < N; p++) {
        const x = p % width, y = (p - x) / width;
        if (Math.floor(x / factor) + grid.width * Math.floor(y / factor) !== q) continue;
        sum += image[p];
        count++;
      }
      assert.ok(Math.abs(down[q] - sum / count) < 1e-6, `D at ${q} of ${width}×${height}`);
    }
    // U leaves planes alone between the centres of the first and the last block, and its rows sum to 1 everywhere.
    const up = (p: number, value: (q: number) => number) => {
      const { pixels, weights } = grid.corners(p);
      return pixels.reduce((sum, q, c) => sum + weights[c] * value(q), 0);
    };
    const centre = (i: number) => (i + 0.5) * factor - 0.5;
    for (let p = 0; p < N; p++) {
      const x = p % width, y = (p - x) / width;
      assert.ok(Math.abs(up(p, () => 1) - 1) < 1e-6);
      if (x < centre(0) || x > centre(grid.width - 1) || y < centre(0) || y > centre(grid.height - 1)) continue;
      const plane = up(p, (q) => 2 * centre(q % grid.width) - 3 * centre(Math.floor(q / grid.width)));
      assert.ok(Math.abs(plane - (2 * x - 3 * y)) < 1e-4, `U of a plane at (${x}, ${y})`);
    }
  }
});

Deno.test("rows of W are those of the dense matrix, without what leaves the field", () => {
  const grid = new LowGrid(23, 18, 2), n = grid.width * grid.height, next = uniform(5), offsets = ringOffsets(2);
  const weights = Float32Array.from({ length: offsets.length / 2 * n }, () => next() - 0.5);
  const matrix = Array.from({ length: n }, () => new Float64Array(n));
  for (let p = 0; p < n; p++) {
    for (let j = 0; j < offsets.length / 2; j++) {
      const y = Math.floor(p / grid.width) + offsets[2 * j], x = p % grid.width + offsets[2 * j + 1];
      if (x >= 0 && y >= 0 && x < grid.width && y < grid.height) matrix[p][y * grid.width + x] = weights[j * n + p];
    }
  }
  const ring = new RingOperator(grid, offsets, weights);
  for (let trial = 0; trial < 3; trial++) {
    const whole = dense(sparse(next, n), n);
    for (let p = 0; p < n; p++) assert.ok(Math.abs(ring.at(p, (q) => whole[q]) - dot(matrix[p], whole)) < 1e-6);
  }
});

const FIELD = { width: 29, height: 23, frames: 61 };

/** Two overlapping cells and one at the edge on a random movie; their traces are part of it, so that the residual matters. */
function tinyMovie() {
  const { width, height, frames } = FIELD, normal = gaussian(11), next = uniform(12);
  const cells = [[9, 8], [13, 10], [27, 20]].map(([x, y]) =>
    newCell(roundFootprint(width, height, x, y, 2), Float32Array.from({ length: frames }, () => 60 * next() ** 4))
  );
  const samples = new Int16Array(frames * width * height);
  for (let t = 0; t < frames; t++) {
    const light = 100 * normal(), image = new Float64Array(width * height);
    for (const { footprint, trace } of cells) {
      footprint.pixels.forEach((p, i) => image[p] += 5 * trace[t] * footprint.values[i]);
    }
    image.forEach((value, p) => {
      samples[t * image.length + p] = Math.round(value + light * Math.sin(p / 40) - 200 + 10 * normal());
    });
  }
  return { samples, cells, source: memoryMovie(samples, { width, height }) };
}

/** A CPU device that binds little, so that the Gram is cut into bands. */
function narrow(maxBindingBytes: number): Compute {
  const compute = new CpuCompute({ workers: 0 });
  return Object.assign(compute, { limits: { ...compute.limits, maxBindingBytes } });
}

backendTest("the residual's Gram and Z Cᵀ are those of the movie worked out frame by frame", async () => {
  const { samples, cells, source } = tinyMovie(), radius = 3;
  const devices = [...await backends(), narrow(60_000)];
  let bandsSeen = 0;
  // Frames averaged by 3 leave a last group of one frame; chunks of 24 leave a short last chunk.
  for (const [factor, bin, chunkFrames] of [[2, 1, 61], [2, 3, 24], [1, 1, 20], [3, 2, 16]]) {
    const truth = explicitResidual(samples, FIELD, cells, factor, bin);
    for (const compute of factor === 2 ? devices : devices.slice(0, 1)) {
      const state = await fitted(compute, source, cells, { factor, radius, bin, chunkFrames });
      const { grid, table, bands } = state.statistics, pitch = pitchOf(grid.width);
      const name = `${compute.backend}, factor ${factor}, bin ${bin}, ${bands.length} bands`;
      bandsSeen = Math.max(bandsSeen, bands.length);
      const grams = (await compute.read(...state.residuals)).map((bytes) => new Float32Array(bytes));
      const scale = Math.max(...truth.low.map((row) => dot(row, row)));
      bands.forEach(({ hold }, b) => {
        for (let row = 0; row < table.rows; row++) {
          const dy = table.offsets[2 * row], dx = table.offsets[2 * row + 1];
          for (let y = hold.first; y < hold.first + hold.rows; y++) {
            for (let x = 0; x < grid.width; x++) {
              const inside = x + dx >= 0 && x + dx < grid.width && y + dy < grid.height;
              const expected = inside
                ? dot(truth.low[y * grid.width + x], truth.low[(y + dy) * grid.width + x + dx])
                : 0;
              const value = grams[b][(row * hold.rows + y - hold.first) * pitch + x];
              // Measured 3e-7: float32 sums of deviations from the first frames' mean.
              assert.ok(
                Math.abs(value - expected) < 3e-6 * scale,
                `${name}: (${x}, ${y}) with (${x + dx}, ${y + dy}): ${value}, not ${expected}`,
              );
            }
          }
        }
      });

      const ring = await fitRing(compute, state.statistics, state.residuals, radius);
      // B = U W D (Y − A C), Z = Y − B, all centred.
      const background = truth.low.map((_, p) => {
        const out = new Float64Array(truth.low[0].length);
        for (let g = 0; g < out.length; g++) out[g] = ring.operator.at(p, (q) => truth.low[q][g]);
        return out;
      });
      const largest = Math.max(...cells.map((_, k) => dot(truth.traces[k], truth.traces[k]))) * 5;
      cells.forEach((cell, k) => {
        const product = backgroundSubtracted(state.statistics, state.products, ring, k);
        for (const p of cell.footprint.pixels) {
          const { pixels, weights } = grid.corners(p), z = truth.movie[p].slice();
          pixels.forEach((q, c) => z.forEach((_, g) => z[g] -= weights[c] * background[q][g]));
          const expected = dot(z, truth.traces[k]), value = product(p);
          assert.ok(
            Math.abs(value - expected) < 1e-5 * largest,
            `${name}: cell ${k}, pixel ${p}: ${value}, not ${expected}`,
          );
        }
      });
      ring.weights.release();
      state.release();
    }
  }
  assert.ok(bandsSeen > 1);
  devices.at(-1)!.destroy();
});
