import { ParameterError } from "../core/errors.ts";
import { optimalMatching } from "./assignment.ts";
import { correlation } from "../core/correlation.ts";
import type { ScoredCells } from "./score.ts";
import { footprintCosines, type SimilarPair } from "./similarity.ts";

/** A component that is a cell the recording held before known cells were added. */
export interface OwnComponent {
  /** Component of the result. */
  readonly component: number;
  /** The component of the recording's own result that it is. */
  readonly own: number;
  /** Cosine of their footprints, at least 0.7. */
  readonly cosine: number;
  /** Pearson correlation of their denoised traces, at least 0.7. */
  readonly denoised: number;
}

/** A component is a cell of the recording when its footprint has at least this cosine to that cell's, … */
const OWN_COSINE = 0.7;
/** … and its denoised trace at least this correlation: an added cell on the same place has another trace. */
const OWN_CORRELATION = 0.7;

/** Which components of a result could be cells that were found in the recording alone, too. */
export class OwnCells {
  readonly #pairs: readonly SimilarPair[];
  readonly #correlations = new Map<string, number>();

  /**
   * @param own the result of the recording without the added cells
   * @throws ParameterError when field or frames differ
   */
  constructor(result: ScoredCells, own: ScoredCells) {
    const { width, height } = result.footprints;
    if (own.footprints.width !== width || own.footprints.height !== height) {
      throw new ParameterError(
        `The result is of a ${width}×${height} movie, the recording's own of a ${own.footprints.width}×${own.footprints.height} one`,
      );
    }
    const frames = framesOf(result), ownFrames = framesOf(own);
    if (result.footprints.count > 0 && own.footprints.count > 0 && frames !== ownFrames) {
      throw new ParameterError(`The result has traces of ${frames} frames, the recording's own of ${ownFrames}`);
    }
    const row = ({ traces }: ScoredCells, k: number) => traces.denoised.subarray(k * frames, (k + 1) * frames);
    this.#pairs = footprintCosines(result.footprints, own.footprints).filter(({ a, b, cosine }) => {
      if (cosine < OWN_COSINE) return false;
      const r = correlation(row(result, a), row(own, b));
      this.#correlations.set(`${a} ${b}`, r);
      return r >= OWN_CORRELATION;
    });
  }

  /**
   * The recording's own cells among some components, by component. One to one: when one of the recording's cells is there twice, only one
   * component is it.
   */
  among(candidates: ReadonlySet<number>): OwnComponent[] {
    return optimalMatching(this.#pairs.filter(({ a }) => candidates.has(a))).map(({ a, b, cosine }) => ({
      component: a,
      own: b,
      cosine,
      denoised: this.#correlations.get(`${a} ${b}`)!,
    }));
  }
}

function framesOf({ footprints, traces }: ScoredCells): number {
  return footprints.count > 0 ? traces.denoised.length / footprints.count : 0;
}
