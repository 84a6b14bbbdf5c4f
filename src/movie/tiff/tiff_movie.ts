import { bytesPerSample, type MovieHeader, type MovieSource, type SampleArray } from "../../core/movie.ts";
import { hostIsLittleEndian, swapByteOrder } from "../byte_order.ts";
import { FileRuns } from "../file_runs.ts";
import type { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { readTiffBlocks } from "./tiff_blocks.ts";
import { blockRows } from "./tiff_page.ts";
import { readTiffPages } from "./tiff_pages.ts";
import { COMPRESSION } from "./tiff_tags.ts";

/**
 * A TIFF or BigTIFF file as a movie: one page per frame, or an ImageJ stack behind a single page. Plain samples are read straight
 * into the caller's array, many frames per request; other pages are decoded one at a time. Takes over the file: closing the movie
 * closes it. Throws `MovieError` when the file is not one movie.
 */
export function openTiffMovie(file: PositionalFile): MovieSource {
  const pages = readTiffPages(file);
  const { width, height, sampleType, frameRate, starts } = pages;
  const header: MovieHeader = {
    width,
    height,
    frames: starts.length,
    sampleType,
    ...(frameRate === undefined ? {} : { frameRate }),
    name: file.path,
    files: [{ path: file.path, bytes: file.bytes, modified: file.modified, frames: starts.length }],
  };
  const sampleBytes = bytesPerSample(sampleType);
  const frameBytes = width * height * sampleBytes;
  const swapped = pages.littleEndian !== hostIsLittleEndian;

  async function read(start: number, count: number, into: SampleArray): Promise<void> {
    checkReadRange(header, start, count, into);
    const bytes = new Uint8Array(into.buffer, into.byteOffset, count * frameBytes);
    const runs = new FileRuns();
    /** Frames that have to be decoded, which leaves them in this machine's byte order. */
    const decoded = new Set<number>();
    for (let i = 0; i < count; i++) {
      const plain = starts[start + i];
      if (plain >= 0) {
        runs.add(plain, frameBytes, i * frameBytes);
        continue;
      }
      const page = pages.page(start + i);
      if (page.compression === COMPRESSION.none && !page.tiled) {
        page.offsets.forEach((offset, k) => {
          const length = blockRows(page, k) * width * sampleBytes;
          runs.add(offset, length, i * frameBytes + k * page.blockHeight * width * sampleBytes);
        });
        continue;
      }
      decoded.add(i);
      const frame = bytes.subarray(i * frameBytes, (i + 1) * frameBytes);
      await readTiffBlocks(file, page, pages.littleEndian, start + i + 1, frame);
    }
    await runs.read(file, bytes);
    if (!swapped || sampleBytes === 1) return;
    for (let i = 0; i < count; i++) {
      if (!decoded.has(i)) swapByteOrder(bytes.subarray(i * frameBytes, (i + 1) * frameBytes), sampleBytes);
    }
  }
  return { header, read, close: () => file.close() };
}
