import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";
import { Hdf5Input } from "./hdf5_input.ts";
import { hdf5 } from "./hdf5_library.ts";
import { type NumberArray, sizeOf } from "./hdf5_types.ts";
import { hasSignature } from "./signature.ts";
import { described, type Hdf5Description, type Hdf5Value, numbersOver } from "./hdf5_values.ts";

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
  readonly #input: Hdf5Input;

  private constructor(input: Hdf5Input) {
    this.#input = input;
  }

  /** Opens the file at `path`. Rejects with a `ResultsError` when it is missing, no HDF5 file, or damaged. */
  static async open(path: string): Promise<Hdf5Reader> {
    await checkSignature(path);
    return new Hdf5Reader(new Hdf5Input(await hdf5(), path));
  }

  /** True when a group or dataset of this path exists. */
  has(path: string): boolean {
    return this.#input.has(path);
  }

  /** What is at a path; undefined when there is nothing. A soft link that leads nowhere, or an external one, is "link". */
  typeOf(path: string): "group" | "dataset" | "link" | "other" | undefined {
    if (!this.has(path)) return undefined;
    return this.#input.call(path, (module, file) => {
      const type = module.get_type(file, path);
      if (type === module.H5G_GROUP) return "group";
      if (type === module.H5G_DATASET) return "dataset";
      return type === module.H5G_LINK || type === module.H5G_UDLINK ? "link" : "other";
    });
  }

  /** Names in a group, in the order the file keeps them (usually alphabetic). */
  names(path: string): string[] {
    if (this.typeOf(path) !== "group") throw this.#input.error(`${path} is no group`);
    return this.#input.call(path, (module, file) => module.get_names(file, path, false));
  }

  /** What a dataset is made of. */
  describe(path: string): Hdf5Description {
    return described(this.#input.metadata(path));
  }

  /** Reads a dataset of numbers; its type must be the one asked for and its shape `shape`, where -1 allows any size. */
  numbers<K extends keyof KindArrays>(
    path: string,
    kind: K,
    shape: readonly number[],
  ): { data: KindArrays[K]; shape: number[] } {
    const found = this.describe(path), wanted = KINDS[kind];
    if (found.kind !== wanted.kind || found.size !== wanted.size) {
      throw this.#input.error(`${path} does not hold ${kind} numbers`);
    }
    const has = this.#input.checkShape(path, found, shape);
    const data = wanted.make(sizeOf(has)), bytes = new Uint8Array(data.buffer);
    this.#input.readBlocks(path, found, (block, at) => bytes.set(block, at));
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
      throw this.#input.error(`${path} does not hold numbers`);
    }
    const has = this.#input.checkShape(path, found, shape), data = wanted.make(sizeOf(has)) as Float64Array;
    this.#input.readBlocks(path, found, (block, at) => {
      const part = numbersOver(block, found), start = at / found.size;
      for (let i = 0; i < part.length; i++) {
        const value = Number(part[i]);
        data[start + i] = value;
        if (wanted.kind === "integer" && data[start + i] !== value) {
          throw this.#input.error(`${path} holds ${value}, which is no ${kind} number`);
        }
      }
    });
    return { data: data as NumberArray as KindArrays[K], shape: has };
  }

  /** Reads a small dataset, whatever it holds: one value, or a list of them (row-major) when it has axes. */
  value(path: string): Hdf5Value {
    const metadata = this.#input.metadata(path);
    if (metadata.shape === null) return null;
    const values = this.#input.values(path, undefined, metadata);
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
    this.#input.block(path, offsets, counts, size, take);
  }

  /** The filters a dataset's chunks went through, in order: their registered numbers and what the writer called them. */
  filters(path: string): { id: number; name: string }[] {
    return this.#input.call(path, (module, file) => module.get_dataset_filters(file, path))
      .map(({ id, name }) => ({ id, name }));
  }

  /** The files a virtual dataset is put together from, as it names them; "." is the file itself. Empty for every other dataset. */
  virtualSources(path: string): string[] {
    return (this.#input.metadata(path).virtual_sources ?? []).map(({ file_name }) => file_name);
  }

  /** The labels of a dataset's axes, `null` where an axis has none. */
  axisLabels(path: string): (string | null)[] {
    return this.#input.call(path, (module, file) => module.get_dimension_labels(file, path));
  }

  /** Throws when a dataset claims to hold more than the file has room for. */
  checkSize(path: string): void {
    const { shape = [], size, chunks } = this.describe(path);
    this.#input.checkLength(path, sizeOf(shape) * size, chunks !== undefined);
  }

  /** Reads rows [start, start + count) of a dataset of numbers as float64, whatever its type. */
  rows(path: string, start: number, count: number): Float64Array {
    const found = this.describe(path), [length = 0, ...rest] = found.shape ?? [];
    if (found.kind !== "integer" && found.kind !== "float" && found.kind !== "truth") {
      throw this.#input.error(`${path} does not hold numbers`);
    }
    if (start < 0 || start + count > length) throw this.#input.error(`${path} has ${length} rows`);
    this.#input.checkLength(path, count * sizeOf(rest) * found.size, found.chunks !== undefined);
    let data = new Float64Array(0);
    this.block(path, [start, ...rest.map(() => 0)], [count, ...rest], found.size, (bytes) => {
      const part = numbersOver(bytes.slice(), found);
      const isBig = part instanceof BigInt64Array || part instanceof BigUint64Array;
      data = isBig ? Float64Array.from(part as Iterable<bigint>, Number) : Float64Array.from(part as Float64Array);
    });
    return data;
  }

  /** Address of an object's header within the file, relative to the superblock; undefined when the library does not tell it. */
  address(path: string): number | undefined {
    const reference = this.#input.attempt((module, file) => module.create_object_reference(file, path));
    if (reference?.length !== 8) return undefined;
    return Number(new DataView(Uint8Array.from(reference).buffer).getBigUint64(0, true));
  }

  /** Number of axes of a dataset. */
  rank(path: string): number {
    return this.describe(path).shape?.length ?? 0;
  }

  /** Reads a dataset that holds one text. */
  text(path: string): string {
    const texts = this.texts(path);
    if (texts.length === 1) return texts[0];
    throw this.#input.error(`${path} is not a text`);
  }

  /** Reads a dataset of texts, row-major. */
  texts(path: string): string[] {
    const metadata = this.#input.metadata(path);
    if (described(metadata).kind !== "text") throw this.#input.error(`${path} is not a text`);
    return this.#input.values(path, undefined, metadata) as string[];
  }

  /** Reads a dataset of references to objects, as the objects' paths, row-major. */
  references(path: string): string[] {
    const metadata = this.#input.metadata(path);
    if (described(metadata).kind !== "reference") throw this.#input.error(`${path} does not hold references`);
    return this.#input.values(path, undefined, metadata) as string[];
  }

  /** Where a soft link leads; undefined when `path` is none. */
  softLink(path: string): string | undefined {
    const result = this.#input.attempt((module, file) => module.get_symbolic_link(file, path));
    return result ?? undefined;
  }

  /** Where an external link leads; undefined when `path` is none. */
  externalLink(path: string): { file: string; target: string } | undefined {
    const result = this.#input.attempt((module, file) => module.get_external_link(file, path));
    return result?.filename === undefined ? undefined : { file: result.filename, target: result.obj_path };
  }

  /** Names of the attributes of the object at `path`. */
  attributeNames(path: string): string[] {
    return this.#input.call(path, (module, file) => module.get_attribute_names(file, path));
  }

  /** Reads an attribute, whatever it holds: one value, or a list of them when it has axes. */
  attribute(path: string, name: string): Hdf5Value {
    const what = `attribute ${name} of ${path}`;
    if (!this.hasAttribute(path, name)) throw this.#input.error(`${path} has no attribute ${name}`);
    const metadata = this.#input.call(what, (module, file) => module.get_attribute_metadata(file, path, name));
    if (metadata.shape === null) return null;
    const values = this.#input.values(path, name, metadata);
    return metadata.shape.length === 0 ? values[0] : values;
  }

  /** Reads a text attribute. */
  textAttribute(path: string, name: string): string {
    const value = this.attribute(path, name);
    if (typeof value === "string") return value;
    throw this.#input.error(`attribute ${name} of ${path} is not a text`);
  }

  /** Reads a number attribute. */
  numberAttribute(path: string, name: string): number {
    const value = this.attribute(path, name);
    if (typeof value === "number") return value;
    throw this.#input.error(`attribute ${name} of ${path} is not a number`);
  }

  /** True when the object at `path` has this attribute. */
  hasAttribute(path: string, name: string): boolean {
    const result = this.#input.attempt((module, file) => module.get_attribute_names(file, path));
    return result !== undefined && result.includes(name);
  }

  /** Closes the file. Idempotent. */
  close(): void {
    this.#input.close();
  }
}

async function checkSignature(path: string): Promise<void> {
  let isFile = true;
  try {
    // Opening a pipe would wait for somebody to write into it.
    const { size, ...status } = await Deno.stat(path);
    isFile = status.isFile;
    using file = isFile ? await Deno.open(path) : undefined;
    const readAt = (into: Uint8Array, position: number) => {
      file!.seekSync(position, Deno.SeekMode.Start);
      file!.readSync(into);
    };
    if (file && hasSignature(size, readAt)) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new ResultsError(`Cannot load ${path}: there is no such file`);
    throw new ResultsError(`Cannot load ${path}: ${reasonOf(error)}`);
  }
  throw new ResultsError(`Cannot load ${path}: it is ${isFile ? "not an HDF5 file" : "no file"}`);
}
