/** When the samples of a series were taken, as NWB says it. */
export type Timing =
  /** Evenly: seconds of the first sample, samples per second. */
  | { readonly start: number; readonly rate: number }
  /** Each by itself, seconds. */
  | { readonly timestamps: Float64Array }
  /** Like the series at this path, which has timestamps of its own. */
  | { readonly like: string };

/** What timestamps may be off by, seconds, to be called even. */
const EVEN = 1e-9;

/** Part by which a stated rate and that of the timestamps may differ to be the same one. */
const SAME = 1e-6;

/**
 * The timing of a movie's frames: an even one where it has no timestamps, or where these are even to a nanosecond (as NWB's best practices
 * want it) and the stated rate is no other; else its timestamps. Undefined when nothing is known.
 *
 * @param timestamps Seconds on the recording's clock.
 * @param rate Frames per second, as stated.
 */
export function timingOf(timestamps: Float64Array | undefined, rate: number | undefined): Timing | undefined {
  if (timestamps === undefined) return rate === undefined ? undefined : { start: 0, rate };
  const even = evenTiming(timestamps);
  if (even === undefined || (rate !== undefined && !(Math.abs(rate / even.rate - 1) < SAME))) return { timestamps };
  return even;
}

function evenTiming(timestamps: Float64Array): { start: number; rate: number } | undefined {
  const last = timestamps.length - 1, start = timestamps[0], rate = last / (timestamps[last] - start);
  if (last < 2 || !(rate > 0) || !Number.isFinite(rate)) return undefined;
  // Rates are round numbers more often than not.
  for (const one of [Number(rate.toPrecision(6)), Number(rate.toPrecision(12)), rate]) {
    if (timestamps.every((seconds, i) => Math.abs(seconds - (start + i / one)) <= EVEN)) return { start, rate: one };
  }
  return undefined;
}
