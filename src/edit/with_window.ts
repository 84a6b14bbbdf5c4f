import type { MovieSource } from "../core/movie.ts";
import type { Window } from "../kernels/crop.ts";
import { withBuffers } from "../gpu/scope.ts";
import { ChunkStream } from "../stream/chunks.ts";
import type { EditOptions } from "./options.ts";
import type { EditWindow } from "./window.ts";
import { windowMovie } from "./window_movie.ts";

/** Samples of a chunk of the window, which is what a chunk's kernels work on. Fixed, so that a replay rounds alike. */
const CHUNK_SAMPLES = 2 ** 21;

/** Edit options with the movie. */
export interface MovieEditOptions extends EditOptions {
  /** The movie the results came from. */
  readonly source: MovieSource;
  /** A part of it that keeps what was read: windows inside it are read from it. */
  readonly part?: { readonly window: Window; readonly source: MovieSource };
}

/** The options with a part of the movie that is kept from one pass to the next ones. */
export function keepingPart(options: MovieEditOptions, { window }: EditWindow): MovieEditOptions {
  return { ...options, part: { window, source: windowMovie(options.source, window) } };
}

/**
 * Works on a window's movie on the device.
 * @param step chunks are whole numbers of so many frames, but for the last one
 */
export async function withWindow<R>(
  { window }: EditWindow,
  { source, part, compute, signal }: MovieEditOptions,
  step: number,
  work: (stream: ChunkStream) => Promise<R>,
): Promise<R> {
  const most = Math.floor(CHUNK_SAMPLES / (window.width * window.height) / step) * step;
  const chunkFrames = Math.min(Math.ceil(source.header.frames / step) * step, Math.max(step, most));
  const movie = part && isInside(window, part.window)
    ? windowMovie(part.source, { ...window, x: window.x - part.window.x, y: window.y - part.window.y })
    : windowMovie(source, window);
  return await withBuffers(
    compute,
    async (scoped) => await work(await ChunkStream.open(scoped, movie, chunkFrames, signal)),
  );
}

function isInside(window: Window, { x, y, width, height }: Window): boolean {
  return window.x >= x && window.y >= y && window.x + window.width <= x + width &&
    window.y + window.height <= y + height;
}
