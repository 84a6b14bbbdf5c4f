import * as fs from "node:fs";
import { deflateSync } from "node:zlib";
import { chunkIndices, chunksOfRows, product } from "./chunk_grid.ts";
import { copyStrided, rowMajorStrides } from "./strided_copy.ts";
import { ZARR_FILES, ZarrFolder } from "./zarr_folder.ts";

/** Arrays a Zarr array can be made of. */
export type ZarrNumbers =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Uint8Array;

/** Facts beside an array or a group, as JSON values. */
export type ZarrAttributes = Readonly<Record<string, unknown>>;

/** How an array is stored, and what is said about it. */
export interface ZarrArrayOptions {
  /** Elements of a chunk along each axis. Default: as many whole rows of the first axis as fit in about 1 MB. */
  readonly chunks?: readonly number[];
  /** A name per axis, where xarray looks for them. Default: none. */
  readonly dimensions?: readonly string[];
  /** What else to say. Default: nothing. */
  readonly attributes?: ZarrAttributes;
  /** Whether chunks are compressed (zlib, which every Zarr reader has). Default true. */
  readonly compressed?: boolean;
}

/** Chunks are about this many bytes, unless the caller says. */
const CHUNK_BYTES = 1 << 20;
/** Strength of the compression: stronger ones take much longer and gain little on floats. */
const COMPRESSOR = { id: "zlib", level: 4 };

/** An array that takes its numbers later. */
interface OpenArray {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly compressed: boolean;
  readonly like: ZarrNumbers;
}

/**
 * Writes a Zarr folder, version 2 of the format with consolidated metadata: what minian, xarray and zarr-python of any age read. It takes its
 * name in `close`, when it is whole; a Zarr folder of that name is replaced. Every method throws or rejects with a `ResultsError` that names
 * the folder when something is wrong. The caller closes it (`close`), or gives up (`abandon`), which leaves nothing behind. Two runs write the
 * same bytes. Every chunk is written, also one of zeros: no fill value is stated, since xarray would take it for missing values.
 */
export class ZarrWriter {
  readonly #folder: ZarrFolder;
  readonly #open = new Map<string, OpenArray>();

  private constructor(path: string, attributes?: ZarrAttributes) {
    this.#folder = new ZarrFolder(path);
    this.#describeGroup("", attributes);
  }

  /** Begins a Zarr folder with a group at its root. */
  static create(path: string, attributes?: ZarrAttributes): ZarrWriter {
    return new ZarrWriter(path, attributes);
  }

  /** Creates a group; its parent must exist. */
  group(path: string, attributes?: ZarrAttributes): void {
    this.#folder.attempt(() => this.#folder.folder(path));
    this.#describeGroup(path, attributes);
  }

