import { basename, dirname, join } from "node:path";
import { correlation } from "../core/correlation.ts";
import { MovieError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { type MovieSource, recordingOf, sampleArray } from "../core/movie.ts";
import { resolveMotionParameters, resolvePreprocessParameters } from "../core/parameters.ts";
import type { Compute } from "../gpu/compute.ts";
import { correctedMovie } from "../motion/corrected.ts";
import type { FormatOptions } from "../movie/format.ts";
import { openMovie } from "../movie/open.ts";
import { afterMotion, beforeMotion } from "../preprocess/preprocess.ts";
import { loadMotion } from "./shifts.ts";
import { exists } from "./write_together.ts";

/** How the movie of results is found and read. */
export interface ResultsMovieOptions extends FormatOptions {
  /** Path of the results file: the movie and `shifts.h5` are looked for beside it, too. */
  readonly results: string;
  /** The recording's files, when they are not where the results say. Default: the files the results name, there or beside the results. */
  readonly paths?: readonly string[];
  /** The displacements that correct its motion. Default: `shifts.h5` beside the results. */
  readonly shifts?: string;
  /** The device that corrects and filters frames. */
  readonly compute: Compute;
  /** Memory to plan with, bytes. */
  readonly memoryBytes: number;
  /** Ends passes over the movie early. */
  readonly signal?: AbortSignal;
}

/** Frames that are compared with the results' images. */
const COMPARED_FRAMES = 16;
/** Least correlation of these frames' mean with the mean of the movie the results came from. */
const SAME_MEAN = 0.9;
/** Share of pixels that may exceed the movie's maximum: rounding of another backend, where frames were moved or filtered. */
const MAY_EXCEED = 1e-3;

/**
 * Opens the movie that results came from, preprocessed and with its motion corrected as it was for them, and makes sure that it is that
 * movie: its size, and a few of its frames against the mean and the maximum that the results keep.
 * @throws MovieError when it is not there, cannot be read, or is another movie
 */
export async function openResultsMovie(extraction: Extraction, options: ResultsMovieOptions): Promise<MovieSource> {
  const { movie, preparation } = extraction, { compute, memoryBytes, signal, dataset, axes, channel, device } = options;
  const choices = Object.entries({ dataset, axes, channel, device }).filter(([, value]) => value !== undefined);
  const { frameRate } = recordingOf(movie), paths = options.paths ?? await recordedFiles(extraction, options.results);
  const recording = await openMovie(paths, {
    ...Object.fromEntries(choices),
    ...(frameRate === undefined ? {} : { frameRate }),
  });
  try {
    const viewing = { compute, memoryBytes, ...(signal ? { signal } : {}) };
    const parameters = resolvePreprocessParameters(preparation?.preprocessing ?? {});
    const before = beforeMotion(recording, parameters, viewing);
    const corrected = preparation?.motion && preparation.motion.largest > 0
      ? await withoutMotion(before.source, preparation.motion.parameters, options)
      : before.source;
    const { source } = afterMotion(corrected, parameters, viewing);
    await refuseAnother(source, extraction);
    return source;
  } catch (error) {
    recording.close();
    throw error;
  }
}

async function withoutMotion(
  source: MovieSource,
  parameters: Readonly<Record<string, unknown>>,
  { results, shifts, compute, memoryBytes }: ResultsMovieOptions,
): Promise<MovieSource> {
  const file = shifts ?? join(dirname(results), "shifts.h5");
  if (!await exists(file)) {
    throw new MovieError(
      `The motion of "${source.header.name}" was corrected for these results, but its displacements (${file}) are not there: ` +
        `put shifts.h5 beside the results`,
    );
  }
  const motion = await loadMotion(file), { width, height, frames } = source.header;
  if (motion.shifts.width !== width || motion.shifts.height !== height || motion.shifts.frames !== frames) {
    throw new MovieError(`The displacements in ${file} are not those of "${source.header.name}": their sizes differ`);
  }
  return correctedMovie(source, motion.shifts, resolveMotionParameters(parameters), {
    compute,
    memoryBytes,
    mean: motion.quality.meanAfter,
  });
}

/** The files that results name: where they say, else beside the results. */
async function recordedFiles({ movie }: Extraction, results: string): Promise<string[]> {
  if (movie.files.length === 0) {
    throw new MovieError("These results do not say which files their movie was in: name them");
  }
  return await Promise.all(movie.files.map(async ({ path }) => {
    const beside = join(dirname(results), basename(path));
    for (const candidate of [path, beside]) if (await exists(candidate)) return candidate;
    throw new MovieError(`The movie of these results is not at ${path}, nor beside them: say where it is`);
  }));
}

/** Throws `MovieError` when a movie is not the one results came from. */
async function refuseAnother(source: MovieSource, { movie, summary }: Extraction): Promise<void> {
  const { width, height, frames, sampleType, name } = source.header;
  if (width !== movie.width || height !== movie.height || frames !== movie.frames) {
    throw new MovieError(
      `"${name}" has ${frames} frames of ${width}×${height} pixels here, but these results came from ${movie.frames} frames of ` +
        `${movie.width}×${movie.height}: it is another movie`,
    );
  }
  // Results of other programs may come without these images.
  if (!summary.max.some((value) => value > 0) || !summary.mean.some((value) => value !== 0)) return;
  const size = width * height, count = Math.min(COMPARED_FRAMES, frames), mean = new Float64Array(size);
  const samples = sampleArray(sampleType, size), range = rangeOf(summary.max, summary.mean);
  let above = 0;
  for (let i = 0; i < count; i++) {
    await source.read(Math.floor((i + 0.5) * frames / count), 1, samples);
    for (let p = 0; p < size; p++) {
      mean[p] += samples[p] / count;
      if (samples[p] > summary.max[p] + 1e-3 * range) above++;
    }
  }
  const varies = summary.mean.some((value) => value !== summary.mean[0]);
  const alike = !varies || correlation(Float32Array.from(mean), summary.mean) >= SAME_MEAN;
  if (alike && above <= MAY_EXCEED * size * count) return;
  throw new MovieError(
    `"${name}" has the size of the movie these results came from ("${movie.name}"), but not its frames: it is another movie`,
  );
}

/** Spread of a movie's samples: its largest maximum above its least mean. */
function rangeOf(max: Float32Array, mean: Float32Array): number {
  return max.reduce((a, b) => Math.max(a, b), -Infinity) - mean.reduce((a, b) => Math.min(a, b), Infinity);
}
