import { ResultsError } from "../core/errors.ts";
import { hdf5, hdf5Attribute, hdf5Call, hdf5CreateText, type Hdf5Module, hdf5Type } from "./hdf5_library.ts";

/** Arrays a dataset can be made of. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | Uint16Array
  | Int16Array;

/** HDF5's number of the deflate filter. */
const DEFLATE = 1;

/** Larger datasets are written through a buffer of about this many bytes, so that the library never needs a second copy of the traces. */
const BLOCK_BYTES = 1 << 20;

/**
 * Writes one HDF5 file, straight to disk. Every method throws a `ResultsError` that names the file when the library or the disk refuses.
 * The caller closes it (`close`), or gives up (`abandon`) and removes the file.
 */
export class Hdf5Writer {
  readonly #module: Hdf5Module;
  readonly #path: string;
  readonly #file: bigint;
  #open = true;

  private constructor(module: Hdf5Module, path: string) {
    this.#module = module;
    this.#path = path;
    this.#file = this.#call(() => module.open(path, module.H5F_ACC_TRUNC, false, -1, -1));
  }

  /** Creates the file at `path`, or empties the one that is there. */
  static async create(path: string): Promise<Hdf5Writer> {
    return new Hdf5Writer(await hdf5(), path);
  }

  /** Creates a group; its parent must exist. */
  group(path: string): void {
    this.#call(() => this.#module.create_group(this.#file, path, false));
  }

  /** Creates a dataset of `shape` (row-major) from `data`, in the array's own type. Small ones are contiguous, large ones chunked by rows. */
  numbers(path: string, shape: readonly number[], data: NumberArray): void {
    const length = shape.reduce((product, size) => product * size, 1);
    if (length !== data.length) {
      throw new ResultsError(`${path} has ${data.length} numbers; its shape ${shape.join("×")} needs ${length}`);
    }
    if (data.byteLength <= BLOCK_BYTES) this.#contiguous(path, shape, data);
    else this.#chunked(path, shape, data);
  }

