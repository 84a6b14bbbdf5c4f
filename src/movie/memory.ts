import { MovieError } from "../core/errors.ts";
import { type MovieHeader, type MovieSource, type SampleArray, sampleArray, type SampleType } from "../core/movie.ts";
import { checkReadRange } from "./read_range.ts";

/** What `memoryMovie` has to be told of its samples. */
export interface MemoryMovieHeader {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. Default: as many as the samples hold. */
  readonly frames?: number;
  /** Frames per second. Default: unknown. */
  readonly frameRate?: number;
  /** Name for people. Default: "memory". */
  readonly name?: string;
}

/**
 * A movie whose samples are in memory already: frame after frame, each row-major. The samples are not copied. Works in browsers.
 * Throws `MovieError` when the samples do not fill whole frames of the stated shape.
 *
 * ```ts
 * import { memoryMovie } from "./memory.ts";
 *
 * const movie = memoryMovie(new Uint16Array(10 * 6 * 4), { width: 6, height: 4, frameRate: 20 });
 * const frame = new Uint16Array(24);
 * await movie.read(9, 1, frame);
 * ```
 */
export function memoryMovie(samples: SampleArray, header: MemoryMovieHeader): MovieSource {
  const sampleType = sampleTypeOfArray(samples);
  const { width, height, frameRate, name = "memory" } = header;
  for (const [what, value] of [["width", width], ["height", height]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new MovieError(`The ${what} of movie "${name}" is ${value}; it must be a whole number of at least 1`);
    }
  }
  const size = width * height;
  const frames = header.frames ?? samples.length / size;
  if (!Number.isInteger(frames) || frames < 1 || frames * size !== samples.length) {
    throw new MovieError(
      `Movie "${name}" has ${samples.length} samples, which are not ${header.frames ?? "whole"} frames of ` +
        `${width}×${height} pixels (${size} samples each)`,
    );
  }
  const known: MovieHeader = {
    width,
    height,
    frames,
    sampleType,
    ...(frameRate === undefined ? {} : { frameRate }),
    name,
    files: [],
  };
  return {
    header: known,
    // async, so that a wrong range rejects as it does for every other source.
    // deno-lint-ignore require-await
    async read(start: number, count: number, into: SampleArray): Promise<void> {
      checkReadRange(known, start, count, into);
      into.set(samples.subarray(start * size, (start + count) * size));
    },
    close(): void {},
  };
}

function sampleTypeOfArray(samples: SampleArray): SampleType {
  for (const type of ["uint8", "uint16", "int16", "float32"] as const) {
    if (samples.constructor === sampleArray(type, 0).constructor) return type;
  }
  throw new MovieError(
    `Samples of a movie are a Uint8Array, Uint16Array, Int16Array or Float32Array, not a ${
      (samples as object)?.constructor?.name ?? typeof samples
    }`,
  );
}
