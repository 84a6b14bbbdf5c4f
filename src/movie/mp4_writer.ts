import * as fs from "node:fs/promises";
import { ResultsError } from "../core/errors.ts";
import { rateOfTimestamps } from "../core/timestamps.ts";
import { reasonOf } from "../files/reason.ts";
import { Mp4Encoder } from "./mp4_encoder.ts";
import type { MovieWriter, MovieWriterOptions } from "./movie_writer.ts";
import { ffmpegPrograms } from "./video/ffmpeg_programs.ts";
import { givenFrames } from "./written_frames.ts";

/**
 * Writes a movie of 8-bit samples as an MP4 video to look at: H.264 that browsers and slides play, nearly as it was given, at the movie's
 * frame rate; of odd sides the last row or column is there twice. The `ffmpeg` program encodes (the one `ANNULUS_FFMPEG` names, else the one on the
 * PATH), into `<path>.partial`, which takes its name on `close`: a file of that name is always whole. Times of frames and further facts are
 * left out. Rejects with `ResultsError` when ffmpeg is missing or fails, for samples of another type, and without a frame rate.
 */
export async function mp4Writer(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const { width, height, frames, sampleType, timestamps } = options;
  const frameRate = options.frameRate ?? (timestamps && rateOfTimestamps(timestamps));
  if (sampleType !== "uint8") {
    throw new ResultsError(
      `${path} cannot be written: a video holds 8-bit pictures, but these samples are ${sampleType}: set a contrast first`,
    );
  }
  if (frameRate === undefined || !(frameRate > 0)) {
    throw new ResultsError(`${path} cannot be written: a video plays at a frame rate, but the movie states none`);
  }
  const programs = await ffmpegPrograms();
  if (typeof programs === "string") {
    throw new ResultsError(
      `${path} cannot be written: MP4 is made by the ffmpeg program, but ${programs}: install it ("apt install ffmpeg", "brew install ` +
        `ffmpeg" or "winget install ffmpeg"), set ANNULUS_FFMPEG to where it is, or write .tif`,
    );
  }
  const temporary = `${path}.partial`, like = new Uint8Array(0);
  const encoder = await Mp4Encoder.start(programs.ffmpeg, temporary, {
    width: even(width),
    height: even(height),
    frameRate,
  });
  let written = 0, isDone = false;
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw new ResultsError(`${path} cannot be written: ${reasonOf(error).replaceAll(temporary, path)}`, {
        cause: error,
      });
    }
  };
  const writer: MovieWriter = {
    async write(samples) {
      if (isDone) throw new ResultsError(`${path} is finished: no more frames can be written`);
      const count = givenFrames(samples, like, options, written);
      await attempt(() => encoder.write(evenFrames(samples as Uint8Array, width, height)));
      written += count;
    },
    async close() {
      if (isDone) return;
      try {
        if (written !== frames) throw new ResultsError(`${path} got ${written} frames, but ${frames} were announced`);
        await attempt(async () => {
          await encoder.close();
          await fs.rename(temporary, path);
        });
        isDone = true;
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
    async abort() {
      if (isDone) return;
      isDone = true;
      await encoder.kill();
      await fs.rm(temporary, { force: true }).catch(() => {});
    },
  };
  return writer;
}

/** H.264 in the form that everything plays takes even sides only. */
function even(side: number): number {
  return side + side % 2;
}

/** Frames with even sides: the last column, the last row, or both, once more where they are odd. A copy. */
function evenFrames(samples: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const across = even(width), down = even(height), frames = samples.length / (width * height);
  if (across === width && down === height) return samples.slice();
  const out = new Uint8Array(across * down * frames);
  for (let row = 0; row < down * frames; row++) {
    const frame = Math.floor(row / down), from = (frame * height + Math.min(row % down, height - 1)) * width;
    const to = row * across;
    out.set(samples.subarray(from, from + width), to);
    if (across > width) out[to + width] = out[to + width - 1];
  }
  return out;
}
