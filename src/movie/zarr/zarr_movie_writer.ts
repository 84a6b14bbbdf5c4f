import { ResultsError } from "../../core/errors.ts";
import { type SampleArray, sampleArray } from "../../core/movie.ts";
import { reasonOf } from "../../files/reason.ts";
import { ZarrWriter } from "../../zarr/zarr_writer.ts";
import type { MovieWriter, MovieWriterOptions } from "../movie_writer.ts";
import { givenFrames } from "../written_frames.ts";

/** Chunks are about this many bytes: a file system's ease with few files, and short ranges of frames still cheap. */
const CHUNK_BYTES = 2 ** 23;
/** The array's name, as CaImAn calls a movie, and that of the timestamps beside it. */
const NAME = "mov", TIMES = "timestamps";
const DIMENSIONS = ["frame", "height", "width"];

/**
 * Writes a movie as a Zarr folder (version 2): a group with an array `mov`, frames × rows × columns, uncompressed, in chunks of whole frames,
 * its axes named `frame`, `height` and `width` where xarray and minian look for names; `timestamps` in seconds beside it when they are known;
 * frame rate (`frame_rate`), pixel size (`pixel_size_um`, x and y), start (`start_time`) and the rest as attributes of the group. It takes its
 * name on `close`: a folder of that name is always whole. Two runs write the same bytes. Rejects with `ResultsError` when it cannot be written.
 */
export async function zarrMovieWriter(path: string, options: MovieWriterOptions): Promise<MovieWriter> {
  const { width, height, frames, sampleType } = options, size = width * height, like = sampleArray(sampleType, 0);
  const writer = ZarrWriter.create(path, attributesOf(options));
  let written = 0, held = 0, isOver = false;
  const per = Math.max(1, Math.min(frames, Math.floor(CHUNK_BYTES / (size * like.BYTES_PER_ELEMENT))));
  /** Frames of a chunk that is not whole yet. */
  const rest = sampleArray(sampleType, per * size);

  const giveUp = () => {
    isOver = true;
    writer.abandon();
  };
  /** Does a part of the work; when it fails, nothing is left behind. */
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (isOver) throw new ResultsError(`${path} is finished: nothing more can be written to it`);
    try {
      return await work();
    } catch (error) {
      giveUp();
      throw error instanceof ResultsError ? error : new ResultsError(`Cannot write ${path}: ${reasonOf(error)}`);
    }
  };
  /** Writes what is there of whole chunks straight from the caller's array; the rest waits for the next call. */
  const append = async (samples: SampleArray, count: number): Promise<void> => {
    let at = 0;
    while (at < count) {
      const start = written - held;
      if (held === 0 && count - at >= per) {
        const whole = Math.floor((count - at) / per) * per;
        await writer.writeFrames(NAME, start, samples.subarray(at * size, (at + whole) * size));
        at += whole;
        written += whole;
        continue;
      }
      const taken = Math.min(per - held, count - at);
      rest.set(samples.subarray(at * size, (at + taken) * size), held * size);
      at += taken;
      written += taken;
      held += taken;
      if (held < per) continue;
      await writer.writeFrames(NAME, start, rest);
      held = 0;
    }
  };

  await attempt(() => {
    writer.frames(NAME, [frames, height, width], like, {
      chunks: [per, height, width],
      dimensions: DIMENSIONS,
      compressed: false,
    });
    if (!options.timestamps) return;
    const attributes = { units: "s", long_name: "seconds of each frame on the recording's clock" };
    writer.numbers(TIMES, [frames], options.timestamps, { dimensions: [DIMENSIONS[0]], attributes });
  });
  return {
    write: (samples) =>
      attempt(async () => {
        const count = givenFrames(samples, like, options, written);
        await append(samples, count);
      }),
    close: () =>
      attempt(async () => {
        if (written !== frames) throw new RangeError(`it got ${written} frames, but ${frames} were announced`);
        if (held > 0) await writer.writeFrames(NAME, written - held, rest.subarray(0, held * size));
        writer.close();
        isOver = true;
      }),
    // deno-lint-ignore require-await
    abort: async () => {
      if (!isOver) giveUp();
    },
  };
}

function attributesOf(options: MovieWriterOptions): Record<string, unknown> {
  const { frameRate, pixelSize, startTime, history = [], metadata = {} } = options;
  return {
    ...(frameRate === undefined ? {} : { frame_rate: frameRate }),
    ...(pixelSize ? { pixel_size_um: [pixelSize.x, pixelSize.y] } : {}),
    ...(startTime === undefined ? {} : { start_time: startTime }),
    ...(history.length > 0 ? { history } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}
