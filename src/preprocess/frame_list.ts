import { ParameterError } from "../core/errors.ts";
import type { FrameList } from "../core/preprocess_parameters.ts";

/** Frames `[from, to)`. */
export interface FrameRun {
  readonly from: number;
  readonly to: number;
}

/**
 * Runs of frames a user wrote: "100:2000,2500:", "17", 17 or [17, 40]. Ranges are from:to, from 0, without the last; a missing end is the
 * movie's. They come as they were written, each within the movie.
 * @param parameter its name, for messages
 * @param total frames of the movie
 * @throws ParameterError for a frame outside the movie or a range of no frames
 */
export function frameRuns(parameter: string, list: FrameList, total: number): FrameRun[] {
  const parts = typeof list === "string" ? list.split(",") : [list].flat().map(String);
  return parts.map((part) => {
    const [first, last] = part.split(":").map((text) => text.trim());
    const from = first === "" ? 0 : Number(first);
    const to = last === undefined ? from + 1 : last === "" ? total : Number(last);
    if (!Number.isInteger(from) || !Number.isInteger(to)) {
      throw new ParameterError(
        `Parameter ${parameter} holds "${part.trim()}", but it has to hold frames and ranges such as 17 or 100:2000`,
      );
    }
    if (last !== undefined && last !== "" && to <= from) {
      throw new ParameterError(
        `Parameter ${parameter} holds ${part.trim()}, a range of no frames: its end has to be above its start`,
      );
    }
    if (to > total || from >= total) {
      throw new ParameterError(
        `Parameter ${parameter} holds ${part.trim()}, but the movie has ${total} frames, 0 to ${total - 1}`,
      );
    }
    return { from, to };
  });
}

/**
 * The runs of frames that are kept, ascending, none empty, no two of them touching.
 * @param keep runs in playing order; default all frames
 * @param drop runs to leave out, in any order, may overlap
 * @throws ParameterError when runs to keep overlap or go back, or nothing is left
 */
export function keptRuns(total: number, keep: readonly FrameRun[], drop: readonly FrameRun[]): FrameRun[] {
  for (let i = 1; i < keep.length; i++) {
    if (keep[i].from < keep[i - 1].to) {
      throw new ParameterError(
        `Parameter frames goes back from ${show(keep[i - 1])} to ${show(keep[i])}: ranges have to follow each other ` +
          "and not overlap",
      );
    }
  }
  const gaps = [...drop].sort((a, b) => a.from - b.from);
  const kept: FrameRun[] = [];
  const add = (from: number, to: number) => {
    if (to <= from) return;
    const last = kept[kept.length - 1];
    if (last !== undefined && last.to === from) kept[kept.length - 1] = { from: last.from, to };
    else kept.push({ from, to });
  };
  for (const { from, to } of keep) {
    let at = from;
    for (const gap of gaps) {
      if (gap.to <= at) continue;
      if (gap.from >= to) break;
      add(at, Math.min(gap.from, to));
      at = Math.max(at, gap.to);
    }
    add(at, to);
  }
  if (kept.length === 0) {
    throw new ParameterError(
      `Parameters frames and drop_frames leave nothing of the movie's ${total} frames: at least one has to stay`,
    );
  }
  return kept;
}

/** A run in the notation of the parameter. */
export function show({ from, to }: FrameRun): string {
  return to === from + 1 ? String(from) : `${from}:${to}`;
}
