import { correlation } from "../core/correlation.ts";
import { ParameterError } from "../core/errors.ts";
import type { Truth } from "../core/truth.ts";
import { type Average, average } from "./average.ts";
import type { ScoredCells, ScoredMatch } from "./score.ts";

/** When events of several cells were, cell by cell. */
export interface EventTimes {
  /** Where each cell begins in `seconds`; length cells + 1. */
  readonly starts: ArrayLike<number>;
  /** Seconds, in each cell ascending. */
  readonly seconds: ArrayLike<number>;
}

/** How events are scored. */
export interface EventScoreOptions {
  /** Largest distance in time of a found event from the true one that it is matched to, seconds. Default 0.2. */
  readonly tolerance?: number;
  /** Bins a second in which activity is correlated; bins are at least a frame. Default 25. */
  readonly binsPerSecond?: number;
}

/** How well events and activity of matched cells are those of the truth. */
export interface EventScore {
  /** Cells that were compared: true ones with a match. */
  readonly cells: number;
  /** Largest distance in time of a match, seconds. */
  readonly tolerance: number;
  /** Events that were found in these cells. */
  readonly found: number;
  /** True events in these cells. */
  readonly true: number;
  /** One-to-one matches in time. */
  readonly matched: number;
  /** matched / found; 1 when none was found. */
  readonly precision: number;
  /** matched / true; 1 when there is none. */
  readonly recall: number;
  /** 2 · matched / (found + true); 1 when there is neither. */
  readonly f1: number;
  /** The same F1 of each cell. */
  readonly f1OfCells: Average;
  /** Correlation of deconvolved with true activity, frame by frame. */
  readonly spikes: Average;
  /** Seconds of a bin of the correlation below. */
  readonly bin: number;
  /** Correlation of deconvolved with true activity, summed in such bins. */
  readonly spikesBinned: Average;
}

/**
 * Scores the events and the activity of cells that `score` matched. In each pair of a true cell and its component events are matched one to one
 * within the tolerance, as many as can be; precision and recall count the events of all pairs together.
 *
 * @param matches pairs of a true cell and a component: of one threshold of `score`
 * @param found events of every component
 * @param events events of every true cell
 * @param result deconvolved traces of the components
 * @param truth true activity
 * @param frameRate frames per second
 * @throws ParameterError for a tolerance or a rate that is not positive
 */
export function scoreEvents(
  matches: readonly Pick<ScoredMatch, "cell" | "component">[],
  found: EventTimes,
  events: EventTimes,
  result: { readonly traces: Pick<ScoredCells["traces"], "spikes"> },
  truth: Pick<Truth, "spikes" | "frames">,
  frameRate: number,
  { tolerance = 0.2, binsPerSecond = 25 }: EventScoreOptions = {},
): EventScore {
  for (const [name, value] of [["tolerance", tolerance], ["binsPerSecond", binsPerSecond], ["frameRate", frameRate]]) {
    if (typeof value === "number" && value > 0 && value < Infinity) continue;
    throw new ParameterError(`${name} is ${value}, but it has to be a number above 0`);
  }
  const { frames } = truth, bin = Math.max(1 / binsPerSecond, 1 / frameRate);
  let mine = 0, theirs = 0, matched = 0;
  const f1s: number[] = [], plain: number[] = [], binned: number[] = [];
  for (const { cell, component } of matches) {
    const one = timesOf(found, component), other = timesOf(events, cell), pairs = matchedInTime(one, other, tolerance);
    mine += one.length;
    theirs += other.length;
    matched += pairs;
    f1s.push(ratio(2 * pairs, one.length + other.length));
    const estimated = result.traces.spikes.subarray(component * frames, (component + 1) * frames);
    const real = truth.spikes.subarray(cell * frames, (cell + 1) * frames);
    plain.push(correlation(estimated, real));
    binned.push(correlation(inBins(estimated, frameRate, bin), inBins(real, frameRate, bin)));
  }
  return {
    cells: matches.length,
    tolerance,
    found: mine,
    true: theirs,
    matched,
    precision: ratio(matched, mine),
    recall: ratio(matched, theirs),
    f1: ratio(2 * matched, mine + theirs),
    f1OfCells: average(f1s),
    spikes: average(plain),
    bin,
    spikesBinned: average(binned),
  };
}

/**
 * The most pairs that can be made of two ascending lists of times, each time in one pair at most, no pair further apart than `tolerance`. As all
 * times have the same reach, taking the earliest of both that still can be paired is optimal.
 */
export function matchedInTime(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): number {
  // Times are frames over a rate: what is meant to be just within must not be lost to rounding.
  const reach = tolerance * (1 + 1e-9) + 1e-9;
  let pairs = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (Math.abs(a[i] - b[j]) <= reach) pairs++, i++, j++;
    else if (a[i] < b[j]) i++;
    else j++;
  }
  return pairs;
}

function timesOf({ starts, seconds }: EventTimes, k: number): number[] {
  return Array.from({ length: starts[k + 1] - starts[k] }, (_, i) => seconds[starts[k] + i]);
}

/** Sums of a trace in bins of time from the first frame on. */
function inBins(trace: Float32Array, frameRate: number, bin: number): Float32Array {
  const place = (frame: number) => Math.floor(frame / frameRate / bin + 1e-9);
  const sums = new Float32Array(trace.length > 0 ? place(trace.length - 1) + 1 : 0);
  trace.forEach((value, frame) => sums[place(frame)] += value);
  return sums;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 1;
}
