import type { Footprint } from "../core/footprints.ts";
import type { Compute } from "../gpu/compute.ts";
import { productAt } from "../kernels/pixel_trace.ts";
import { spatialHals } from "../kernels/spatial_hals.ts";
import { boundingBox, type Cell } from "./cells.ts";
import { circularConstraint, closeMask, keepStrongestPart, median3 } from "./patch.ts";
import { SUPPORT_MARGIN, type TraceProducts } from "./products.ts";
import type { Ring } from "./ring.ts";
import type { BasicStatistics } from "./statistics.ts";

/** Coordinate-descent sweeps per pixel; a pixel rarely belongs to more than four cells, and these converge. */
const SWEEPS = 30;
/** Share of a footprint's energy that is kept. */
const ENERGY = 0.9999;

/**
 * Spatial update: per pixel, non-negative sparse regression of the background-subtracted movie on the traces of the cells whose
 * widened support holds the pixel; then 3×3 median, circular constraint, energy threshold, closing and the strongest connected part
 * (algorithm.md section 5). Works from the products alone.
 * @param excluded pixels no cell may hold: 1 where excluded, row-major
 * @returns the new footprint of each cell (any scale), or undefined for a cell that lost its last pixels
 */
export async function spatialUpdate(
  compute: Compute,
  statistics: BasicStatistics,
  products: TraceProducts,
  ring: Ring,
  cells: readonly Cell[],
  parameters: { readonly spatial_sparsity: number; readonly min_pixel: number; readonly gSiz: number },
  excluded?: Uint8Array,
): Promise<(Footprint | undefined)[]> {
  const { fieldWidth: width, fieldHeight: height } = statistics.grid, { covariance } = products;
  const supports = cells.map((cell) => widen(cell.footprint, width, height, excluded));
  const starts = new Uint32Array(width * height + 1);
  for (const support of supports) for (const pixel of support.pixels) starts[pixel + 1]++;
  const used: number[] = [];
  for (let p = 0; p < width * height; p++) if (starts[p + 1] > 0) used.push(p);
  // Only pixels some support holds become rows of the batched problem.
  const rowOf = new Int32Array(width * height).fill(-1), rows = new Uint32Array(used.length + 1);
  used.forEach((p, row) => {
    rowOf[p] = row;
    rows[row + 1] = rows[row] + starts[p + 1];
  });
  const total = rows[used.length], next = rows.slice();
  const members = new Uint32Array(Math.max(1, total)), rhs = new Float32Array(Math.max(1, total));
  const values = new Float32Array(Math.max(1, total)), slots = supports.map((s) => new Uint32Array(s.pixels.length));
  const noiseScale = parameters.spatial_sparsity / Math.sqrt(statistics.bin);
  supports.forEach((support, k) => {
    const subtracted = backgroundSubtracted(statistics, products, ring, k);
    const norm = Math.sqrt(covariance.of(k, k));
    support.pixels.forEach((pixel, i) => {
      const at = next[rowOf[pixel]]++;
      slots[k][i] = at;
      members[at] = k;
      values[at] = support.values[i];
      rhs[at] = subtracted(pixel) - noiseScale * statistics.noise[pixel] * norm;
    });
  });
  const gram = new Float32Array(Math.max(1, cells.length * cells.length));
  for (let row = 0; row < used.length; row++) {
    for (let i = rows[row]; i < rows[row + 1]; i++) {
      for (let j = rows[row]; j < rows[row + 1]; j++) {
        gram[members[i] * cells.length + members[j]] = covariance.of(members[i], members[j]);
      }
    }
  }
  const device = {
    starts: compute.upload("regression rows", rows),
    cells: compute.upload("regression cells", members),
    rhs: compute.upload("regression right-hand side", rhs),
    gram: compute.upload("trace Gram", gram),
    values: compute.upload("footprint values", values),
  };
  spatialHals(compute, device, used.length, cells.length, SWEEPS);
  const solution = new Float32Array((await compute.read(device.values))[0]);
  for (const buffer of Object.values(device)) buffer.release();
  return supports.map((support, k) => {
    const found = Float32Array.from(support.pixels, (_, i) => solution[slots[k][i]]);
    return clean({ pixels: support.pixels, values: found }, width, height, parameters, excluded);
  });
}

/**
 * (Z C^T)(p, k): the product of the background-subtracted movie Z = Y − U W D (Y − A C), centred in time, with trace k, for pixels of
 * its support.
 */
