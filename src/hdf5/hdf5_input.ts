import { ResultsError } from "../core/errors.ts";
import { hdf5Call, type Hdf5Module } from "./hdf5_library.ts";
import { sizeOf } from "./hdf5_types.ts";
import { described, type Hdf5Description, type Hdf5Metadata, numbersOver, textsOver } from "./hdf5_values.ts";

/** Datasets are read through a buffer of about this many bytes. */
const BLOCK_BYTES = 1 << 20;
/** … unless a row of chunks is larger, up to this many bytes: a chunk that is read in parts is unpacked for each of them. */
const CHUNK_ROW_BYTES = 1 << 26;

/** Deflate, HDF5's compression, makes nothing smaller than this many times. */
const DEFLATE_RATIO = 1032;

/**
 * A file of the HDF5 library that is being read, and the library's calls as far as they are used: in bytes, with a `ResultsError` that names the
 * file for every failure. `Hdf5Reader` is what the rest of annulus uses.
 */
export class Hdf5Input {
  readonly #module: Hdf5Module;
  readonly #path: string;
  readonly #file: bigint;
  #open = true;

  /** Opens the file at `path`. */
  constructor(module: Hdf5Module, path: string) {
    this.#module = module;
    this.#path = path;
    this.#file = this.call("the file", () => module.open(path, module.H5F_ACC_RDONLY, false, -1, -1));
  }

