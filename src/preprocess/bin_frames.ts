import { ParameterError } from "../core/errors.ts";
import { type MovieSource, recordingOf } from "../core/movie.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { makeView, type View } from "./view.ts";

/**
 * Means of `factor` successive frames, as float32, at a frame rate that is as many times lower. A last group that is not full is left
 * out, so that all frames have the same noise. Where frames were dropped before, a group reaches over the gap.
 * @param factor frames per group, ≥ 1
 * @param memoryBytes memory to plan with
 * @throws ParameterError when not one group is full
 */
export function binFrames(source: MovieSource, factor: number, memoryBytes: number): View {
  const { width, height, frames: total, sampleType, frameRate, timestamps } = source.header;
  const frames = Math.floor(total / factor), size = width * height;
  if (frames < 1) {
    throw new ParameterError(
      `Parameter temporal_downsampling_factor is ${factor}, but the movie has ${total} frames: it can be ${total} at most`,
    );
  }
  const piece = pieceFrames(source.header, memoryBytes), scratch = new Scratch(sampleType);
  const sums = new Float64Array(size), lost = total % factor;
  return makeView({
    source,
    changes: {
      frames,
      sampleType: "float32",
      recording: recordingOf(source.header),
      ...(frameRate === undefined ? {} : { frameRate: frameRate / factor }),
      ...(timestamps ? { timestamps: groupMeans(timestamps, factor, frames) } : {}),
    },
    done: `Groups of ${factor} frames averaged: ${frames} of ${total} frames` +
      (lost > 0 ? ` (left out: ${lost} at the end)` : ""),
    async read(start, count, into) {
      const first = start * factor, end = first + count * factor;
      for (let at = first; at < end; at += piece) {
        const step = Math.min(piece, end - at), samples = scratch.take(step * size);
        await source.read(at, step, samples);
        for (let frame = 0; frame < step; frame++) {
          const member = (at + frame) % factor, from = frame * size;
          if (member === 0) sums.fill(0);
          for (let i = 0; i < size; i++) sums[i] += samples[from + i];
          if (member < factor - 1) continue;
          const to = (Math.floor((at + frame) / factor) - start) * size;
          for (let i = 0; i < size; i++) into[to + i] = sums[i] / factor;
        }
      }
    },
  });
}

/** The middle of each group in time. */
function groupMeans(timestamps: Float64Array, factor: number, groups: number): Float64Array {
  return Float64Array.from({ length: groups }, (_, group) => {
    const own = timestamps.subarray(group * factor, (group + 1) * factor);
    return own.reduce((sum, seconds) => sum + (seconds - own[0]), 0) / factor + own[0];
  });
}
