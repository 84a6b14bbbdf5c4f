import { bytesPerSample, type PixelSize, type SampleType } from "../../core/movie.ts";
import { hostIsLittleEndian } from "../byte_order.ts";
import { COMPRESSION, FIELD, TAG } from "./tiff_tags.ts";

/** Room for the longer of the two headers, so that the choice can wait until the size is known. */
export const HEADER_BYTES = 16;
/** Directories are written in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;
/** Resolutions are stored as fractions of whole numbers: this many pixels in as many millionths of a µm. */
export const RESOLUTION_UNIT = 1e6;

/** What the directories are made of. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  readonly sampleType: SampleType;
  readonly frames: number;
  readonly frameBytes: number;
  readonly text: string;
  readonly pixelSize: PixelSize | undefined;
  readonly largestPlainTiff: number;
}

/** Writes bytes at a position of the file. */
export type Put = (bytes: Uint8Array, position: number) => Promise<void>;

/** Writes the description, the directories of all pages, and last the header: until then the file is no TIFF. */
export async function putDirectories(put: Put, layout: TiffLayout): Promise<void> {
  const { width, height, sampleType, frames, frameBytes, pixelSize } = layout;
  const software = encodeText("annulus");
  const description = encodeText(layout.text);
  const textStart = HEADER_BYTES + even(frames * frameBytes);
  const descriptionStart = textStart + even(software.length);
  // Where a plain TIFF keeps the two resolutions; a BigTIFF has room for them in the entries.
  const resolutionStart = align(descriptionStart + description.length, 8);
  const directoriesStart = resolutionStart + (pixelSize ? 16 : 0);
  const sizes = pixelSize ? [pixelSize.x, pixelSize.y].map((side) => Math.round(side * RESOLUTION_UNIT)) : [];
  /** Entries of a page as tag, type, count, value, and of a fraction its two numbers; tags ascend. */
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
    ...(frame === 0 && pixelSize
      ? [
        [TAG.xResolution, FIELD.rational, 1, resolutionStart, RESOLUTION_UNIT, sizes[0]],
        [TAG.yResolution, FIELD.rational, 1, resolutionStart + 8, RESOLUTION_UNIT, sizes[1]],
        [TAG.resolutionUnit, FIELD.short, 1, 1],
      ]
      : []),
    [TAG.software, FIELD.ascii, software.length, textStart],
    [TAG.sampleFormat, FIELD.short, 1, sampleType === "float32" ? 3 : sampleType === "int16" ? 2 : 1],
  ];
  const size = (big: boolean, entries: number) => align(big ? 8 + 20 * entries + 8 : 2 + 12 * entries + 4, 8);
  const first = fields(0).length, others = fields(1).length;
  const end = (big: boolean) => directoriesStart + size(big, first) + (frames - 1) * size(big, others);
  const big = end(false) > (layout.largestPlainTiff);

  const texts = new Uint8Array(directoriesStart - textStart);
  texts.set(software, 0);
  texts.set(description, descriptionStart - textStart);
  const fractions = new DataView(texts.buffer, resolutionStart - textStart);
  sizes.forEach((size, i) => putFraction(fractions, 8 * i, RESOLUTION_UNIT, size));
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
  for (const [tag, type, count, value, numerator, denominator] of entries) {
    view.setUint16(place, tag, little);
    view.setUint16(place + 2, type === FIELD.long8 && !big ? FIELD.long : type, little);
    long(place + 4, count);
    const field = place + (big ? 12 : 8);
    if (type === FIELD.rational && big) putFraction(view, field, numerator, denominator);
    else if (type === FIELD.short) view.setUint16(field, value, little);
    else if (type === FIELD.long) view.setUint32(field, value, little);
    else long(field, value);
    place += big ? 20 : 12;
  }
  long(place, next);
}

function putFraction(view: DataView, at: number, numerator: number, denominator: number): void {
  view.setUint32(at, numerator, hostIsLittleEndian);
  view.setUint32(at + 4, denominator, hostIsLittleEndian);
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
