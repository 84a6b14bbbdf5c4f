import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { openTiffMovie } from "./tiff_movie.ts";

/** First bytes of TIFF and BigTIFF, in either byte order. */
const BEGINNINGS = ["II*\0", "MM\0*", "II+\0", "MM\0+"];

/** TIFF and BigTIFF, with what ImageJ, OME, ScanImage and MetaMorph write into them. */
export const tiff: MovieFormat = {
  name: "TIFF",
  endings: [".tif", ".tiff"],
  takes: ["channel"],
  isFile: (_file, start) => BEGINNINGS.includes(String.fromCharCode(...start.subarray(0, 4))),
  // async, so that whatever is wrong rejects.
  // deno-lint-ignore require-await
  async open(path, options) {
    const file = new PositionalFile(path);
    try {
      return openTiffMovie(file, options);
    } catch (error) {
      file.close();
      throw error;
    }
  },
};
