import { MovieError } from "../../core/errors.ts";
import type { MovieSource } from "../../core/movie.ts";
import { arrayAxes, axesNotes } from "../array_axes.ts";
import type { PositionalFile } from "../positional_file.ts";
import { storedMovie } from "../stored_movie.ts";
import { storedOrderNotes, type StoredSamples, storedSize } from "../stored_samples.ts";
import { storedBytes, storedTypeNotes } from "../stored_type.ts";
import { readNpyHeader } from "./npy_header.ts";

/**
 * A NumPy array in a .npy file as a movie: frames × rows × columns unless `axes` says otherwise, or a single picture. Takes over the file:
 * closing the movie closes it. Throws `MovieError` when the array is no movie.
 */
export function openNpyMovie(file: PositionalFile, axes?: string): MovieSource {
  const { type, littleEndian, fortran, shape, position } = readNpyHeader(file);
  const where = `The array in movie "${file.path}"`;
  const found = arrayAxes(shape, axes, where, storedBytes(type)), { frames, height, width } = found;
  // From the slowest axis to the fastest, without those of length 1 that are left out.
  const inMemory = [found.t, found.y, found.x].filter((axis) => axis !== undefined).sort((a, b) =>
    fortran ? b - a : a - b
  );
  const order = found.t !== undefined && inMemory.at(-1) === found.t && frames > 1 ? "pixels" : "frames";
  const along = inMemory.indexOf(found.x) > inMemory.indexOf(found.y) ? "rows" : "columns";
  const stored: StoredSamples = { type, littleEndian, width, height, frames, position, order, along };
  const size = storedSize(stored);
  if (position + size > file.bytes) {
    throw new MovieError(
      `Movie "${file.path}" is truncated: its ${shape.join("×")} samples of ${type} take ${size} bytes, but only ${
        file.bytes - position
      } follow the header`,
    );
  }
  const notes = [
    ...storedTypeNotes(type),
    ...storedOrderNotes(stored),
    ...(axes === undefined ? axesNotes(found) : []),
  ];
  return storedMovie(file, stored, "NumPy", notes);
}
