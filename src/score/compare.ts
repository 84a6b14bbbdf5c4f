import { ParameterError } from "../core/errors.ts";
import { correlation } from "../core/correlation.ts";
import type { ScoredCells } from "./score.ts";
import { footprintCosines, type SimilarPair } from "./similarity.ts";

/** How to compare. */
export interface CompareOptions {
  /** Which traces are correlated. Default "raw", what Inscopix's program writes. */
  readonly traces?: "raw" | "denoised" | "spikes";
}

/** A pair of cells that are each other's counterpart in two results. */
export interface ComparedPair {
  /** Cell of the first result. */
  readonly a: number;
  /** Cell of the second result. */
  readonly b: number;
  /** Spatial similarity: normalised cross-correlation (cosine) of the footprints, 0..1. */
  readonly spatial: number;
  /** Temporal similarity: Pearson correlation of the traces, −1..1. */
  readonly temporal: number;
  /** Their mean: the spatio-temporal similarity. */
  readonly similarity: number;
}

/** How alike two results are. */
export interface Comparison {
  /** Cells of the first result. */
  readonly cellsA: number;
  /** Cells of the second result. */
  readonly cellsB: number;
  /** Counterparts, by falling spatial similarity. */
  readonly pairs: readonly ComparedPair[];
  /** The curve: for similarity thresholds 0, 0.01, …, 1 the share of cells that are matched. */
  readonly curve: readonly { readonly threshold: number; readonly matched: number }[];
  /** Area under the curve, 0..1, by the trapezoidal rule. 1 for identical results. */
  readonly area: number;
}

/** Steps of the threshold from 0 to 1. */
const STEPS = 100;

/**
 * Spatio-temporal similarity of two results, as Inscopix defines it ("Approach for Comparing Cell Sets" in
 * docs/comparison_to_caiman.md of github.com/inscopix/inscopix-cnmfe):
 *
 * 1. Spatial similarity of two cells is the normalised cross-correlation of their footprints (at zero shift, about zero: the cosine),
 *    temporal similarity the Pearson correlation of their traces, and spatio-temporal similarity the mean of the two.
 * 2. Each cell of the first result names the cell of the second it has the greatest spatial similarity with (the first of equals).
 *    Such pairs are taken greedily from the greatest spatial similarity down; each cell is used once, so a cell whose partner is
 *    already taken stays without one. Cells that overlap nothing have no partner.
 * 3. At a threshold, the share matched is the number of pairs whose spatio-temporal similarity reaches it, over the number of cells
 *    of the result that has more. The area under this curve over thresholds 0 to 1 in steps of 0.01 is the overall similarity.
 *
 * As defined, the first result does the naming: exchanging the two can change the area a little where cells are split.
 * Two results without cells are identical: every share is 1. Throws `ParameterError` when field or frames differ.
 */
export function compare(a: ScoredCells, b: ScoredCells, options: CompareOptions = {}): Comparison {
  const which = options.traces ?? "raw";
  const { width, height, count: cellsA } = a.footprints, cellsB = b.footprints.count;
  if (width !== b.footprints.width || height !== b.footprints.height) {
    throw new ParameterError(
      `The first result is of a ${width}×${height} movie, the second of a ${b.footprints.width}×${b.footprints.height} one`,
    );
  }
  const framesOf = ({ footprints, traces }: ScoredCells) => traces[which].length / footprints.count;
  if (cellsA > 0 && cellsB > 0 && framesOf(a) !== framesOf(b)) {
    throw new ParameterError(
      `The first result has traces of ${framesOf(a)} frames, the second of ${
        framesOf(b)
      }; they have to be of the same movie`,
    );
  }
  const frames = cellsA > 0 ? framesOf(a) : 0;
  const traceOf = ({ traces }: ScoredCells, cell: number) => traces[which].subarray(cell * frames, (cell + 1) * frames);
  const pairs = counterparts(footprintCosines(a.footprints, b.footprints)).map((pair) => {
    const temporal = correlation(traceOf(a, pair.a), traceOf(b, pair.b));
    return { a: pair.a, b: pair.b, spatial: pair.cosine, temporal, similarity: (pair.cosine + temporal) / 2 };
  });
  const most = Math.max(cellsA, cellsB);
  const curve = Array.from({ length: STEPS + 1 }, (_, step) => {
    const threshold = step / STEPS;
    // Identical cells must count at threshold 1, so rounding of the last digits is forgiven.
    const matched = pairs.filter(({ similarity }) => similarity >= threshold - 1e-6).length;
    return { threshold, matched: most > 0 ? matched / most : 1 };
  });
  const area = curve.slice(1).reduce((sum, { matched }, i) => sum + (matched + curve[i].matched) / 2, 0) / STEPS;
  return { cellsA, cellsB, pairs, curve, area };
}

/** Step 2: each first cell's best partner, greedily from the best pair down. */
function counterparts(pairs: readonly SimilarPair[]): SimilarPair[] {
  const best = new Map<number, SimilarPair>();
  for (const pair of pairs) if (pair.cosine > (best.get(pair.a)?.cosine ?? 0)) best.set(pair.a, pair);
  const taken = new Set<number>();
  return [...best.values()].sort((p, q) => q.cosine - p.cosine || p.a - q.a).filter(({ b }) => {
    if (taken.has(b)) return false;
    taken.add(b);
    return true;
  });
}
