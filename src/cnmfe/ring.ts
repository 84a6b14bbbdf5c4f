import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { residualGram } from "../kernels/residual_gram.ts";
import { ringOffsets, ringSolve } from "../kernels/ring_solve.ts";
import { pitchOf, unpad } from "../kernels/stack.ts";
import type { TraceProducts } from "./products.ts";
import { RingOperator } from "./ring_operator.ts";
import type { MovieStatistics } from "./statistics.ts";

/** A fitted ring background. */
export interface Ring {
  readonly radius: number;
  readonly operator: RingOperator;
  /** Weights on the device, m padded images. */
  readonly weights: DeviceBuffer;
}

/** Ring radius on the downsampled grid (algorithm.md section 4). */
export function ringRadius(parameters: {
  readonly ring_size_factor: number;
  readonly gSiz: number;
  readonly background_downsampling_factor: number;
}): number {
  return Math.max(
    1,
    Math.round(parameters.ring_size_factor * parameters.gSiz / parameters.background_downsampling_factor),
  );
}

/**
 * Fits W: each pixel of the downsampled residual is regressed on its ring, from the local Gram corrected for the cells
 * (Zhou et al. 2018, eq. 5; algorithm.md sections 2.2 and 4). Does not read the movie.
 */
export async function fitRing(
  compute: Compute,
  statistics: MovieStatistics,
  products: TraceProducts,
  radius: number,
): Promise<Ring> {
  const { grid, table } = statistics, pitch = pitchOf(grid.width), size = pitch * grid.height;
  const cellCount = products.low.length;
  const counts = new Uint32Array(size + 1);
  const padded = (pixel: number) => Math.floor(pixel / grid.width) * pitch + pixel % grid.width;
  for (const vector of products.low) for (const pixel of vector.pixels) counts[padded(pixel) + 1]++;
  for (let i = 0; i < size; i++) counts[i + 1] += counts[i];
  const members = new Uint32Array(Math.max(1, counts[size])), values = new Float32Array(Math.max(1, counts[size]));
  const next = counts.slice();
  products.low.forEach((vector, k) =>
    vector.pixels.forEach((pixel, i) => {
      const at = next[padded(pixel)]++;
      members[at] = k;
      values[at] = vector.values[i];
    })
  );
  // X Xᵀ = G − P′(DA)ᵀ − (DA)P′ᵀ with P′ = P − ½ DA (C Cᵀ), the mean of P and of the residual's products.
  const half = products.lowField.values.map((value, i) => (value + products.lowResidual[i]) / 2);
  const offsets = ringOffsets(radius), m = offsets.length / 2;
  const device = {
    starts: compute.upload("cells by pixel: starts", counts),
    cells: compute.upload("cells by pixel: cells", members),
    values: compute.upload("cells by pixel: values", values),
    products: compute.upload("half-corrected products", half),
    tileIndex: compute.upload(
      "product tiles",
      products.lowField.plan.tileIndex.length ? products.lowField.plan.tileIndex : new Uint32Array(4),
    ),
    residual: compute.allocate("residual Gram", table.rows * size * 4),
  };
  const weights = compute.allocate("ring weights", m * size * 4);
  const shape = { frames: 1, width: grid.width, height: grid.height };
  residualGram(
    compute,
    { gram: statistics.gram, mean: statistics.lowMean, residual: device.residual },
    device,
    device,
    shape,
    table,
    statistics.groups,
    statistics.binnedFrames,
    cellCount,
  );
  ringSolve(compute, { residual: device.residual, weights }, offsets, shape, table);
  const [data] = await compute.read(weights);
  for (const buffer of Object.values(device)) buffer.release();
  const all = new Float32Array(data), host = new Float32Array(m * grid.width * grid.height);
  for (let j = 0; j < m; j++) {
    host.set(unpad(all.subarray(j * size, (j + 1) * size), grid.width, grid.height), j * grid.width * grid.height);
  }
  return { radius, operator: new RingOperator(grid, offsets, host), weights };
}
