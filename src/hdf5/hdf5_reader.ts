import { ResultsError } from "../core/errors.ts";
import { hdf5, hdf5Call, type Hdf5Module, hdf5Text } from "./hdf5_library.ts";
import type { NumberArray } from "./hdf5_writer.ts";
import { reasonOf } from "../files/reason.ts";

/** Datasets are read through a buffer of about this many bytes. */
const BLOCK_BYTES = 1 << 20;

/** Deflate, HDF5's compression, makes nothing smaller than this many times. */
const DEFLATE_RATIO = 1032;

/** The first eight bytes of every HDF5 file without a user block. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

const INTEGER = 0, FLOAT = 1;

/** Array types by the name `numbers` takes, with what the file must say of them. */
const KINDS = {
  float32: { make: (length: number): NumberArray => new Float32Array(length), type: FLOAT, size: 4 },
  float64: { make: (length: number): NumberArray => new Float64Array(length), type: FLOAT, size: 8 },
  int32: { make: (length: number): NumberArray => new Int32Array(length), type: INTEGER, size: 4 },
  uint8: { make: (length: number): NumberArray => new Uint8Array(length), type: INTEGER, size: 1 },
} as const;

/** The array that a kind of number is read into. */
export interface KindArrays {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  uint8: Uint8Array;
}

/** Reads one HDF5 file from disk. Every method throws a `ResultsError` that names the file and what is missing or unreadable in it. */
export class Hdf5Reader {
  readonly #module: Hdf5Module;
  readonly #path: string;
  readonly #file: bigint;
  #open = true;

  private constructor(module: Hdf5Module, path: string) {
    this.#module = module;
    this.#path = path;
    this.#file = this.#call("the file", () => module.open(path, module.H5F_ACC_RDONLY, false, -1, -1));
  }

  /** Opens the file at `path`. Rejects with a `ResultsError` when it is missing, no HDF5 file, or damaged. */
  static async open(path: string): Promise<Hdf5Reader> {
    await checkSignature(path);
    return new Hdf5Reader(await hdf5(), path);
  }

  /** True when a group or dataset of this path exists. */
  has(path: string): boolean {
    return hdf5Call(() => this.#module.get_type(this.#file, path)).result !== -1;
  }

  /** Reads a dataset of numbers; its type must be the one asked for and its shape `shape`, where -1 allows any size. */
  numbers<K extends keyof KindArrays>(
    path: string,
    kind: K,
    shape: readonly number[],
  ): { data: KindArrays[K]; shape: number[] } {
    const { make, type, size } = KINDS[kind];
    const found = this.#describe(path);
    const has = found.shape ?? [];
    if (found.type !== type || found.size !== size) throw this.#error(`${path} does not hold ${kind} numbers`);
    if (has.length !== shape.length || has.some((n, axis) => shape[axis] !== -1 && shape[axis] !== n)) {
      const wanted = shape.map((n) => n === -1 ? "any" : n).join("×");
      throw this.#error(`${path} has the shape ${has.join("×")}; ${wanted} is right`);
    }
    const length = has.reduce((product, n) => product * n, 1);
    this.#checkLength(path, length * size, found.chunks != null);
    const data = make(length);
    if (length > 0) this.#readInto(path, has, data);
    return { data: data as KindArrays[K], shape: has };
  }

  /** Number of axes of a dataset. */
  rank(path: string): number {
    return this.#describe(path).shape?.length ?? 0;
  }

  /** Reads a dataset that holds one text. */
  text(path: string): string {
    this.#describe(path);
    return this.#asText(path, this.#call(path, () => hdf5Text(this.#file, path)));
  }

  /** Reads a text attribute. */
  textAttribute(path: string, name: string): string {
    return this.#asText(`attribute ${name} of ${path}`, this.#attribute(path, name));
  }

  /** Reads a number attribute. */
  numberAttribute(path: string, name: string): number {
    const value = this.#attribute(path, name);
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    throw this.#error(`attribute ${name} of ${path} is not a number`);
  }

  /** True when the object at `path` has this attribute. */
  hasAttribute(path: string, name: string): boolean {
    const { result } = hdf5Call(() => this.#module.get_attribute_names(this.#file, path));
    return result !== undefined && result.includes(name);
  }

  /** Closes the file. Idempotent. */
  close(): void {
    if (this.#open) hdf5Call(() => this.#module.close_file(this.#file));
    this.#open = false;
  }

  #attribute(path: string, name: string): unknown {
    if (!this.hasAttribute(path, name)) throw this.#error(`${path} has no attribute ${name}`);
    return this.#call(`attribute ${name} of ${path}`, () => hdf5Text(this.#file, path, name));
  }

  #describe(path: string): { type: number; size: number; shape: number[] | null; chunks?: number[] | null } {
    if (!this.has(path)) throw this.#error(`${path} is missing`);
    return this.#call(path, () => this.#module.get_dataset_metadata(this.#file, path));
  }

  /** A damaged shape must not make us ask for more memory than the file could fill; chunks may be compressed. */
  #checkLength(path: string, bytes: number, chunked: boolean): void {
    const size = Deno.statSync(this.#path).size;
    if (bytes > size * (chunked ? DEFLATE_RATIO : 1)) {
      throw this.#error(`${path} claims ${bytes} bytes, more than the file has (${size})`);
    }
  }

  #readInto(path: string, shape: number[], data: NumberArray): void {
    const rest = shape.slice(1);
    const rowLength = data.length / shape[0];
    const rows = Math.min(shape[0], Math.max(1, Math.floor(BLOCK_BYTES / (rowLength * data.BYTES_PER_ELEMENT))));
    const bytes = new Uint8Array(data.buffer);
    const rowBytes = rowLength * data.BYTES_PER_ELEMENT;
    const pointer = this.#module._malloc(rows * rowBytes);
    if (pointer === 0) throw this.#error(`no ${rows * rowBytes} bytes of memory to read ${path}`);
    try {
      for (let row = 0; row < shape[0]; row += rows) {
        const count = Math.min(rows, shape[0] - row);
        const counts = [count, ...rest].map(BigInt), offsets = [row, ...rest.map(() => 0)].map(BigInt);
        const strides = shape.map(() => 1n);
        this.#call(
          path,
          () => this.#module.get_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer)),
        );
        bytes.set(this.#module.HEAPU8.subarray(pointer, pointer + count * rowBytes), row * rowBytes);
      }
    } finally {
      this.#module._free(pointer);
    }
  }

  #asText(what: string, value: unknown): string {
    if (typeof value === "string") return value;
    throw this.#error(`${what} is not a text`);
  }

  #call<T>(what: string, work: () => T): T {
    const { result, reason } = hdf5Call(work);
    const failed = (typeof result === "number" || typeof result === "bigint") && result < 0;
    if (reason !== undefined || failed) {
      throw this.#error(`${what} cannot be read (${reason ?? "the HDF5 library refused"})`);
    }
    return result as T;
  }

  #error(what: string): ResultsError {
    return new ResultsError(`Cannot load ${this.#path}: ${what}`);
  }
}

async function checkSignature(path: string): Promise<void> {
  const start = new Uint8Array(SIGNATURE.length);
  try {
    using file = await Deno.open(path);
    await file.read(start);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new ResultsError(`Cannot load ${path}: there is no such file`);
    throw new ResultsError(`Cannot load ${path}: ${reasonOf(error)}`);
  }
  if (SIGNATURE.some((byte, i) => start[i] !== byte)) {
    throw new ResultsError(`Cannot load ${path}: it is not an HDF5 file`);
  }
}
