import { ParameterError } from "../core/errors.ts";
import { runningQuantile } from "./running_quantile.ts";

/** How a running baseline is measured. */
export interface BaselineChoice {
  /** Length of the window, seconds. Default 60. */
  readonly window?: number;
  /** Quantile of the window's values, 0–1. Default 0.1. */
  readonly quantile?: number;
  /**
   * What the baseline is. "rest" (default): the level that frames at rest scatter around. A low quantile of noise lies below that by a
   * known number of its s.d., which is added: quantile − Φ⁻¹(quantile)·noise. "quantile": the quantile itself, as in CaImAn's
   * `detrend_df_f`, so that what is at rest comes out above 0.
   */
  readonly level?: "rest" | "quantile";
}

/** A choice with every default filled in. */
export type CompleteBaseline = Required<BaselineChoice>;

/** Fills in the defaults. Throws `ParameterError` for what is out of range. */
export function completeBaseline({ window = 60, quantile = 0.1, level = "rest" }: BaselineChoice): CompleteBaseline {
  if (!(window > 0 && window < Infinity)) {
    throw new ParameterError(`window is ${window}, but it has to be a number of seconds above 0`);
  }
  if (level !== "rest" && level !== "quantile") {
    throw new ParameterError(`level is ${JSON.stringify(level)}, but it has to be rest or quantile`);
  }
  const open = level === "rest";
  if (!(open ? quantile > 0 && quantile < 1 : quantile >= 0 && quantile <= 1)) {
    throw new ParameterError(
      `quantile is ${quantile}, but it has to be a number ${open ? "above 0 and below 1" : "from 0 to 1"}`,
    );
  }
  return { window, quantile, level };
}

/**
 * Running baseline of a trace: see `BaselineChoice`.
 *
 * The correction of "rest" is exact for a silent trace with Gaussian noise. In a trace that is active in a share f of the frames, the
 * quantile q of all is the quantile q/(1 − f) of those at rest: at q = 0.1 and f = 0.3 the baseline comes out 0.21 s.d. too high.
 *
 * @param trace T numbers, in any units
 * @param noise s.d. of its noise, in the same units
 * @param frameRate frames per second
 * @returns T numbers
 */
export function runningBaseline(
  trace: Float32Array,
  noise: number,
  frameRate: number,
  choice: BaselineChoice = {},
): Float32Array {
  const { window, quantile, level } = completeBaseline(choice);
  const found = runningQuantile(trace, Math.max(1, Math.round(window * frameRate)), quantile);
  if (level === "quantile" || !(noise > 0)) return found;
  const below = normalQuantile(quantile) * noise;
  return found.map((value) => value - below);
}

/** Φ⁻¹: the value that a standard normal number is below with a probability strictly between 0 and 1, by bisection. */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  let low = -37, high = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (lowerTail(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ(x) for x ≤ 0: its power series near 0, its continued fraction (Laplace) further out. */
function lowerTail(x: number): number {
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  if (x > -3) {
    let sum = x, term = x;
    for (let n = 3; Math.abs(term) > 1e-17; n += 2) sum += term *= x * x / n;
    return 0.5 + density * sum;
  }
  let fraction = -x;
  for (let n = 60; n > 0; n--) fraction = -x + n / fraction;
  return density / fraction;
}
