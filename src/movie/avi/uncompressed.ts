import { MovieError } from "../../core/errors.ts";
import { bytesPerSample, type SampleArray } from "../../core/movie.ts";
import { hostIsLittleEndian, swapByteOrder } from "../byte_order.ts";
import { FileRuns } from "../file_runs.ts";
import type { PositionalFile } from "../positional_file.ts";
import type { FrameList } from "./frame_list.ts";
import type { PixelLayout } from "./pixel_layout.ts";

/** Most bytes of pictures that pass through memory of our own at once. */
const SPAN_BYTES = 2 ** 22;

/** Planes of colour make pictures so many times as large as their luminance, at most; … */
const MOST_PLANES = 4;
/** … and some programs fill them up, to so many bytes. */
const FILLED_TO = 512;

/** Throws `MovieError` when a picture is too small for the frame it should be, or far too large. */
export function checkPictures(list: FrameList, { bytes }: PixelLayout, path: string): void {
  for (let i = 0; i < list.frames; i++) {
    if (list.size(i) >= bytes && list.size(i) <= MOST_PLANES * bytes + FILLED_TO) continue;
    throw new MovieError(
      `Movie "${path}" is truncated or damaged: frame ${i + 1} has ${list.size(i)} bytes where ${bytes} belong`,
    );
  }
}

/** Reads uncompressed frames `[start, start + count)`: straight into place where rows are stored as they are wanted. */
export async function readUncompressed(
  file: PositionalFile,
  list: FrameList,
  layout: PixelLayout,
  [width, height]: readonly [number, number],
  start: number,
  count: number,
  into: SampleArray,
): Promise<void> {
  const rowBytes = width * bytesPerSample(layout.sampleType), frameBytes = rowBytes * height;
  const target = new Uint8Array(into.buffer, into.byteOffset, count * frameBytes);
  const direct = !layout.convert && layout.stride === rowBytes;
  const atOnce = direct ? count : Math.max(1, Math.floor(SPAN_BYTES / layout.bytes));
  const scratch = direct ? target : new Uint8Array(Math.min(atOnce, count) * layout.bytes);
  for (let from = 0; from < count; from += atOnce) {
    const frames = Math.min(atOnce, count - from), runs = new FileRuns();
    for (let i = 0; i < frames; i++) runs.add(list.position(start + from + i), layout.bytes, i * layout.bytes);
    await runs.read(file, scratch);
    if (direct) continue;
    for (let i = 0; i < frames; i++) {
      const picture = scratch.subarray(i * layout.bytes, (i + 1) * layout.bytes);
      copyRows(picture, layout, rowBytes, target.subarray((from + i) * frameBytes, (from + i + 1) * frameBytes));
    }
  }
  if (direct && layout.bottomUp) {
    for (let i = 0; i < count; i++) turnOver(target.subarray(i * frameBytes, (i + 1) * frameBytes), rowBytes);
  }
  if (!hostIsLittleEndian) swapByteOrder(target, bytesPerSample(layout.sampleType));
}

/** Rows of one picture to rows of one frame. */
function copyRows(
  picture: Uint8Array,
  { stride, bottomUp, convert }: PixelLayout,
  rowBytes: number,
  frame: Uint8Array,
) {
  const height = frame.length / rowBytes;
  for (let y = 0; y < height; y++) {
    const from = (bottomUp ? height - 1 - y : y) * stride;
    if (convert) convert(picture.subarray(from, from + stride), frame.subarray(y * rowBytes, (y + 1) * rowBytes));
    else frame.set(picture.subarray(from, from + rowBytes), y * rowBytes);
  }
}

/** Exchanges the rows of a frame: the last becomes the first. */
function turnOver(frame: Uint8Array, rowBytes: number): void {
  const row = new Uint8Array(rowBytes);
  for (let top = 0, low = frame.length - rowBytes; top < low; top += rowBytes, low -= rowBytes) {
    row.set(frame.subarray(top, top + rowBytes));
    frame.copyWithin(top, low, low + rowBytes);
    frame.set(row, low);
  }
}
