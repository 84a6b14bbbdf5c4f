import type { MovieHeader } from "./movie.ts";

/** Intervals longer than this many typical ones are gaps. */
const GAP = 1.5;
/** Gaps that are told one by one. */
const NAMED_GAPS = 1000;

/** A place where time jumps. */
export interface TimestampGap {
  /** The frame before the gap, from 0. */
  readonly frame: number;
  /** Seconds to the next frame. */
  readonly seconds: number;
  /** Frames that would fit in between. */
  readonly missing: number;
}

/** How regular the timestamps of a movie are. */
export interface TimestampHealth {
  /** Median interval, seconds; 0 when there are fewer than two frames. */
  readonly interval: number;
  /** Frames whose timestamp is earlier than that of the frame before. */
  readonly backward: number;
  /** Frames with the same timestamp as the frame before. */
  readonly repeated: number;
  /** Intervals longer than 1.5 times the median one: the first 1000. */
  readonly gaps: readonly TimestampGap[];
  /** Frames that would fit into all gaps. */
  readonly missing: number;
  /** Longest interval, seconds. */
  readonly longest: number;
  /** Shortest interval, seconds. */
  readonly shortest: number;
}

/** Looks at the order, the gaps and the regularity of timestamps, in seconds. */
export function timestampHealth(timestamps: Float64Array): TimestampHealth {
  const count = timestamps.length;
  if (count < 2) return { interval: 0, backward: 0, repeated: 0, gaps: [], missing: 0, longest: 0, shortest: 0 };
  const intervals = new Float64Array(count - 1);
  for (let i = 1; i < count; i++) intervals[i - 1] = timestamps[i] - timestamps[i - 1];
  const sorted = intervals.slice().sort(), interval = sorted[(count - 1) >> 1];
  const gaps: TimestampGap[] = [];
  let backward = 0, repeated = 0, missing = 0;
  intervals.forEach((seconds, frame) => {
    if (seconds < 0) backward++;
    if (seconds === 0) repeated++;
    if (!(interval > 0 && seconds > GAP * interval)) return;
    const lost = Math.round(seconds / interval) - 1;
    missing += lost;
    if (gaps.length < NAMED_GAPS) gaps.push({ frame, seconds, missing: lost });
  });
  return { interval, backward, repeated, gaps, missing, longest: sorted[count - 2], shortest: sorted[0] };
}

/** What is wrong with timestamps, one sentence each, for people; empty when they are regular and in order. */
export function timestampNotes(timestamps: Float64Array): string[] {
  const { interval, backward, repeated, gaps, missing } = timestampHealth(timestamps), notes: string[] = [];
  if (backward > 0) {
    notes.push(`Timestamps go back ${backward === 1 ? "once" : `${backward} times`}: frames may be out of order`);
  }
  if (repeated > 0) {
    notes.push(`${repeated} of ${timestamps.length} timestamps ${repeated === 1 ? "equals" : "equal"} the one before`);
  }
  if (gaps.length > 0) {
    const first = gaps[0], many = gaps.length === 1 ? "1 gap" : `${gaps.length} gaps`;
    notes.push(
      `Timestamps have ${many} (about ${missing} ${missing === 1 ? "frame" : "frames"} dropped at an interval of ` +
        `${Number((1000 * interval).toPrecision(4))} ms), the first after frame ${first.frame}: ` +
        `${Number(first.seconds.toPrecision(4))} s`,
    );
  }
  return notes;
}

/** Frames per second that timestamps amount to: one over the median interval; undefined when that is not a positive number. */
export function rateOfTimestamps(timestamps: Float64Array): number | undefined {
  const { interval } = timestampHealth(timestamps);
  return interval > 0 && Number.isFinite(interval) ? Number((1 / interval).toPrecision(9)) : undefined;
}

/**
 * Seconds of a frame since the first frame of the movie: by its timestamps where it has them, else by the frame rate.
 * @param rate frames per second, used when there are no timestamps
 */
export function secondsOfFrame({ timestamps }: Pick<MovieHeader, "timestamps">, rate: number, frame: number): number {
  return timestamps ? timestamps[frame] - timestamps[0] : frame / rate;
}
