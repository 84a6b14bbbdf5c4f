import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { type AbsolutePath, CodecPipelineError, open, registry, root } from "npm:zarrita@0.7.5";
import { product } from "./chunk_grid.ts";
import { ZarrError } from "./zarr_error.ts";

/**
 * The Zarr library: what decodes chunks. This is the only file that imports it. gzip, zlib and zstd are decoded by the platform, which is
 * faster than the library, and everything is held to the size that a chunk can have: a damaged or hostile chunk must not ask for more.
 */

/** Thrown for the file of a chunk that is not there, so that the library does not make up a chunk of fill values. */
export class MissingChunk extends Error {}

/** Where the library's bytes come from. */
export interface ZarrBytes {
  /** A whole file, or nothing when there is none. Rejects with `MissingChunk` for the files of chunks. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** A part of a file. Rejects with `MissingChunk` when there is none. */
  getRange(
    key: string,
    range: { offset: number; length: number } | { suffixLength: number },
  ): Promise<Uint8Array>;
}

/** A decoded chunk: its numbers and the steps along its axes. */
export interface ZarrChunk {
  readonly data: ArrayLike<number | bigint | string>;
  readonly strides: readonly number[];
}

/** Whether chunks that went through a codec can be decoded. */
export function isKnownCodec(name: string): boolean {
  // A filter of version 2 that the library turns into two others.
  return name === "numcodecs.fixedscaleoffset" || registry.has(name as Parameters<typeof registry.has>[0]);
}

/** Decodes the chunks of the array at the root of a store; those that are not there are undefined. Rejects when the library does not know how. */
export async function openChunks(
  bytes: ZarrBytes,
  version: 2 | 3,
): Promise<(index: readonly number[]) => Promise<ZarrChunk | undefined>> {
  const location = root({
    get: (key: AbsolutePath) => bytes.get(key.slice(1)),
    getRange: (key: AbsolutePath, range: Parameters<ZarrBytes["getRange"]>[1]) => bytes.getRange(key.slice(1), range),
  });
  const array = await (version === 2 ? open.v2 : open.v3)(location, { kind: "array" });
  return async (index) => {
    try {
      const { data, stride } = await array.getChunk([...index]);
      return { data: data as ZarrChunk["data"], strides: stride };
    } catch (error) {
      if (error instanceof MissingChunk) return undefined;
      throw error;
    }
  };
}

/** What an error of the library says, as words that follow the array's name. */
export function chunkError(error: unknown): ZarrError {
  if (error instanceof ZarrError) return error;
  const cause = error instanceof CodecPipelineError ? error.cause : error;
  if (cause instanceof ZarrError) return cause;
  const codec = error instanceof CodecPipelineError ? ` (${error.codec?.replace("numcodecs.", "")})` : "";
  // What a damaged description trips over in the library is no message for people.
  const reason = cause instanceof TypeError || !(cause instanceof Error)
    ? "it does not fit its description"
    : cause.message;
  return new ZarrError(`is damaged${codec}: ${reason.split("\n")[0]}`);
}

/** A chunk's bytes before it was encoded may be a little more than its elements: checksums and the like. */
const SLACK = 1024;

/** Most bytes a chunk can have on its way through the codecs. */
function largest({ shape, dataType }: { readonly shape: readonly number[]; readonly dataType: string }): number {
  const letters = /^v2:[US](\d+)$/.exec(dataType);
  return product(shape) * (letters ? 4 * Number(letters[1]) : 8) + SLACK;
}

type Entry = Awaited<ReturnType<Parameters<typeof registry.set>[1]>>;
type Decode = (bytes: Uint8Array, most: number) => Uint8Array | Promise<Uint8Array>;

/** Registers how chunks of a codec are decoded, under its names in versions 2 and 3. */
function register(name: string, load: () => Decode | Promise<Decode>): void {
  const entry = async () => {
    const decode = await load();
    return {
      fromConfig: (_: unknown, chunk: Parameters<typeof largest>[0]) => ({
        kind: "bytes_to_bytes",
        encode: () => Promise.reject(new Error("chunks are not encoded")),
        decode: (bytes: Uint8Array) => decode(bytes, largest(chunk)),
      }),
    } as unknown as Entry;
  };
  for (const key of [name, `numcodecs.${name}`]) registry.set(key as Parameters<typeof registry.set>[0], entry);
}

register("gzip", () => (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }));
register("zlib", () => (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength }));
register("zstd", () => (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }));
/** Blosc and LZ4 say first how large the decoded bytes are, Blosc also how large the encoded ones: at these places, little endian. */
for (const [name, header, decodedAt, encodedAt] of [["blosc", 16, 4, 12], ["lz4", 4, 0, undefined]] as const) {
  const theirs = registry.get(name as Parameters<typeof registry.get>[0])!;
  register(name, async () => {
    const codec = (await theirs()).fromConfig({}, { shape: [], dataType: "uint8", codecs: [], fillValue: 0 });
    return (bytes, most) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (bytes.length < header) throw new Error(`it ends after ${bytes.length} bytes`);
      const decoded = view.getUint32(decodedAt, true);
      const encoded = encodedAt === undefined ? bytes.length : view.getUint32(encodedAt, true);
      if (encoded > bytes.length) throw new Error(`it ends after ${bytes.length} of ${encoded} bytes`);
      if (decoded > most) {
        throw new Error(`it is said to decode to ${decoded} bytes, and at most ${most} belong to a chunk`);
      }
      return codec.decode(bytes as never) as unknown as Promise<Uint8Array>;
    };
  });
}
