import { MovieError } from "../core/errors.ts";
import type { MovieHeader, SampleArray } from "../core/movie.ts";

/** Whether all samples are finite numbers. */
export function allFinite(samples: SampleArray): boolean {
  if (!(samples instanceof Float32Array)) return true;
  let sum = 0;
  // 0 · x is 0 for every finite x and NaN for the others: one cheap sum tells.
  for (let i = 0; i < samples.length; i++) sum += 0 * samples[i];
  return sum === 0;
}

/**
 * Refuses samples that are not finite numbers.
 * @param firstFrame number of the first frame in `samples`
 * @param needs what can not work with them, as the start of a sentence's second half
 * @throws MovieError naming the first frame and pixel
 */
export function requireFinite(samples: SampleArray, firstFrame: number, header: MovieHeader, needs: string): void {
  if (allFinite(samples)) return;
  const { name, width, height } = header;
  const at = samples.findIndex((value) => !Number.isFinite(value)), pixel = at % (width * height);
  throw new MovieError(
    `"${name}" holds a value that is not a finite number (frame ${firstFrame + Math.floor(at / (width * height))}, ` +
      `x ${pixel % width}, y ${
        Math.floor(pixel / width)
      }), and ${needs} needs finite ones: set bad_pixels to repair, ` +
      "or crop or drop them",
  );
}
