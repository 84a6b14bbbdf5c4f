import { ResultsError } from "../core/errors.ts";
import { tiffWriter } from "./tiff/tiff_writer.ts";
import { type Hdf5MovieOptions, hdf5MovieWriter, type MovieWriter } from "./hdf5/hdf5_movie_writer.ts";

/**
 * Writes a movie in the format its name ends in: `.tif` or `.tiff` (BigTIFF where it has to be), `.h5` or `.hdf5` (CaImAn's dataset `mov`).
 * The file appears under its name when it is whole. Rejects with `ResultsError` for another ending, and when it cannot be written.
 */
export async function movieWriter(path: string, options: Hdf5MovieOptions): Promise<MovieWriter> {
  if (/\.tiff?$/i.test(path)) return await tiffWriter(path, options);
  if (/\.(h5|hdf5)$/i.test(path)) return await hdf5MovieWriter(path, options);
  throw new ResultsError(`A movie cannot be written to ${path}: its name has to end in .tif or .h5`);
}
