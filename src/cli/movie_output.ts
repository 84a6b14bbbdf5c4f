import { dirname, resolve, sep } from "node:path";
import { ResultsError } from "../core/errors.ts";
import type { MovieHeader } from "../core/movie.ts";
import { isForShow, isWritable, isWrittenAsFolder, WRITTEN_ENDINGS } from "../movie/writer.ts";
import { reasonOf } from "../files/reason.ts";
import { checkReplaceable } from "../zarr/zarr_folder.ts";
import { UsageError } from "./exit.ts";

/** What `prepareMovieOutput` checks a path against. */
export interface MovieOutputOptions {
  /** Whether a file that is there may be replaced. */
  readonly force: boolean;
  /** The movie that is read while the file is written: its files must not be replaced. */
  readonly source: MovieHeader;
  /** A folder that will exist by the time the file is written. */
  readonly folder?: string;
  /** Whether a video to look at will do, too (.mp4). Default: the samples have to be kept. */
  readonly show?: boolean;
}

/**
 * Checks, before a long run, that a movie can be written to a path: that the name says how, that its folder exists, that nothing is there yet
 * (unless `force`), and never the movie that is read. Throws `UsageError` or `ResultsError`.
 */
export async function prepareMovieOutput(
  path: string,
  { force, source, folder, show = false }: MovieOutputOptions,
): Promise<void> {
  if (!isWritable(path) && !(show && isForShow(path))) {
    const endings = show ? `.mp4, ${WRITTEN_ENDINGS}` : WRITTEN_ENDINGS;
    throw new UsageError(`A movie cannot be written to ${path}: its name has to end in ${endings}`);
  }
  if (/\.nwb$/i.test(path) && source.frameRate === undefined && source.timestamps === undefined) {
    throw new UsageError(
      `${path} has to say when frames were taken, but the movie states no frame rate: state it (--frame_rate)`,
    );
  }
  const place = await Deno.realPath(path).catch(() => undefined);
  if (place !== undefined) {
    for (const file of source.files) {
      // An array in a Zarr folder is the movie, too.
      const read = await Deno.realPath(file.path).catch(() => undefined);
      if (read !== place && !read?.startsWith(place + sep)) continue;
      throw new UsageError(`${path} is the movie that is read: give another name for the one that is written`);
    }
    if ((await Deno.stat(place)).isDirectory && !isWrittenAsFolder(path)) {
      throw new ResultsError(`${path} is a folder: give the name of a file`);
    }
    if (!force) throw new ResultsError(`${path} is there already: give another name, or --force to replace it`);
    if (isWrittenAsFolder(path)) {
      try {
        checkReplaceable(place);
      } catch (error) {
        throw new ResultsError(`${path} cannot be written: ${reasonOf(error)}`, { cause: error });
      }
    }
  }
  const parent = dirname(resolve(path));
  if (folder !== undefined && resolve(folder) === parent) return;
  const exists = await Deno.stat(parent).then(({ isDirectory }) => isDirectory, () => false);
  if (!exists) throw new ResultsError(`${path} cannot be written: its folder does not exist`);
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: parent, prefix: ".annulus-" }));
  } catch (error) {
    throw new ResultsError(`${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}
