import { ResultsError } from "../core/errors.ts";
import { hdf5MovieWriter } from "./hdf5/hdf5_movie_writer.ts";
import { mp4Writer } from "./mp4_writer.ts";
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
  /** Whether it holds pictures to look at, 8 bits and nearly the same: no place for a recording. */
  readonly isForShow?: boolean;
  readonly write: (path: string, options: MovieWriterOptions) => Promise<MovieWriter>;
}

/** Every kind of movie that can be written. */
const WRITTEN: readonly WrittenFormat[] = [
  { endings: [".tif", ".tiff"], write: tiffWriter },
  { endings: [".h5", ".hdf5"], write: hdf5MovieWriter },
  { endings: [".nwb"], write: nwbMovieWriter },
  { endings: [".zarr"], isFolder: true, write: zarrMovieWriter },
  { endings: [".mp4"], isForShow: true, write: mp4Writer },
];
const EXACT = WRITTEN.filter(({ isForShow }) => !isForShow);

/** The endings a name may have, for people: ".tif or .h5". */
export const WRITTEN_ENDINGS: string = `${EXACT.slice(0, -1).map(({ endings }) => endings[0]).join(", ")} or ${
  EXACT.at(-1)!.endings[0]
}`;

/** Whether a movie can be written under a name, by its ending, so that every sample is kept. */
export function isWritable(path: string): boolean {
  const format = formatOf(path);
  return format !== undefined && !format.isForShow;
}

/** Whether a movie of this name is a video to look at: 8-bit pictures that are nearly those that were given. */
export function isForShow(path: string): boolean {
  return formatOf(path)?.isForShow === true;
}

/** Whether a movie of this name is written as a folder. */
export function isWrittenAsFolder(path: string): boolean {
  return formatOf(path)?.isFolder === true;
}

/**
 * Writes a movie in the format its name ends in: `.tif` or `.tiff` (BigTIFF where it has to be), `.h5` or `.hdf5` (CaImAn's dataset `mov`),
 * `.nwb` (NWB 2), `.zarr` (a Zarr folder) or, for 8-bit pictures to look at, `.mp4` (H.264, through the ffmpeg program). It appears under its name when it is whole. Rejects with `ResultsError` for another ending, and
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
