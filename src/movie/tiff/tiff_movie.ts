import { type MovieHeader, type MovieSource, type SampleArray } from "../../core/movie.ts";
import { hostIsLittleEndian, swapByteOrder } from "../byte_order.ts";
import { FileRuns } from "../file_runs.ts";
import type { FormatOptions } from "../format.ts";
import type { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { putSamples, sampleTypeOf, storedBytes, storedView } from "../stored_type.ts";
import { readTiffBlocks } from "./tiff_blocks.ts";
import { planTiff } from "./tiff_plan.ts";
import { blockRows, isPlain } from "./tiff_page.ts";
import type { TiffPages } from "./tiff_pages.ts";

/**
 * A TIFF or BigTIFF file as a movie: one page per frame, an ImageJ stack behind a single page, one channel of several, or all the files of an
 * OME-TIFF. Plain samples are read straight into the caller's array, many frames per request; other pages are decoded one at a time.
 * Takes over the file: closing the movie closes it. Throws `MovieError` when the file is not one movie.
 */
export function openTiffMovie(file: PositionalFile, options: FormatOptions = {}): MovieSource {
  const { files, frames, fileOf, pageOf, facts } = planTiff(file, options);
  const { width, height, stored } = files[0];
  const sampleType = sampleTypeOf(stored);
  const taken = new Uint32Array(files.length);
  for (let frame = 0; frame < frames; frame++) taken[fileOf(frame)]++;
  const header: MovieHeader = {
    width,
    height,
    frames,
    sampleType,
    name: file.path,
    format: "TIFF",
    ...facts,
    files: files.map(({ file: { path, bytes, modified } }, i) => ({ path, bytes, modified, frames: taken[i] })),
  };
  const size = width * height;

  async function read(start: number, count: number, into: SampleArray): Promise<void> {
    checkReadRange(header, start, count, into);
    for (let from = 0; from < count;) {
      const index = fileOf(start + from);
      let to = from + 1;
      while (to < count && fileOf(start + to) === index) to++;
      const first = start + from, part = into.subarray(from * size, to * size);
      if (stored === sampleType) {
        await readPages(files[index], to - from, (i) => pageOf(first + i), part);
      } else {
        await readConverted(files[index], to - from, (i) => pageOf(first + i), part);
      }
      from = to;
    }
  }
  return { header, read, close: () => files.forEach(({ file }) => file.close()) };
}

/** Reads `count` pages into the whole of `into`, which has samples of the type that is stored. */
async function readPages(
  pages: TiffPages,
  count: number,
  pageOf: (frame: number) => number,
  into: SampleArray | Uint8Array,
): Promise<void> {
  const { file, width, starts, littleEndian } = pages;
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const frameBytes = bytes.length / count, sampleBytes = frameBytes / (width * pages.height);
  const runs = new FileRuns();
  /** Frames that have to be decoded, which leaves them in this machine's byte order. */
  const decoded = new Set<number>();
  for (let i = 0; i < count; i++) {
    const index = pageOf(i), plain = starts[index];
    if (plain >= 0) {
      runs.add(plain, frameBytes, i * frameBytes);
      continue;
    }
    const page = pages.page(index);
    if (isPlain(page)) {
      page.offsets.forEach((offset, k) => {
        const length = blockRows(page, k) * width * sampleBytes;
        runs.add(offset, length, i * frameBytes + k * page.blockHeight * width * sampleBytes);
      });
      continue;
    }
    decoded.add(i);
    await readTiffBlocks(file, page, littleEndian, index + 1, bytes.subarray(i * frameBytes, (i + 1) * frameBytes));
  }
  await runs.read(file, bytes);
  if (littleEndian === hostIsLittleEndian || sampleBytes === 1) return;
  for (let i = 0; i < count; i++) {
    if (!decoded.has(i)) swapByteOrder(bytes.subarray(i * frameBytes, (i + 1) * frameBytes), sampleBytes);
  }
}

/** Reads pages whose samples are stored as a type the engine does not have: one frame at a time through memory of its own. */
async function readConverted(
  pages: TiffPages,
  count: number,
  pageOf: (frame: number) => number,
  into: SampleArray,
): Promise<void> {
  const size = pages.width * pages.height;
  const bytes = new Uint8Array(size * storedBytes(pages.stored));
  for (let i = 0; i < count; i++) {
    await readPages(pages, 1, () => pageOf(i), bytes);
    putSamples(storedView(pages.stored, bytes), into.subarray(i * size, (i + 1) * size));
  }
}
