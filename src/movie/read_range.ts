import { type MovieHeader, type SampleArray, sampleArray } from "../core/movie.ts";

/**
 * Checks the arguments of `MovieSource.read`. Throws `RangeError` for frames the movie does not have or an array that is too small,
 * and `TypeError` for an array of another type than the movie's samples: both are mistakes of the caller, not of the movie.
 */
export function checkReadRange(header: MovieHeader, start: number, count: number, into: SampleArray): void {
  if (!Number.isInteger(start) || !Number.isInteger(count) || start < 0 || count < 0 || start + count > header.frames) {
    throw new RangeError(
      `Frames ${start} to ${start + count} cannot be read: "${header.name}" has frames 0 to ${header.frames}`,
    );
  }
  const expected = sampleArray(header.sampleType, 0).constructor;
  if (into.constructor !== expected) {
    throw new TypeError(`Samples are read into a ${expected.name} for this movie, not into a ${into.constructor.name}`);
  }
  const needed = count * header.width * header.height;
  if (into.length < needed) {
    throw new RangeError(`The array for ${count} frames needs ${needed} samples but has ${into.length}`);
  }
}
