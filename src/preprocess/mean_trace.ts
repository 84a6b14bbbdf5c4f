import { MovieError } from "../core/errors.ts";
import type { MovieSource, SampleArray } from "../core/movie.ts";
import { passOver, type PreprocessOptions } from "./pass.ts";

/**
 * Mean of every frame, counts; samples that are not finite numbers (borders a motion correction left empty) do not count.
 * @throws MovieError for a frame without a single finite sample
 */
export async function meanTrace(source: MovieSource, options: PreprocessOptions): Promise<Float64Array> {
  const { width, height, frames, name } = source.header, size = width * height, means = new Float64Array(frames);
  await passOver(source, "mean of the frames", options, (samples, start, count) => {
    for (let frame = 0; frame < count; frame++) {
      const mean = meanOf(samples, frame * size, size);
      if (Number.isNaN(mean)) {
        throw new MovieError(
          `Frame ${
            start + frame
          } of "${name}" holds no finite sample, so that it has no mean: set bad_pixels to repair, ` +
            "or drop the frame",
        );
      }
      means[start + frame] = mean;
    }
  });
  return means;
}

function meanOf(samples: SampleArray, from: number, size: number): number {
  let sum = 0;
  for (let i = from; i < from + size; i++) sum += samples[i];
  if (Number.isFinite(sum)) return sum / size;
  let count = 0;
  sum = 0;
  for (let i = from; i < from + size; i++) {
    if (!Number.isFinite(samples[i])) continue;
    sum += samples[i];
    count++;
  }
  return sum / count;
}
