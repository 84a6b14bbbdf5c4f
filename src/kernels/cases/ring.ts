import type { Compute, DeviceBuffer } from "../../gpu/compute.ts";
import { gramTable, localGram } from "../local_gram.ts";
import { pixelTrace, planProducts } from "../pixel_trace.ts";
import { residualGram } from "../residual_gram.ts";
import { ringApply } from "../ring_apply.ts";
import { ringOffsets, ringSolve } from "../ring_solve.ts";
import { stackBytes, type StackShape } from "../stack.ts";
import { upsampleSubtract } from "../upsample_subtract.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Radius of the cases' ring. */
const RADIUS = 3;

/** The local Gram of a random stack, as far as a ring needs it. */
function gramOf(compute: Compute, shape: StackShape, seed: number) {
  const table = gramTable(2 * (RADIUS + 1)), groups = compute.upload("groups", table.groups);
  const gram = compute.allocate("gram", table.rows * imageSize(shape) * 4);
  const stack = compute.upload("stack", randomStack(seed, shape));
  localGram(compute, stack, gram, shape, table, groups);
  return { table, groups, gram, stack };
}

/** Kernels of the ring background. */
export const ringCases: readonly KernelCase[] = [
  {
    kernel: "local_gram",
    // Sums over frames of products of order 1.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const { groups, gram, stack } = gramOf(compute, shape, seed);
      [groups, stack].forEach((buffer) => buffer.release());
      return [gram];
    },
  },
  {
    kernel: "residual_gram",
    tolerance: 5e-6,
    calls(compute, shape, seed) {
      const { table, groups, gram, stack } = gramOf(compute, shape, seed),
        next = uniform(seed),
        size = imageSize(shape);
      const box = { x0: 0, y0: 0, x1: Math.ceil(shape.width / 2), y1: shape.height };
      const plan = planProducts(shape.width, shape.height, [box, { ...box, x1: shape.width }]);
      const stride = Math.ceil(shape.frames / 4) * 4;
      const starts = new Uint32Array(size + 1), cells: number[] = [];
      for (let pixel = 0; pixel < size; pixel++) {
        for (let k = 0; k < 2; k++) if (next() < 0.4) cells.push(k);
        starts[pixel + 1] = cells.length;
      }
      const upload = (label: string, data: Float32Array | Uint32Array) => compute.upload(label, data);
      const csr = {
        starts: upload("starts", starts),
        cells: upload("cells", Uint32Array.from(cells)),
        values: upload("values", Float32Array.from(cells, next)),
      };
      const traces = upload("traces", Float32Array.from({ length: 2 * stride }, () => next() - 0.5));
      const planned = upload("plan", plan.groups), tileIndex = upload("tile index", plan.tileIndex);
      const products = compute.allocate("products", plan.productBytes);
      pixelTrace(compute, stack, traces, planned, products, shape, stride, 0, plan);
      const mean = upload("mean", randomStack(seed + 1, { ...shape, frames: 1 }, -0.1, 0.1));
      const residual = compute.allocate("residual", table.rows * size * 4), buffers = { gram, mean, residual };
      residualGram(compute, buffers, csr, { products, tileIndex }, shape, table, groups, shape.frames, 2);
      [groups, gram, stack, csr.starts, csr.cells, csr.values, traces, planned, tileIndex, products, mean]
        .forEach((buffer) => buffer.release());
      return [residual];
    },
  },
  {
    kernel: "ring_solve",
    // A ridge of 1e-3 keeps the condition number below 1e3: as many float32 roundings.
    tolerance: 1e-4,
    calls(compute, shape, seed) {
      const { table, groups, gram, stack } = gramOf(compute, shape, seed), offsets = ringOffsets(RADIUS);
      const weights = compute.allocate("weights", offsets.length / 2 * imageSize(shape) * 4);
      ringSolve(compute, { residual: gram, weights }, offsets, shape, table, 1e-3);
      [groups, gram, stack].forEach((buffer) => buffer.release());
      return [weights];
    },
  },
  {
    kernel: "ring_apply",
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const offsets = ringOffsets(RADIUS), frames = offsets.length / 2;
      const upload = (label: string, data: Float32Array | Int32Array): DeviceBuffer => compute.upload(label, data);
      const low = upload("low", randomStack(seed, shape)), ring = upload("offsets", offsets);
      const weights = upload("weights", randomStack(seed + 1, { ...shape, frames }));
      const out = compute.allocate("out", stackBytes(shape));
      ringApply(compute, low, weights, ring, out, shape);
      [low, ring, weights].forEach((buffer) => buffer.release());
      return [out];
    },
  },
  {
    kernel: "upsample_subtract",
    // A bilinear weight is the fraction of a position of up to a hundred: float32 keeps it to 1e-5.
    tolerance: 1e-5,
    calls(compute, shape, seed) {
      return [1, 2, 3].map((factor) => {
        const lowShape = { ...shape, width: Math.ceil(shape.width / factor), height: Math.ceil(shape.height / factor) };
        const low = compute.upload("low", randomStack(seed, lowShape));
        const stack = compute.upload(`stack less low by ${factor}`, randomStack(seed + 1, shape));
        upsampleSubtract(compute, low, stack, shape, factor);
        low.release();
        return stack;
      });
    },
  },
];
