import * as fs from "node:fs";
import { join } from "node:path";
import { MovieError, ParameterError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import { concatenate } from "./concatenate.ts";
import { fileKind } from "./file_kind.ts";
import { compareNaturally } from "./natural_order.ts";
import { fileStatus, PositionalFile } from "./positional_file.ts";
import { openTiffMovie } from "./tiff/tiff_movie.ts";

/** How a movie is opened. */
export interface OpenMovieOptions {
  /** Frames per second, instead of what the file says. Default: what the file says, if it does. */
  readonly frameRate?: number;
}

/**
 * Opens a movie: a TIFF or BigTIFF file, a folder of them (`*.tif`, `*.tiff`, in natural order), or a list of files and folders played
 * one after another. The kind of a file is told by its content, not its name. Rejects with a `MovieError` of one sentence when there
 * is no usable movie, and with a `ParameterError` when the frame rate is not a positive number.
 *
 * ```ts ignore
 * const movie = await openMovie("recording.tif");
 * const { width, height, frames } = movie.header;
 * const first = sampleArray(movie.header.sampleType, width * height);
 * await movie.read(0, 1, first);
 * movie.close();
 * ```
 */
// async, so that whatever is wrong rejects; formats that have to be awaited will join.
// deno-lint-ignore require-await
export async function openMovie(
  path: string | readonly string[],
  options: OpenMovieOptions = {},
): Promise<MovieSource> {
  const { frameRate } = options;
  if (frameRate !== undefined && !(frameRate > 0 && Number.isFinite(frameRate))) {
    throw new ParameterError(`The frame rate is ${frameRate}; it must be a positive number of frames per second`);
  }
  const list = typeof path === "string" ? [path] : path;
  const files = list.flatMap((entry) => fileStatus(entry).isDirectory() ? moviesIn(entry) : [entry]);
  const parts: MovieSource[] = [];
  try {
    for (const file of files) parts.push(openFile(file));
    return concatenate(parts, {
      ...(list.length === 1 ? { name: list[0] } : {}),
      ...(frameRate === undefined ? {} : { frameRate }),
    });
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

function openFile(path: string): MovieSource {
  const file = new PositionalFile(path);
  try {
    const start = new Uint8Array(Math.min(file.bytes, 512));
    file.readSync(start, 0);
    const kind = fileKind(start);
    if (kind !== "tiff") {
      throw new MovieError(
        `"${path}" is not a movie that can be read: it holds ${kind}, and TIFF or BigTIFF is needed`,
      );
    }
    return openTiffMovie(file);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The movie files of a folder, in playing order. Hidden files (also macOS's `._` companions) are left out. */
function moviesIn(folder: string): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch (error) {
    throw new MovieError(`Folder "${folder}" cannot be read: ${(error as Error).message}`);
  }
  const movies = names.filter((name) => !name.startsWith(".") && /\.tiff?$/i.test(name)).sort(compareNaturally);
  if (movies.length === 0) {
    throw new MovieError(
      `Folder "${folder}" holds no movie: none of its ${names.length} entries ends in .tif or .tiff`,
    );
  }
  return movies.map((name) => join(folder, name));
}
