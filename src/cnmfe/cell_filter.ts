import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { gramRows, localCovariance } from "../kernels/local_covariance.ts";
import type { LowVector } from "./low_grid.ts";
import type { BasicStatistics, MovieStatistics } from "./statistics.ts";

/** Most pixels of a filter. */
const MOST_PIXELS = 320;
/** Matrices gathered at a time, bytes. */
const BATCH_BYTES = 2 ** 22;
/** Power added to every pixel, in units of its white noise: keeps the filter from fitting the noise of a short movie. */
const LOADING = 1;

/**
 * For each cell the weights w on the downsampled grid that read its trace from the movie with the least power of everything else:
 * minimise wᵀ Σ w subject to wᵀ D a = 1, i.e. w ∝ (Σ + load)⁻¹ D a, where Σ is the local covariance of the residual D(Y − A C)
 * (generalised least squares; the background's own correlations are part of Σ, so the surroundings and the inside of the cell
 * predict it better than a ring alone). The pixels are those of the footprint and every other one within the ring.
 * @param low D a of each cell
 * @param residuals Gram of the residual, one buffer per band of `statistics.bands`
 * @param radius ring radius on the downsampled grid
 */
export async function cellFilters(
  compute: Compute,
  statistics: MovieStatistics,
  residuals: readonly DeviceBuffer[],
  low: readonly LowVector[],
  radius: number,
): Promise<LowVector[]> {
  const { grid, table, bands } = statistics;
  const sets = low.map((vector) => filterPixels(vector, grid.width, grid.height, radius + 1));
  const filters: LowVector[] = new Array(low.length);
  const rows = compute.upload("Gram rows", gramRows(table));
  for (const [b, { solve, hold }] of bands.entries()) {
    const members = sets.flatMap((set, k) =>
      set.centre >= solve.first && set.centre < solve.first + solve.rows ? [k] : []
    );
    const size = Math.max(1, ...members.map((k) => sets[k].pixels.length));
    const most = Math.max(1, Math.floor(BATCH_BYTES / (size * size * 4)));
    for (let from = 0; from < members.length; from += most) {
      const batch = members.slice(from, from + most), points = new Int32Array(batch.length * size * 2).fill(-1);
      batch.forEach((k, i) =>
        sets[k].pixels.forEach((pixel, j) => {
          points[(i * size + j) * 2] = pixel % grid.width;
          points[(i * size + j) * 2 + 1] = Math.floor(pixel / grid.width);
        })
      );
      const device = compute.upload("filter pixels", points);
      const matrices = compute.allocate("local covariances", batch.length * size * size * 4);
      localCovariance(compute, residuals[b], device, rows, matrices, batch.length, size, grid, table, hold);
      const all = new Float32Array((await compute.read(matrices))[0]);
      device.release();
      matrices.release();
      batch.forEach((k, i) => {
        const matrix = all.subarray(i * size * size, (i + 1) * size * size);
        filters[k] = solveFilter(matrix, size, sets[k].pixels, low[k], statistics);
      });
    }
  }
  rows.release();
  return filters;
}

/** The footprint's pixels and every other pixel within `reach` of its centre of mass; `centre` is the row of that centre. */
export function filterPixels(
  { pixels, values }: LowVector,
  width: number,
  height: number,
  reach: number,
): { pixels: Int32Array; centre: number } {
  let sx = 0, sy = 0, sum = 0;
  pixels.forEach((pixel, i) => {
    sx += values[i] * (pixel % width);
    sy += values[i] * Math.floor(pixel / width);
    sum += values[i];
  });
  const x = Math.round(sx / sum), y = Math.round(sy / sum), own = new Set(pixels), chosen: number[] = [];
  // Large rings are thinned further, so that a filter's cost has a bound.
  const area = Math.PI * reach * reach, step = Math.max(2, Math.ceil(area / Math.max(1, MOST_PIXELS - own.size)));
  let index = 0;
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
      if ((u - x) ** 2 + (v - y) ** 2 > reach * reach) continue;
      const pixel = v * width + u, kept = step === 2 ? (u + v) % 2 === 0 : index++ % step === 0;
      if (kept || own.has(pixel)) chosen.push(pixel);
    }
  }
  return { pixels: Int32Array.from(chosen), centre: y };
}

/**
 * The filter of one cell.
 * @param matrix covariance of the residual at the pixels, times the averaged frames; the lower triangle is read
 * @param stride values per row of the matrix
 */
export function solveFilter(
  matrix: Float32Array,
  stride: number,
  pixels: Int32Array,
  footprint: LowVector,
  { grid, noise, binnedFrames, bin }: BasicStatistics,
): LowVector {
  const n = pixels.length, s = grid.factor, a = new Float64Array(n), L = new Float64Array(n * n);
  const place = new Map(Array.from(pixels, (pixel, i) => [pixel, i]));
  footprint.pixels.forEach((pixel, i) => {
    const at = place.get(pixel);
    if (at !== undefined) a[at] = footprint.values[i];
  });
  for (let i = 0; i < n; i++) {
    const x = pixels[i] % grid.width, y = Math.floor(pixels[i] / grid.width);
    const sn = noise[Math.min(grid.fieldHeight - 1, y * s) * grid.fieldWidth + Math.min(grid.fieldWidth - 1, x * s)];
    for (let j = 0; j <= i; j++) L[i * n + j] = matrix[i * stride + j];
    L[i * n + i] += LOADING * binnedFrames * sn * sn / (s * s * bin) + 1e-12;
  }
  factor(L, n);
  const w = solve(L, n, a);
  let gain = 0;
  for (let i = 0; i < n; i++) gain += w[i] * a[i];
  return { pixels, values: gain > 0 ? w.map((value) => value / gain) : w.fill(0) };
}

/** Cholesky factor, in place in the lower triangle; a pivot that rounding made non-positive is lifted. */
function factor(L: Float64Array, n: number): void {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, L[i * n + i]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12 * largest)) : sum / L[j * n + j];
    }
  }
}

function solve(L: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
    x[i] /= L[i * n + i];
  }
  return x;
}
