import { type MovieHeader, type MovieSource, recordingOf, type SampleArray } from "../core/movie.ts";
import type { FrameList } from "../core/preprocess_parameters.ts";
import { type FrameRun, frameRuns, keptRuns, show } from "./frame_list.ts";
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
 * Some frames of a movie, in order, their samples and type untouched. The frame rate stays: time simply jumps where frames are left out. A movie
 * with a frame rate alone gets timestamps by it when its frames would else be taken for successive ones from its beginning.
 * @throws ParameterError for frames outside the movie, ranges that overlap or go back, and when no frame is left
 */
export function selectFrames(source: MovieSource, { frames, drop_frames }: FrameSelection): View {
  const { frames: total, width, height } = source.header, size = width * height;
  const runs = keptRuns(
    total,
    frames === null ? [{ from: 0, to: total }] : frameRuns("frames", frames, total),
    drop_frames === null ? [] : frameRuns("drop_frames", drop_frames, total),
  );
  /** First frame of each run in this view, and the end. */
  const starts = [0];
  for (const { from, to } of runs) starts.push(starts[starts.length - 1] + to - from);
  const count = starts[runs.length], timestamps = source.header.timestamps ?? timesByRate(source.header, runs);
  const all = runs.map(show);
  const named = all.slice(0, NAMED).join(",") + (runs.length > NAMED ? ",…" : "");
  return makeView({
    source,
    changes: {
      frames: count,
      recording: recordingOf(source.header),
      ...(timestamps ? { timestamps: pick(timestamps, runs, count) } : {}),
    },
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

/** Seconds of all frames by the frame rate; undefined when that is not known, and when the frames that are kept are the first ones. */
function timesByRate({ frames, frameRate }: MovieHeader, runs: readonly FrameRun[]): Float64Array | undefined {
  if (frameRate === undefined || (runs.length === 1 && runs[0].from === 0)) return undefined;
  return Float64Array.from({ length: frames }, (_, frame) => frame / frameRate);
}

/** The values of the frames that are kept. */
function pick(values: Float64Array, runs: readonly FrameRun[], count: number): Float64Array {
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
