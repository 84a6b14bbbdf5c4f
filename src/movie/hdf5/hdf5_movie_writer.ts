import { sampleArray } from "../../core/movie.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";
import { framesFile } from "./frames_file.ts";

/** The dataset's name, as CaImAn writes and looks for it. */
const NAME = "mov";

/**
 * Writes a movie as HDF5 the way CaImAn does: a dataset `mov`, frames × rows × columns, in chunks of one frame, with the frame rate as its
 * attribute `fr`. Frames go to a temporary file beside the target, which takes its name on `close`: a file of that name is always whole. Two
 * runs write the same bytes. Rejects with `ResultsError` when the file cannot be written.
 */
export function hdf5MovieWriter(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const { width, height, frames, sampleType, frameRate } = options;
  return framesFile(path, options, {
    begin(file) {
      file.frames(NAME, [frames, height, width], sampleArray(sampleType, 0));
      if (frameRate !== undefined) file.attribute(NAME, "fr", frameRate);
    },
    put: (file, start, samples) => file.writeFrames(NAME, start, [height, width], samples),
  });
}
