import { ResultsError } from "../../core/errors.ts";
import { type SampleArray, sampleArray } from "../../core/movie.ts";
import { reasonOf } from "../../files/reason.ts";
import { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";
import { givenFrames } from "../written_frames.ts";

/** Samples that go through the library's memory at a time, bytes. */
const PIECE_BYTES = 2 ** 22;

/** What a kind of HDF5 file makes of a movie's frames. */
export interface FramesLayout {
  /** Makes the place for the frames. */
  begin(file: Hdf5Writer): void;
  /** Writes whole frames, row-major, from frame `start` on: a few megabytes. */
  put(file: Hdf5Writer, start: number, samples: SampleArray): void;
  /** Writes what goes with them, once all are there. */
  end?(file: Hdf5Writer): void;
}

/**
 * Writes a movie into an HDF5 file of a layout. Frames go to a temporary file beside the target, which takes its name on `close`: a file of that
 * name is always whole. Rejects with `ResultsError` when the file cannot be written.
 */
export async function framesFile(
  path: string,
  options: MovieWriterOptions,
  layout: FramesLayout,
): Promise<MovieWriter> {
  const { width, height, frames, sampleType } = options;
  const size = width * height, partial = `${path}.partial-${Deno.pid}`, like = sampleArray(sampleType, 0);
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
    layout.begin(file);
  });
  return {
    write: (samples) =>
      attempt(() => {
        const count = givenFrames(samples, like, options, written);
        const step = Math.max(1, Math.floor(PIECE_BYTES / (size * like.BYTES_PER_ELEMENT)));
        for (let at = 0; at < count; at += step) {
          layout.put(
            file!,
            written + at,
            samples.subarray(at * size, Math.min(at + step, count) * size) as SampleArray,
          );
        }
        written += count;
      }),
    close: () =>
      attempt(async () => {
        if (written !== frames) throw new RangeError(`it got ${written} frames, but ${frames} were announced`);
        layout.end?.(file!);
        file!.close();
        await Deno.rename(partial, path);
        isOver = true;
      }),
    abort: async () => {
      if (!isOver) await giveUp();
    },
  };
}
