import { ResultsError } from "../core/errors.ts";
import { hdf5, hdf5Type } from "./hdf5_library.ts";
import { Hdf5Output } from "./hdf5_output.ts";
import { type NumberArray, sizeOf, typeOfArray } from "./hdf5_types.ts";
import { lettersPatch, placeholderOfTruth, truthPatch } from "./patched_types.ts";

export type { NumberArray } from "./hdf5_types.ts";

/** Larger datasets are written through a buffer of about this many bytes, so that the library never needs a second copy of the traces. */
const BLOCK_BYTES = 1 << 20;

/** How numbers are laid out. */
export interface LayoutOptions {
  /** Level of the deflate (gzip) compression, 1 to 9. Default: not compressed. */
  readonly gzip?: number;
  /** Shape of a chunk. Default: whole rows of about 1 MB where the dataset is compressed or larger than that; else it is contiguous. */
  readonly chunks?: readonly number[];
}

/**
 * Writes one HDF5 file, straight to disk. Every method throws a `ResultsError` that names the file when the library or the disk refuses.
 * The caller closes it (`close`), or gives up (`abandon`) and removes the file. Paths begin with "/"; the groups above must exist.
 */
export class Hdf5Writer {
  readonly #output: Hdf5Output;

  private constructor(output: Hdf5Output) {
    this.#output = output;
  }

  /**
   * Creates the file at `path`, or empties the one that is there.
   *
   * @param userBlock Bytes of another format before those of HDF5: 512, 1024, … of them. Default none.
   */
  static async create(path: string, userBlock?: Uint8Array): Promise<Hdf5Writer> {
    return new Hdf5Writer(new Hdf5Output(await hdf5(), path, userBlock));
  }

  /** Creates a group; its parent must exist. */
  group(path: string): void {
    this.#output.call((module, file) => module.create_group(file, path, false));
  }

  /**
   * Creates a dataset of `shape` (row-major; `[]` is a single number) from `data`, in the array's own type. Small ones are contiguous, large
   * and compressed ones chunked by rows.
   */
  numbers(path: string, shape: readonly number[], data: NumberArray, options: LayoutOptions = {}): void {
    const length = sizeOf(shape);
    if (length !== data.length) {
      throw new ResultsError(`${path} has ${data.length} numbers; its shape ${shape.join("×")} needs ${length}`);
    }
    const isPlain = options.gzip === undefined && options.chunks === undefined && data.byteLength <= BLOCK_BYTES;
    if (isPlain || length === 0 || shape.length === 0) {
      this.#output.dataset(path, shape, bytesOf(data), typeOfArray(data));
    } else this.#chunked(path, shape, data, options);
  }

  /**
   * Creates a compressed float32 dataset of `count` images, one at a time: `fill` writes image k into an array that is all 0. For images that
   * are mostly empty, and too many to hold at once.
   */
  images(path: string, count: number, shape: readonly number[], fill: (k: number, image: Float32Array) => void): void {
    this.rows(path, count, shape, new Float32Array(sizeOf(shape)), fill, 4);
  }

  /**
   * Creates a dataset of `count` rows of `shape`, one at a time: `fill` writes row k into `row`, which is all 0 then, and whose type the
   * dataset has. For what is too much to hold at once.
   *
   * @param gzip Level of the compression, 1 to 9. Default: not compressed.
   */
  rows<T extends NumberArray>(
    path: string,
    count: number,
    shape: readonly number[],
    row: T,
    fill: (k: number, row: T) => void,
    gzip?: number,
  ): void {
    this.blocks(path, [count, ...shape], row, (start, block) => fill(start, block), gzip);
  }

