import assert from "node:assert/strict";
import type { Compute } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { type GramBand, gramBands } from "../src/kernels/gram_bands.ts";
import { gramTable, localGram } from "../src/kernels/local_gram.ts";
import { pixelTrace, planProducts } from "../src/kernels/pixel_trace.ts";
import { residualGram } from "../src/kernels/residual_gram.ts";
import { ringApply } from "../src/kernels/ring_apply.ts";
import { ringOffsets, ringSolve } from "../src/kernels/ring_solve.ts";
import { pitchOf, stackBytes, type StackShape } from "../src/kernels/stack.ts";
import { bilinear, upsampleSubtract } from "../src/kernels/upsample_subtract.ts";
import {
  backends,
  backendTest,
  compareBackends,
  randomStack,
  relativeError,
  TRIAL_SHAPES,
  uniform,
} from "./backends.ts";

/** Solves a small dense system by Gauss–Jordan elimination with row exchange. */
function solveDense(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]), n = rows.length;
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c; r < n; r++) if (Math.abs(rows[r][c]) > Math.abs(rows[best][c])) best = r;
    [rows[c], rows[best]] = [rows[best], rows[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const share = rows[r][c] / rows[c][c];
      for (let k = c; k <= n; k++) rows[r][k] -= share * rows[c][k];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

/** The ring fit as the definition says: least squares on the frames themselves, with the ridge. */
function directRing(stack: Float32Array, shape: StackShape, offsets: Int32Array, ridge: number): Float64Array {
  const pitch = pitchOf(shape.width), plane = shape.height * pitch, m = offsets.length / 2;
  const weights = new Float64Array(m * plane);
  for (let y = 0; y < shape.height; y++) {
    for (let x = 0; x < shape.width; x++) {
      const ring: number[] = [], places: number[] = [];
      for (let j = 0; j < m; j++) {
        const v = y + offsets[j * 2], u = x + offsets[j * 2 + 1];
        if (v < 0 || v >= shape.height || u < 0 || u >= shape.width) continue;
        ring.push(j);
        places.push(v * pitch + u);
      }
      const product = (p: number, q: number) => {
        let sum = 0;
        for (let f = 0; f < shape.frames; f++) sum += stack[f * plane + p] * stack[f * plane + q];
        return sum;
      };
      const matrix = places.map((p) => places.map((q) => product(p, q)));
      const trace = matrix.reduce((sum, row, i) => sum + row[i], 0);
      if (!(trace > 0)) continue;
      matrix.forEach((row, i) => row[i] += ridge * trace);
      solveDense(matrix, places.map((p) => product(p, y * pitch + x))).forEach((w, i) =>
        weights[ring[i] * plane + y * pitch + x] = w
      );
    }
  }
  return weights;
}

Deno.test("ringOffsets: the ring is disk(r + 1) without disk(r)", () => {
  assert.deepEqual([...ringOffsets(0)], [-1, 0, 0, -1, 0, 1, 1, 0]);
  // As many as CaImAn 1.12.1 uses at these radii.
  assert.equal(ringOffsets(9).length / 2, 64);
  assert.equal(ringOffsets(18).length / 2, 120);
  for (const radius of [-1, 1.5, NaN]) assert.throws(() => ringOffsets(radius), RangeError);
});

backendTest("ringSolve: kernel and twin agree and are the regularised least squares fit", async () => {
  const shapes = [...TRIAL_SHAPES, { frames: 90, width: 14, height: 11 }, { frames: 12, width: 19, height: 7 }];
  for (const [i, shape] of shapes.entries()) {
    for (const radius of [0, 1, 3]) {
      const data = randomStack(i, shape), offsets = ringOffsets(radius), table = gramTable(2 * (radius + 1));
      const plane = shape.height * pitchOf(shape.width), m = offsets.length / 2;
      // With a ridge of 1e-3 the condition number is at most 1e3: 1e3 roundings of float32.
      const [weights] = await compareBackends(
        `ringSolve ${shape.width}x${shape.height} r ${radius}`,
        1e-4,
        (compute) => {
          const stack = compute.upload("stack", data), groups = compute.upload("groups", table.groups);
          const residual = compute.allocate("residual", table.rows * plane * 4);
          const weights = compute.allocate("weights", m * plane * 4);
          localGram(compute, stack, residual, shape, table, groups);
          ringSolve(compute, { residual, weights }, offsets, shape, table, 1e-3);
          for (const buffer of [stack, groups, residual]) buffer.release();
          return [weights];
        },
      );
      assert.ok(relativeError(weights, directRing(data, shape, offsets, 1e-3)) < 1e-4);
    }
  }
});

backendTest("ringSolve: the usual ridge predicts a smooth background; silence gets no weights", async () => {
  // Three broad sources and a little noise, as a background is: nearly dependent ring pixels.
  const shape = { frames: 400, width: 26, height: 22 }, pitch = pitchOf(shape.width), plane = shape.height * pitch;
  const next = uniform(5), data = new Float32Array(shape.frames * plane);
  const sources = [[4, 6, 9], [20, 10, 12], [10, 18, 15]];
  for (let f = 0; f < shape.frames; f++) {
    const strengths = sources.map((_, s) => Math.sin(f * (0.05 + 0.03 * s)) + next() - 0.5);
    for (let y = 0; y < shape.height; y++) {
      for (let x = 0; x < shape.width; x++) {
        let value = (next() - 0.5) * 0.2;
        sources.forEach(([sx, sy, width], s) =>
          value += 10 * strengths[s] * Math.exp(-((x - sx) ** 2 + (y - sy) ** 2) / (2 * width * width))
        );
        data[f * plane + y * pitch + x] = value;
      }
    }
  }
  const offsets = ringOffsets(5), table = gramTable(12), m = offsets.length / 2;
  const fit = (compute: Compute) => {
    const stack = compute.upload("stack", data), groups = compute.upload("groups", table.groups);
    const residual = compute.allocate("residual", table.rows * plane * 4);
    const weights = compute.allocate("weights", m * plane * 4), ring = compute.upload("offsets", offsets);
    const predicted = compute.allocate("predicted", stackBytes(shape));
    localGram(compute, stack, residual, shape, table, groups);
    ringSolve(compute, { residual, weights }, offsets, shape, table);
    ringApply(compute, stack, weights, ring, predicted, shape);
    for (const buffer of [stack, groups, residual, ring]) buffer.release();
    return { weights, predicted };
  };
  // The condition number is up to 1e5: weights along nearly dependent directions are only as good as 1e5 roundings of float32.
  // What they predict is not: those directions hardly occur in the movie.
  const [weights] = await compareBackends("weights of a background", 1e-2, (compute) => {
    const { weights, predicted } = fit(compute);
    predicted.release();
    return [weights];
  });
  const [predicted] = await compareBackends("predicted background", 1e-4, (compute) => {
    const { weights, predicted } = fit(compute);
    weights.release();
    return [predicted];
  });
  assert.ok(weights.some((w) => Math.abs(w) > 0.05));
  let error = 0, energy = 0;
  for (let i = 0; i < data.length; i++) {
    error += (data[i] - predicted[i]) ** 2;
    energy += data[i] ** 2;
  }
  // The noise alone is 4.7e-5 of the energy here, and nothing of it can be predicted.
  assert.ok(error / energy < 8e-5, `unexplained: ${error / energy}`);
  const [silent] = await compareBackends("silence", 0, (compute) => {
    const residual = compute.allocate("residual", table.rows * plane * 4);
    const weights = compute.upload("silent weights", new Float32Array(m * plane).fill(7));
    ringSolve(compute, { residual, weights }, offsets, shape, table);
    return [weights];
  });
  assert.ok(silent.every((weight) => weight === 0));
});

Deno.test("gramBands: bands share the rows out, hold what their rings reach, and fit", () => {
  const table = gramTable(8), shape = { width: 13, height: 29 }, rowBytes = table.rows * 16 * 4;
  assert.deepEqual(gramBands(shape, table, 3, rowBytes * 29).length, 1);
  const bands = gramBands(shape, table, 3, rowBytes * 15);
  let next = 0;
  for (const { solve, hold } of bands) {
    assert.equal(solve.first, next);
    next += solve.rows;
    assert.ok(hold.rows <= 15);
    assert.equal(hold.first, Math.max(0, solve.first - 4));
    assert.equal(hold.first + hold.rows, Math.min(29, next + 4));
  }
  assert.equal(next, 29);
  assert.throws(() => gramBands(shape, table, 3, rowBytes * 8), /The Gram of one row of rings of radius 3 takes/);
});

backendTest("ringSolve: fitting in bands changes no bit", async () => {
  const shape = { frames: 60, width: 13, height: 29 }, data = randomStack(8, shape), radius = 3;
  const offsets = ringOffsets(radius), table = gramTable(8), pitch = pitchOf(shape.width), m = offsets.length / 2;
  const mean = randomStack(9, { ...shape, frames: 1 }, -0.01, 0.01);
  for (const compute of await backends()) {
    const stack = compute.upload("stack", data), groups = compute.upload("groups", table.groups);
    const means = compute.upload("mean", mean), nothing = compute.allocate("no cells", (shape.height * pitch + 1) * 4);
    const fit = async (band: GramBand) => {
      const gram = compute.allocate("gram", table.rows * band.hold.rows * pitch * 4);
      const residual = compute.allocate("residual", table.rows * band.hold.rows * pitch * 4);
      const weights = compute.allocate("weights", m * band.solve.rows * pitch * 4);
      localGram(compute, stack, gram, shape, table, groups, band.hold);
      residualGram(
        compute,
        { gram, mean: means, residual },
        { starts: nothing, cells: nothing, values: nothing },
        { products: nothing, tileIndex: nothing },
        shape,
        table,
        groups,
        shape.frames,
        0,
        band.hold,
      );
      ringSolve(compute, { residual, weights }, offsets, shape, table, 1e-5, band);
      const [bytes] = await compute.read(weights);
      for (const buffer of [gram, residual, weights]) buffer.release();
      return new Float32Array(bytes);
    };
    const all = { first: 0, rows: shape.height }, whole = await fit({ solve: all, hold: all });
    for (const band of gramBands(shape, table, radius, table.rows * pitch * 4 * 15)) {
      const part = await fit(band), size = band.solve.rows * pitch;
      for (let j = 0; j < m; j++) {
        const from = (j * shape.height + band.solve.first) * pitch;
        assert.deepEqual(part.subarray(j * size, (j + 1) * size), whole.subarray(from, from + size));
      }
    }
    for (const buffer of [stack, groups, means, nothing]) buffer.release();
  }
});

Deno.test("ringSolve: a table that does not reach across the ring is refused", () => {
  const compute = new CpuCompute(), buffer = compute.allocate("any", 64);
  const buffers = { residual: buffer, weights: buffer };
  assert.throws(() => ringSolve(compute, buffers, ringOffsets(3), { width: 4, height: 4 }, gramTable(5)), RangeError);
});

backendTest("residualGram: the Gram of the movie less the cells, without the movie", async () => {
  for (const [i, shape] of [...TRIAL_SHAPES, { frames: 40, width: 23, height: 35 }].entries()) {
    const next = uniform(i + 30), pitch = pitchOf(shape.width), plane = shape.height * pitch, cellCount = 4;
    const data = randomStack(i, shape), table = gramTable(4), stride = Math.ceil(shape.frames / 4) * 4;
    const footprints = Array.from({ length: cellCount }, () => {
      const image = new Float32Array(plane), cx = next() * shape.width, cy = next() * shape.height;
      for (let y = 0; y < shape.height; y++) {
        for (let x = 0; x < shape.width; x++) {
          if ((x - cx) ** 2 + (y - cy) ** 2 < 16) image[y * pitch + x] = 0.2 + next();
        }
      }
      return image;
    });
    // Traces and movie centred in time; the movie's mean goes in as an image. (One frame, centred, would leave nothing.)
    const traces = new Float32Array(cellCount * stride), mean = new Float32Array(plane);
    for (let k = 0; k < cellCount; k++) {
      let sum = 0;
      for (let t = 0; t < shape.frames; t++) sum += traces[k * stride + t] = next();
      for (let t = 0; t < shape.frames && shape.frames > 1; t++) traces[k * stride + t] -= sum / shape.frames;
    }
    for (let p = 0; p < plane; p++) {
      for (let f = 0; f < shape.frames && shape.frames > 1; f++) mean[p] += data[f * plane + p] / shape.frames;
    }
    const starts = [0], cells: number[] = [], values: number[] = [];
    for (let p = 0; p < plane; p++) {
      for (let k = 0; k < cellCount; k++) {
        if (footprints[k][p] === 0) continue;
        cells.push(k);
        values.push(footprints[k][p]);
      }
      starts.push(cells.length);
    }
    const everywhere = { x0: 0, y0: 0, x1: shape.width, y1: shape.height };
    const plan = planProducts(shape.width, shape.height, footprints.map(() => everywhere));
    // P′ = P − ½ A (C Cᵀ): subtracting half of A C from the movie before the products are taken gives just that.
    const half = data.slice();
    const rest = new Float32Array(data.length);
    for (let f = 0; f < shape.frames; f++) {
      for (let p = 0; p < plane; p++) {
        let cellsHere = 0;
        for (let k = 0; k < cellCount; k++) cellsHere += footprints[k][p] * traces[k * stride + f];
        half[f * plane + p] -= cellsHere / 2;
        rest[f * plane + p] = data[f * plane + p] - mean[p] - cellsHere;
      }
    }
    // Differences of float32 sums of 40 products of order 1 and of cells that overlap.
    const [residual, direct] = await compareBackends(`residualGram ${shape.width}x${shape.height}`, 1e-5, (compute) => {
      const groups = compute.upload("groups", table.groups), productGroups = compute.upload("plan", plan.groups);
      const stack = compute.upload("stack", data), halfStack = compute.upload("half", half);
      const restStack = compute.upload("rest", rest);
      const gram = compute.allocate("gram", table.rows * plane * 4);
      const residual = compute.allocate("residual", table.rows * plane * 4);
      const direct = compute.allocate("direct", table.rows * plane * 4);
      const products = compute.allocate("products", plan.productBytes);
      const device = {
        traces: compute.upload("traces", traces),
        mean: compute.upload("mean", mean),
        starts: compute.upload("starts", Uint32Array.from(starts)),
        cells: compute.upload("cells", Uint32Array.from(cells)),
        values: compute.upload("values", Float32Array.from(values)),
        tileIndex: compute.upload("tile index", plan.tileIndex),
      };
      localGram(compute, stack, gram, shape, table, groups);
      localGram(compute, restStack, direct, shape, table, groups);
      pixelTrace(compute, halfStack, device.traces, productGroups, products, shape, stride, 0, plan);
      residualGram(
        compute,
        { gram, mean: device.mean, residual },
        device,
        { products, tileIndex: device.tileIndex },
        shape,
        table,
        groups,
        shape.frames,
        cellCount,
      );
      for (const buffer of [groups, productGroups, stack, halfStack, restStack, gram, products]) buffer.release();
      for (const buffer of Object.values(device)) buffer.release();
      return [residual, direct];
    });
    assert.ok(relativeError(residual, direct) < 2e-5, `${relativeError(residual, direct)}`);
  }
});

backendTest("ringApply: kernel and twin agree and are the weighted sums over the ring", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    for (const radius of [0, 2]) {
      const offsets = ringOffsets(radius), m = offsets.length / 2, pitch = pitchOf(shape.width);
      const plane = shape.height * pitch, low = randomStack(i, shape), next = uniform(i);
      const weights = Float32Array.from({ length: m * plane }, () => next() - 0.5);
      const [out] = await compareBackends(`ringApply ${shape.width}x${shape.height}`, 1e-6, (compute) => {
        const stack = compute.upload("low", low), ring = compute.upload("offsets", offsets);
        const device = compute.upload("weights", weights), out = compute.allocate("out", stackBytes(shape));
        ringApply(compute, stack, device, ring, out, shape);
        for (const buffer of [stack, ring, device]) buffer.release();
        return [out];
      });
      const expected = new Float64Array(shape.frames * plane);
      for (let f = 0; f < shape.frames; f++) {
        for (let y = 0; y < shape.height; y++) {
          for (let x = 0; x < shape.width; x++) {
            for (let j = 0; j < m; j++) {
              const v = y + offsets[j * 2], u = x + offsets[j * 2 + 1];
              if (v < 0 || v >= shape.height || u < 0 || u >= shape.width) continue;
              expected[f * plane + y * pitch + x] += weights[j * plane + y * pitch + x] *
                low[f * plane + v * pitch + u];
            }
          }
        }
      }
      assert.ok(relativeError(out, expected) < 1e-6);
    }
  }
});