  /** Creates an array of `shape` (last axis fastest) from `data`, in the array's own type. A shape of no axes holds one number. */
  numbers(path: string, shape: readonly number[], data: ZarrNumbers, options: ZarrArrayOptions = {}): void {
    this.#folder.attempt(() => {
      if (product(shape) !== data.length) {
        throw new RangeError(
          `${path} has ${data.length} numbers; its shape ${shape.join("×")} needs ${product(shape)}`,
        );
      }
      const chunks = options.chunks ?? chunksOfRows(shape, data.BYTES_PER_ELEMENT, CHUNK_BYTES);
      this.#create(path, shape, chunks, dtypeOf(data), options);
      const strides = rowMajorStrides(shape), chunkStrides = rowMajorStrides(chunks);
      for (const index of chunkIndices(shape, chunks)) {
        const block = emptyLike(data, product(chunks)), start = index.map((i, axis) => i * chunks[axis]);
        copyStrided(
          data,
          { offset: start.reduce((sum, at, axis) => sum + at * strides[axis], 0), strides },
          block,
          { offset: 0, strides: chunkStrides },
          chunks.map((size, axis) => Math.min(size, shape[axis] - start[axis])),
        );
        fs.writeFileSync(this.#folder.chunkFile(path, index), packed(block, options.compressed ?? true));
      }
    });
  }

  /**
   * Creates a float32 array of `count` images of a shape, one chunk each: `fill` writes image k into an array that is all 0. For images that
   * are mostly empty, and too many to hold at once.
   */
  images(
    path: string,
    count: number,
    shape: readonly number[],
    fill: (k: number, image: Float32Array) => void,
    options: Omit<ZarrArrayOptions, "chunks"> = {},
  ): void {
    this.#folder.attempt(() => {
      const image = new Float32Array(product(shape));
      this.#create(path, [count, ...shape], [1, ...shape], dtypeOf(image), options);
      for (let k = 0; k < count; k++) {
        fill(k, image.fill(0));
        const file = this.#folder.chunkFile(path, [k, ...shape.map(() => 0)]);
        fs.writeFileSync(file, packed(image, options.compressed ?? true));
      }
    });
  }

  /**
   * Creates an array in the type of `like` that `writeFrames` fills along its first axis. Chunks must hold whole frames; their default is as
   * for `numbers`.
   * @returns frames per chunk
   */
  frames(path: string, shape: readonly number[], like: ZarrNumbers, options: ZarrArrayOptions = {}): number {
    return this.#folder.attempt(() => {
      const chunks = options.chunks ?? chunksOfRows(shape, like.BYTES_PER_ELEMENT, CHUNK_BYTES);
      if (chunks.some((size, axis) => axis > 0 && size !== shape[axis])) {
        throw new RangeError(`chunks of ${path} (${chunks.join("×")}) must hold whole frames of ${shape.join("×")}`);
      }
      this.#create(path, shape, chunks, dtypeOf(like), options);
      this.#open.set(path, { shape, chunks, compressed: options.compressed ?? true, like: emptyLike(like, 0) });
      return chunks[0];
    });
  }

  /**
   * Writes whole frames into an array made by `frames`, from frame `start` on, which must begin a chunk; they end with a chunk or with the
   * array. The data may be reused when the promise resolves.
   */
  async writeFrames(path: string, start: number, data: ZarrNumbers): Promise<void> {
    const { shape, chunks, compressed, like } = this.#open.get(path)!;
    const size = product(shape.slice(1)), count = data.length / size, per = chunks[0], end = start + count;
    const fits = start % per === 0 && end <= shape[0] && (end % per === 0 || end === shape[0]);
    try {
      if (!Number.isInteger(count) || !fits || data.constructor !== like.constructor) {
        throw new RangeError(`${path} takes whole chunks of ${per} frames, not ${count} from frame ${start}`);
      }
      for (let at = 0; at < count; at += per) {
        let block = data.subarray(at * size, (at + per) * size);
        if (block.length < per * size) {
          // The last chunk is as long as the others; its rest is zeros.
          const part = block;
          block = emptyLike(like, per * size);
          copyStrided(part, START, block, START, [part.length]);
        }
        const file = this.#folder.chunkFile(path, [(start + at) / per, ...shape.slice(1).map(() => 0)]);
        await fs.promises.writeFile(file, packed(block, compressed));
      }
    } catch (error) {
      throw this.#folder.failure(error);
    }
  }

  /** Creates an array of texts along one axis (or of one text and no axis), as numpy's `U` type. */
  texts(path: string, texts: string | readonly string[], options: ZarrArrayOptions = {}): void {
    this.#folder.attempt(() => {
      const list = (typeof texts === "string" ? [texts] : texts).map((text) => Array.from(text));
      const length = list.reduce((most, text) => Math.max(most, text.length), 1);
      const shape = typeof texts === "string" ? [] : [list.length], chunks = shape.map((size) => Math.max(1, size));
      this.#create(path, shape, chunks, `${endian}U${length}`, options);
      if (list.length === 0) return;
      const codes = new Uint32Array(list.length * length);
      list.forEach((text, i) => text.forEach((letter, k) => codes[i * length + k] = letter.codePointAt(0)!));
      const file = this.#folder.chunkFile(path, shape.map(() => 0));
      fs.writeFileSync(file, packed(codes, options.compressed ?? true));
    });
  }

  /** Adds an attribute, a JSON value, to the group or array at `path` ("" is the root). */
  attribute(path: string, name: string, value: unknown): void {
    const before = this.#folder.described(path, ZARR_FILES.attributes) as ZarrAttributes | undefined;
    this.#folder.attempt(() => this.#folder.describe(path, ZARR_FILES.attributes, { ...before, [name]: value }));
  }

  /** Writes the consolidated metadata and gives the folder its name. */
  close(): void {
    this.#folder.close();
  }

  /** Removes what was written. Nothing happens after `close`. */
  abandon(): void {
    this.#folder.abandon();
  }

  #describeGroup(path: string, attributes: ZarrAttributes = {}): void {
    this.#folder.attempt(() => {
      this.#folder.describe(path, ZARR_FILES.group, { zarr_format: 2 });
      if (Object.keys(attributes).length > 0) this.#folder.describe(path, ZARR_FILES.attributes, attributes);
    });
  }

  #create(
    path: string,
    shape: readonly number[],
    chunks: readonly number[],
    dtype: string,
    { dimensions, attributes = {}, compressed = true }: ZarrArrayOptions,
  ): void {
    if (chunks.length !== shape.length || !chunks.every((size) => Number.isInteger(size) && size >= 1)) {
      throw new RangeError(`chunks of ${path} are ${chunks.join("×")}, and its shape is ${shape.join("×")}`);
    }
    if (dimensions && dimensions.length !== shape.length) {
      throw new RangeError(`${path} has ${shape.length} axes and ${dimensions.length} names for them`);
    }
    this.#folder.folder(path);
    const compressor = compressed ? COMPRESSOR : null;
    this.#folder.describe(path, ZARR_FILES.array, {
      ...{ chunks, compressor, dtype, fill_value: null, filters: null, order: "C", shape, zarr_format: 2 },
    });
    const all = { ...attributes, ...(dimensions ? { _ARRAY_DIMENSIONS: dimensions } : {}) };
    if (Object.keys(all).length > 0) this.#folder.describe(path, ZARR_FILES.attributes, all);
  }
}

const START = { offset: 0, strides: [1] };
const endian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "<" : ">";

/** numpy's name of an array's type. */
function dtypeOf(data: ZarrNumbers): string {
  if (data instanceof Uint8Array) return "|u1";
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  const kind = isFloat ? "f" : data instanceof Uint16Array || data instanceof Uint32Array ? "u" : "i";
  return `${endian}${kind}${data.BYTES_PER_ELEMENT}`;
}

function emptyLike(data: ZarrNumbers, length: number): ZarrNumbers {
  return new (data.constructor as new (length: number) => ZarrNumbers)(length);
}

function packed(data: ZarrNumbers, compressed: boolean): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return compressed ? deflateSync(bytes, { level: COMPRESSOR.level }) : bytes;
}
