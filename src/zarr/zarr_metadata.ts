import { product } from "./chunk_grid.ts";
import { ZarrError } from "./zarr_error.ts";
import { isObject, type Json, readJson } from "./zarr_json.ts";

/** Most axes of an array. */
const MOST_AXES = 32;

/** An array as its metadata describes it, checked: shapes are whole numbers that fit each other. */
export interface ZarrArrayMetadata {
  readonly kind: "array";
  /** The folder it lies in. */
  readonly folder: string;
  readonly version: 2 | 3;
  /** Elements along each axis. */
  readonly shape: readonly number[];
  /** Elements of a chunk, the smallest piece that can be read. */
  readonly chunks: readonly number[];
  /** Elements of what one file holds: a chunk, or a shard of several. */
  readonly fileChunks: readonly number[];
  /** Type of an element, as version 3 names it ("uint16"); other names where it is no number. */
  readonly type: string;
  /** Names of the codecs its chunks went through, as the library knows them. */
  readonly codecs: readonly string[];
  /** Whether a chunk's file holds its elements plainly, last axis fastest, least significant byte first. */
  readonly isPlain: boolean;
  /** What elements of missing chunks are. */
  readonly fill: number;
  /** Names of the axes, where they have some. */
  readonly dimensions?: readonly (string | null)[];
  readonly attributes: Json;
  /** What the library reads instead of the file: the same with a fill value it understands. */
  readonly document: Json;
  /** Name, within the folder, of the file of a place in the grid of files. */
  readonly file: (index: readonly number[]) => string;
}

/** A group of arrays and groups. */
export interface ZarrGroupMetadata {
  readonly kind: "group";
  readonly folder: string;
  readonly attributes: Json;
}

/** numpy's names of types, without the byte order. */
const TYPES: Readonly<Record<string, string>> = {
  b1: "bool",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  f2: "float16",
  i4: "int32",
  u4: "uint32",
  f4: "float32",
  i8: "int64",
  u8: "uint64",
  f8: "float64",
};

/** What a folder is in Zarr, version 2 or 3; undefined when it is nothing. Throws `ZarrError` when its metadata is damaged or of an unknown kind. */
export function readZarrMetadata(folder: string): ZarrArrayMetadata | ZarrGroupMetadata | undefined {
  const third = readJson(folder, "zarr.json");
  if (third) {
    if (third.zarr_format !== 3) {
      throw new ZarrError(
        third.zarr_format === undefined
          ? "does not state its version of Zarr: 2 and 3 can be read"
          : `is of version ${JSON.stringify(third.zarr_format).slice(0, 20)} of Zarr: 2 and 3 can be read`,
      );
    }
    const attributes = isObject(third.attributes) ? third.attributes : {};
    return third.node_type === "array" ? version3(folder, third, attributes) : { kind: "group", folder, attributes };
  }
  const array = readJson(folder, ".zarray"), group = array ? undefined : readJson(folder, ".zgroup");
  if (!array && !group) return undefined;
  const attributes = readJson(folder, ".zattrs") ?? {};
  return array ? version2(folder, array, attributes) : { kind: "group", folder, attributes };
}

function version2(folder: string, json: Json, attributes: Json): ZarrArrayMetadata {
  const shape = sizes(json.shape, 0, "shape"), chunks = sizes(json.chunks, 1, "chunks");
  sameRank(shape, chunks);
  const dtype = typeof json.dtype === "string" ? /^([<>|])([a-zA-Z]\d*)$/.exec(json.dtype) : null;
  const type = TYPES[dtype?.[2] ?? ""] ?? (typeof json.dtype === "string" ? json.dtype : "records");
  const filters = json.filters ?? [], separator = json.dimension_separator ?? ".";
  const isKnown = (json.order === "C" || json.order === "F") && Array.isArray(filters) && filters.every(isObject) &&
    (json.compressor == null || isObject(json.compressor)) && (separator === "." || separator === "/");
  if (!isKnown) {
    throw new ZarrError(
      "is damaged: the order, the filters, the compressor or the separator of its chunks make no sense",
    );
  }
  const fill = fillValue(json.fill_value, type), names = attributes._ARRAY_DIMENSIONS;
  const codecs = [...filters, json.compressor].filter(isObject).map(({ id }) => id);
  if (!codecs.every((id) => typeof id === "string")) {
    throw new ZarrError("is damaged: a filter or compressor has no name");
  }
  return {
    ...{ kind: "array", folder, version: 2, shape, chunks, fileChunks: chunks, type, fill, attributes },
    codecs: codecs.map((id) => `numcodecs.${id.replace(/^numcodecs\./, "")}`),
    isPlain: filters.length === 0 && json.compressor == null && json.order === "C" && dtype?.[1] !== ">",
    ...dimensions(names, shape),
    document: { ...json, fill_value: served(fill, type) },
    file: (index) => index.length === 0 ? "0" : index.join(separator as string),
  };
}

