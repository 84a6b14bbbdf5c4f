import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";
import { type Json, valueAt } from "./isxd_footer.ts";

/** Why there is no picture for a time of the recording, in the file's own words, and what notes call it. */
const REASONS = [
  ["dropped", "dropped while recording"],
  ["cropped", "cut out (trimmed)"],
  ["blank", "blank"],
] as const;

/** Times from a first to a last one, both included. */
type Range = readonly [first: number, last: number];

/** Which times of a recording have no picture. */
export interface IsxdGaps {
  /** Times without a picture, in order; no two ranges touch. */
  readonly ranges: readonly Range[];
  /** Times with a picture. */
  readonly frames: number;
  /** One sentence per reason for which pictures are missing. */
  readonly notes: readonly string[];
}

/** The times, of `count`, that are listed as dropped, cropped or blank. Throws `MovieError` when the lists make no sense. */
export function isxdGaps(file: PositionalFile, json: Json, count: number): IsxdGaps {
  const notes: string[] = [];
  let all: Range[] = [];
  for (const [name, words] of REASONS) {
    const list = valueAt(json, "timingInfo", name) ?? [];
    if (!Array.isArray(list)) throw damaged(file, name, list, count);
    const ranges = list.map((entry) => {
      const range = indexRange(entry);
      if (!range || range[1] >= count) throw damaged(file, name, entry, count);
      return range;
    });
    // A time that is listed for two reasons counts for the first.
    const own = without(merged(ranges), all), lost = total(own);
    if (lost === 0) continue;
    all = merged([...all, ...own]);
    const were = lost === 1 ? "was" : "were";
    notes.push(`${lost} of ${count} frames of the recording ${were} ${words}, the first is frame ${own[0][0]}`);
  }
  return { ranges: all, frames: count - total(all), notes };
}

/** For each frame, its place on the regular grid of times. */
export function timesOfFrames({ ranges, frames }: IsxdGaps): Float64Array {
  const times = new Float64Array(frames);
  for (let k = 0, time = 0, gap = 0; k < frames; k++, time++) {
    while (gap < ranges.length && ranges[gap][0] === time) time = ranges[gap++][1] + 1;
    times[k] = time;
  }
  return times;
}

function merged(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]), joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** What is left of ranges without others; both in order. */
function without(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const left: Range[] = [];
  let other = 0;
  for (let [first, last] of ranges) {
    while (other < others.length && others[other][1] < first) other++;
    for (let k = other; first <= last; k++) {
      const [from, to] = others[k] ?? [Infinity, Infinity];
      if (from > first) left.push([first, Math.min(last, from - 1)]);
      first = to + 1;
    }
  }
  return left;
}

function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** Frames as Inscopix lists them: a number, "3", "3 - 9" or [3, 9]; both ends belong to it. */
function indexRange(entry: unknown): Range | undefined {
  const numbers = typeof entry === "number"
    ? [entry]
    : typeof entry === "string"
    ? /^\s*(\d{1,15})(?:[^\d]+(\d{1,15}))?[^\d]*$/.exec(entry)?.slice(1).filter((part) => part !== undefined).map(
      Number,
    )
    : Array.isArray(entry)
    ? entry
    : undefined;
  if (!numbers || numbers.length < 1 || numbers.length > 2) return undefined;
  const [first, last = first] = numbers;
  return Number.isSafeInteger(first) && Number.isSafeInteger(last) && 0 <= first && first <= last
    ? [first, last]
    : undefined;
}

function damaged(file: PositionalFile, name: string, entry: unknown, count: number): MovieError {
  return new MovieError(
    `Movie "${file.path}" is damaged: timingInfo.${name} lists ${
      JSON.stringify(entry)?.slice(0, 40)
    }, which is no frame of ${count}`,
  );
}
