import { ParameterError } from "../core/errors.ts";
import { bytesPerSample, type MovieHeader } from "../core/movie.ts";
import { pitchOf } from "../kernels/stack.ts";
import type { Scale } from "./scale.ts";
import { binsOf } from "./template.ts";

/** How a movie is cut to be registered. */
export interface MotionPlan {
  /** The ceiling, bytes. */
  readonly memoryBytes: number;
  /** Frames at a time; a multiple of those that are averaged for the template. */
  readonly chunkFrames: number;
  /** What the arrays are expected to need at most, bytes. */
  readonly plannedBytes: number;
}

/** A chunk's stack is not made larger than this: more does not make it faster. */
const CHUNK_BYTES = 2 ** 24;
/** Planes of the correlations, whatever the movie. */
const PLANES_BYTES = 2 ** 24;

/**
 * Plans the chunks of a registration. Nothing grows with the movie's length but the displacements.
 * @param nodes nodes of the local displacements, 0 for none
 * @throws ParameterError when the ceiling is too low for this field of view
 */
export function planMotion(header: MovieHeader, scale: Scale, nodes: number, memoryBytes: number): MotionPlan {
  const { width, height, frames } = header;
  const field = pitchOf(width) * height * 4, coarse = pitchOf(scale.width) * scale.height * 4;
  const bins = binsOf(frames), lags = (2 * scale.reach + 1) ** 2 * 4;
  const fixed = (bins.count + 16) * coarse + 24 * field + 2 * PLANES_BYTES + (3 * nodes) ** 2 * 8 * 2;
  // Samples twice on the host and once on the device and once on their way; the stack and the moved one; five coarse
  // stacks; correlations.
  const perFrame = width * height * bytesPerSample(header.sampleType) * 4 + 2 * field + 5 * coarse + 2 * lags +
    nodes * (16 * scale.height / 2 + 2 * 81 * 4);
  const fits = Math.floor(Math.min(CHUNK_BYTES / field, (memoryBytes - fixed) / perFrame) / bins.frames) * bins.frames;
  const least = bins.frames;
  if (fixed + least * perFrame > memoryBytes) {
    throw new ParameterError(
      `A memory ceiling of ${
        Math.floor(memoryBytes / 1e6)
      } MB is too low to register frames of ${width}×${height} pixels: ` +
        `give at least ${Math.ceil((fixed + least * perFrame) / 1e6)} MB`,
    );
  }
  const chunkFrames = Math.min(Math.ceil(frames / least) * least, Math.max(least, fits));
  return { memoryBytes, chunkFrames, plannedBytes: fixed + chunkFrames * perFrame };
}