function version3(folder: string, json: Json, attributes: Json): ZarrArrayMetadata {
  const shape = sizes(json.shape, 0, "shape"), grid = configuration(json.chunk_grid, "regular");
  if (!grid) throw new ZarrError("has chunks that are not all of one size, which cannot be read");
  const fileChunks = sizes(grid.chunk_shape, 1, "chunks");
  sameRank(shape, fileChunks);
  const type = typeof json.data_type === "string" ? json.data_type : "records";
  const codecs = Array.isArray(json.codecs) ? json.codecs : [];
  if (codecs.length === 0 || !codecs.every((codec) => isObject(codec) && typeof codec.name === "string")) {
    throw new ZarrError("is damaged: it does not say how its chunks are encoded");
  }
  if (Array.isArray(json.storage_transformers) && json.storage_transformers.length > 0) {
    throw new ZarrError("uses storage transformers, which cannot be read");
  }
  const sharding = codecs.map((codec) => configuration(codec, "sharding_indexed")).find((one) => one !== undefined);
  const key = configuration(json.chunk_key_encoding, "default") ?? configuration(json.chunk_key_encoding, "v2");
  const isDefault = isObject(json.chunk_key_encoding) && json.chunk_key_encoding.name === "default";
  const separator = key?.separator ?? (isDefault ? "/" : ".");
  if (!key || separator !== "/" && separator !== ".") {
    throw new ZarrError("is damaged: it does not say where its chunks are");
  }
  const bytes = codecs.length === 1 ? configuration(codecs[0], "bytes") : undefined;
  const fill = fillValue(json.fill_value, type);
  return {
    ...{ kind: "array", folder, version: 3, shape, fileChunks, type, fill, attributes },
    chunks: sharding ? innerChunks(sharding, fileChunks) : fileChunks,
    codecs: codecNames([...codecs, ...(Array.isArray(sharding?.codecs) ? sharding.codecs : [])]),
    isPlain: bytes !== undefined && bytes.endian !== "big",
    ...dimensions(json.dimension_names, shape),
    document: { ...json, attributes: {}, fill_value: served(fill, type) },
    file: (index) => [...(isDefault ? ["c"] : []), ...index].join(separator) || "0",
  };
}

/** Names of codecs; that of shards is no codec of the library's. */
function codecNames(codecs: readonly unknown[]): string[] {
  const names = codecs.map((codec) => isObject(codec) && typeof codec.name === "string" ? codec.name : "nothing");
  return names.filter((name) => name !== "sharding_indexed");
}

/** Chunks within the shards that files hold; the library reads the index from a shard's end. */
function innerChunks(sharding: Json, fileChunks: readonly number[]): number[] {
  const chunks = sizes(sharding.chunk_shape, 1, "chunks");
  sameRank(fileChunks, chunks);
  if (sharding.index_location === "start") {
    throw new ZarrError(
      "has shards with their index at the start, which cannot be read: write them with the index at the end",
    );
  }
  if (!chunks.every((size, axis) => fileChunks[axis] % size === 0)) {
    throw new ZarrError("is damaged: its chunks do not fill its shards");
  }
  const ofIndex = sharding.index_codecs;
  if (!Array.isArray(ofIndex) || !ofIndex.every((codec) => isObject(codec) && typeof codec.name === "string")) {
    throw new ZarrError("is damaged: it does not say how the index of its shards is encoded");
  }
  // The index takes 16 bytes per chunk.
  if (product(fileChunks) / product(chunks) > 2 ** 24) {
    throw new ZarrError(`is damaged: a shard is said to have ${product(fileChunks) / product(chunks)} chunks`);
  }
  return chunks;
}

function sizes(value: unknown, least: number, what: string): number[] {
  const isList = Array.isArray(value) && value.length <= MOST_AXES &&
    value.every((size) => Number.isSafeInteger(size) && size >= least);
  if (isList) return value;
  throw new ZarrError(
    value === undefined
      ? `is damaged: its metadata has no ${what}`
      : `is damaged: its ${what} ${what === "shape" ? "is" : "are"} ${JSON.stringify(value).slice(0, 60)}, but ` +
        `whole numbers from ${least} to 2^53 belong there`,
  );
}

function sameRank(shape: readonly number[], chunks: readonly number[]): void {
  if (shape.length === chunks.length) return;
  throw new ZarrError(`is damaged: its shape is ${shape.join("×")} and its chunks are ${chunks.join("×")}`);
}

/** Configuration of something that is named `name`. */
function configuration(value: unknown, name: string): Json | undefined {
  if (!isObject(value) || value.name !== name) return undefined;
  return isObject(value.configuration) ? value.configuration : {};
}

function dimensions(names: unknown, shape: readonly number[]): { dimensions?: readonly (string | null)[] } {
  if (!Array.isArray(names) || names.length !== shape.length) return {};
  return { dimensions: names.map((name) => typeof name === "string" ? name : null) };
}

/** A fill value as a number: also NaN and infinities, which are texts, and floats given by their bits. */
function fillValue(value: unknown, type: string): number {
  if (typeof value === "string" && /^0x[0-9a-f]{8}$/i.test(value) && type === "float32") {
    return new Float32Array(Uint32Array.of(Number(value)).buffer)[0];
  }
  if (typeof value === "string" && /^0x[0-9a-f]{16}$/i.test(value) && type === "float64") {
    return new Float64Array(BigUint64Array.of(BigInt(value)).buffer)[0];
  }
  if (typeof value === "string" && /^(NaN|-?Infinity)$/.test(value)) return Number(value);
  return typeof value === "number" || typeof value === "boolean" ? Number(value) : 0;
}

/** The fill value as the library wants it. */
function served(fill: number, type: string): unknown {
  if (type.startsWith("float")) return Number.isFinite(fill) ? fill : String(fill);
  return type === "bool" ? fill !== 0 : Number.isFinite(fill) ? Math.trunc(fill) : 0;
}
