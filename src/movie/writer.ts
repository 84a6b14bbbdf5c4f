import { ResultsError } from "../core/errors.ts";
import { hdf5MovieWriter } from "./hdf5/hdf5_movie_writer.ts";
import type { MovieWriter, MovieWriterOptions } from "./movie_writer.ts";
import { nwbMovieWriter } from "./nwb/nwb_movie_writer.ts";
import { tiffWriter } from "./tiff/tiff_writer.ts";
import { zarrMovieWriter } from "./zarr/zarr_movie_writer.ts";

/** A kind of movie that can be written. */
interface WrittenFormat {
  /** Endings of its names, in lower case and with the dot; the first is the usual one. */
  readonly endings: readonly string[];
  /** Whether it is a folder of files; else it is one file. */
  readonly isFolder?: boolean;
  readonly write: (path: string, options: MovieWriterOptions) => Promise<MovieWriter>;
}

/** Every kind of movie that can be written. */
const WRITTEN: readonly WrittenFormat[] = [
  { endings: [".tif", ".tiff"], write: tiffWriter },
  { endings: [".h5", ".hdf5"], write: hdf5MovieWriter },
  { endings: [".nwb"], write: nwbMovieWriter },
  { endings: [".zarr"], isFolder: true, write: zarrMovieWriter },
];

/** The endings a name may have, for people: ".tif or .h5". */
export const WRITTEN_ENDINGS: string = `${WRITTEN.slice(0, -1).map(({ endings }) => endings[0]).join(", ")} or ${
  WRITTEN.at(-1)!.endings[0]
}`;

/** Whether a movie can be written under a name, by its ending. */
export function isWritable(path: string): boolean {
  return formatOf(path) !== undefined;
}

/** Whether a movie of this name is written as a folder. */
export function isWrittenAsFolder(path: string): boolean {
  return formatOf(path)?.isFolder === true;
}

/**
 * Writes a movie in the format its name ends in: `.tif` or `.tiff` (BigTIFF where it has to be), `.h5` or `.hdf5` (CaImAn's dataset `mov`),
 * `.nwb` (NWB 2) or `.zarr` (a Zarr folder). It appears under its name when it is whole. Rejects with `ResultsError` for another ending, and
 * when it cannot be written.
 */
export async function movieWriter(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const format = formatOf(path);
  if (format) return await format.write(path, options);
  throw new ResultsError(`A movie cannot be written to ${path}: its name has to end in ${WRITTEN_ENDINGS}`);
}

function formatOf(path: string): WrittenFormat | undefined {
  return WRITTEN.find(({ endings }) => endings.some((ending) => path.toLowerCase().endsWith(ending)));
}
