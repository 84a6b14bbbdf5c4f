import { MovieError } from "../../core/errors.ts";
import { storedBytes, type StoredType } from "../stored_type.ts";
import type { TiffDirectories, TiffDirectory } from "./tiff_directories.ts";
import { storedType } from "./tiff_sample_type.ts";
import { COMPRESSION, COMPRESSION_NAMES, TAG } from "./tiff_tags.ts";

/** Largest frame, in bytes: what one array and one request can hold everywhere. */
const LARGEST_FRAME = 2 ** 31 - 1;
/** Most strips or tiles of a page. */
const MOST_BLOCKS = 2 ** 20;
/** A tile may be larger than its page, but not absurdly so. */
const TILE_MARGIN = 4096;
/** How many times smaller each compression can possibly make its data; more is a damaged or hostile header. */
const STRONGEST: Readonly<Record<number, number>> = {
  [COMPRESSION.none]: 1,
  [COMPRESSION.lzw]: 2048,
  [COMPRESSION.jpeg]: 1024,
  [COMPRESSION.adobeDeflate]: 1100,
  [COMPRESSION.deflate]: 1100,
  [COMPRESSION.packBits]: 64,
  [COMPRESSION.zstd]: 50000,
};

/** One page as its directory describes it, checked: every block lies within the file. A block is a strip or a tile. */
export interface TiffPage {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Type of a sample as it is stored. */
  readonly stored: StoredType;
  /** Bytes of one. */
  readonly sampleBytes: number;
  /** Channels that alternate pixel by pixel, of which `channel` (from 0) is read; 1 where each has blocks of its own. */
  readonly interleaved: number;
  readonly channel: number;
  /** Channels of the page, interleaved or not. */
  readonly channels: number;
  /** Compression tag, one of `COMPRESSION`. */
  readonly compression: number;
  /** Predictor tag: 1 none, 2 horizontal, 3 floating point. */
  readonly predictor: number;
  /** Whether blocks are tiles, which are always stored whole. */
  readonly tiled: boolean;
  /** Columns of a block. */
  readonly blockWidth: number;
  /** Rows of a block. */
  readonly blockHeight: number;
  /** Position of each block in the file, row by row. */
  readonly offsets: readonly number[];
  /** Stored bytes of each block. */
  readonly counts: readonly number[];
  /** Tables shared by the page's JPEG blocks. */
  readonly jpegTables?: Uint8Array;
}

/** Rows that block `index` of a page covers; the last strip of a page may be shorter than the others. */
export function blockRows(page: TiffPage, index: number): number {
  if (page.tiled) return page.blockHeight;
  return Math.min(page.blockHeight, page.height - index * page.blockHeight);
}

/** Whether the blocks of a page are runs of its samples, as they are. */
export function isPlain({ compression, tiled, interleaved }: TiffPage): boolean {
  return compression === COMPRESSION.none && !tiled && interleaved === 1;
}

/**
 * Where the page's samples begin when they are stored plainly and in one piece, else -1.
 */
export function contiguousStart(page: TiffPage): number {
  if (!isPlain(page)) return -1;
  for (let i = 1; i < page.offsets.length; i++) {
    if (page.offsets[i] !== page.offsets[i - 1] + page.counts[i - 1]) return -1;
  }
  return page.offsets[0];
}

/**
 * Reads and checks one page, of which one channel (from 0) is read where it has several. `number` (from 1) is for messages, `path` and
 * `fileBytes` are the file's.
 * Throws `MovieError` for whatever cannot be a frame of a movie, before anything is reserved for it.
 */
