import { MovieError } from "../../core/errors.ts";
import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { NPY_MAGIC } from "./npy_header.ts";
import { openNpyMovie } from "./npy_movie.ts";

/** The beginning of a ZIP archive, which an .npz file is. */
const ZIP = "PK\x03\x04";

/** NumPy's .npy files; archives of them (.npz) are recognised to say what to do. */
export const npy: MovieFormat = {
  name: "NumPy",
  endings: [".npy"],
  takes: ["axes"],
  isFile(file, start) {
    const letters = String.fromCharCode(...start.subarray(0, NPY_MAGIC.length));
    return letters === NPY_MAGIC || letters.startsWith(ZIP) && file.path.toLowerCase().endsWith(".npz");
  },
  // async, so that whatever is wrong rejects.
  // deno-lint-ignore require-await
  async open(path, { axes }) {
    if (path.toLowerCase().endsWith(".npz")) {
      throw new MovieError(
        `"${path}" is an archive of NumPy arrays, which cannot be read in pieces: save the movie as .npy`,
      );
    }
    const file = new PositionalFile(path);
    try {
      return openNpyMovie(file, axes);
    } catch (error) {
      file.close();
      throw error;
    }
  },
};
