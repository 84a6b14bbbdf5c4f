import { crc32 } from "node:zlib";
import { ResultsError } from "../core/errors.ts";
import { type MovieHeader, type SampleArray, sampleArray } from "../core/movie.ts";
import { rateOfTimestamps } from "../core/timestamps.ts";
import { openMovie } from "../movie/open.ts";
import type { ProgressEvent } from "./progress.ts";

/** A stretch of frames that was written, and its checksum. */
export interface FrameSum {
  /** First frame. */
  readonly start: number;
  /** Frames. */
  readonly count: number;
  /** CRC-32 of the samples. */
  readonly sum: number;
}

/** The checksum of some frames' samples. */
export function frameSum(start: number, count: number, samples: SampleArray): FrameSum {
  return { start, count, sum: crc32(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)) };
}

/**
 * Reads a movie back that was just written, and compares it with what it should be: shape, type, every sample by checksums, and
 * frame rate and timestamps where the format has a place for them. Rejects with `ResultsError`, after removing the movie, when it differs.
 */
export async function checkWrittenMovie(
  path: string,
  header: MovieHeader,
  sums: readonly FrameSum[],
  signal: AbortSignal,
  report: (event: ProgressEvent) => void,
): Promise<void> {
  const different = await difference(path, header, sums, signal, report);
  if (different === undefined) return;
  await Deno.remove(path, { recursive: true }).catch(() => {});
  throw new ResultsError(`${path} was written, but ${different}; it was removed: check the disk it was written to`);
}

/** What differs, as the end of a sentence; undefined when nothing does. */
async function difference(
  path: string,
  { width, height, frames, sampleType, frameRate, timestamps }: MovieHeader,
  sums: readonly FrameSum[],
  signal: AbortSignal,
  report: (event: ProgressEvent) => void,
): Promise<string | undefined> {
  let written;
  try {
    written = await openMovie(path);
  } catch (error) {
    return `cannot be read back: ${(error as Error).message}`;
  }
  try {
    const found = written.header;
    if (
      found.width !== width || found.height !== height || found.frames !== frames || found.sampleType !== sampleType
    ) {
      return `reads back as ${found.frames} frames of ${found.width}×${found.height} ${found.sampleType}`;
    }
    if (frameRate !== undefined && !(Math.abs((found.frameRate ?? frameRate) / frameRate - 1) < 1e-6)) {
      return `reads back with ${found.frameRate} frames per second`;
    }
    if (!hasEvenTimestamps({ timestamps, frameRate }) && !found.timestamps && !isTiff(path)) {
      return "reads back without timestamps";
    }
    if (timestamps && found.timestamps?.some((seconds, frame) => seconds !== timestamps[frame])) {
      return "reads back with other timestamps";
    }
    const longest = sums.reduce((most, { count }) => Math.max(most, count), 0);
    const samples = sampleArray(sampleType, longest * width * height);
    for (const { start, count, sum } of sums) {
      // Lets a pending Ctrl-C in: frames may be read without waiting for anything.
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal.throwIfAborted();
      const own = samples.subarray(0, count * width * height);
      await written.read(start, count, own);
      if (frameSum(start, count, own).sum !== sum) {
        return `frames ${start} to ${start + count - 1} read back differently`;
      }
      report({ stage: "reading back", fraction: (start + count) / frames });
    }
    return undefined;
  } finally {
    written.close();
  }
}

type Timed = { readonly timestamps?: Float64Array | undefined; readonly frameRate?: number | undefined };

/** Whether a movie of this name has no place for the timestamps, and its frame rate does not say the same. */
export function losesTimestamps(path: string, header: MovieHeader): boolean {
  return isTiff(path) && !hasEvenTimestamps(header);
}

function isTiff(path: string): boolean {
  return /\.tiff?$/i.test(path);
}

/** Whether the frame rate says when frames were taken, to half an interval, as well as their timestamps do. */
function hasEvenTimestamps({ timestamps, frameRate = timestamps && rateOfTimestamps(timestamps) }: Timed): boolean {
  return timestamps === undefined || timestamps.length < 2 ||
    timestamps.every((seconds, i) => Math.abs(seconds - timestamps[0] - i / frameRate!) <= 0.5 / frameRate!);
}
