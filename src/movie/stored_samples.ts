import { type SampleArray } from "../core/movie.ts";
import { hostIsLittleEndian, swapByteOrder } from "./byte_order.ts";
import { FileRuns } from "./file_runs.ts";
import type { PositionalFile } from "./positional_file.ts";
import { sampleTypeOf, storedBytes, type StoredType, storedView, toSamples } from "./stored_type.ts";

/** Most bytes that pass through memory of our own at once; one frame if that is more. */
const PIECE_BYTES = 2 ** 22;
/** Between the samples of two pixels, up to this many bytes are read over: a request costs about as much. */
const LONGEST_GAP = 2 ** 15;
/** Requests at least this long do not block. */
const LONG_READ = 2 ** 18;
/** Side of the squares in which samples are transposed: what the processor's nearest memory holds of both sides. */
const TILE = 32;

/** Where the samples of a movie lie in a file that holds them plainly. */
export interface StoredSamples {
  /** How a sample is stored. */
  readonly type: StoredType;
  /** Whether the least significant byte comes first. */
  readonly littleEndian: boolean;
  /** Pixels per row, rows, and frames. */
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Where the first sample is. */
  readonly position: number;
  /** "frames": one whole frame after another. "pixels": for one pixel after another, its samples over all frames. */
  readonly order: "frames" | "pixels";
  /** Whether pixels follow each other along rows or along columns. Default "rows". */
  readonly along?: "rows" | "columns";
  /** Where a frame begins, if frames do not follow each other without a gap. Only with the order "frames". */
  readonly framePosition?: (frame: number) => number;
}

/** Bytes that all samples take together when they follow each other without a gap. */
export function storedSize({ width, height, frames, type }: StoredSamples): number {
  return width * height * frames * storedBytes(type);
}

/** A note for people when frames have to be gathered pixel by pixel. */
export function storedOrderNotes({ order }: StoredSamples): string[] {
  return order === "frames" ? [] : [
    "The file holds one pixel after another, which is slow to read frame by frame: converting it once is worth while",
  ];
}

/**
 * Reads frames `[start, start + count)` of plainly stored samples, in the movie's own type (`sampleTypeOf`). Whole frames in rows of a
 * movie's type go straight into the caller's array, in long requests; others pass through a few megabytes of memory. Rejects with
 * `MovieError` when the file ends early. Calls may overlap.
 */
export async function readStoredSamples(
  file: PositionalFile,
  stored: StoredSamples,
  start: number,
  count: number,
  into: SampleArray,
): Promise<void> {
  if (stored.order === "pixels") return await readPixels(file, stored, start, count, into);
  const { type, width, height, position, along } = stored;
  const size = width * height, sampleBytes = storedBytes(type), frameBytes = size * sampleBytes;
  const at = stored.framePosition ?? ((frame: number) => position + frame * frameBytes);
  const isPlain = along !== "columns" && sampleTypeOf(type) === type;
  const step = isPlain ? count : Math.max(1, Math.floor(PIECE_BYTES / frameBytes));
  const scratch = isPlain ? undefined : new Uint8Array(Math.min(step, count) * frameBytes);
  for (let first = 0; first < count; first += step) {
    const frames = Math.min(step, count - first), runs = new FileRuns();
    for (let i = 0; i < frames; i++) runs.add(at(start + first + i), frameBytes, i * frameBytes);
    const bytes = (scratch ?? new Uint8Array(into.buffer, into.byteOffset)).subarray(0, frames * frameBytes);
    await runs.read(file, bytes);
    if (stored.littleEndian !== hostIsLittleEndian) swapByteOrder(bytes, sampleBytes);
    if (!scratch) continue;
    const samples = toSamples(storedView(type, bytes), sampleTypeOf(type));
    if (along !== "columns") into.set(samples, first * size);
    for (let i = 0; i < frames && along === "columns"; i++) {
      transpose(samples, i * size, height, into, (first + i) * size, width, width, height);
    }
  }
}

