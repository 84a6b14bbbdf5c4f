import type { DeviceBuffer } from "../gpu/compute.ts";
import { binSpace } from "../kernels/bin_space.ts";
import { binTime } from "../kernels/bin_time.ts";
import { pixelTrace, planProducts, PRODUCT_TILE, productIndex, type ProductPlan } from "../kernels/pixel_trace.ts";
import { stackBytes, type StackShape } from "../kernels/stack.ts";
import { boundingBox, boxesTouch, type Cell } from "./cells.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { binnedCentred, Covariance } from "./covariance.ts";
import type { LowVector } from "./low_grid.ts";
import type { MovieStatistics } from "./statistics.ts";

/** Pixels a footprint may grow by in one spatial update, each way (a 5×5 diamond). */
export const SUPPORT_MARGIN = 2;

/** Products of pixels with centred traces: everything the ring fit and the spatial update need of the movie. */
export interface TraceProducts {
  /** Inner products of the traces. */
  readonly covariance: Covariance;
  /** D A. */
  readonly low: readonly LowVector[];
  /** (Y C^T)(p, k) around each footprint. */
  readonly field: { readonly plan: ProductPlan; readonly values: Float32Array };
  /** (D Y C^T)(q, k) as far as a ring reaches from the footprint. */
  readonly lowField: { readonly plan: ProductPlan; readonly values: Float32Array };
  /** D (Y − A C) C^T at the same places. */
  readonly lowResidual: Float32Array;
}

/**
 * Streams the movie once and multiplies it with the cells' traces, both averaged over `statistics.bin` frames.
 * @param visit gets each chunk's downsampled, averaged frames, and the number of the first of them
 */
export async function traceProducts(
  stream: ChunkStream,
  statistics: Pick<MovieStatistics, "grid" | "bin" | "binnedFrames">,
  cells: readonly Cell[],
  radius: number,
  progress?: (fraction: number) => void,
  visit?: (low: DeviceBuffer, shape: StackShape, first: number) => void | Promise<void>,
): Promise<TraceProducts> {
  const { compute, source } = stream, { width, height, frames } = source.header, { grid, bin } = statistics;
  const traces = cells.map((cell) => binnedCentred(cell.trace, bin)),
    stride = Math.ceil(statistics.binnedFrames / 4) * 4;
  const packed = new Float32Array(Math.max(1, cells.length) * stride);
  traces.forEach((trace, k) => packed.set(trace, k * stride));
  const low = cells.map((cell) => grid.down(cell.footprint));
  const plan = planProducts(
    width,
    height,
    cells.map((cell) => boundingBox(cell.footprint.pixels, width, SUPPORT_MARGIN)),
  );
  const lowPlan = planProducts(
    grid.width,
    grid.height,
    low.map((vector) => boundingBox(vector.pixels, grid.width, 2 * (radius + 1) + 1)),
  );
  const device = {
    traces: compute.upload("centred traces", packed),
    groups: compute.upload("product groups", plan.groups),
    lowGroups: compute.upload("downsampled product groups", lowPlan.groups),
    values: compute.allocate("pixel–trace products", plan.productBytes),
    lowValues: compute.allocate("downsampled pixel–trace products", lowPlan.productBytes),
    binned: compute.allocate(
      "averaged chunk",
      bin > 1 ? stackBytes({ frames: Math.ceil(stream.chunkFrames / bin), width, height }) : 16,
    ),
    low: compute.allocate(
      "downsampled chunk",
      stackBytes({ frames: Math.ceil(stream.chunkFrames / bin), width: grid.width, height: grid.height }),
    ),
  };
  if (cells.length > 0) {
    await stream.each({}, (chunk) => {
      const shape = { frames: Math.ceil(chunk.frames / bin), width, height };
      const stack = bin > 1 ? device.binned : chunk.stack;
      if (bin > 1) binTime(compute, chunk.stack, stack, { ...shape, frames: chunk.frames }, bin, 0);
      binSpace(compute, stack, device.low, shape, grid.factor);
      const offset = chunk.start / bin;
      pixelTrace(compute, stack, device.traces, device.groups, device.values, shape, stride, offset, plan);
      const lowShape = { frames: shape.frames, width: grid.width, height: grid.height };
      pixelTrace(
        compute,
        device.low,
        device.traces,
        device.lowGroups,
        device.lowValues,
        lowShape,
        stride,
        offset,
        lowPlan,
      );
      progress?.((chunk.start + chunk.frames) / frames);
      return visit?.(device.low, lowShape, offset);
    });
  }
  const [values, lowValues] = (await compute.read(device.values, device.lowValues)).map((data) =>
    new Float32Array(data)
  );
  for (const buffer of Object.values(device)) buffer.release();
  const covariance = new Covariance(traces);
  return {
    covariance,
    low,
    field: { plan, values },
    lowField: { plan: lowPlan, values: lowValues },
    lowResidual: subtractCells(lowPlan, lowValues, low, covariance, radius),
  };
}

/** D Y C^T − D A (C C^T) at the planned places. */
function subtractCells(
  plan: ProductPlan,
  products: Float32Array,
  low: readonly LowVector[],
  covariance: Covariance,
  radius: number,
): Float32Array {
  const residual = products.slice(), width = plan.width;
  const boxes = low.map((vector) => boundingBox(vector.pixels, width, 0));
  const margin = 2 * (radius + 1) + 1 + PRODUCT_TILE;
  low.forEach((_, k) => {
    const { x0, y0, x1, y1 } = boxes[k];
    const reach = { x0: x0 - margin, y0: y0 - margin, x1: x1 + margin, y1: y1 + margin };
    low.forEach((other, l) => {
      if (!boxesTouch(reach, boxes[l])) return;
      const shared = covariance.of(k, l);
      other.pixels.forEach((pixel, i) => {
        const at = productIndex(plan, pixel % width, Math.floor(pixel / width), k);
        if (at >= 0) residual[at] -= other.values[i] * shared;
      });
    });
  });
  return residual;
}
