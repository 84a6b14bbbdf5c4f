import type { MovieSource, SampleArray } from "../core/movie.ts";
import type { FrameList } from "../core/preprocess_parameters.ts";
import { frameRuns, keptRuns, show } from "./frame_list.ts";
import { makeView, type View } from "./view.ts";

/** Which frames to keep. */
export interface FrameSelection {
  /** Frames to keep, in playing order; null keeps all. */
  readonly frames: FrameList | null;
  /** Frames to leave out of them; null leaves out none. */
  readonly drop_frames: FrameList | null;
}

/** Runs that are named in a sentence; the others are counted. */
const NAMED = 6;

/**
 * Some frames of a movie, in order, their samples and type untouched. The frame rate stays: time simply jumps where frames are left out.
 * @throws ParameterError for frames outside the movie, ranges that overlap or go back, and when no frame is left
 */
export function selectFrames(source: MovieSource, { frames, drop_frames }: FrameSelection): View {
  const { frames: total, width, height, timestamps } = source.header, size = width * height;
  const runs = keptRuns(
    total,
    frames === null ? [{ from: 0, to: total }] : frameRuns("frames", frames, total),
    drop_frames === null ? [] : frameRuns("drop_frames", drop_frames, total),
  );
  /** First frame of each run in this view, and the end. */
  const starts = [0];
  for (const { from, to } of runs) starts.push(starts[starts.length - 1] + to - from);
  const count = starts[runs.length];
  const all = runs.map(show);
  const named = all.slice(0, NAMED).join(",") + (runs.length > NAMED ? ",…" : "");
  return makeView({
    source,
    changes: { frames: count, ...(timestamps ? { timestamps: pick(timestamps, runs, count) } : {}) },
    done: `${count} of ${total} frames kept (${named})`,
    exactly: `${count} of ${total} frames kept (${all.join(",")})`,
    async read(start, count, into) {
      for (let at = start, run = runAt(starts, start); at < start + count; run++) {
        const step = Math.min(starts[run + 1], start + count) - at;
        const to = into.subarray((at - start) * size, (at - start + step) * size) as SampleArray;
        await source.read(runs[run].from + at - starts[run], step, to);
        at += step;
      }
    },
  });
}

/** The values of the frames that are kept. */
function pick(values: Float64Array, runs: readonly { from: number; to: number }[], count: number): Float64Array {
  const kept = new Float64Array(count);
  let at = 0;
  for (const { from, to } of runs) {
    kept.set(values.subarray(from, to), at);
    at += to - from;
  }
  return kept;
}

/** The run that holds a frame. */
function runAt(starts: readonly number[], frame: number): number {
  let low = 0, high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}
