import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { MovieError, ParameterError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import { concatenate } from "./concatenate.ts";
import { fileKind } from "./file_kind.ts";
import type { FormatOptions, MovieFormat } from "./format.ts";
import { MOVIE_FORMATS } from "./formats.ts";
import { compareNaturally } from "./natural_order.ts";
import { fileStatus, PositionalFile } from "./positional_file.ts";

/** How a movie is opened. */
export interface OpenMovieOptions extends FormatOptions {
  /** Frames per second, instead of what the file says. Default: what the file says, if it does. */
  readonly frameRate?: number;
}

/** What the options are called on the command line and what they are about. */
const OPTIONS: Readonly<Record<keyof FormatOptions, string>> = {
  dataset: "files with datasets",
  axes: "arrays",
  channel: "movies with channels",
  device: "recordings of several devices",
};

/**
 * Opens a movie: a file of any kind in `MOVIE_FORMATS`, a folder that is a movie (a Miniscope recording, a Zarr array) or that holds the
 * files of one (in natural order), or a list of files and folders played one after another. The kind is told by the content wherever the
 * kind has something to tell it by. Rejects with a `MovieError` of one sentence when there is no usable movie, and with a
 * `ParameterError` when an option makes no sense or means nothing to these files.
 *
 * ```ts ignore
 * const movie = await openMovie("recording.tif");
 * const { width, height, frames } = movie.header;
 * const first = sampleArray(movie.header.sampleType, width * height);
 * await movie.read(0, 1, first);
 * movie.close();
 * ```
 */
export async function openMovie(
  path: string | readonly string[],
  options: OpenMovieOptions = {},
): Promise<MovieSource> {
  const { frameRate, ...choices } = options;
  if (frameRate !== undefined && !(frameRate > 0 && Number.isFinite(frameRate))) {
    throw new ParameterError(`The frame rate is ${frameRate}; it must be a positive number of frames per second`);
  }
  const list = typeof path === "string" ? [path] : path;
  const movies = list.flatMap((entry) => fileStatus(entry).isDirectory() ? moviesIn(entry) : [fileMovie(entry)]);
  checkOptions(choices, movies);
  const parts: MovieSource[] = [], opened = new Set<string>();
  try {
    for (const { path, format } of movies) {
      // Files of one movie may lead to each other (multi-file OME-TIFF): the others were opened with the first.
      if (opened.has(resolve(path))) continue;
      const part = await format.open(path, choices);
      parts.push(part);
      // A file that is named twice is played twice.
      for (const file of part.header.files) if (file.path !== path) opened.add(resolve(file.path));
    }
    return concatenate(parts, {
      ...(list.length === 1 ? { name: list[0] } : {}),
      ...(frameRate === undefined ? {} : { frameRate }),
      ...choiceHistory(choices),
    });
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

/** Something to open, and how. */
interface Found {
  readonly path: string;
  readonly format: MovieFormat;
}

/** The format of a file. Throws `MovieError` when it has none. */
function fileMovie(path: string): Found {
  const file = new PositionalFile(path);
  try {
    const start = new Uint8Array(Math.min(file.bytes, 512));
    file.readSync(start, 0);
    const format = MOVIE_FORMATS.find((format) => format.isFile?.(file, start));
    if (format) return { path, format };
    throw new MovieError(
      `"${path}" is not a movie that can be read: it holds ${fileKind(start)}, and ${formatList()} is needed`,
    );
  } finally {
    file.close();
  }
}

/** What annulus writes beside movies, by its usual names: part of no movie. */
const OWN_FILES = /^(results|shifts|projections)\.h5$|\.truth\.h5$/;
/** Folders in folders that are looked into. Deeper ones are links that lead in a circle. */
const DEEPEST = 8;

/**
 * The movie that a folder is, or the movies in it in playing order. Hidden files (also macOS's `._` companions) and what annulus itself
 * wrote beside the movies are left out.
 */
function moviesIn(folder: string, depth = 0): Found[] {
  if (depth > DEEPEST) {
    throw new MovieError(
      `Folder "${folder}" is one too many in one another: name the folder that holds the movie's files`,
    );
  }
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch (error) {
    throw new MovieError(`Folder "${folder}" cannot be read: ${(error as Error).message}`);
  }
  const whole = MOVIE_FORMATS.find((format) => format.isFolder?.(folder, names));
  if (whole) return [{ path: folder, format: whole }];
  const endings = MOVIE_FORMATS.flatMap((format) => format.endings);
  const endingOf = (name: string) => endings.find((ending) => name.toLowerCase().endsWith(ending));
  const candidates = names.filter((name) => !name.startsWith(".") && endingOf(name) !== undefined);
  if (candidates.length === 0) {
    throw new MovieError(
      names.length === 0
        ? `Folder "${folder}" holds no movie: it is empty`
        : `Folder "${folder}" holds no movie: none of its ${names.length} entries ends in ${
          endings.slice(0, -1).join(", ")
        } or ${endings.at(-1)}`,
    );
  }
  const others = candidates.filter((name) => !OWN_FILES.test(name));
  const movies = (others.length > 0 ? others : candidates).sort(compareNaturally);
  const found = movies.flatMap((name) => {
    const path = join(folder, name);
    return fileStatus(path).isDirectory() ? moviesIn(path, depth + 1) : [fileMovie(path)];
  });
  const other = found.find(({ format }) => format !== found[0].format);
  if (other) {
    throw new MovieError(
      `Folder "${folder}" holds movies of several formats ("${found[0].path}" is ${
        found[0].format.name
      }, "${other.path}" ` +
        `${other.format.name}): name the files that belong to the movie`,
    );
  }
  return found;
}

/** What was chosen belongs to the movie's history: another channel of the same file is another movie. */
function choiceHistory(choices: FormatOptions): { history?: readonly string[] } {
  const said = (Object.keys(OPTIONS) as (keyof FormatOptions)[]).filter((name) => choices[name] !== undefined);
  return said.length === 0
    ? {}
    : { history: [`Opened with ${said.map((name) => `${name} ${choices[name]}`).join(", ")}`] };
}

/** Refuses options that mean nothing to any of the movies. */
function checkOptions(choices: FormatOptions, movies: readonly Found[]): void {
  if (movies.length === 0) return;
  for (const name of Object.keys(OPTIONS) as (keyof FormatOptions)[]) {
    if (choices[name] === undefined || movies.some(({ format }) => format.takes.includes(name))) continue;
    throw new ParameterError(
      `${name} is given as ${choices[name]}, but it is about ${OPTIONS[name]}, and "${movies[0].path}" is ${
        movies[0].format.name
      }: leave it out`,
    );
  }
  const { channel, axes, dataset } = choices;
  if (dataset === "") throw new ParameterError("dataset is empty: it must be the path of a dataset, such as /mov");
  if (channel !== undefined && !(Number.isInteger(channel) && channel >= 1)) {
    throw new ParameterError(`channel is ${channel}; it must be a whole number of at least 1`);
  }
  if (axes !== undefined && !["TYX", "YXT", "TXY", "XYT"].includes(axes)) {
    throw new ParameterError(`axes is ${axes}; it must be TYX, YXT, TXY or XYT (T frames, Y rows, X columns)`);
  }
}

/** "TIFF, AVI or NPY". */
function formatList(): string {
  const names = MOVIE_FORMATS.map(({ name }) => name);
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
