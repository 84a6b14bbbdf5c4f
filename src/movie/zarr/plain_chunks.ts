import { join } from "node:path";
import { existsSync } from "node:fs";
import type { SampleArray } from "../../core/movie.ts";
import type { ZarrArrayMetadata } from "../../zarr/zarr_metadata.ts";
import type { ArrayAxes } from "../array_axes.ts";
import { hostIsLittleEndian } from "../byte_order.ts";
import { MovieError } from "../../core/errors.ts";
import { PositionalFile } from "../positional_file.ts";
import { sampleTypeOf, storedBytes, type StoredType } from "../stored_type.ts";

/** Chunks that hold whole frames plainly, one after another: read without decoding, straight into place. */
export class PlainChunks {
  readonly #array: ZarrArrayMetadata;
  readonly #frameBytes: number;

  private constructor(array: ZarrArrayMetadata, frameBytes: number) {
    this.#array = array;
    this.#frameBytes = frameBytes;
  }

  /** The chunks of an array, if they are of that kind. */
  static of(array: ZarrArrayMetadata, { t, y, x, height, width }: ArrayAxes): PlainChunks | undefined {
    const { isPlain, chunks, shape } = array, type = array.type as StoredType;
    const isWhole = t === 0 && y === 1 && x === 2 && shape.length === 3 && chunks[1] === height && chunks[2] === width;
    if (!isPlain || !isWhole || !hostIsLittleEndian || sampleTypeOf(type) !== type) return undefined;
    return new PlainChunks(array, height * width * storedBytes(type));
  }

  /** Reads whole frames. Rejects with `MovieError` when a chunk's file is not as long as a chunk. */
  async read(start: number, count: number, into: SampleArray): Promise<void> {
    const { folder, chunks, file, fill } = this.#array, per = chunks[0], frameBytes = this.#frameBytes;
    const bytes = new Uint8Array(into.buffer, into.byteOffset, count * frameBytes);
    const size = frameBytes / into.BYTES_PER_ELEMENT;
    for (let chunk = Math.floor(start / per); chunk * per < start + count; chunk++) {
      const from = Math.max(start, chunk * per), to = Math.min(start + count, (chunk + 1) * per);
      const path = join(folder, file([chunk, 0, 0]));
      if (!existsSync(path)) {
        into.fill(fill, (from - start) * size, (to - start) * size);
        continue;
      }
      const stored = new PositionalFile(path);
      try {
        if (stored.bytes !== per * frameBytes) {
          throw new MovieError(
            `Movie "${path}" is damaged: a chunk takes ${per * frameBytes} bytes, and the file has ${stored.bytes}`,
          );
        }
        const place = bytes.subarray((from - start) * frameBytes, (to - start) * frameBytes);
        await stored.read(place, (from - chunk * per) * frameBytes);
      } finally {
        stored.close();
      }
    }
  }
}
