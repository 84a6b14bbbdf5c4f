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
 * The Gram of the residual X = D(Y − A C) from the movie's, corrected for the cells (algorithm.md section 2.2), one buffer per band of
 * the statistics. Does not read the movie.
 */
export function residualGrams(compute: Compute, statistics: MovieStatistics, products: TraceProducts): DeviceBuffer[] {
  const { grid, table } = statistics, pitch = pitchOf(grid.width), size = pitch * grid.height;
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
  const tiles = products.lowField.plan.tileIndex;
  const device = {
    starts: compute.upload("cells by pixel: starts", counts),
    cells: compute.upload("cells by pixel: cells", members),
    values: compute.upload("cells by pixel: values", values),
    products: compute.upload("half-corrected products", half),
    tileIndex: compute.upload("product tiles", tiles.length > 0 ? tiles : new Uint32Array(4)),
  };
  const residuals = statistics.bands.map(({ hold }, b) => {
    const residual = compute.allocate("residual Gram", table.rows * hold.rows * pitch * 4);
    residualGram(
      compute,
      { gram: statistics.grams[b], mean: statistics.lowMean, residual },
      device,
      device,
      grid,
      table,
      statistics.groups,
      statistics.binnedFrames,
      products.low.length,
      hold,
    );
    return residual;
  });
  for (const buffer of Object.values(device)) buffer.release();
  return residuals;
}

/**
 * Fits W: each pixel of the downsampled residual is regressed on its ring, from the residual's Gram (Zhou et al. 2018, eq. 5;
 * algorithm.md section 4).
 * @param residuals what `residualGrams` made
 */
export async function fitRing(
  compute: Compute,
  statistics: MovieStatistics,
  residuals: readonly DeviceBuffer[],
  radius: number,
): Promise<Ring> {
  const { grid, table, bands } = statistics, pitch = pitchOf(grid.width), size = pitch * grid.height;
  const offsets = ringOffsets(radius), m = offsets.length / 2;
  const weights = compute.allocate("ring weights", m * size * 4);
  bands.forEach((band, b) => {
    const plane = band.solve.rows * pitch * 4, part = compute.allocate("ring weights of a band", m * plane);
    ringSolve(compute, { residual: residuals[b], weights: part }, offsets, grid, table, undefined, band);
    for (let j = 0; j < m; j++) {
      compute.copy(part, j * plane, weights, (j * size + band.solve.first * pitch) * 4, plane);
    }
    part.release();
  });
  const all = new Float32Array((await compute.read(weights))[0]), host = new Float32Array(m * grid.width * grid.height);
  for (let j = 0; j < m; j++) {
    host.set(unpad(all.subarray(j * size, (j + 1) * size), grid.width, grid.height), j * grid.width * grid.height);
  }
  return { radius, operator: new RingOperator(grid, offsets, host), weights };
}