Deno.test("bilinear: low pixels are centred on their blocks and the edges are flat", () => {
  for (let x = 0; x < 5; x++) assert.deepEqual(bilinear(x, 1, 5), { i0: x, i1: Math.min(x + 1, 4), w1: 0 });
  assert.deepEqual(bilinear(0, 2, 4), { i0: 0, i1: 1, w1: 0 });
  assert.deepEqual(bilinear(1, 2, 4), { i0: 0, i1: 1, w1: 0.25 });
  assert.deepEqual(bilinear(2, 2, 4), { i0: 0, i1: 1, w1: 0.75 });
  assert.deepEqual(bilinear(7, 2, 4), { i0: 3, i1: 3, w1: 0 });
  assert.deepEqual(bilinear(4, 3, 3), { i0: 1, i1: 2, w1: 0 });
});

backendTest("upsampleSubtract: kernel and twin agree and are separable bilinear interpolation", async () => {
  for (const [i, shape] of TRIAL_SHAPES.entries()) {
    for (const factor of [1, 2, 3, 7]) {
      const lowShape = {
        frames: shape.frames,
        width: Math.ceil(shape.width / factor),
        height: Math.ceil(shape.height / factor),
      };
      const low = randomStack(i + 7, lowShape), data = randomStack(i, shape);
      // A few float32 operations; positions on the grid are rounded to 1e-6 of a pixel.
      const [stack] = await compareBackends(`upsampleSubtract by ${factor}`, 5e-6, (compute) => {
        const lowBuffer = compute.upload("low", low), stack = compute.upload("stack", data);
        upsampleSubtract(compute, lowBuffer, stack, shape, factor);
        lowBuffer.release();
        return [stack];
      });
      const pitch = pitchOf(shape.width), lowPitch = pitchOf(lowShape.width), expected = Float64Array.from(data);
      for (let f = 0; f < shape.frames; f++) {
        for (let y = 0; y < shape.height; y++) {
          for (let x = 0; x < shape.width; x++) {
            const v = bilinear(y, factor, lowShape.height), u = bilinear(x, factor, lowShape.width);
            const at = (row: number, column: number) => low[(f * lowShape.height + row) * lowPitch + column];
            expected[(f * shape.height + y) * pitch + x] -= (1 - v.w1) * (1 - u.w1) * at(v.i0, u.i0) +
              (1 - v.w1) * u.w1 * at(v.i0, u.i1) + v.w1 * (1 - u.w1) * at(v.i1, u.i0) + v.w1 * u.w1 * at(v.i1, u.i1);
          }
        }
      }
      assert.ok(relativeError(stack, expected) < 5e-6);
    }
  }
});
