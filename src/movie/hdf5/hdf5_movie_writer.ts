import { ResultsError } from "../../core/errors.ts";
import { sampleArray } from "../../core/movie.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";
import { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import { reasonOf } from "../../files/reason.ts";

/** Samples that go through the library's memory at a time, bytes. */
const PIECE_BYTES = 2 ** 22;
/** The dataset's name, as CaImAn writes and looks for it. */
const NAME = "mov";

/**
 * Writes a movie as HDF5 the way CaImAn does: a dataset `mov`, frames × rows × columns, in chunks of one frame, with the frame rate as its
 * attribute `fr`. Frames go to a temporary file beside the target, which takes its name on `close`: a file of that name is always whole. Two
 * runs write the same bytes. Rejects with `ResultsError` when the file cannot be written.
 */
export async function hdf5MovieWriter(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const { width, height, frames, sampleType, frameRate } = options, size = width * height;
  const partial = `${path}.partial-${Deno.pid}`, like = sampleArray(sampleType, 0);
  let file: Hdf5Writer | undefined, written = 0, isOver = false;

  const giveUp = async (): Promise<void> => {
    isOver = true;
    file?.abandon();
    await Deno.remove(partial).catch(() => {});
  };
  /** Does a part of the work; when it fails, nothing is left behind. */
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (isOver) throw new ResultsError(`${path} is finished: nothing more can be written to it`);
    try {
      return await work();
    } catch (error) {
      await giveUp();
      const reason = reasonOf(error).replaceAll(partial, path);
      throw new ResultsError(reason.startsWith("Cannot write") ? reason : `Cannot write ${path}: ${reason}`);
    }
  };

  await attempt(async () => {
    file = await Hdf5Writer.create(partial);
    file.frames(NAME, [frames, height, width], like);
    if (frameRate !== undefined) file.attribute(NAME, "fr", frameRate);
  });
  return {
    write: (samples) =>
      attempt(() => {
        if (samples.constructor !== like.constructor) {
          throw new TypeError(`it takes a ${like.constructor.name}, not a ${samples.constructor.name}`);
        }
        const count = samples.length / size,
          step = Math.max(1, Math.floor(PIECE_BYTES / (size * like.BYTES_PER_ELEMENT)));
        if (!Number.isInteger(count) || written + count > frames) {
          throw new RangeError(
            `${count} frames of ${width}×${height} pixels were given after ${written}, and ${frames} were announced`,
          );
        }
        for (let at = 0; at < count; at += step) {
          const piece = samples.subarray(at * size, Math.min(at + step, count) * size);
          file!.writeFrames(NAME, written + at, [height, width], piece);
        }
        written += count;
      }),
    close: () =>
      attempt(async () => {
        if (written !== frames) throw new RangeError(`it got ${written} frames, but ${frames} were announced`);
        file!.close();
        await Deno.rename(partial, path);
        isOver = true;
      }),
    abort: async () => {
      if (!isOver) await giveUp();
    },
  };
}
