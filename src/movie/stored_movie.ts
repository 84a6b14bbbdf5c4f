import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { PositionalFile } from "./positional_file.ts";
import { checkReadRange } from "./read_range.ts";
import { readStoredSamples, type StoredSamples } from "./stored_samples.ts";
import { sampleTypeOf } from "./stored_type.ts";

/**
 * A file of plainly stored samples as a movie. Takes over the file: closing the movie closes it.
 * @param format its name for people
 * @param notes what came to light when it was opened
 */
export function storedMovie(
  file: PositionalFile,
  stored: StoredSamples,
  format: string,
  notes: readonly string[],
): MovieSource {
  const { width, height, frames, type } = stored;
  const header: MovieHeader = {
    width,
    height,
    frames,
    sampleType: sampleTypeOf(type),
    name: file.path,
    format,
    files: [{ path: file.path, bytes: file.bytes, modified: file.modified, frames }],
    ...(notes.length > 0 ? { notes } : {}),
  };
  return {
    header,
    async read(start, count, into) {
      checkReadRange(header, start, count, into);
      await readStoredSamples(file, stored, start, count, into);
    },
    close: () => file.close(),
  };
}
