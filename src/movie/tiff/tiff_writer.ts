import * as fs from "node:fs/promises";
import { ResultsError } from "../../core/errors.ts";
import { bytesPerSample, type PixelSize, type SampleArray, sampleArray, type SampleType } from "../../core/movie.ts";
import { rateOfTimestamps, timestampHealth } from "../../core/timestamps.ts";
import { HEADER_BYTES, putDirectories, RESOLUTION_UNIT } from "./tiff_directory_writer.ts";

/** Largest position a plain TIFF can express. */
const LARGEST_PLAIN_TIFF = 2 ** 32 - 1;

/** What `tiffWriter` has to know before the first frame. */
export interface TiffWriterOptions {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Frames that will be written, checked at the end. Default: as many as come. */
  readonly frames?: number;
  /** Frames per second, put where ImageJ looks for it. Default: that of regular timestamps, else not stated. Not with `description`. */
  readonly frameRate?: number;
  /** Seconds of each frame. A TIFF has no place for them: when they are regular, the frame rate holds what they say. Default: none. */
  readonly timestamps?: Float64Array;
  /** When the recording began, ISO 8601, put into the description. Default: not stated. Not with `description`. */
  readonly startTime?: string;
  /** Size of a pixel, µm, put where ImageJ looks for it. Default: not stated. Not with `description`. */
  readonly pixelSize?: PixelSize;
  /** Text of the first page's description, instead of the one that tells ImageJ the frame count and rate. */
  readonly description?: string;
  /** Positions beyond this need BigTIFF. Default 4 GiB − 1, the most a plain TIFF can address; 0 forces BigTIFF. */
  readonly largestPlainTiff?: number;
}

/** A TIFF movie that is being written. */
export interface TiffWriter {
  /** Appends one or more whole frames, row-major, in the movie's sample type. The array may be reused when the promise resolves. */
  write(frames: SampleArray): Promise<void>;
  /** Completes the file and gives it its name. */
  close(): Promise<void>;
  /** Gives up: removes what was written. Nothing happens after `close`. */
  abort(): Promise<void>;
}

/**
 * Writes a movie as uncompressed TIFF, one page per frame, as BigTIFF only when it is too large for a plain one. Frames go to a
 * temporary file beside the target (`<path>.partial`), which takes the target's name on `close`: a file of that name is always whole.
 * All frames lie one after another with the directories behind them, so any program, ImageJ's fast path included, reads them in one
 * sweep. Two runs write the same bytes. Frame rate, pixel size and beginning go where ImageJ looks for them; irregular timestamps, further
 * metadata and the history of the samples have no place in a TIFF and are left out: write HDF5, Zarr or NWB to keep them. Rejects with
 * `ResultsError` when the file cannot be written.
 *
 * ```ts ignore
 * const writer = await tiffWriter("movie.tif", { width: 128, height: 96, sampleType: "uint16", frameRate: 20 });
 * await writer.write(new Uint16Array(128 * 96 * 10));
 * await writer.close();
 * ```
 */
export async function tiffWriter(path: string, options: TiffWriterOptions): Promise<TiffWriter> {
  const { width, height, sampleType, largestPlainTiff = LARGEST_PLAIN_TIFF } = options;
  for (const [what, value] of [["width", width], ["height", height], ["frame count", options.frames ?? 1]] as const) {
    if (Number.isInteger(value) && value >= 1 && value < 2 ** 32) continue;
    throw new ResultsError(`The ${what} of "${path}" is ${value}; it must be a whole number of at least 1`);
  }
  const sampleBytes = bytesPerSample(sampleType);
  const frameBytes = width * height * sampleBytes;
  const samplesType = sampleArray(sampleType, 0).constructor;
  const temporary = `${path}.partial`;
  const file = await attempt(path, () => fs.open(temporary, "w"));
  let frames = 0;
  let failed = false;
  let done = false;

  /** Writes all of `bytes` at a position of its own, so that calls need not wait for each other. */
  const put = async (bytes: Uint8Array, position: number): Promise<void> => {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, at, Math.min(bytes.length - at, 2 ** 28), position + at);
      at += bytesWritten;
    }
  };

  const writer: TiffWriter = {
    async write(samples: SampleArray): Promise<void> {
      if (done) throw new ResultsError(`"${path}" is finished: no more frames can be written`);
      if (samples.constructor !== samplesType) {
        throw new TypeError(`"${path}" takes a ${samplesType.name}, not a ${samples.constructor.name}`);
      }
      const count = samples.length / (width * height);
      if (!Number.isInteger(count)) {
        throw new RangeError(
          `${samples.length} samples are not whole frames of ${width}×${height} pixels (${
            width * height
          } samples each)`,
        );
      }
      const position = HEADER_BYTES + frames * frameBytes;
      frames += count;
      try {
        await attempt(
          path,
          () => put(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), position),
        );
      } catch (error) {
        failed = true;
        throw error;
      }
    },

    async close(): Promise<void> {
      if (done) return;
      try {
        if (failed) throw new ResultsError(`"${path}" cannot be finished: a frame could not be written`);
        if (frames === 0) throw new ResultsError(`"${path}" cannot be finished: a movie needs at least one frame`);
        if (options.frames !== undefined && options.frames !== frames) {
          throw new ResultsError(`"${path}" got ${frames} frames, but ${options.frames} were announced`);
        }
        await attempt(path, async () => {
          const text = options.description ?? imageJDescription(frames, options);
          const pixelSize = options.description === undefined ? statedSize(options.pixelSize) : undefined;
          await putDirectories(put, {
            width,
            height,
            sampleType,
            frames,
            frameBytes,
            text,
            pixelSize,
            largestPlainTiff,
          });
          await file.close();
          await fs.rename(temporary, path);
        });
        done = true;
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },

    async abort(): Promise<void> {
      if (done) return;
      done = true;
      await file.close().catch(() => {});
      await fs.rm(temporary, { force: true }).catch(() => {});
    },
  };
  return writer;
}

/** What ImageJ needs to take all pages for one stack over time. */
function imageJDescription(frames: number, options: TiffWriterOptions): string {
  const { timestamps, startTime, pixelSize, frameRate = timestamps && regularRate(timestamps) } = options;
  const lines = ["ImageJ=1.54f", `images=${frames}`];
  if (frames > 1) lines.push(`frames=${frames}`);
  if (statedSize(pixelSize)) lines.push("unit=micron");
  if (frameRate !== undefined) lines.push(`finterval=${1 / frameRate}`, `fps=${frameRate}`, "tunit=sec");
  // ImageJ passes over lines it does not know.
  if (startTime !== undefined) lines.push(`startTime=${startTime.replace(/[\r\n\0]/g, " ")}`);
  return lines.join("\n") + "\n";
}

/** The frame rate of timestamps without gaps. */
function regularRate(timestamps: Float64Array): number | undefined {
  const { gaps, backward, repeated } = timestampHealth(timestamps);
  return gaps.length + backward + repeated === 0 ? rateOfTimestamps(timestamps) : undefined;
}

/** A pixel size that the resolution tags can hold. */
function statedSize(size: PixelSize | undefined): PixelSize | undefined {
  const fits = (side: number) => side * RESOLUTION_UNIT >= 1 && side * RESOLUTION_UNIT < 2 ** 32 - 1;
  return size && fits(size.x) && fits(size.y) ? size : undefined;
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ResultsError) throw error;
    const code = (error as { code?: string }).code;
    const why = code === "ENOENT" || code === "ENOTDIR"
      ? "its folder does not exist"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ResultsError(`"${path}" cannot be written: ${why}`);
  }
}
