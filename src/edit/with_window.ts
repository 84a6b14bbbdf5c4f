import { ChunkStream } from "../stream/chunks.ts";
import type { EditOptions } from "./options.ts";
import type { EditWindow } from "./window.ts";
import { windowMovie } from "./window_movie.ts";

/** Samples of a chunk of the window, which is what a chunk's kernels work on. Fixed, so that a replay rounds alike. */
const CHUNK_SAMPLES = 2 ** 21;

/** Edit options with the movie. */
export type MovieEditOptions = EditOptions & Required<Pick<EditOptions, "source">>;

/**
 * Works on a window's movie on the device.
 * @param step chunks are whole numbers of so many frames, but for the last one
 */
export async function withWindow<R>(
  { window }: EditWindow,
  { source, compute, signal }: MovieEditOptions,
  step: number,
  work: (stream: ChunkStream) => Promise<R>,
): Promise<R> {
  const most = Math.floor(CHUNK_SAMPLES / (window.width * window.height) / step) * step;
  const chunkFrames = Math.min(Math.ceil(source.header.frames / step) * step, Math.max(step, most));
  const stream = await ChunkStream.open(compute, windowMovie(source, window), chunkFrames, signal);
  try {
    return await work(stream);
  } finally {
    stream.release();
  }
}
