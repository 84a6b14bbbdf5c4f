import * as fs from "node:fs/promises";
import { ResultsError } from "../../core/errors.ts";
import { bytesPerSample, type SampleArray, sampleArray, type SampleType } from "../../core/movie.ts";
import { hostIsLittleEndian } from "../byte_order.ts";
import { COMPRESSION, FIELD, TAG } from "./tiff_tags.ts";

/** Room for the longer of the two headers, so that the choice can wait until the size is known. */
const HEADER_BYTES = 16;
/** Directories are written in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;
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
  /** Frames per second, put where ImageJ looks for it. Default: not stated. Not with `description`. */
  readonly frameRate?: number;
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
 * sweep. Two runs write the same bytes. Rejects with `ResultsError` when the file cannot be written.
 *
 * ```ts ignore
 * const writer = await tiffWriter("movie.tif", { width: 128, height: 96, sampleType: "uint16", frameRate: 20 });
 * await writer.write(new Uint16Array(128 * 96 * 10));
 * await writer.close();
 * ```
 */
export async function tiffWriter(path: string, options: TiffWriterOptions): Promise<TiffWriter> {
  const { width, height, sampleType } = options;
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
          const text = options.description ?? imageJDescription(frames, options.frameRate);
          await putDirectories(put, { ...options, frames, frameBytes, text });
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
function imageJDescription(frames: number, frameRate: number | undefined): string {
  const lines = ["ImageJ=1.54f", `images=${frames}`];
  if (frames > 1) lines.push(`frames=${frames}`);
  if (frameRate !== undefined) lines.push(`finterval=${1 / frameRate}`, `fps=${frameRate}`, "tunit=sec");
  return lines.join("\n") + "\n";
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly sampleType: SampleType;
  readonly frames: number;
  readonly frameBytes: number;
  readonly text: string;
  readonly largestPlainTiff?: number;
}

type Put = (bytes: Uint8Array, position: number) => Promise<void>;

/** Writes the description, the directories of all pages, and last the header: until then the file is no TIFF. */
async function putDirectories(put: Put, layout: Layout): Promise<void> {
  const { width, height, sampleType, frames, frameBytes } = layout;
  const software = encodeText("annulus");
  const description = encodeText(layout.text);
  const textStart = HEADER_BYTES + even(frames * frameBytes);
  const descriptionStart = textStart + even(software.length);
  const directoriesStart = align(descriptionStart + description.length, 8);
  /** Entries of a page as tag, type, count, value; tags ascend. */
  const fields = (frame: number): number[][] => [
    [TAG.imageWidth, FIELD.long, 1, width],
    [TAG.imageLength, FIELD.long, 1, height],
    [TAG.bitsPerSample, FIELD.short, 1, bytesPerSample(sampleType) * 8],
    [TAG.compression, FIELD.short, 1, COMPRESSION.none],
    [TAG.photometric, FIELD.short, 1, 1],
    ...(frame === 0 ? [[TAG.description, FIELD.ascii, description.length, descriptionStart]] : []),
    [TAG.stripOffsets, FIELD.long8, 1, HEADER_BYTES + frame * frameBytes],
    [TAG.samplesPerPixel, FIELD.short, 1, 1],
    [TAG.rowsPerStrip, FIELD.long, 1, height],
    [TAG.stripByteCounts, FIELD.long8, 1, frameBytes],
    [TAG.software, FIELD.ascii, software.length, textStart],
    [TAG.sampleFormat, FIELD.short, 1, sampleType === "float32" ? 3 : sampleType === "int16" ? 2 : 1],
  ];
  const size = (big: boolean, entries: number) => align(big ? 8 + 20 * entries + 8 : 2 + 12 * entries + 4, 8);
  const first = fields(0).length, others = fields(1).length;
  const end = (big: boolean) => directoriesStart + size(big, first) + (frames - 1) * size(big, others);
  const big = end(false) > (layout.largestPlainTiff ?? LARGEST_PLAIN_TIFF);

  const texts = new Uint8Array(directoriesStart - textStart);
  texts.set(software, 0);
  texts.set(description, descriptionStart - textStart);
  await put(texts, textStart);

  const piece = new Uint8Array(PIECE_BYTES + size(big, first));
  const view = new DataView(piece.buffer);
  let position = directoriesStart, used = 0;
  for (let frame = 0; frame < frames; frame++) {
    const entries = fields(frame);
    const next = position + used + size(big, entries.length);
    putDirectory(view, used, big, entries, frame + 1 < frames ? next : 0);
    used += size(big, entries.length);
    if (used < PIECE_BYTES && frame + 1 < frames) continue;
    await put(piece.subarray(0, used), position);
    position += used;
    used = 0;
    piece.fill(0);
  }
  await put(headerBytes(big, directoriesStart), 0);
}

function putDirectory(view: DataView, at: number, big: boolean, entries: number[][], next: number): void {
  const little = hostIsLittleEndian;
  const long = (place: number, value: number) =>
    big ? view.setBigUint64(place, BigInt(value), little) : view.setUint32(place, value, little);
  if (big) view.setBigUint64(at, BigInt(entries.length), little);
  else view.setUint16(at, entries.length, little);
  let place = at + (big ? 8 : 2);
  for (const [tag, type, count, value] of entries) {
    view.setUint16(place, tag, little);
    view.setUint16(place + 2, type === FIELD.long8 && !big ? FIELD.long : type, little);
    long(place + 4, count);
    const field = place + (big ? 12 : 8);
    if (type === FIELD.short) view.setUint16(field, value, little);
    else if (type === FIELD.long) view.setUint32(field, value, little);
    else long(field, value);
    place += big ? 20 : 12;
  }
  long(place, next);
}

function headerBytes(big: boolean, firstDirectory: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const little = hostIsLittleEndian;
  view.setUint16(0, little ? 0x4949 : 0x4d4d, little);
  view.setUint16(2, big ? 43 : 42, little);
  if (big) {
    view.setUint16(4, 8, little);
    view.setBigUint64(8, BigInt(firstDirectory), little);
  } else {
    view.setUint32(4, firstDirectory, little);
  }
  return new Uint8Array(view.buffer);
}

/** A text with its closing zero, never so short that it would have to stand in the entry itself. */
function encodeText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const closed = new Uint8Array(Math.max(bytes.length + 1, 9));
  closed.set(bytes);
  return closed;
}

function even(value: number): number {
  return align(value, 2);
}

function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
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