  /** Closes the file. Idempotent. */
  close(): void {
    if (this.#open) hdf5Call(() => this.#module.close_file(this.#file));
    this.#open = false;
  }

  /** Runs a library call whose failure means nothing: undefined then. */
  attempt<T>(work: (module: Hdf5Module, file: bigint) => T): T | undefined {
    return hdf5Call(() => work(this.#module, this.#file)).result;
  }

  /** True when something of this path exists. */
  has(path: string): boolean {
    return this.attempt((module, file) => module.get_type(file, path)) !== -1;
  }

  /** What the library says of a dataset. */
  metadata(path: string): Hdf5Metadata {
    if (!this.has(path)) throw this.error(`${path} is missing`);
    return this.call(path, (module, file) => module.get_dataset_metadata(file, path));
  }

  /** The dataset's shape, when it is as wanted and the file is large enough for it. */
  checkShape(path: string, found: Hdf5Description, wanted: readonly number[]): number[] {
    if (found.shape === undefined) throw this.error(`${path} is empty`);
    const has = [...found.shape];
    if (has.length !== wanted.length || has.some((n, axis) => wanted[axis] !== -1 && wanted[axis] !== n)) {
      const right = wanted.map((n) => n === -1 ? "any" : n).join("×");
      throw this.error(
        `${path} has the shape ${has.join("×") || "of one number"}; ${right || "one number"} is right`,
      );
    }
    this.checkLength(path, sizeOf(has) * found.size, found.chunks !== undefined);
    return has;
  }

  /** A damaged shape must not make us ask for more memory than the file could fill; chunks may be compressed. */
  checkLength(path: string, bytes: number, chunked: boolean): void {
    const size = Deno.statSync(this.#path).size;
    if (bytes > size * (chunked ? DEFLATE_RATIO : 1)) {
      throw this.error(`${path} claims ${bytes} bytes, more than the file has (${size})`);
    }
  }

  /** Reads a dataset by blocks of rows; `take` gets the bytes of each, and where they begin among all. */
  readBlocks(
    path: string,
    { shape = [], size, chunks }: Hdf5Description,
    take: (block: Uint8Array<ArrayBuffer>, at: number) => void,
  ): void {
    const [count = 1, ...rest] = shape, rowBytes = sizeOf(rest) * size;
    if (count === 0 || rowBytes === 0) return;
    let rows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const chunkRows = chunks?.[0] ?? 1;
    if (chunkRows * rowBytes <= CHUNK_ROW_BYTES) rows = Math.ceil(rows / chunkRows) * chunkRows;
    rows = Math.min(count, rows);
    this.withBuffer(path, rows * rowBytes, (pointer) => {
      for (let row = 0; row < count; row += rows) {
        const some = Math.min(rows, count - row);
        const [counts, offsets, strides] = shape.length === 0
          ? [null, null, null]
          : [[some, ...rest], [row, ...rest.map(() => 0)], shape.map(() => 1)].map((list) => list.map(BigInt));
        const read = () => this.#module.get_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer));
        this.call(path, read);
        take(this.#module.HEAPU8.slice(pointer, pointer + some * rowBytes) as Uint8Array<ArrayBuffer>, row * rowBytes);
      }
    });
  }

  /** All values of a small dataset, or of an attribute when it has a name. */
  values(path: string, name: string | undefined, metadata: Hdf5Metadata): string[] | number[] | boolean[] {
    const what = name === undefined ? path : `attribute ${name} of ${path}`;
    const found = described(metadata), length = metadata.shape === null ? 0 : metadata.total_size;
    const size = length * metadata.size;
    this.checkLength(what, size, found.chunks !== undefined);
    return this.withBuffer(what, size, (pointer) => {
      const heap = () => this.#module.HEAPU8, file = this.#file, at = BigInt(pointer);
      // Texts of variable length are pointers: none may be left to chance.
      heap().fill(0, pointer, pointer + size);
      const read = name === undefined
        ? () => this.#module.get_dataset_data(file, path, null, null, null, at)
        : () => this.#module.get_attribute_data(file, path, name, at);
      if (length > 0) this.call(what, read);
      const bytes = heap().slice(pointer, pointer + size) as Uint8Array<ArrayBuffer>;
      if (found.kind === "text") {
        const texts = textsOver(this.#module, bytes, metadata);
        if (metadata.vlen) hdf5Call(() => this.#module.reclaim_vlen_memory(file, path, name ?? "", at));
        return texts;
      }
      if (found.kind === "reference") {
        return Array.from({ length }, (_, i) => {
          const reference = bytes.slice(i * metadata.size, (i + 1) * metadata.size);
          if (reference.every((byte) => byte === 0)) return "";
          return this.call(what, () => this.#module.get_referenced_name(file, reference, true)) ?? "";
        });
      }
      if (found.kind === "other") throw this.error(`${what} is of a type that cannot be read`);
      const numbers = Array.from(numbersOver(bytes, found) as Iterable<number | bigint>, Number);
      return found.kind === "truth" ? numbers.map((value) => value !== 0) : numbers;
    });
  }

  /**
   * Reads a block of a dataset: `counts` elements along each axis from `offsets` on. `take` gets its bytes, row-major and little-endian, in the
   * library's own memory: they are gone when it returns.
   */
  block(
    path: string,
    offsets: readonly number[],
    counts: readonly number[],
    size: number,
    take: (bytes: Uint8Array<ArrayBuffer>) => void,
  ): void {
    const length = sizeOf(counts) * size;
    this.withBuffer(path, length, (pointer) => {
      const [from, many, strides] = [offsets, counts, counts.map(() => 1)].map((list) => list.map(BigInt));
      const read = () => this.#module.get_dataset_data(this.#file, path, many, from, strides, BigInt(pointer));
      this.call(path, read);
      const { buffer } = this.#module.HEAPU8;
      take(new Uint8Array(buffer as ArrayBuffer, pointer, length));
    });
  }

  /** Runs `work` with a buffer in the library's memory. */
  withBuffer<T>(what: string, bytes: number, work: (pointer: number) => T): T {
    const pointer = this.#module._malloc(Math.max(8, bytes));
    if (pointer === 0) throw this.error(`no ${bytes} bytes of memory to read ${what}`);
    try {
      return work(pointer);
    } finally {
      this.#module._free(pointer);
    }
  }

  /** Runs a library call; a negative status or anything printed is a failure. */
  call<T>(what: string, work: (module: Hdf5Module, file: bigint) => T): T {
    const { result, reason } = hdf5Call(() => work(this.#module, this.#file));
    const failed = (typeof result === "number" || typeof result === "bigint") && result < 0;
    if (reason !== undefined || failed) {
      throw this.error(`${what} cannot be read (${reason ?? "the HDF5 library refused"})`);
    }
    return result as T;
  }

  /** An error that names the file. */
  error(what: string): ResultsError {
    return new ResultsError(`Cannot load ${this.#path}: ${what}`);
  }
}
