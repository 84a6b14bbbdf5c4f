import { MovieError } from "../../core/errors.ts";
import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { readIsxdFooter } from "./isxd_footer.ts";
import { openIsxdMovie } from "./isxd_movie.ts";

const ENDING = ".isxd";

/** Recordings of Inscopix microscopes. They have no mark at their beginning; the description at their end tells them. */
export const isxd: MovieFormat = {
  name: "Inscopix ISXD",
  endings: [ENDING],
  takes: [],
  isFile: (file) => file.path.toLowerCase().endsWith(ENDING) || readIsxdFooter(file) !== undefined,
  // async, so that whatever is wrong rejects.
  // deno-lint-ignore require-await
  async open(path) {
    const file = new PositionalFile(path);
    try {
      const footer = readIsxdFooter(file);
      if (footer) return openIsxdMovie(file, footer);
      throw new MovieError(
        `Movie "${path}" is truncated or damaged: an Inscopix file ends with a description in JSON and its length, and this one does not`,
      );
    } catch (error) {
      file.close();
      throw error;
    }
  },
};
