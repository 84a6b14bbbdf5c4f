import { bytesPerSample, type MovieSource, sampleArray } from "../core/movie.ts";
import { movieWriter } from "../movie/writer.ts";
import { type FrameSum, frameSum } from "./check_written.ts";
import type { Session } from "../nwb/session.ts";
import type { Output } from "./output.ts";
import { Progress, type ProgressEvent } from "./progress.ts";

/** Bytes of frames that are made and written at a time. */
const PIECE_BYTES = 16e6;

/** What goes with the writing of a movie. */
interface WriteMovieOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** Hears of the progress. Default: it is shown. */
  readonly report?: (event: ProgressEvent) => void;
  /** What the user says of the session, for NWB. Default: nothing. */
  readonly session?: Session;
}

/**
 * Writes all frames of a movie in the format that its name ends in; on failure or interruption nothing is left behind.
 * @returns checksums of what was written, for `checkWrittenMovie`
 */
export async function writeMovie(
  path: string,
  source: MovieSource,
  output: Output,
  { signal, report, session }: WriteMovieOptions = {},
): Promise<FrameSum[]> {
  const { width, height, frames, sampleType } = source.header;
  const piece = Math.max(1, Math.floor(PIECE_BYTES / (width * height * bytesPerSample(sampleType))));
  const samples = sampleArray(sampleType, Math.min(piece, frames) * width * height);
  const progress = new Progress(output), show = report ?? ((event) => progress.report(event));
  const writer = await movieWriter(path, { ...source.header, ...(session ? { session } : {}) }), sums: FrameSum[] = [];
  try {
    for (let start = 0; start < frames; start += piece) {
      // Lets a pending Ctrl-C in: frames are made without waiting for anything.
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      const count = Math.min(piece, frames - start);
      await source.read(start, count, samples);
      const own = samples.subarray(0, count * width * height);
      await writer.write(own);
      sums.push(frameSum(start, count, own));
      show({ stage: "writing frames", fraction: (start + count) / frames });
    }
    await writer.close();
    return sums;
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
