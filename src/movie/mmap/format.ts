import { basename } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { MovieSource } from "../../core/movie.ts";
import { arrayAxes } from "../array_axes.ts";
import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { storedMovie } from "../stored_movie.ts";
import { storedOrderNotes, type StoredSamples, storedSize } from "../stored_samples.ts";
import { mmapName } from "./mmap_name.ts";

/**
 * Memory-mapped movies of CaImAn: float32 samples and nothing else; shape and order are in the name. Pixels follow each other along columns
 * (CaImAn reshapes frames in Fortran order). A file has no mark of its own, so the ending decides.
 */
export const mmap: MovieFormat = {
  name: "CaImAn memory map",
  endings: [".mmap"],
  takes: [],
  isFile: (file) => file.path.toLowerCase().endsWith(".mmap"),
  // async, so that whatever is wrong rejects.
  // deno-lint-ignore require-await
  async open(path) {
    const file = new PositionalFile(path);
    try {
      return openMmapMovie(file);
    } catch (error) {
      file.close();
      throw error;
    }
  },
};

function openMmapMovie(file: PositionalFile): MovieSource {
  const where = `Movie "${file.path}"`, name = mmapName(basename(file.path));
  if (!name) {
    throw new MovieError(
      `${where} has lost its shape: the name of a CaImAn memory map ends like _d1_128_d2_96_d3_1_order_C_frames_1000.mmap ` +
        "(rows, columns, planes, order, frames)",
    );
  }
  if (name.planes !== 1) {
    throw new MovieError(`${where} is a volume of ${name.planes} planes: save one plane as a movie`);
  }
  const { frames, height, width } = arrayAxes([name.frames, name.height, name.width], undefined, where, 4);
  const stored: StoredSamples = {
    type: "float32",
    littleEndian: true,
    width,
    height,
    frames,
    position: 0,
    order: name.order === "F" ? "frames" : "pixels",
    along: "columns",
  };
  const size = storedSize(stored);
  if (size !== file.bytes) {
    throw new MovieError(
      `${where} is ${
        size > file.bytes ? "truncated" : "damaged"
      } or misnamed: ${frames} frames of ${width}×${height} float32 ` +
        `samples take ${size} bytes, and the file has ${file.bytes}`,
    );
  }
  return storedMovie(file, stored, mmap.name, storedOrderNotes(stored));
}
