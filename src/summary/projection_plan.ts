import { ParameterError } from "../core/errors.ts";
import { bytesPerSample, type MovieHeader } from "../core/movie.ts";
import { pitchOf, stackBytes } from "../kernels/stack.ts";

/** How a movie is cut for its projections. */
export interface ProjectionPlan {
  /** Frames streamed at a time. */
  readonly chunkFrames: number;
  /** What is expected to be needed at most, bytes, without the program itself. */
  readonly plannedBytes: number;
}

/** A chunk's stack is not made larger than this: more does not make it faster. */
const CHUNK_BYTES = 2 ** 24;
/** Fewer frames at a time would cost more in overhead than in memory. */
const LEAST_FRAMES = 8;
/** Bytes per pixel, whatever the movie's length: sums on the device and on their way to the host, float64 statistics, the images. */
const FIELD_BYTES = 340;
/** Bytes per pixel of the largest buffer that cannot be cut: six planes of sums. */
const SUMS_BYTES = 24;

/**
 * Plans the chunks of a movie's projections from a memory ceiling. Only the mean trace grows with the movie's length.
 * @param memoryBytes ceiling, bytes
 * @param bindingBytes largest buffer that the device binds, bytes
 * @throws ParameterError when the ceiling or the device is too small for this field of view
 */
export function planProjections(
  { width, height, frames, sampleType }: Pick<MovieHeader, "width" | "height" | "frames" | "sampleType">,
  memoryBytes: number,
  bindingBytes: number,
): ProjectionPlan {
  const field = pitchOf(width) * height;
  if (field * SUMS_BYTES > bindingBytes) {
    throw new ParameterError(
      `${width}×${height} pixels are too many for this device: it takes up to ${
        Math.floor(bindingBytes / SUMS_BYTES)
      }; ` +
        `crop or bin the movie`,
    );
  }
  // Samples lie twice on the host and once or twice on the device; then the stack, and the sums of its rows.
  const stack = stackBytes({ frames: 1, width, height });
  const perFrame = width * height * bytesPerSample(sampleType) * 4 + stack + pitchOf(height) * 4;
  const fixed = field * FIELD_BYTES + frames * 8, least = Math.min(frames, LEAST_FRAMES);
  if (fixed + least * perFrame > memoryBytes) {
    throw new ParameterError(
      `A memory ceiling of ${
        Math.floor(memoryBytes / 1e6)
      } MB is too low for ${width}×${height} pixels: give at least ${
        Math.ceil((fixed + least * perFrame) / 1e6)
      } MB with --memory`,
    );
  }
  const most = Math.min(CHUNK_BYTES / stack, (memoryBytes - fixed) / perFrame);
  const bindable = Math.floor(bindingBytes / stack);
  const chunkFrames = Math.min(frames, bindable, Math.max(least, Math.floor(most)));
  return { chunkFrames, plannedBytes: fixed + chunkFrames * perFrame };
}
