import { sampleArray } from "../../core/movie.ts";
import type { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";
import { framesFile } from "./frames_file.ts";

/** The dataset's name, as CaImAn writes and looks for it. */
const NAME = "mov";

/**
 * Writes a movie as HDF5 the way CaImAn does: a dataset `mov`, frames × rows × columns, in chunks of one frame, with the frame rate as its
 * attribute `fr`. Start (`start_time`) and pixel size (`pixel_size_x`, `pixel_size_y`, µm) are attributes beside it; `timestamps` in seconds,
 * `history` (what was done to the samples) and `metadata` (JSON) are datasets beside `mov`, each where it is known. Frames go to a temporary
 * file beside the target, which takes its name on `close`: a file of that name is always whole. Two runs write the same bytes. Rejects with
 * `ResultsError` when the file cannot be written.
 */
export function hdf5MovieWriter(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const { width, height, frames, sampleType } = options;
  return framesFile(path, options, {
    begin(file) {
      file.frames(NAME, [frames, height, width], sampleArray(sampleType, 0));
      writeFacts(file, options);
    },
    put: (file, start, samples) => file.writeFrames(NAME, start, [height, width], samples),
  });
}

/** Writes what is known of the movie where the reader of HDF5 movies looks for it. */
function writeFacts(file: Hdf5Writer, options: MovieWriterOptions): void {
  const { frameRate, startTime, pixelSize, timestamps, history = [], metadata = {} } = options;
  if (frameRate !== undefined) file.attribute(NAME, "fr", frameRate);
  if (startTime !== undefined) file.attribute(NAME, "start_time", startTime);
  if (pixelSize !== undefined) {
    file.attribute(NAME, "pixel_size_x", pixelSize.x);
    file.attribute(NAME, "pixel_size_y", pixelSize.y);
  }
  if (timestamps !== undefined) {
    file.numbers("/timestamps", [timestamps.length], timestamps);
    file.attribute("/timestamps", "units", "seconds");
  }
  if (history.length > 0) file.text("/history", history.join("\n"));
  if (Object.keys(metadata).length > 0) file.text("/metadata", JSON.stringify(metadata));
}
