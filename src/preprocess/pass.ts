import type { MovieSource, SampleArray } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { pieceFrames, Scratch } from "./pieces.ts";

/** With what the preprocessing works. Nothing of it is used before a view is read. */
export interface PreprocessOptions {
  /** The device filters run on. */
  readonly compute: Compute;
  /**
   * Memory to plan with, bytes; device and host together. The views before motion correction take about a third of it at most, and with
   * dF/F about two thirds: what else needs memory at the same time has to be planned with the rest. A few frames are always held.
   */
  readonly memoryBytes: number;
  /** Ends passes over the movie early. */
  readonly signal?: AbortSignal;
  /** Hears of passes over the movie that are needed before its first frame can be made: what for, and the part that is done, 0–1. */
  readonly progress?: (event: { readonly stage: string; readonly fraction: number }) => void;
}

/**
 * Reads a movie once, from its first frame to its last, in pieces. `visit` gets the samples, which are overwritten afterwards, and the
 * numbers of the first frame and of frames.
 */
export async function passOver(
  source: MovieSource,
  stage: string,
  { memoryBytes, signal, progress }: PreprocessOptions,
  visit: (samples: SampleArray, start: number, count: number) => void,
): Promise<void> {
  const { width, height, frames, sampleType } = source.header, size = width * height;
  const piece = pieceFrames(source.header, memoryBytes), scratch = new Scratch(sampleType);
  for (let start = 0; start < frames; start += piece) {
    signal?.throwIfAborted();
    progress?.({ stage, fraction: start / frames });
    const count = Math.min(piece, frames - start), samples = scratch.take(count * size);
    await source.read(start, count, samples);
    visit(samples, start, count);
  }
  progress?.({ stage, fraction: 1 });
}

/** Does some work when it is first asked for, and gives its result from then on. Work that failed or was interrupted is done again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    made ??= work().catch((error) => {
      made = undefined;
      throw error;
    });
}
