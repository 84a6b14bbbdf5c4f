import { ResultsError } from "../core/errors.ts";
import { hdf5Call, type Hdf5Module, type Hdf5Type, hdf5Type } from "./hdf5_library.ts";
import { type HeaderPatch, patchHeaders } from "./object_header.ts";
import { prependUserBlock } from "./user_block.ts";

/** HDF5's number of the deflate filter. */
const DEFLATE = 1;

/** How a dataset is created. */
export interface DatasetDescription {
  /** Rows, columns, … */
  readonly shape: readonly number[];
  /** Shape it may grow to. Default: its shape. */
  readonly maxshape?: readonly number[];
  /** Shape of a chunk. Default: it is contiguous. */
  readonly chunks?: readonly number[];
  /** Level of the deflate compression, 1 to 9. Default: none. */
  readonly gzip?: number;
}

/**
 * A file of the HDF5 library that is being written, and the library's calls as far as they are used: in bytes, with a `ResultsError` that names the
 * file for every failure. `Hdf5Writer` is what the rest of annulus uses.
 */
export class Hdf5Output {
  readonly #module: Hdf5Module;
  readonly #path: string;
  readonly #file: bigint;
  /** Where HDF5 begins in the file. */
  readonly #start: number;
  readonly #patches: HeaderPatch[] = [];
  #open = true;

  /** Creates the file at `path`, or empties the one that is there. */
  constructor(module: Hdf5Module, path: string, userBlock?: Uint8Array) {
    this.#module = module;
    this.#path = path;
    this.#start = userBlock?.length ?? 0;
    const open = (mode: number) => this.call(() => module.open(path, mode, false, -1, -1));
    const created = open(module.H5F_ACC_TRUNC);
    if (!userBlock) {
      this.#file = created;
      return;
    }
    // The library cannot leave room for one: it is put before the empty file, which is then filled.
    this.call(() => module.close_file(created));
    this.call(() => prependUserBlock(path, userBlock));
    this.#file = open(module.H5F_ACC_RDWR);
  }

  /** Runs a library call; a negative status or anything printed is a failure. */
  call<T>(work: (module: Hdf5Module, file: bigint) => T): T {
    const { result, reason } = hdf5Call(() => work(this.#module, this.#file));
    const failed = (typeof result === "number" || typeof result === "bigint") && result < 0;
    if (reason !== undefined || failed) {
      throw new ResultsError(`Cannot write ${this.#path}: ${reason ?? "the HDF5 library refused"}`);
    }
    return result as T;
  }

  /** Creates a contiguous dataset with its content. */
  dataset(path: string, shape: readonly number[], bytes: Uint8Array, type: Hdf5Type): void {
    this.withBuffer(bytes.length, (pointer) => this.#create(path, { shape }, type, pointer, bytes));
  }

  /** Creates a dataset in chunks, without content: all of it is 0 until `put` writes it. */
  emptyDataset(path: string, { shape, chunks, gzip }: DatasetDescription, type: Hdf5Type): void {
    const [, ...rest] = shape, none = new Uint8Array(0);
    // The library can only create a dataset together with its data: an empty one is created and then grown to its shape.
    this.withBuffer(0, (pointer) => {
      this.#create(path, { shape: [0, ...rest], maxshape: shape, chunks, gzip }, type, pointer, none);
    });
    this.call((module, file) => module.resize_dataset(file, path, shape.map(BigInt)));
  }

  /** Writes a block of a dataset through a buffer. */
  put(path: string, offsets: readonly number[], counts: readonly number[], pointer: number, bytes: Uint8Array): void {
    const [from, size, strides] = [offsets, counts, counts.map(() => 1)].map((list) => list.map(BigInt));
    this.call((module, file) => {
      module.HEAPU8.set(bytes, pointer);
      return module.set_dataset_data(file, path, size, from, strides, BigInt(pointer));
    });
  }

  /** Creates a dataset of UTF-8 texts of any length; with a name, an attribute of what is at the path. */
  texts(path: string, name: string | undefined, shape: readonly number[], texts: readonly string[]): void {
    const description = describe(hdf5Type("S"), { shape });
    this.call((module, file) =>
      name === undefined
        ? module.create_vlen_str_dataset(file, path, texts, description)
        : module.create_vlen_str_attribute(file, path, name, texts, description)
    );
  }

  /** Adds an attribute. */
  attribute(path: string, name: string, shape: readonly number[], bytes: Uint8Array, type: Hdf5Type): void {
    this.withBuffer(bytes.length, (pointer) =>
      this.call((module, file) => {
        module.HEAPU8.set(bytes, pointer);
        return module.create_attribute(file, path, name, BigInt(pointer), describe(type, { shape }));
      }));
  }

  /** The bytes of a reference to an object: where its header begins. */
  reference(target: string): Uint8Array {
    return Uint8Array.from(this.call((module, file) => module.create_object_reference(file, target)));
  }

  /** Has the type of an object put right when the file is closed; `patch` gets where its header begins. */
  patchLater(path: string, patch: (address: number) => HeaderPatch): void {
    this.#patches.push(patch(Number(new DataView(this.reference(path).buffer).getBigUint64(0, true))));
  }

  /** Runs `work` with a buffer in the library's memory. */
  withBuffer(bytes: number, work: (pointer: number) => void): void {
    const pointer = this.#module._malloc(Math.max(8, bytes));
    if (pointer === 0) throw new ResultsError(`Cannot write ${this.#path}: no ${bytes} bytes of memory for a buffer`);
    try {
      work(pointer);
    } finally {
      this.#module._free(pointer);
    }
  }

  /** Writes what is left and closes the file. */
  close(): void {
    this.call((module, file) => module.flush(file));
    this.#open = false;
    this.call((module, file) => module.close_file(file));
    this.call(() => patchHeaders(this.#path, this.#start, this.#patches));
  }

  /** Closes the file after a failure, whatever state it is in. Idempotent. */
  abandon(): void {
    if (this.#open) hdf5Call(() => this.#module.close_file(this.#file));
    this.#open = false;
  }

  #create(path: string, how: DatasetDescription, type: Hdf5Type, pointer: number, bytes: Uint8Array): void {
    this.call((module, file) => {
      module.HEAPU8.set(bytes, pointer);
      return module.create_dataset(file, path, BigInt(pointer), describe(type, how));
    });
  }
}

/** A description as the library wants it; its own declaration lacks chunks and compression. */
function describe(type: Hdf5Type, { shape, maxshape = shape, chunks, gzip = 0 }: DatasetDescription) {
  const description = {
    ...type,
    shape: shape.map(BigInt),
    maxshape: maxshape.map(BigInt),
    chunks: chunks?.map(BigInt) ?? null,
    compression: gzip > 0 ? DEFLATE : 0,
    compression_opts: gzip > 0 ? [gzip] : [],
    track_order: false,
  };
  return description as never;
}