  /**
   * Creates a compressed float32 dataset of `count` images, one at a time: `fill` writes image k into an array that is all 0. For images that
   * are mostly empty, and too many to hold at once.
   */
  images(path: string, count: number, shape: readonly number[], fill: (k: number, image: Float32Array) => void): void {
    const image = new Float32Array(shape.reduce((product, size) => product * size, 1));
    this.#withBuffer(image.byteLength, (pointer) => {
      this.#create(path, [0, ...shape], [count, ...shape], [1, ...shape], pointer, true);
      this.#call(() => this.#module.resize_dataset(this.#file, path, [count, ...shape].map(BigInt)));
      const counts = [1, ...shape].map(BigInt), strides = counts.map(() => 1n);
      for (let k = 0; k < count; k++) {
        fill(k, image.fill(0));
        this.#fill(pointer, image);
        const offsets = [k, ...shape.map(() => 0)].map(BigInt);
        this.#call(() => this.#module.set_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer)));
      }
    }, image);
  }

  /**
   * Creates an uncompressed dataset of as many frames as `shape` says (frames, rows, columns), chunked by frames, in the type of `like`.
   * Its frames are 0 until `writeFrames` writes them.
   */
  frames(path: string, shape: readonly [number, number, number], like: NumberArray): void {
    const [, ...frame] = shape;
    this.#withBuffer(0, (pointer) => {
      this.#create(path, [0, ...frame], shape, [1, ...frame], pointer);
      this.#call(() => this.#module.resize_dataset(this.#file, path, shape.map(BigInt)));
    }, like);
  }

  /** Writes whole frames of rows×columns into a dataset that `frames` created, from frame `start` on, in the type it was created with. */
  writeFrames(path: string, start: number, [rows, columns]: readonly [number, number], data: NumberArray): void {
    const counts = [data.length / (rows * columns), rows, columns].map(BigInt), offsets = [start, 0, 0].map(BigInt);
    this.#withBuffer(data.byteLength, (pointer) => {
      this.#fill(pointer, data);
      const strides = counts.map(() => 1n);
      this.#call(() => this.#module.set_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer)));
    }, data);
  }

  /** Creates a dataset that holds one UTF-8 text. */
  text(path: string, text: string): void {
    this.#call(() => hdf5CreateText(this.#file, path, text));
  }

  /** Adds an attribute to the object at `path`: text, a truth value (as 0 or 1) or a number (an integer where it is one). */
  attribute(path: string, name: string, value: string | number | boolean): void {
    this.#call(() => {
      if (typeof value === "string") hdf5Attribute(this.#file, path, name, value, "S");
      else if (typeof value === "boolean") hdf5Attribute(this.#file, path, name, Number(value), "<B");
      else hdf5Attribute(this.#file, path, name, value, Object.is(value, value | 0) ? "<i" : "<d");
    });
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.#call(() => this.#module.flush(this.#file));
    this.#open = false;
    this.#call(() => this.#module.close_file(this.#file));
  }

  /** Closes the file after a failure, whatever state it is in. Idempotent. */
  abandon(): void {
    if (this.#open) hdf5Call(() => this.#module.close_file(this.#file));
    this.#open = false;
  }

  #contiguous(path: string, shape: readonly number[], data: NumberArray): void {
    this.#withBuffer(data.byteLength, (pointer) => {
      this.#fill(pointer, data);
      this.#create(path, shape, shape, null, pointer);
    }, data);
  }

  #chunked(path: string, shape: readonly number[], data: NumberArray): void {
    const rest = shape.slice(1);
    const rowLength = data.length / shape[0];
    const rows = Math.min(shape[0], Math.max(1, Math.floor(BLOCK_BYTES / (rowLength * data.BYTES_PER_ELEMENT))));
    this.#withBuffer(rows * rowLength * data.BYTES_PER_ELEMENT, (pointer) => {
      // The library can only create a dataset together with its data: an empty one is created and then grown to its shape.
      this.#create(path, [0, ...rest], shape, [rows, ...rest], pointer);
      this.#call(() => this.#module.resize_dataset(this.#file, path, shape.map(BigInt)));
      for (let row = 0; row < shape[0]; row += rows) {
        const count = Math.min(rows, shape[0] - row);
        this.#fill(pointer, data.subarray(row * rowLength, (row + count) * rowLength));
        const counts = [count, ...rest].map(BigInt), offsets = [row, ...rest.map(() => 0)].map(BigInt);
        const strides = shape.map(() => 1n);
        this.#call(() => this.#module.set_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer)));
      }
    }, data);
  }

  #type: ReturnType<typeof hdf5Type> | undefined;

  /** Runs `work` with a buffer in the library's memory, and the type of `data` at hand. */
  #withBuffer(bytes: number, work: (pointer: number) => void, data: NumberArray): void {
    const pointer = this.#module._malloc(Math.max(8, bytes));
    if (pointer === 0) throw new ResultsError(`Cannot write ${this.#path}: no ${bytes} bytes of memory for a buffer`);
    try {
      this.#type = hdf5Type(typeName(data));
      work(pointer);
    } finally {
      this.#module._free(pointer);
    }
  }

  #fill(pointer: number, data: NumberArray): void {
    this.#module.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
  }

  #create(
    path: string,
    shape: readonly number[],
    maxshape: readonly number[],
    chunks: readonly number[] | null,
    pointer: number,
    compressed = false,
  ): void {
    const description = {
      ...this.#type!,
      shape: shape.map(BigInt),
      maxshape: maxshape.map(BigInt),
      chunks: chunks === null ? null : chunks.map(BigInt),
      compression: compressed ? DEFLATE : 0,
      compression_opts: compressed ? [4] : [],
      track_order: false,
    };
    this.#call(() => this.#module.create_dataset(this.#file, path, BigInt(pointer), description));
  }

  /** Runs a library call; a negative status or anything printed is a failure. */
  #call<T>(work: () => T): T {
    const { result, reason } = hdf5Call(work);
    const failed = (typeof result === "number" || typeof result === "bigint") && result < 0;
    if (reason !== undefined || failed) {
      throw new ResultsError(`Cannot write ${this.#path}: ${reason ?? "the HDF5 library refused"}`);
    }
    return result as T;
  }
}

function typeName(data: NumberArray): string {
  if (data instanceof Float32Array) return "<f";
  if (data instanceof Float64Array) return "<d";
  if (data instanceof Uint8Array) return "<B";
  if (data instanceof Uint16Array) return "<H";
  if (data instanceof Int16Array) return "<h";
  return data instanceof Int32Array ? "<i" : "<I";
}
