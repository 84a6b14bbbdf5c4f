import { footprintCentre } from "../core/footprints.ts";
import type { Known } from "../cnmfe/known.ts";
import type { Cell } from "../cnmfe/cells.ts";
import type { CellQuality } from "../core/quality.ts";
import type { ChunkStream } from "../stream/chunks.ts";
import { type ResidualFacts, residualFacts } from "./residual_pass.ts";
import { surrounded } from "./support.ts";
import { transientsOf } from "./transients.ts";

/** What the movie tells of the cells: r-values, shares of variance, and how well the ring background fits around them. */
export type MovieMeasures = Required<Pick<CellQuality, "rValue" | "varianceShare" | "ringFit">>;

/**
 * Streams the movie once and measures how well each cell explains it. Arrays of K.
 *
 * - r-value: Pearson correlation of the footprint with the mean image of the cell's largest transients (`transientsOf`), taken from the
 *   movie without its ring background and without the other cells (the cell itself is put back into the residual), over the footprint and
 *   a margin of gSig pixels around it, in which a footprint that was cut out of something larger shows. NaN when the cell never fires.
 * - share of variance: that of the cell, over the cell's plus the residual's, summed over the footprint's pixels. Most of the residual's
 *   is noise, so that even a bright cell explains a third at most.
 * - ring fit: R² of the ring background on the downsampled movie without cells, within the ring's radius of the cell. NaN without a ring.
 * @param window frames of a transient
 * @param gSig standard deviation of a cell's shape, pixels
 */
export async function movieMeasures(
  stream: ChunkStream,
  known: Known,
  { window, gSig }: { readonly window: number; readonly gSig: number },
  progress?: (fraction: number) => void,
): Promise<MovieMeasures> {
  const { width, height } = stream.source.header, margin = Math.max(1, Math.round(gSig));
  const transients = known.cells.map(({ trace }) => transientsOf(trace, window));
  const facts = await residualFacts(stream, known, transients, margin, progress);
  return {
    rValue: Float32Array.from(known.cells, (cell, k) => {
      if (transients[k].length === 0) return NaN;
      const { pixels, values } = surrounded(cell.footprint, width, height, margin);
      const activity = meanAbove(cell.trace, transients[k]);
      return pearson(values, Float64Array.from(pixels, (p, i) => facts.meanAt(p, k) + values[i] * activity));
    }),
    varianceShare: Float32Array.from(known.cells, (cell) => {
      const own = explained(cell);
      let rest = 0;
      for (const pixel of cell.footprint.pixels) rest += facts.variance[pixel];
      return own + rest > 0 ? own / (own + rest) : NaN;
    }),
    ringFit: Float32Array.from(known.cells, (cell) => ringFit(cell, known, facts, width)),
  };
}

/** Mean of a trace over some frames minus its mean over all. */
function meanAbove(trace: Float32Array, frames: readonly number[]): number {
  let all = 0, some = 0;
  for (const value of trace) all += value;
  for (const t of frames) some += trace[t];
  return some / frames.length - all / trace.length;
}

/** Variance of a cell over time, summed over its pixels. */
function explained({ footprint, trace }: Cell): number {
  let energy = 0, mean = 0, variance = 0;
  for (const value of footprint.values) energy += value * value;
  for (const value of trace) mean += value / trace.length;
  for (const value of trace) variance += (value - mean) ** 2 / trace.length;
  return energy * variance;
}

function ringFit({ footprint }: Cell, { grid, ring }: Known, facts: ResidualFacts, width: number): number {
  const centre = footprintCentre(footprint, width), reach = ring.radius;
  if (ring.operator.offsets.length === 0 || !centre) return NaN;
  // A block's middle lies half a block after its first edge.
  const u = (centre.x + 0.5) / grid.factor - 0.5, v = (centre.y + 0.5) / grid.factor - 0.5;
  let total = 0, rest = 0;
  for (let j = Math.max(0, Math.ceil(v - reach)); j <= Math.min(grid.height - 1, v + reach); j++) {
    for (let i = Math.max(0, Math.ceil(u - reach)); i <= Math.min(grid.width - 1, u + reach); i++) {
      if ((i - u) ** 2 + (j - v) ** 2 > reach * reach) continue;
      total += facts.lowTotal[j * grid.width + i];
      rest += facts.lowResidual[j * grid.width + i];
    }
  }
  return total > 0 ? 1 - rest / total : NaN;
}

/** Pearson correlation; NaN when either side does not vary. */
function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
  for (let i = 0; i < n; i++) sa += a[i], sb += b[i];
  for (let i = 0; i < n; i++) {
    const x = a[i] - sa / n, y = b[i] - sb / n;
    aa += x * x, bb += y * y, ab += x * y;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : NaN;
}
