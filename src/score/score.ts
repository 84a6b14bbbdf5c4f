import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { footprintCentre, type Footprints, unpackFootprints } from "../core/footprints.ts";
import type { Truth } from "../core/truth.ts";
import { optimalMatching } from "./assignment.ts";
import { type Average, average } from "./average.ts";
import { correlation } from "../core/correlation.ts";
import { OwnCells, type OwnComponent } from "./own.ts";
import { footprintCosines, type SimilarPair } from "./similarity.ts";

/** What is scored: an `Extraction`, or any footprints with their traces (K×T, cell-major). */
export interface ScoredCells {
  /** Footprints, of any scale. */
  readonly footprints: Footprints;
  /** Raw, denoised and deconvolved traces, of any scale. */
  readonly traces: Pick<Extraction["traces"], "raw" | "denoised" | "spikes">;
}

/** How to score. */
export interface ScoreOptions {
  /** Least footprint cosines that count as found. Default [0.5, 0.7]. */
  readonly thresholds?: readonly number[];
  /**
   * For a movie made by adding known cells to a recording (`addCells`): the result of the recording without them. Components that were
   * found there, too, and match no added cell, are the recording's own cells: the truth does not know them, so they are neither false
   * nor duplicates, and are reported apart. Default: none, every component without a match is false.
   */
  readonly own?: ScoredCells;
}

/** A true cell and the component that found it. */
export interface ScoredMatch {
  /** True cell. */
  readonly cell: number;
  /** Component of the result. */
  readonly component: number;
  /** Cosine of their footprints. */
  readonly cosine: number;
  /** Pearson correlation of the raw trace with the true calcium. */
  readonly raw: number;
  /** Pearson correlation of the denoised trace with the true calcium. */
  readonly denoised: number;
  /** Pearson correlation of the deconvolved trace with the true activity. */
  readonly spikes: number;
}

/** A true cell that no component found. */
export interface MissedCell {
  /** True cell. */
  readonly cell: number;
  /** Its peak SNR. */
  readonly snr: number;
  /** Centre of mass of its footprint: column. */
  readonly x: number;
  /** Centre of mass of its footprint: row. */
  readonly y: number;
  /** Largest cosine with any component, found or not; 0 when none overlaps. */
  readonly cosine: number;
}

/** A component that found no cell. */
export interface FalseComponent {
  /** Component of the result. */
  readonly component: number;
  /** Centre of mass of its footprint: column. */
  readonly x: number;
  /** Centre of mass of its footprint: row. */
  readonly y: number;
  /** Largest cosine with any true cell; 0 when none overlaps. */
  readonly cosine: number;
}

/** The score at one threshold. */
export interface ThresholdScore {
  /** Least cosine of a match. */
  readonly threshold: number;
  /** Matches, by true cell. */
  readonly matches: readonly ScoredMatch[];
  /** True cells without a match, by cell. */
  readonly missed: readonly MissedCell[];
  /** Components without a match that are not the recording's own, by component. */
  readonly falseComponents: readonly FalseComponent[];
  /** Components without a match that are the recording's own cells, by component; empty without `ScoreOptions.own`. */
  readonly own: readonly OwnComponent[];
  /** Matches / components that are not the recording's own; 1 when there are none (none of them is wrong). */
  readonly precision: number;
  /** Matches / true cells; 1 when there are no true cells (none of them is missed). */
  readonly recall: number;
  /** 2 · matches / (components that are not the recording's own + true cells); 1 when there are neither. */
  readonly f1: number;
  /** Footprint cosine over the matches. */
  readonly cosine: Average;
  /** Correlation of raw traces with the true calcium over the matches. */
  readonly raw: Average;
  /** Correlation of denoised traces with the true calcium over the matches. */
  readonly denoised: Average;
  /** Correlation of deconvolved traces with the true activity over the matches. */
  readonly spikes: Average;
}

/** A component that repeats a cell. */
export interface Duplicate {
  /** Component of the result. */
  readonly component: number;
  /** The true cell it resembles most. */
  readonly cell: number;
  /** Cosine of their footprints. */
  readonly cosine: number;
}

/** How well a result finds the true cells. */
export interface Score {
  /** Number of true cells. */
  readonly cells: number;
  /** Number of components in the result. */
  readonly components: number;
  /** One entry per threshold, in the order given. */
  readonly thresholds: readonly ThresholdScore[];
  /** Components with a cosine of at least 0.5 to a true cell that the optimal matching at 0.5 leaves over and that are not own. */
  readonly duplicates: readonly Duplicate[];
  /** The same, of components that are the recording's own cells: neurons that lie where a cell was added. Empty without `ScoreOptions.own`. */
  readonly ownDuplicates: readonly Duplicate[];
}

/** Components that resemble a true cell this much, and are not its match, are duplicates. */
const DUPLICATE_COSINE = 0.5;

/**
 * Scores a result against the truth. Components and true cells are matched one to one so that the total footprint cosine is the
 * greatest possible among pairs that reach the threshold; each threshold has a matching of its own. Scale does not matter, order
 * does not matter, and neither side needs to hold a cell. Traces that do not vary correlate 0 with anything.
 * Throws `ParameterError` when field or frames differ, or a threshold is not in (0, 1].
 *
 * @example
 * ```ts
 * import { simulate } from "../simulation/simulate.ts";
 * import { score } from "./score.ts";
 * const { truth } = simulate({ width: 64, height: 64, frames: 50, cells: 8 });
 * const { calcium, spikes, footprints } = truth;
 * const perfect = { footprints, traces: { raw: calcium, denoised: calcium, spikes } };
 * console.log(score(perfect, truth).thresholds[1].f1); // 1
 * ```
 */
