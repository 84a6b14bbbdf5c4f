import type { Compute, DeviceBuffer } from "../../gpu/compute.ts";
import { cellFrame, packRows } from "../cell_frame.ts";
import { pixelTrace, planProducts } from "../pixel_trace.ts";
import { spatialHals } from "../spatial_hals.ts";
import { traceHals } from "../trace_hals.ts";
import type { StackShape } from "../stack.ts";
import { type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Cells of the cases. */
const CELLS = 5;

/** Random numbers in [low, low + 1). */
function randoms(seed: number, length: number, low: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length }, () => low + next());
}

/** Uploads every array of a record. */
function uploadAll<K extends string>(
  compute: Compute,
  arrays: Record<K, Float32Array | Uint32Array>,
): Record<K, DeviceBuffer> {
  const entries = Object.entries<Float32Array | Uint32Array>(arrays);
  return Object.fromEntries(entries.map(([name, array]) => [name, compute.upload(name, array)])) as Record<
    K,
    DeviceBuffer
  >;
}

function releaseAll(...buffers: DeviceBuffer[]): void {
  buffers.forEach((buffer) => buffer.release());
}

/** About a third of all (row, cell) pairs, as compressed rows; a row always holds its `own` cell when it has one. */
function randomRows(seed: number, rows: number, own: boolean): { starts: Uint32Array; cells: Uint32Array } {
  const next = uniform(seed), starts = new Uint32Array(rows + 1), cells: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < CELLS; k++) if (next() < 0.33 || (own && k === row)) cells.push(k);
    starts[row + 1] = cells.length;
  }
  return { starts, cells: Uint32Array.from(cells) };
}

/** A random box that may reach out of the field. */
function randomBox(next: () => number, shape: StackShape) {
  const x0 = Math.floor(next() * shape.width) - 3, y0 = Math.floor(next() * shape.height) - 3;
  return { x0, y0, x1: x0 + 4 + Math.floor(next() * 20), y1: y0 + 4 + Math.floor(next() * 20) };
}

/** Kernels between pixels, cells and traces. */
export const productCases: readonly KernelCase[] = [
  {
    kernel: "pixel_trace",
    // Sums over frames of products of order 1.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), stride = Math.ceil(shape.frames / 4) * 4 + 4;
      const boxes = Array.from({ length: CELLS }, () => randomBox(next, shape));
      const plan = planProducts(shape.width, shape.height, boxes);
      const stack = compute.upload("stack", randomStack(seed, shape));
      const { traces, groups } = uploadAll(compute, {
        traces: randoms(seed, CELLS * stride, -0.3),
        groups: plan.groups,
      });
      const products = compute.allocate("products", plan.productBytes);
      pixelTrace(compute, stack, traces, groups, products, shape, stride, 3, plan);
      releaseAll(stack, traces, groups);
      return [products];
    },
  },
  {
    kernel: "cell_frame",
    // Sums over pixels of products of order 1.
    tolerance: 5e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), pixels = Uint32Array.from({ length: shape.width * shape.height }, (_, i) => i);
      const packed = packRows(
        shape.width,
        shape.height,
        Array.from({ length: CELLS }, () => {
          const some = pixels.filter(() => next() < 0.3);
          return { pixels: some, values: Float32Array.from(some, () => next() - 0.3) };
        }),
      );
      const { starts, blocks, weights } = packed, stride = shape.frames + 3;
      const stack = compute.upload("stack", randomStack(seed, shape));
      const rows = uploadAll(compute, { starts, blocks, weights });
      const out = compute.upload("out", randoms(seed, CELLS * stride, 0));
      cellFrame(compute, stack, rows, out, shape, stride, 2, CELLS);
      releaseAll(stack, rows.starts, rows.blocks, rows.weights);
      return [out];
    },
  },
  {
    kernel: "spatial_hals",
    // A few sweeps, each on the last one's rounding.
    tolerance: 1e-5,
    calls(compute, shape, seed) {
      const pixels = shape.width * shape.height, { starts, cells } = randomRows(seed, pixels, false);
      const gram = Float32Array.from({ length: CELLS * CELLS }, (_, i) => i % (CELLS + 1) === 0 ? 2 : 0.3);
      const rhs = randoms(seed + 1, cells.length, -0.3), values = randoms(seed + 2, cells.length, 0);
      const buffers = uploadAll(compute, { starts, cells, rhs, gram, values });
      spatialHals(compute, buffers, pixels, CELLS, 3);
      releaseAll(buffers.starts, buffers.cells, buffers.rhs, buffers.gram);
      return [buffers.values];
    },
  },
  {
    kernel: "trace_hals",
    tolerance: 2e-6,
    calls(compute, shape, seed) {
      const stride = Math.ceil(shape.frames / 4) * 4 + 4, { starts, cells } = randomRows(seed, CELLS, true);
      const buffers = uploadAll(compute, {
        traces: randoms(seed + 1, CELLS * stride, -0.4),
        projections: randoms(seed + 2, CELLS * stride, -0.4),
        overlapStarts: starts,
        overlapCells: cells,
        overlapValues: randoms(seed + 3, cells.length, 0.5),
        selected: Uint32Array.of(0, 2, CELLS - 1),
        raw: new Float32Array(CELLS * stride).fill(1),
      });
      traceHals(compute, buffers, 3, stride, shape.frames, 1);
      const { raw, ...rest } = buffers;
      releaseAll(...Object.values(rest));
      return [raw];
    },
  },
];
