import type { MovieFormat } from "../format.ts";
import { PositionalFile } from "../positional_file.ts";
import { openAviMovie } from "./avi_movie.ts";

/** AVI, of any codec. */
export const avi: MovieFormat = {
  name: "AVI",
  endings: [".avi"],
  takes: [],
  isFile: (_file, start) => isAvi(start),
  async open(path) {
    const file = new PositionalFile(path);
    try {
      return await openAviMovie(file);
    } catch (error) {
      file.close();
      throw error;
    }
  },
};

/** Whether a file begins as AVI does. */
export function isAvi(start: Uint8Array): boolean {
  const text = String.fromCharCode(...start.subarray(0, 12));
  return text.startsWith("RIFF") && text.slice(8) === "AVI ";
}