export function readTiffPage(
  directories: TiffDirectories,
  directory: TiffDirectory,
  path: string,
  fileBytes: number,
  number: number,
  channel = 0,
): TiffPage {
  const where = `Page ${number} of movie "${path}"`;
  const { entries } = directory;
  const one = (tag: number, what: string, fallback: number): number => {
    const values = entries.get(tag);
    return values && values.count > 0 ? directories.numbers(values, 1, `${what} of page ${number}`)[0] : fallback;
  };
  const width = one(TAG.imageWidth, "the width", 0), height = one(TAG.imageLength, "the height", 0);
  if (!(width >= 1 && height >= 1)) {
    throw new MovieError(`${where} is damaged: it is ${width}×${height} pixels large`);
  }
  const channels = one(TAG.samplesPerPixel, "the sample count", 1);
  const apart = one(TAG.planarConfiguration, "the planar configuration", 1) === 2;
  const interleaved = apart ? 1 : channels;
  if (channels < 1) throw new MovieError(`${where} is damaged: it is said to have 0 channels`);
  if (channel >= channels) {
    throw new MovieError(`${where} has ${channels} channels, so there is no channel ${channel + 1}`);
  }
  const stored = storedType(
    one(TAG.bitsPerSample, "the bit depth", 1),
    one(TAG.sampleFormat, "the sample format", 1),
    where,
  );
  const compression = one(TAG.compression, "the compression", 1);
  const strongest = STRONGEST[compression];
  if (strongest === undefined) {
    throw new MovieError(
      `${where} is compressed with ${
        COMPRESSION_NAMES[compression] ?? `method ${compression}`
      }, which cannot be read: ` +
        "save the movie uncompressed, or with LZW, deflate, zstd, PackBits or JPEG",
    );
  }
  if (compression === COMPRESSION.jpeg && stored !== "uint8") {
    throw new MovieError(`${where} holds ${stored} samples in JPEG, which can only be read with uint8`);
  }
  if (compression === COMPRESSION.jpeg && interleaved > 1) {
    throw new MovieError(`${where} holds colour pictures in JPEG, which cannot be read: convert the movie to grey`);
  }
  if (one(TAG.fillOrder, "the fill order", 1) !== 1) {
    throw new MovieError(`${where} stores its bits in reversed order (FillOrder 2), which cannot be read`);
  }
  const sampleBytes = storedBytes(stored);
  const frameBytes = width * height * sampleBytes * interleaved;
  if (frameBytes > LARGEST_FRAME) {
    const each = interleaved > 1 ? ` of ${interleaved} channels` : "";
    throw new MovieError(`${where} is said to be ${width}×${height} pixels${each}: a frame may have at most 2 GiB`);
  }
  // Only these codecs are used with a predictor; others carry the tag without meaning it.
  const predicts = compression !== COMPRESSION.none && compression !== COMPRESSION.jpeg &&
    compression !== COMPRESSION.packBits;
  const predictor = predicts ? one(TAG.predictor, "the predictor", 1) : 1;
  if (predictor < 1 || predictor > 3 || (predictor === 3 && !stored.startsWith("float"))) {
    throw new MovieError(`${where} uses predictor ${predictor} on ${stored} samples, which cannot be read`);
  }
  const tiled = entries.has(TAG.tileOffsets);
  const blockWidth = tiled ? one(TAG.tileWidth, "the tile width", 0) : width;
  const blockHeight = tiled
    ? one(TAG.tileLength, "the tile height", 0)
    : Math.min(height, one(TAG.rowsPerStrip, "the rows per strip", height));
  if (
    !(blockWidth >= 1 && blockHeight >= 1 && blockWidth <= width + TILE_MARGIN && blockHeight <= height + TILE_MARGIN)
  ) {
    throw new MovieError(
      `${where} is damaged: its ${tiled ? "tiles" : "strips"} are ${blockWidth}×${blockHeight} pixels large`,
    );
  }
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight);
  // Channels apart have all of their blocks one after another.
  const listed = (apart ? channel + 1 : 1) * blocks;
  const kind = tiled ? "tile" : "strip";
  if (listed > MOST_BLOCKS) {
    throw new MovieError(`${where} is said to be cut into ${listed} ${kind}s; at most ${MOST_BLOCKS} can be read`);
  }
  const offsetValues = entries.get(tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const countValues = entries.get(tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  if (!offsetValues || offsetValues.count < listed) {
    throw new MovieError(`${where} is damaged: it lists ${offsetValues?.count ?? 0} of its ${listed} ${kind}s`);
  }
  const samples = { stored, sampleBytes, interleaved, channel, channels };
  const layout = { width, height, ...samples, compression, predictor, tiled, blockWidth, blockHeight };
  const offsets = directories.numbers(offsetValues, listed, `the list of ${kind}s of page ${number}`).slice(-blocks);
  const sizes = countValues && countValues.count >= listed
    ? directories.numbers(countValues, listed, `the list of ${kind} sizes of page ${number}`).slice(-blocks)
    : undefined;
  if (!sizes && compression !== COMPRESSION.none) {
    throw new MovieError(`${where} is damaged: the sizes of its ${blocks} ${kind}s are missing`);
  }
  const page = { ...layout, offsets, counts: sizes ?? new Array<number>(blocks).fill(0) };
  const counts = page.counts;
  let total = 0;
  for (let i = 0; i < blocks; i++) {
    const plain = blockRows(page, i) * blockWidth * sampleBytes * interleaved;
    // Plain data has a known size; some writers state none, or that of a whole stack.
    if (compression === COMPRESSION.none) {
      if (counts[i] !== 0 && counts[i] < plain) {
        throw new MovieError(`${where} is damaged: ${kind} ${i + 1} has ${counts[i]} bytes where ${plain} belong`);
      }
      counts[i] = plain;
    } else if (counts[i] === 0 || counts[i] > 2 * plain + 65536 || plain > 4096 + counts[i] * strongest) {
      throw new MovieError(
        `${where} is damaged: ${kind} ${i + 1} is said to hold ${plain} bytes in ${counts[i]} bytes of ` +
          `${COMPRESSION_NAMES[compression]}, which is not possible`,
      );
    }
    total += counts[i];
    if (offsets[i] < 8 || offsets[i] + counts[i] > fileBytes) {
      throw new MovieError(
        `Movie "${path}" is truncated or damaged: page ${number} reaches byte ${offsets[i] + counts[i]} (from ${
          offsets[i]
        }), ` +
          `but the file has ${fileBytes} bytes`,
      );
    }
  }
  if (total > fileBytes) {
    throw new MovieError(
      `${where} is damaged: its ${kind}s are said to take ${total} bytes, but the file has ${fileBytes}`,
    );
  }
  const tables = compression === COMPRESSION.jpeg ? entries.get(TAG.jpegTables) : undefined;
  return tables ? { ...page, jpegTables: directories.bytes(tables, 65536, `the JPEG tables of page ${number}`) } : page;
}