export function backgroundSubtracted(
  { grid }: Pick<BasicStatistics, "grid">,
  { field, lowField, lowResidual }: TraceProducts,
  ring: Ring,
  k: number,
): (pixel: number) => number {
  const background = new Map<number, number>();
  const residual = (q: number) => productAt(lowResidual, lowField.plan, q % grid.width, Math.floor(q / grid.width), k);
  return (pixel) => {
    const x = pixel % grid.fieldWidth, y = Math.floor(pixel / grid.fieldWidth);
    let value = productAt(field.values, field.plan, x, y, k);
    const { pixels, weights } = grid.corners(pixel);
    for (let c = 0; c < 4; c++) {
      if (weights[c] === 0) continue;
      let b = background.get(pixels[c]);
      if (b === undefined) background.set(pixels[c], b = ring.operator.at(pixels[c], residual));
      value -= weights[c] * b;
    }
    return value;
  };
}

/** The footprint with its support dilated by a 5×5 diamond, excluded pixels left out; new pixels hold 0. */
function widen({ pixels, values }: Footprint, width: number, height: number, excluded?: Uint8Array): Footprint {
  const known = new Map<number, number>();
  pixels.forEach((pixel, i) => {
    const x = pixel % width, y = (pixel - x) / width;
    for (let dy = -SUPPORT_MARGIN; dy <= SUPPORT_MARGIN; dy++) {
      const reach = SUPPORT_MARGIN - Math.abs(dy);
      for (let dx = -reach; dx <= reach; dx++) {
        if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
        const at = (y + dy) * width + x + dx;
        if (excluded?.[at]) continue;
        if (dx === 0 && dy === 0) known.set(at, values[i]);
        else if (!known.has(at)) known.set(at, 0);
      }
    }
  });
  const sorted = Uint32Array.from(known.keys()).sort();
  return { pixels: sorted, values: Float32Array.from(sorted, (p) => known.get(p)!) };
}

/**
 * Median, reach, circular constraint, energy threshold, closing, strongest part; undefined when fewer than `min_pixel` pixels are left.
 */
function clean(
  footprint: Footprint,
  width: number,
  height: number,
  { min_pixel, gSiz }: { readonly min_pixel: number; readonly gSiz: number },
  excluded: Uint8Array | undefined,
): Footprint | undefined {
  const box = boundingBox(footprint.pixels, width, 1);
  const x0 = Math.max(0, box.x0), y0 = Math.max(0, box.y0);
  const w = Math.min(width, box.x1) - x0, h = Math.min(height, box.y1) - y0;
  const dense = new Float32Array(w * h);
  footprint.pixels.forEach((p, i) => dense[(Math.floor(p / width) - y0) * w + p % width - x0] = footprint.values[i]);
  const smooth = median3(dense, w, h), patch = { width: w, height: h, values: smooth };
  let peak = 0;
  for (let i = 0; i < smooth.length; i++) if (smooth[i] > smooth[peak]) peak = i;
  // What lies a whole diameter from the peak, or rises away from it, belongs to something else that is active at the same time.
  const peakX = peak % w, peakY = Math.floor(peak / w);
  for (let i = 0; i < smooth.length; i++) {
    if ((i % w - peakX) ** 2 + (Math.floor(i / w) - peakY) ** 2 > gSiz * gSiz) smooth[i] = 0;
  }
  if (smooth[peak] > 0) circularConstraint(patch, peak);
  const order = Uint32Array.from(smooth.keys().filter((i) => smooth[i] > 0)).sort((a, b) =>
    smooth[b] - smooth[a] || a - b
  );
  let energy = 0;
  for (const i of order) energy += smooth[i] ** 2;
  const mask = new Uint8Array(w * h);
  let sum = 0;
  for (const i of order) {
    if (sum > ENERGY * energy) break;
    mask[i] = 1;
    sum += smooth[i] ** 2;
  }
  const closed = closeMask(mask, w, h);
  keepStrongestPart(patch, (i) => closed[i] === 1);
  const pixels: number[] = [], values: number[] = [];
  for (let i = 0; i < smooth.length; i++) {
    const pixel = (y0 + Math.floor(i / w)) * width + x0 + i % w;
    if (smooth[i] <= 0 || excluded?.[pixel]) continue;
    pixels.push(pixel);
    values.push(smooth[i]);
  }
  return pixels.length < min_pixel
    ? undefined
    : { pixels: Uint32Array.from(pixels), values: Float32Array.from(values) };
}