  /**
   * Creates a dataset of `shape` in blocks of whole rows, which are its chunks: `fill` writes the rows from `start` on into `block`, which is all
   * 0 then, holds as many rows as fit into it, and whose type the dataset has. Of the last block only the rows that are left count.
   *
   * @param gzip Level of the compression, 1 to 9. Default: not compressed.
   */
  blocks<T extends NumberArray>(
    path: string,
    shape: readonly number[],
    block: T,
    fill: (start: number, block: T) => void,
    gzip?: number,
  ): void {
    const [count, ...rest] = shape,
      rowLength = sizeOf(rest),
      rows = Math.min(count, Math.floor(block.length / rowLength));
    if (sizeOf(shape) === 0) return this.numbers(path, shape, block.slice(0, 0) as T);
    const type = typeOfArray(block), bytes = bytesOf(block);
    this.#output.emptyDataset(path, { shape, chunks: [rows, ...rest], gzip }, type);
    this.#output.withBuffer(bytes.length, (pointer) => {
      for (let start = 0; start < count; start += rows) {
        const some = Math.min(rows, count - start);
        bytes.fill(0);
        fill(start, block);
        const part = bytes.subarray(0, some * rowLength * block.BYTES_PER_ELEMENT);
        this.#output.put(path, [start, ...rest.map(() => 0)], [some, ...rest], pointer, part);
      }
    });
  }

  /**
   * Creates an uncompressed dataset of as many frames as `shape` says (frames, rows, columns), chunked by frames, in the type of `like`.
   * Its frames are 0 until `writeFrames` writes them.
   */
  frames(path: string, shape: readonly [number, number, number], like: NumberArray): void {
    const [, ...frame] = shape;
    this.#output.emptyDataset(path, { shape, chunks: [1, ...frame] }, typeOfArray(like));
  }

  /** Writes whole frames of rows×columns into a dataset that `frames` created, from frame `start` on, in the type it was created with. */
  writeFrames(path: string, start: number, [rows, columns]: readonly [number, number], data: NumberArray): void {
    const counts = [data.length / (rows * columns), rows, columns];
    this.#output.withBuffer(data.byteLength, (pointer) => {
      this.#output.put(path, [start, 0, 0], counts, pointer, bytesOf(data));
    });
  }

  /** Creates a dataset of truth values, as h5py writes them: an enumeration of FALSE and TRUE. `data` holds 0 and 1; `[]` is a single one. */
  truths(path: string, shape: readonly number[], data: Uint8Array): void {
    this.#output.dataset(path, shape, data.map((value) => Number(value !== 0)), placeholderOfTruth());
    this.#output.patchLater(path, truthPatch);
  }

  /** Creates a dataset that holds one UTF-8 text. */
  text(path: string, text: string): void {
    this.texts(path, [], [text]);
  }

  /** Creates a dataset of UTF-8 texts of any length. */
  texts(path: string, shape: readonly number[], texts: readonly string[]): void {
    this.#output.texts(path, undefined, shape, texts);
  }

  /** Creates a dataset of references to the objects at `targets`, which must exist. */
  references(path: string, shape: readonly number[], targets: readonly string[]): void {
    this.#output.dataset(path, shape, this.#references(targets), hdf5Type("Reference"));
  }

  /**
   * Adds an attribute to the object at `path`: a text or a list of them, a truth value (as 0 or 1), a number (32 bits where it is a small
   * integer, else float64; a bigint becomes int64), or a list of numbers, in the array's own type.
   */
  attribute(
    path: string,
    name: string,
    value: string | number | bigint | boolean | readonly string[] | NumberArray,
  ): void {
    if (typeof value === "string") this.#output.texts(path, name, [], [value]);
    else if (Array.isArray(value)) this.#output.texts(path, name, [value.length], value);
    else if (typeof value === "boolean") this.#values(path, name, [], Uint8Array.of(Number(value)));
    else if (typeof value === "bigint") this.#values(path, name, [], BigInt64Array.of(value));
    else if (typeof value === "number") {
      this.#values(path, name, [], Object.is(value, value | 0) ? Int32Array.of(value) : Float64Array.of(value));
    } else this.#values(path, name, [(value as NumberArray).length], value as NumberArray);
  }

  /** Adds an attribute that holds one float64 number, whole or not. */
  floatAttribute(path: string, name: string, value: number): void {
    this.#values(path, name, [], Float64Array.of(value));
  }

  /** Adds an attribute that holds one number, in the type of the array it is the only element of. */
  scalarAttribute(path: string, name: string, value: NumberArray): void {
    this.#values(path, name, [], value);
  }

  /** Adds an attribute that holds a text of ASCII letters in exactly as many bytes, as MATLAB wants it. */
  asciiAttribute(path: string, name: string, text: string): void {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    this.#output.attribute(path, name, [], bytes, hdf5Type(`A${text.length}`));
  }

  /** Adds an attribute that lists texts of ASCII letters as MATLAB does the fields of a structure: as sequences of letters. */
  lettersAttribute(path: string, name: string, texts: readonly string[]): void {
    this.#output.texts(path, name, [texts.length], texts);
    this.#output.patchLater(path, (address) => lettersPatch(address, name));
  }

  /** Adds an attribute that refers to the object at `target`, or to several. */
  referenceAttribute(path: string, name: string, target: string | readonly string[]): void {
    const targets = typeof target === "string" ? [target] : target;
    const shape = typeof target === "string" ? [] : [target.length];
    this.#output.attribute(path, name, shape, this.#references(targets), hdf5Type("Reference"));
  }

  /** Makes `path` another name of what is at `target`, which need not be there. */
  softLink(path: string, target: string): void {
    this.#output.call((module, own) => module.create_soft_link(own, target, path));
  }

  /** Makes `path` a name of what is at `target` in another HDF5 file, whose name is taken relative to this file. */
  externalLink(path: string, file: string, target: string): void {
    this.#output.call((module, own) => module.create_external_link(own, file, target, path));
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.#output.close();
  }

  /** Closes the file after a failure, whatever state it is in. Idempotent. */
  abandon(): void {
    this.#output.abandon();
  }

  #chunked(path: string, shape: readonly number[], data: NumberArray, options: LayoutOptions): void {
    const [count, ...rest] = shape, bytes = bytesOf(data), rowBytes = bytes.length / count;
    const block = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const chunks = options.chunks ?? [Math.min(count, block), ...rest];
    // Whole chunks at a time: a compressed chunk that is written in parts is unpacked and packed again for each.
    const rows = Math.min(count, Math.max(1, Math.floor(block / chunks[0])) * chunks[0]);
    this.#output.emptyDataset(path, { shape, chunks, gzip: options.gzip }, typeOfArray(data));
    this.#output.withBuffer(rows * rowBytes, (pointer) => {
      for (let row = 0; row < count; row += rows) {
        const some = Math.min(rows, count - row);
        const part = bytes.subarray(row * rowBytes, (row + some) * rowBytes);
        this.#output.put(path, [row, ...rest.map(() => 0)], [some, ...rest], pointer, part);
      }
    });
  }

  #values(path: string, name: string, shape: readonly number[], data: NumberArray): void {
    this.#output.attribute(path, name, shape, bytesOf(data), typeOfArray(data));
  }

  #references(targets: readonly string[]): Uint8Array {
    return Uint8Array.from(targets.flatMap((target) => [...this.#output.reference(target)]));
  }
}

function bytesOf(data: NumberArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
