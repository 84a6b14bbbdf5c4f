import { packFootprints, unpackFootprints } from "../core/footprints.ts";
import type { CellQuality } from "../core/quality.ts";
import type { Truth } from "../core/truth.ts";
import { score, type ScoredCells, type ScoreOptions, type ThresholdScore } from "./score.ts";

/** What is scored: cells with what is known of their quality. */
export interface JudgedCells extends ScoredCells {
  /** Measures and decisions; an `Extraction` has them when it was evaluated. */
  readonly quality?: CellQuality;
}

/** How well the accepted cells alone find the true ones. */
export interface AcceptedScore {
  /** Accepted components. */
  readonly components: number;
  /** Matches / accepted components that are not the recording's own; 1 when there are none. */
  readonly precision: number;
  /** Matches / true cells; 1 when there are no true cells. */
  readonly recall: number;
  /** True cells that were found, but by no accepted component. */
  readonly lost: number;
}

/** ROC area of each measure that ranks components; absent for one that nobody took. */
export interface RocAreas {
  /** Of the signal-to-noise ratio. */
  readonly snr?: number;
  /** Of the r-value. */
  readonly rValue?: number;
  /** Of the combined quality. */
  readonly combined?: number;
}

/** Measures that rank components. */
const RANKING_MEASURES = ["snr", "rValue", "combined"] as const;

/** Whether measured quality tells true cells from false ones, at one threshold of the matching. */
export interface Separation {
  /** Least cosine of a match. */
  readonly threshold: number;
  /** Score of the accepted components alone, matched anew; absent when nothing was decided. */
  readonly accepted?: AcceptedScore;
  /**
   * ROC area of each measure in ranking components that match a true cell above those that match none (second copies of a cell among
   * them; the recording's own cells are left out): the chance that a random true one has the larger value, ties counting half. NaN when
   * there are none of either kind.
   */
  readonly rocArea: RocAreas;
}

/**
 * How well the measured quality of components tells true cells from false ones, and what accepting by it gains and costs.
 * @param result components with their quality
 * @param options as for `score`
 * @returns one entry per threshold; none when nothing is known of the quality
 * @throws ParameterError as `score`
 */
export function separation(result: JudgedCells, truth: Truth, options: ScoreOptions = {}): Separation[] {
  const { quality } = result;
  if (!quality) return [];
  const all = score(result, truth, options);
  const accepted = quality.accepted && score(acceptedOf(result, quality.accepted), truth, options);
  return all.thresholds.map((at, i) => ({
    threshold: at.threshold,
    ...(accepted ? { accepted: acceptedScore(at, accepted.thresholds[i], accepted.components) } : {}),
    rocArea: Object.fromEntries(RANKING_MEASURES.flatMap((measure) => {
      const values = quality[measure];
      if (!values) return [];
      const of = (components: readonly { readonly component: number }[]) =>
        components.map(({ component }) => values[component]);
      return [[measure, rocArea(of(at.matches), of(at.falseComponents))]];
    })),
  }));
}

/**
 * Area under the receiver operating characteristic by the Mann–Whitney statistic: the chance that a random positive has a larger value than
 * a random negative, ties counting half. NaN values rank below all others. NaN when either side is empty.
 */
export function rocArea(positives: readonly number[], negatives: readonly number[]): number {
  const ranked = (values: readonly number[]) =>
    Float64Array.from(values, (v) => Number.isNaN(v) ? -Infinity : v).sort();
  const above = ranked(positives), below = ranked(negatives);
  let wins = 0, less = 0, most = 0;
  for (const value of above) {
    while (less < below.length && below[less] < value) less++;
    while (most < below.length && below[most] <= value) most++;
    wins += (less + most) / 2;
  }
  return above.length > 0 && below.length > 0 ? wins / (above.length * below.length) : NaN;
}

function acceptedScore(all: ThresholdScore, accepted: ThresholdScore, components: number): AcceptedScore {
  const kept = new Set(accepted.matches.map(({ cell }) => cell));
  const lost = all.matches.filter(({ cell }) => !kept.has(cell)).length;
  return { components, precision: accepted.precision, recall: accepted.recall, lost };
}

/** The accepted components alone. */
function acceptedOf({ footprints, traces }: ScoredCells, accepted: Uint8Array): ScoredCells {
  const cells = unpackFootprints(footprints), chosen = cells.flatMap((_, k) => accepted[k] === 1 ? [k] : []);
  const rows = (values: Float32Array) => {
    const frames = footprints.count > 0 ? values.length / footprints.count : 0;
    const out = new Float32Array(chosen.length * frames);
    chosen.forEach((k, i) => out.set(values.subarray(k * frames, (k + 1) * frames), i * frames));
    return out;
  };
  return {
    footprints: packFootprints(footprints.width, footprints.height, chosen.map((k) => cells[k])),
    traces: { raw: rows(traces.raw), denoised: rows(traces.denoised), spikes: rows(traces.spikes) },
  };
}
