import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";
import type { FrameList } from "./frame_list.ts";
import { JpegKindError } from "./jpeg/jpeg_header.ts";
import { decodeLuminance } from "./jpeg/jpeg_luminance.ts";

/** Most pixels that a byte of baseline JPEG can stand for: two codes of one bit for each block of 64. */
const PIXELS_PER_BYTE = 256;
/** Largest picture that is read: far beyond what any camera writes. */
const LARGEST_PICTURE = 2 ** 28;

/**
 * Reads frames `[start, start + count)` of Motion JPEG: their luminance. Rejects with `MovieError` when one is damaged.
 */
export async function readMotionJpeg(
  file: PositionalFile,
  list: FrameList,
  [width, height]: readonly [number, number],
  start: number,
  count: number,
  into: Uint8Array,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const frame = into.subarray(i * width * height, (i + 1) * width * height);
    try {
      decodeLuminance(await picture(file, list, start + i), width, height, frame);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new MovieError(`Frame ${start + i + 1} of movie "${file.path}" is no valid JPEG picture: ${error.message}`);
    }
  }
}

/**
 * Whether the first picture is a kind that can be decoded here. Rejects with `MovieError` when it is damaged.
 */
export async function isPlainMotionJpeg(
  file: PositionalFile,
  list: FrameList,
  [width, height]: readonly [number, number],
): Promise<boolean> {
  const first = await picture(file, list, 0);
  if (width * height > PIXELS_PER_BYTE * first.length + PIXELS_PER_BYTE) {
    throw new MovieError(
      `Movie "${file.path}" is damaged: its header says ${width}×${height} pixels, more than ${first.length} bytes of JPEG can hold`,
    );
  }
  try {
    decodeLuminance(first, width, height, new Uint8Array(width * height));
    return true;
  } catch (error) {
    if (error instanceof JpegKindError) return false;
    if (!(error instanceof RangeError)) throw error;
    throw new MovieError(`Frame 1 of movie "${file.path}" is no valid JPEG picture: ${error.message}`);
  }
}

async function picture(file: PositionalFile, list: FrameList, frame: number): Promise<Uint8Array> {
  if (list.size(frame) > LARGEST_PICTURE) {
    throw new MovieError(
      `Frame ${frame + 1} of movie "${file.path}" has ${list.size(frame)} bytes, too many for a JPEG picture`,
    );
  }
  const bytes = new Uint8Array(list.size(frame));
  await file.read(bytes, list.position(frame));
  return bytes;
}
