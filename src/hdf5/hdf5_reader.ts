import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";
import { hdf5, hdf5Call, type Hdf5Module } from "./hdf5_library.ts";
import { type NumberArray, sizeOf } from "./hdf5_types.ts";
import {
  described,
  type Hdf5Description,
  type Hdf5Metadata,
  type Hdf5Value,
  numbersOver,
  textsOver,
} from "./hdf5_values.ts";

/** Datasets are read through a buffer of about this many bytes. */
const BLOCK_BYTES = 1 << 20;
/** … unless a row of chunks is larger, up to this many bytes: a chunk that is read in parts is unpacked for each of them. */
const CHUNK_ROW_BYTES = 1 << 26;

/** Deflate, HDF5's compression, makes nothing smaller than this many times. */
const DEFLATE_RATIO = 1032;

/** The first eight bytes of every HDF5 file, or of what follows its user block. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Array types by the name `numbers` takes, with what the file must say of them. */
const KINDS = {
  float32: { make: (length: number): NumberArray => new Float32Array(length), kind: "float", size: 4 },
  float64: { make: (length: number): NumberArray => new Float64Array(length), kind: "float", size: 8 },
  int32: { make: (length: number): NumberArray => new Int32Array(length), kind: "integer", size: 4 },
  uint8: { make: (length: number): NumberArray => new Uint8Array(length), kind: "integer", size: 1 },
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

  /** What is at a path; undefined when there is nothing. A soft link that leads nowhere, or an external one, is "link". */
  typeOf(path: string): "group" | "dataset" | "link" | "other" | undefined {
    if (!this.has(path)) return undefined;
    const type = this.#call(path, () => this.#module.get_type(this.#file, path)), module = this.#module;
    if (type === module.H5G_GROUP) return "group";
    if (type === module.H5G_DATASET) return "dataset";
    return type === module.H5G_LINK || type === module.H5G_UDLINK ? "link" : "other";
  }

  /** Names in a group, in the order the file keeps them (usually alphabetic). */
  names(path: string): string[] {
    if (this.typeOf(path) !== "group") throw this.#error(`${path} is no group`);
    return this.#call(path, () => this.#module.get_names(this.#file, path, false));
  }

  /** What a dataset is made of. */
  describe(path: string): Hdf5Description {
    return described(this.#metadata(path));
  }

  /** Reads a dataset of numbers; its type must be the one asked for and its shape `shape`, where -1 allows any size. */
  numbers<K extends keyof KindArrays>(
    path: string,
    kind: K,
    shape: readonly number[],
  ): { data: KindArrays[K]; shape: number[] } {
    const found = this.describe(path), wanted = KINDS[kind];
    if (found.kind !== wanted.kind || found.size !== wanted.size) {
      throw this.#error(`${path} does not hold ${kind} numbers`);
    }
    const has = this.#checkShape(path, found, shape);
    const data = wanted.make(sizeOf(has)), bytes = new Uint8Array(data.buffer);
    this.#readBlocks(path, found, (block, at) => bytes.set(block, at));
    return { data: data as KindArrays[K], shape: has };
  }

  /**
   * Reads a dataset of numbers of whatever type as the type asked for; truth values count as 0 and 1. Its shape must be `shape`, where -1 allows
   * any size. float64 becomes float32 by rounding; what is to be an integer must be one in its range.
   */
  converted<K extends keyof KindArrays>(
    path: string,
    kind: K,
    shape: readonly number[],
  ): { data: KindArrays[K]; shape: number[] } {
    const found = this.describe(path), wanted = KINDS[kind];
    if (found.kind !== "integer" && found.kind !== "float" && found.kind !== "truth") {
      throw this.#error(`${path} does not hold numbers`);
    }
    const has = this.#checkShape(path, found, shape), data = wanted.make(sizeOf(has)) as Float64Array;
    this.#readBlocks(path, found, (block, at) => {
      const part = numbersOver(block, found), start = at / found.size;
      for (let i = 0; i < part.length; i++) {
        const value = Number(part[i]);
        data[start + i] = value;
        if (wanted.kind === "integer" && data[start + i] !== value) {
          throw this.#error(`${path} holds ${value}, which is no ${kind} number`);
        }
      }
    });
    return { data: data as NumberArray as KindArrays[K], shape: has };
  }

  /** Reads a small dataset, whatever it holds: one value, or a list of them (row-major) when it has axes. */
  value(path: string): Hdf5Value {
    const metadata = this.#metadata(path);
    if (metadata.shape === null) return null;
    const values = this.#values(path, undefined, metadata);
    return metadata.shape.length === 0 ? values[0] : values;
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
    this.#withBuffer(path, length, (pointer) => {
      const [from, many, strides] = [offsets, counts, counts.map(() => 1)].map((list) => list.map(BigInt));
      const read = () => this.#module.get_dataset_data(this.#file, path, many, from, strides, BigInt(pointer));
      this.#call(path, read);
      const { buffer } = this.#module.HEAPU8;
      take(new Uint8Array(buffer as ArrayBuffer, pointer, length));
    });
  }

  /** The filters a dataset's chunks went through, in order: their registered numbers and what the writer called them. */
  filters(path: string): { id: number; name: string }[] {
    return this.#call(path, () => this.#module.get_dataset_filters(this.#file, path))
      .map(({ id, name }) => ({ id, name }));
  }

  /** The files a virtual dataset is put together from, as it names them; "." is the file itself. Empty for every other dataset. */
  virtualSources(path: string): string[] {
    return (this.#metadata(path).virtual_sources ?? []).map(({ file_name }) => file_name);
  }

  /** The labels of a dataset's axes, `null` where an axis has none. */
  axisLabels(path: string): (string | null)[] {
    return this.#call(path, () => this.#module.get_dimension_labels(this.#file, path));
  }

  /** Throws when a dataset claims to hold more than the file has room for. */
  checkSize(path: string): void {
    const { shape = [], size, chunks } = this.describe(path);
    this.#checkLength(path, sizeOf(shape) * size, chunks !== undefined);
  }

  /** Reads rows [start, start + count) of a dataset of numbers as float64, whatever its type. */
  rows(path: string, start: number, count: number): Float64Array {
    const found = this.describe(path), [length = 0, ...rest] = found.shape ?? [];
    if (found.kind !== "integer" && found.kind !== "float" && found.kind !== "truth") {
      throw this.#error(`${path} does not hold numbers`);
    }
    if (start < 0 || start + count > length) throw this.#error(`${path} has ${length} rows`);
    this.#checkLength(path, count * sizeOf(rest) * found.size, found.chunks !== undefined);
    let data = new Float64Array(0);
    this.block(path, [start, ...rest.map(() => 0)], [count, ...rest], found.size, (bytes) => {
      data = Float64Array.from(numbersOver(bytes.slice(), found) as Iterable<number | bigint>, Number);
    });
    return data;
  }

  /** Number of axes of a dataset. */
  rank(path: string): number {
    return this.describe(path).shape?.length ?? 0;
  }

  /** Reads a dataset that holds one text. */
  text(path: string): string {
    const texts = this.texts(path);
    if (texts.length === 1) return texts[0];
    throw this.#error(`${path} is not a text`);
  }

  /** Reads a dataset of texts, row-major. */
  texts(path: string): string[] {
    const metadata = this.#metadata(path);
    if (described(metadata).kind !== "text") throw this.#error(`${path} is not a text`);
    return this.#values(path, undefined, metadata) as string[];
  }

  /** Reads a dataset of references to objects, as the objects' paths, row-major. */
  references(path: string): string[] {
    const metadata = this.#metadata(path);
    if (described(metadata).kind !== "reference") throw this.#error(`${path} does not hold references`);
    return this.#values(path, undefined, metadata) as string[];
  }

  /** Where a soft link leads; undefined when `path` is none. */
  softLink(path: string): string | undefined {
    const { result } = hdf5Call(() => this.#module.get_symbolic_link(this.#file, path));
    return result ?? undefined;
  }

  /** Where an external link leads; undefined when `path` is none. */
  externalLink(path: string): { file: string; target: string } | undefined {
    const { result } = hdf5Call(() => this.#module.get_external_link(this.#file, path));
    return result?.filename === undefined ? undefined : { file: result.filename, target: result.obj_path };
  }

  /** Names of the attributes of the object at `path`. */
  attributeNames(path: string): string[] {
    return this.#call(path, () => this.#module.get_attribute_names(this.#file, path));
  }

  /** Reads an attribute, whatever it holds: one value, or a list of them when it has axes. */
  attribute(path: string, name: string): Hdf5Value {
    const what = `attribute ${name} of ${path}`;
    if (!this.hasAttribute(path, name)) throw this.#error(`${path} has no attribute ${name}`);
    const metadata = this.#call(what, () => this.#module.get_attribute_metadata(this.#file, path, name));
    if (metadata.shape === null) return null;
    const values = this.#values(path, name, metadata);
    return metadata.shape.length === 0 ? values[0] : values;
  }

  /** Reads a text attribute. */
  textAttribute(path: string, name: string): string {
    const value = this.attribute(path, name);
    if (typeof value === "string") return value;
    throw this.#error(`attribute ${name} of ${path} is not a text`);
  }

  /** Reads a number attribute. */
  numberAttribute(path: string, name: string): number {
    const value = this.attribute(path, name);
    if (typeof value === "number") return value;
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

  #metadata(path: string): Hdf5Metadata {
    if (!this.has(path)) throw this.#error(`${path} is missing`);
    return this.#call(path, () => this.#module.get_dataset_metadata(this.#file, path));
  }

  /** The dataset's shape, when it is as wanted and the file is large enough for it. */
  #checkShape(path: string, found: Hdf5Description, wanted: readonly number[]): number[] {
    if (found.shape === undefined) throw this.#error(`${path} is empty`);
    const has = [...found.shape];
    if (has.length !== wanted.length || has.some((n, axis) => wanted[axis] !== -1 && wanted[axis] !== n)) {
      const right = wanted.map((n) => n === -1 ? "any" : n).join("×");
      throw this.#error(
        `${path} has the shape ${has.join("×") || "of one number"}; ${right || "one number"} is right`,
      );
    }
    this.#checkLength(path, sizeOf(has) * found.size, found.chunks !== undefined);
    return has;
  }

  /** A damaged shape must not make us ask for more memory than the file could fill; chunks may be compressed. */
  #checkLength(path: string, bytes: number, chunked: boolean): void {
    const size = Deno.statSync(this.#path).size;
    if (bytes > size * (chunked ? DEFLATE_RATIO : 1)) {
      throw this.#error(`${path} claims ${bytes} bytes, more than the file has (${size})`);
    }
  }

  /** Reads a dataset by blocks of rows; `take` gets the bytes of each, and where they begin among all. */
  #readBlocks(
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
    this.#withBuffer(path, rows * rowBytes, (pointer) => {
      for (let row = 0; row < count; row += rows) {
        const some = Math.min(rows, count - row);
        const [counts, offsets, strides] = shape.length === 0
          ? [null, null, null]
          : [[some, ...rest], [row, ...rest.map(() => 0)], shape.map(() => 1)].map((list) => list.map(BigInt));
        const read = () => this.#module.get_dataset_data(this.#file, path, counts, offsets, strides, BigInt(pointer));
        this.#call(path, read);
        take(this.#module.HEAPU8.slice(pointer, pointer + some * rowBytes) as Uint8Array<ArrayBuffer>, row * rowBytes);
      }
    });
  }

  /** All values of a small dataset, or of an attribute when it has a name. */
  #values(path: string, name: string | undefined, metadata: Hdf5Metadata): string[] | number[] | boolean[] {
    const what = name === undefined ? path : `attribute ${name} of ${path}`;
    const found = described(metadata), length = metadata.shape === null ? 0 : metadata.total_size;
    const size = length * metadata.size;
    this.#checkLength(what, size, found.chunks !== undefined);
    return this.#withBuffer(what, size, (pointer) => {
      const heap = () => this.#module.HEAPU8, file = this.#file, at = BigInt(pointer);
      // Texts of variable length are pointers: none may be left to chance.
      heap().fill(0, pointer, pointer + size);
      const read = name === undefined
        ? () => this.#module.get_dataset_data(file, path, null, null, null, at)
        : () => this.#module.get_attribute_data(file, path, name, at);
      if (length > 0) this.#call(what, read);
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
          return this.#call(what, () => this.#module.get_referenced_name(file, reference, true)) ?? "";
        });
      }
      if (found.kind === "other") throw this.#error(`${what} is of a type that cannot be read`);
      const numbers = Array.from(numbersOver(bytes, found) as Iterable<number | bigint>, Number);
      return found.kind === "truth" ? numbers.map((value) => value !== 0) : numbers;
    });
  }

  /** Runs `work` with a buffer in the library's memory. */
  #withBuffer<T>(what: string, bytes: number, work: (pointer: number) => T): T {
    const pointer = this.#module._malloc(Math.max(8, bytes));
    if (pointer === 0) throw this.#error(`no ${bytes} bytes of memory to read ${what}`);
    try {
      return work(pointer);
    } finally {
      this.#module._free(pointer);
    }
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
    const { size } = await file.stat();
    // A user block may come first, such as MATLAB's: the signature is then at 512, 1024, 2048, … bytes.
    for (let at = 0; at < size; at = at === 0 ? 512 : 2 * at) {
      await file.seek(at, Deno.SeekMode.Start);
      await file.read(start);
      if (SIGNATURE.every((byte, i) => start[i] === byte)) return;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new ResultsError(`Cannot load ${path}: there is no such file`);
    throw new ResultsError(`Cannot load ${path}: ${reasonOf(error)}`);
  }
  throw new ResultsError(`Cannot load ${path}: it is not an HDF5 file`);
}