export function score(result: ScoredCells, truth: Truth, options: ScoreOptions = {}): Score {
  const thresholds = options.thresholds ?? [0.5, 0.7];
  for (const threshold of thresholds) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new ParameterError(`Threshold ${threshold} is no footprint cosine; it has to be above 0 and at most 1`);
    }
  }
  const { footprints } = result;
  if (footprints.width !== truth.width || footprints.height !== truth.height) {
    throw new ParameterError(
      `The result is of a ${footprints.width}×${footprints.height} movie, the truth of a ${truth.width}×${truth.height} one`,
    );
  }
  for (const trace of [result.traces.raw, result.traces.denoised, result.traces.spikes]) {
    if (trace.length !== footprints.count * truth.frames) {
      const frames = footprints.count > 0 ? trace.length / footprints.count : 0;
      throw new ParameterError(`The result has traces of ${frames} frames, the truth of ${truth.frames}`);
    }
  }
  const pairs = footprintCosines(truth.footprints, footprints);
  const cellCentres = centresOfMass(truth.footprints), componentCentres = centresOfMass(footprints);
  const bestOfCell = new Float64Array(truth.footprints.count), bestOfComponent = new Float64Array(footprints.count);
  for (const { a, b, cosine } of pairs) {
    bestOfCell[a] = Math.max(bestOfCell[a], cosine);
    bestOfComponent[b] = Math.max(bestOfComponent[b], cosine);
  }
  const own = options.own === undefined ? undefined : new OwnCells(result, options.own);
  const ownWithout = (used: ReadonlySet<number>) =>
    own?.among(new Set(range(footprints.count).filter((component) => !used.has(component)))) ?? [];
  const matchingAt = (threshold: number) => optimalMatching(pairs.filter(({ cosine }) => cosine >= threshold));

  const scoreAt = (threshold: number): ThresholdScore => {
    const matches = matchingAt(threshold).map((pair) => scoredMatch(pair, result, truth));
    const found = new Set(matches.map(({ cell }) => cell));
    const used = new Set(matches.map(({ component }) => component));
    const ownComponents = ownWithout(used), setApart = new Set(ownComponents.map(({ component }) => component));
    const cells = truth.footprints.count, components = footprints.count - setApart.size, hits = matches.length;
    return {
      threshold,
      matches,
      missed: range(cells).filter((cell) => !found.has(cell))
        .map((cell) => ({ cell, snr: truth.snr[cell], ...cellCentres[cell], cosine: bestOfCell[cell] })),
      falseComponents: range(footprints.count)
        .filter((component) => !used.has(component) && !setApart.has(component))
        .map((component) => ({ component, ...componentCentres[component], cosine: bestOfComponent[component] })),
      own: ownComponents,
      precision: components > 0 ? hits / components : 1,
      recall: cells > 0 ? hits / cells : 1,
      f1: cells + components > 0 ? 2 * hits / (cells + components) : 1,
      cosine: average(matches.map((match) => match.cosine)),
      raw: average(matches.map((match) => match.raw)),
      denoised: average(matches.map((match) => match.denoised)),
      spikes: average(matches.map((match) => match.spikes)),
    };
  };
  const repeatable = matchingAt(DUPLICATE_COSINE), duplicates = duplicatesOf(pairs, repeatable);
  const notRepeated = new Set(ownWithout(new Set(repeatable.map(({ b }) => b))).map(({ component }) => component));
  return {
    cells: truth.footprints.count,
    components: footprints.count,
    thresholds: thresholds.map(scoreAt),
    duplicates: duplicates.filter(({ component }) => !notRepeated.has(component)),
    ownDuplicates: duplicates.filter(({ component }) => notRepeated.has(component)),
  };
}

function duplicatesOf(pairs: readonly SimilarPair[], matching: readonly SimilarPair[]): Duplicate[] {
  const used = new Set(matching.map(({ b }) => b));
  const duplicates = new Map<number, Duplicate>();
  for (const { a, b, cosine } of pairs) {
    if (cosine < DUPLICATE_COSINE || used.has(b)) continue;
    if (cosine > (duplicates.get(b)?.cosine ?? 0)) duplicates.set(b, { component: b, cell: a, cosine });
  }
  return [...duplicates.values()].sort((p, q) => p.component - q.component);
}

function scoredMatch({ a: cell, b: component, cosine }: SimilarPair, result: ScoredCells, truth: Truth): ScoredMatch {
  const { frames } = truth;
  const mine = (traces: Float32Array) => traces.subarray(component * frames, (component + 1) * frames);
  const calcium = truth.calcium.subarray(cell * frames, (cell + 1) * frames);
  const spikes = truth.spikes.subarray(cell * frames, (cell + 1) * frames);
  return {
    cell,
    component,
    cosine,
    raw: correlation(mine(result.traces.raw), calcium),
    denoised: correlation(mine(result.traces.denoised), calcium),
    spikes: correlation(mine(result.traces.spikes), spikes),
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Centre of mass of each footprint; (0, 0) for an empty one. */
function centresOfMass(footprints: Footprints): { x: number; y: number }[] {
  return unpackFootprints(footprints).map((cell) => footprintCentre(cell, footprints.width) ?? { x: 0, y: 0 });
}
