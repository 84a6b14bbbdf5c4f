import * as fs from "node:fs";
import { join } from "node:path";
import { chunkIndices, product } from "./chunk_grid.ts";
import { copyStrided, type Numbers, rowMajorStrides } from "./strided_copy.ts";
import { ZarrError } from "./zarr_error.ts";
import { chunkError, isKnownCodec, MissingChunk, openChunks, type ZarrBytes, type ZarrChunk } from "./zarr_library.ts";
import type { ZarrArrayMetadata } from "./zarr_metadata.ts";

/** Largest decoded chunk, bytes. */
const LARGEST_CHUNK = 2 ** 30;
/** Encoded chunks are rarely larger than decoded ones, and never by more than this. */
const MARGIN = 2 ** 16;
/** Most numbers that `zarrNumbers` reads. */
const MOST_NUMBERS = 2 ** 24;

/** Decodes single chunks of an array. */
export interface ZarrChunks {
  /** The chunk at a place in the grid of chunks; undefined when it is not stored, that is, full of the fill value. Rejects with `ZarrError`. */
  chunk(index: readonly number[]): Promise<ZarrChunk | undefined>;
}

/** Bytes of an element; 8 where the type is no number. */
export function elementBytes(type: string): number {
  const bits = /^(?:u?int|float)(\d+)$/.exec(type)?.[1];
  return type === "bool" ? 1 : bits === undefined ? 8 : Number(bits) / 8;
}

/** Prepares the decoding of an array's chunks. Rejects with `ZarrError` when they are absurdly large or encoded in an unknown way. */
export async function openZarrChunks(array: ZarrArrayMetadata): Promise<ZarrChunks> {
  const length = product(array.chunks), bytes = length * elementBytes(array.type);
  if (bytes > LARGEST_CHUNK) {
    throw new ZarrError(
      `has chunks of ${array.chunks.join("×")} ${array.type}, ${bytes} bytes: at most ${LARGEST_CHUNK} can be read`,
    );
  }
  const unknown = array.codecs.find((name) => !isKnownCodec(name))?.replace("numcodecs.", "");
  if (unknown !== undefined) {
    throw new ZarrError(
      `is encoded with ${unknown}, which cannot be read: save it with blosc, zstd, gzip, zlib or lz4`,
    );
  }
  try {
    const decode = await openChunks(folderBytes(array, 2 * bytes + MARGIN), array.version);
    return {
      async chunk(index) {
        try {
          const chunk = await decode(index);
          if (!chunk || chunk.data.length === length) return chunk;
          throw new ZarrError(`is damaged: it holds ${chunk.data.length} elements where ${length} belong`);
        } catch (error) {
          throw new ZarrError(`has a chunk ${index.join(".")} that ${chunkError(error).message}`);
        }
      },
    };
  } catch (error) {
    throw chunkError(error);
  }
}

/** All numbers of a small array, row-major, as float64. Rejects with `ZarrError` when it holds no numbers or too many. */
export async function zarrNumbers(array: ZarrArrayMetadata): Promise<Float64Array> {
  const { shape, chunks, type } = array;
  if (!/^(u?int|float)\d+$|^bool$/.test(type)) throw new ZarrError(`holds ${type}, not numbers`);
  if (product(shape) > MOST_NUMBERS) {
    throw new ZarrError(`has ${product(shape)} numbers, which is too much to read at once`);
  }
  const grid = product(shape.map((size, axis) => Math.ceil(size / chunks[axis])));
  if (grid > 2 ** 20) throw new ZarrError(`is cut into ${grid} chunks, which is too much`);
  const opened = await openZarrChunks(array), strides = rowMajorStrides(shape);
  const all = new Float64Array(product(shape)).fill(array.fill);
  for (const index of chunkIndices(shape, chunks)) {
    const chunk = await opened.chunk(index), start = index.map((i, axis) => i * chunks[axis]);
    if (!chunk) continue;
    const numbers = Float64Array.from(chunk.data as ArrayLike<number | bigint>, Number);
    copyStrided(
      numbers as Numbers,
      { offset: 0, strides: chunk.strides },
      all,
      { offset: start.reduce((sum, at, axis) => sum + at * strides[axis], 0), strides },
      chunks.map((size, axis) => Math.min(size, shape[axis] - start[axis])),
    );
  }
  return all;
}

/** The files of an array's folder, as the library asks for them; none is read that is larger than `most` bytes. */
function folderBytes(array: ZarrArrayMetadata, most: number): ZarrBytes {
  const document = new TextEncoder().encode(JSON.stringify(array.document));
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === "ENOENT" || code === "ENOTDIR") throw new MissingChunk();
      throw error instanceof ZarrError ? error : new ZarrError(`cannot be read (${code ?? message})`);
    }
  };
  return {
    get(key) {
      if (key === ".zattrs") return Promise.resolve(undefined);
      if (key === ".zarray" || key === "zarr.json") return Promise.resolve(document);
      return attempt(async () => {
        const path = join(array.folder, key), { size } = await fs.promises.stat(path);
        if (size > most) {
          throw new ZarrError(`is damaged: its file has ${size} bytes, at most ${most} belong to a chunk`);
        }
        return new Uint8Array(await fs.promises.readFile(path));
      });
    },
    getRange(key, range) {
      return attempt(async () => {
        const file = await fs.promises.open(join(array.folder, key));
        try {
          const { size } = await file.stat();
          const isSuffix = "suffixLength" in range, length = isSuffix ? range.suffixLength : range.length;
          const offset = isSuffix ? size - length : range.offset;
          if (!(offset >= 0 && length >= 0 && offset + length <= size) || !isSuffix && length > most) {
            throw new ZarrError(`is damaged: ${length} bytes from ${offset} belong to it, and its file has ${size}`);
          }
          const bytes = new Uint8Array(length);
          for (let done = 0; done < length;) {
            const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
            if (bytesRead === 0) throw new ZarrError("ends early");
            done += bytesRead;
          }
          return bytes;
        } finally {
          await file.close();
        }
      });
    },
  };
}
