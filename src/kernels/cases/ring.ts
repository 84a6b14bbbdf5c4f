import { gramRows, localCovariance } from "../local_covariance.ts";
import { gramTable, localGram } from "../local_gram.ts";
import { planProducts } from "../pixel_trace.ts";
import { residualGram } from "../residual_gram.ts";
import { ringApply } from "../ring_apply.ts";
import { ringOffsets, ringSolve } from "../ring_solve.ts";
import { pitchOf, stackBytes } from "../stack.ts";
import { upsampleSubtract } from "../upsample_subtract.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

const RADIUS = 3;

/** Kernels of the ring background. */
export const ringCases: readonly KernelCase[] = [
  {
    kernel: "local_gram",
    // float32 sums over frames.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape));
      const grams = [0, 3.7, 9].map((reach) => {
        const table = gramTable(reach), groups = compute.upload("groups", table.groups);
        const gram = compute.allocate(`Gram within ${reach}`, table.rows * imageSize(shape) * 4);
        localGram(compute, stack, gram, shape, table, groups);
        groups.release();
        return gram;
      });
      stack.release();
      return grams;
    },
  },
  {
    kernel: "residual_gram",
    // A dozen float32 operations.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), size = imageSize(shape), cellCount = 5, table = gramTable(4);
      const starts = new Uint32Array(size + 1), cells: number[] = [];
      for (let pixel = 0; pixel < size; pixel++) {
        for (let k = 0; k < cellCount; k++) if (next() < 0.3) cells.push(k);
        starts[pixel + 1] = cells.length;
      }
      // Each cell's products are kept in one corner of the field only.
      const plan = planProducts(
        shape.width,
        shape.height,
        Array.from({ length: cellCount }, (_, k) => ({ x0: 0, y0: 0, x1: 1 + 8 * k, y1: 1 + 8 * k })),
      );
      const random = (length: number) => Float32Array.from({ length }, () => next() - 0.5);
      const device = {
        gram: compute.upload("Gram", random(table.rows * size)),
        mean: compute.upload("mean", random(size)),
        groups: compute.upload("groups", table.groups),
        starts: compute.upload("starts", starts),
        cells: compute.upload("cells", Uint32Array.from(cells)),
        values: compute.upload("values", random(cells.length)),
        products: compute.upload("products", random(plan.productBytes / 4)),
        tileIndex: compute.upload("tile index", plan.tileIndex),
      };
      const residual = compute.allocate("residual Gram", table.rows * size * 4);
      residualGram(compute, { ...device, residual }, device, device, shape, table, device.groups, 7, cellCount);
      for (const buffer of Object.values(device)) buffer.release();
      return [residual];
    },
  },
  {
    kernel: "local_covariance",
    // Values are moved, not computed.
    tolerance: 0,
    calls(compute, shape, seed) {
      const next = uniform(seed), pitch = pitchOf(shape.width), sets = 3, size = 7;
      // The Gram is held from the second row on where there is one; a set's first point is always there, others may be missing.
      const first = shape.height > 1 ? 1 : 0, band = { first, rows: shape.height - first };
      const pick = (count: number) => Math.floor(next() * count);
      const points = new Int32Array(sets * size * 2).fill(-1);
      for (let i = 0; i < sets * size; i++) {
        if (i % size > 0 && next() < 0.2) continue;
        points.set([pick(shape.width), first + pick(band.rows)], 2 * i);
      }
      const device = compute.upload("points", points);
      const matrices = [0, 3.7, 9].map((reach) => {
        const table = gramTable(reach), rows = compute.upload("Gram rows", gramRows(table));
        const length = table.rows * band.rows * pitch;
        const residual = compute.upload("residual Gram", Float32Array.from({ length }, () => next() - 0.5));
        const out = compute.allocate(`covariances within ${reach}`, sets * size * size * 4);
        localCovariance(compute, residual, device, rows, out, sets, size, shape, table, band);
        for (const buffer of [rows, residual]) buffer.release();
        return out;
      });
      device.release();
      return matrices;
    },
  },
  {
    kernel: "ring_solve",
    // A ridge of 1e-3 keeps the condition number under 1e3: so many roundings of float32.
    tolerance: 1e-4,
    calls(compute, shape, seed) {
      const offsets = ringOffsets(RADIUS), table = gramTable(2 * (RADIUS + 1)), size = imageSize(shape);
      const stack = compute.upload("stack", randomStack(seed, shape)), groups = compute.upload("groups", table.groups);
      const residual = compute.allocate("residual Gram", table.rows * size * 4);
      const weights = compute.allocate("ring weights", offsets.length / 2 * size * 4);
      localGram(compute, stack, residual, shape, table, groups);
      ringSolve(compute, { residual, weights }, offsets, shape, table, 1e-3);
      for (const buffer of [stack, groups, residual]) buffer.release();
      return [weights];
    },
  },
  {
    kernel: "ring_apply",
    // Sums of two dozen products.
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const offsets = ringOffsets(RADIUS), next = uniform(seed);
      const low = compute.upload("low", randomStack(seed, shape)), ring = compute.upload("offsets", offsets);
      const length = offsets.length / 2 * imageSize(shape);
      const weights = compute.upload("weights", Float32Array.from({ length }, () => next() - 0.5));
      const out = compute.allocate("background", stackBytes(shape));
      ringApply(compute, low, weights, ring, out, shape);
      for (const buffer of [low, ring, weights]) buffer.release();
      return [out];
    },
  },
  {
    kernel: "upsample_subtract",
    // Positions on the grid are rounded to 1e-6 of a pixel.
    tolerance: 5e-6,
    calls(compute, shape, seed) {
      return [1, 2, 3, 7].map((factor) => {
        const width = Math.ceil(shape.width / factor), height = Math.ceil(shape.height / factor);
        const low = compute.upload("low", randomStack(seed + 1, { frames: shape.frames, width, height }));
        const stack = compute.upload(`stack less upsampling by ${factor}`, randomStack(seed, shape));
        upsampleSubtract(compute, low, stack, shape, factor);
        low.release();
        return stack;
      });
    },
  },
];
