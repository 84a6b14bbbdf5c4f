import type { SampleArray } from "../core/movie.ts";
import type { MovieWriterOptions } from "./movie_writer.ts";

/**
 * How many whole frames samples are that a writer was given. Throws `TypeError` for another type than the movie's, and `RangeError` when they
 * are no whole frames, or more than were announced.
 * @param like an array of the movie's type
 * @param written frames that were given before
 */
export function givenFrames(
  samples: SampleArray,
  like: SampleArray,
  { width, height, frames }: MovieWriterOptions,
  written: number,
): number {
  if (samples.constructor !== like.constructor) {
    throw new TypeError(`it takes a ${like.constructor.name}, not a ${samples.constructor.name}`);
  }
  const count = samples.length / (width * height);
  if (Number.isInteger(count) && written + count <= frames) return count;
  throw new RangeError(
    `${count} frames of ${width}×${height} pixels were given after ${written}, and ${frames} were announced`,
  );
}