/** Reads frames of a file that holds, pixel by pixel, the samples over time: as many pixels at once as fit into the memory of a piece. */
async function readPixels(
  file: PositionalFile,
  stored: StoredSamples,
  start: number,
  count: number,
  into: SampleArray,
): Promise<void> {
  const { type, width, height, frames, position, along = "rows" } = stored;
  const size = width * height, sampleBytes = storedBytes(type), pixelBytes = frames * sampleBytes;
  // Whole rows (or columns) of pixels, so that they are placed in straight lines.
  const line = along === "rows" ? width : height, lines = along === "rows" ? height : width;
  const span = Math.max(1, Math.min(count, Math.floor(PIECE_BYTES / (line * sampleBytes))));
  for (let first = 0; first < count; first += span) {
    const times = Math.min(span, count - first), runBytes = times * sampleBytes;
    const step = Math.max(1, Math.min(lines, Math.floor(PIECE_BYTES / (line * runBytes))));
    const scratch = new Uint8Array(step * line * runBytes);
    for (let at = 0; at < lines; at += step) {
      const pixels = Math.min(step, lines - at) * line;
      const bytes = scratch.subarray(0, pixels * runBytes);
      const from = position + at * line * pixelBytes + (start + first) * sampleBytes;
      await gather(file, from, pixelBytes, runBytes, bytes);
      if (stored.littleEndian !== hostIsLittleEndian) swapByteOrder(bytes, sampleBytes);
      const samples = toSamples(storedView(type, bytes), sampleTypeOf(type));
      if (along === "rows") {
        transpose(samples, 0, times, into, first * size + at * line, size, pixels, times);
        continue;
      }
      for (let t = 0; t < times; t++) {
        for (let x = 0; x * line < pixels; x++) {
          const target = (first + t) * size + at + x;
          for (let y = 0; y < height; y++) into[target + y * width] = samples[(x * line + y) * times + t];
        }
      }
    }
  }
}

/** Reads runs of equal length at equal distances, one after another into memory. */
async function gather(
  file: PositionalFile,
  from: number,
  distance: number,
  length: number,
  into: Uint8Array,
): Promise<void> {
  if (distance === length) return await file.read(into, from);
  const runs = into.length / length;
  const together = distance - length <= LONGEST_GAP ? Math.max(1, Math.floor(PIECE_BYTES / distance)) : 1;
  const scratch = together > 1 ? new Uint8Array((Math.min(together, runs) - 1) * distance + length) : undefined;
  for (let first = 0; first < runs; first += together) {
    const count = Math.min(together, runs - first), position = from + first * distance;
    if (!scratch) {
      const run = into.subarray(first * length, (first + 1) * length);
      // Very many short requests: not waiting for each of them is ten times as fast. The first waits, so that others get their turn.
      if (length < LONG_READ && first > 0) file.readSync(run, position);
      else await file.read(run, position);
      continue;
    }
    const bytes = scratch.subarray(0, (count - 1) * distance + length);
    await file.read(bytes, position);
    for (let i = 0; i < count; i++) {
      into.set(bytes.subarray(i * distance, i * distance + length), (first + i) * length);
    }
  }
}

/** `to[row][column] = from[column][row]`, in squares: `columns` runs of `rows` samples become `rows` runs of `columns`. */
function transpose(
  from: SampleArray,
  fromAt: number,
  fromStep: number,
  to: SampleArray,
  toAt: number,
  toStep: number,
  columns: number,
  rows: number,
): void {
  for (let c0 = 0; c0 < columns; c0 += TILE) {
    const c1 = Math.min(columns, c0 + TILE);
    for (let r0 = 0; r0 < rows; r0 += TILE) {
      const r1 = Math.min(rows, r0 + TILE);
      for (let r = r0; r < r1; r++) {
        const target = toAt + r * toStep, source = fromAt + r;
        for (let c = c0; c < c1; c++) to[target + c] = from[source + c * fromStep];
      }
    }
  }
}
