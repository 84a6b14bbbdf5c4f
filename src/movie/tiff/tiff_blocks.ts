import zlib from "node:zlib";
import { MovieError } from "../../core/errors.ts";
import { hostIsLittleEndian, swapByteOrder } from "../byte_order.ts";
import { FileRuns } from "../file_runs.ts";
import { decompressLzw } from "./lzw.ts";
import { decompressPackBits } from "./pack_bits.ts";
import type { PositionalFile } from "../positional_file.ts";
import { undoFloatingPointDifference, undoHorizontalDifference } from "./predictor.ts";
import { blockRows, type TiffPage } from "./tiff_page.ts";
import { COMPRESSION, COMPRESSION_NAMES } from "./tiff_tags.ts";

/** Bytes a block may hold beyond its samples: some writers pad. */
const PADDING = 4096;

/**
 * Reads one page that is compressed, tiled or interleaved into `into`: the bytes of one frame, left in this machine's byte order.
 * `number` (from 1) is for messages. Rejects with `MovieError` when a block does not decode to its samples.
 */
export async function readTiffBlocks(
  file: PositionalFile,
  page: TiffPage,
  littleEndian: boolean,
  number: number,
  into: Uint8Array,
): Promise<void> {
  const { sampleBytes } = page;
  const runs = new FileRuns();
  const places: number[] = [];
  let total = 0;
  page.counts.forEach((count, i) => {
    runs.add(page.offsets[i], count, total);
    places.push(total);
    total += count;
  });
  const stored = new Uint8Array(total);
  await runs.read(file, stored);
  const across = Math.ceil(page.width / page.blockWidth);
  const rowBytes = page.width * sampleBytes, blockRowBytes = page.blockWidth * sampleBytes;
  for (let i = 0; i < page.counts.length; i++) {
    const rows = blockRows(page, i);
    const samples = await decodeBlock(
      page,
      stored.subarray(places[i], places[i] + page.counts[i]),
      rows,
      i,
      number,
      file.path,
    );
    if (page.predictor !== 3 && littleEndian !== hostIsLittleEndian) swapByteOrder(samples, sampleBytes);
    const { interleaved } = page, width = page.blockWidth * interleaved;
    if (page.predictor === 2) undoHorizontalDifference(samples, width, sampleBytes, interleaved);
    if (page.predictor === 3) undoFloatingPointDifference(samples, width, sampleBytes, interleaved);
    const block = interleaved === 1 ? samples : oneChannel(samples, interleaved, page.channel, sampleBytes);
    const left = (i % across) * blockRowBytes, top = Math.floor(i / across) * page.blockHeight;
    const usedRows = Math.min(rows, page.height - top), usedBytes = Math.min(blockRowBytes, rowBytes - left);
    if (across === 1 && page.blockWidth === page.width) {
      into.set(block.subarray(0, usedRows * rowBytes), top * rowBytes);
      continue;
    }
    for (let y = 0; y < usedRows; y++) {
      into.set(block.subarray(y * blockRowBytes, y * blockRowBytes + usedBytes), (top + y) * rowBytes + left);
    }
  }
}

/** One channel (from 0) of several that alternate. */
function oneChannel(samples: Uint8Array, channels: number, channel: number, sampleBytes: number): Uint8Array {
  const picked = new Uint8Array(samples.length / channels), step = channels * sampleBytes;
  for (let from = channel * sampleBytes, to = 0; to < picked.length; from += step, to += sampleBytes) {
    for (let i = 0; i < sampleBytes; i++) picked[to + i] = samples[from + i];
  }
  return picked;
}

/** The `rows` rows of block `index`, exactly, in memory of their own that starts at an address fit for samples. */
async function decodeBlock(
  page: TiffPage,
  stored: Uint8Array,
  rows: number,
  index: number,
  number: number,
  path: string,
): Promise<Uint8Array> {
  const expected = rows * page.blockWidth * page.sampleBytes * page.interleaved;
  const where = `${page.tiled ? "Tile" : "Strip"} ${index + 1} of page ${number} of movie "${path}"`;
  let decoded: Uint8Array;
  try {
    decoded = await decompress(page, stored, expected);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MovieError(`${where} is not valid ${COMPRESSION_NAMES[page.compression]} data: ${why}`);
  }
  if (decoded.length < expected) {
    throw new MovieError(`${where} decodes to ${decoded.length} bytes where ${expected} belong`);
  }
  return decoded.byteOffset % 8 === 0 ? decoded.subarray(0, expected) : decoded.slice(0, expected);
}

/**
 * Undoes the compression. Each codec is bounded by what the block can hold. Deflate and zstd are the runtime's own: faster than
 * geotiff's, and they take a limit, which geotiff's do not.
 */
async function decompress(page: TiffPage, stored: Uint8Array, expected: number): Promise<Uint8Array> {
  // Writers may pad the last strip to a whole one.
  const limit = page.blockWidth * page.blockHeight * page.sampleBytes * page.interleaved + PADDING;
  switch (page.compression) {
    case COMPRESSION.none:
      return stored.slice();
    case COMPRESSION.adobeDeflate:
    case COMPRESSION.deflate:
      return zlib.inflateSync(stored, { maxOutputLength: limit });
    case COMPRESSION.zstd:
      return zlib.zstdDecompressSync(stored, { maxOutputLength: limit });
    case COMPRESSION.lzw: {
      const into = new Uint8Array(expected);
      return into.subarray(0, decompressLzw(stored, into));
    }
    case COMPRESSION.packBits: {
      const into = new Uint8Array(expected);
      return into.subarray(0, decompressPackBits(stored, into));
    }
    case COMPRESSION.jpeg: {
      const { decodeJpegBlock } = await import("./jpeg_blocks.ts");
      return await decodeJpegBlock(stored, page.jpegTables, page.blockWidth, page.blockHeight);
    }
    default:
      throw new RangeError(`compression ${page.compression} is unknown`);
  }
}
