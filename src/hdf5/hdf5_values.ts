import type { Hdf5Module } from "./hdf5_library.ts";

/** What the library says of a dataset or an attribute. */
export type Hdf5Metadata = ReturnType<Hdf5Module["get_dataset_metadata"]>;

/** HDF5's numbers of the classes of types. */
const INTEGER = 0, FLOAT = 1, TEXT = 3, REFERENCE = 7, ENUMERATION = 8;
/** Text that is filled up with spaces. */
const SPACE_PADDED = 2;

/** What a dataset or an attribute is made of. */
export interface Hdf5Description {
  /** What its elements are; "other" cannot be read here. Truth values are an enumeration of FALSE and TRUE. */
  readonly kind: "integer" | "float" | "truth" | "text" | "reference" | "other";
  /** Whether integers have a sign. */
  readonly signed: boolean;
  /** Bytes of an element in memory. */
  readonly size: number;
  /** Rows, columns, …; `[]` is a single element, undefined no element at all. */
  readonly shape: readonly number[] | undefined;
  /** Shape of a chunk; undefined when the dataset is not stored in chunks. */
  readonly chunks: readonly number[] | undefined;
}

/** What there is to know of numbers to read them. */
export type NumberKind = Pick<Hdf5Description, "kind" | "signed" | "size">;

/** What an attribute holds; null when it is there without a value. References are paths. */
export type Hdf5Value = string | number | boolean | string[] | number[] | boolean[] | null;

/** Says in our words what the library says in its own. */
export function described(metadata: Hdf5Metadata): Hdf5Description {
  const { signed, size, shape, chunks } = metadata;
  return { kind: kindOf(metadata), signed, size, shape: shape ?? undefined, chunks: chunks ?? undefined };
}

function kindOf({ type, size, ref_type, enum_type }: Hdf5Metadata): Hdf5Description["kind"] {
  if (type === INTEGER) return [1, 2, 4, 8].includes(size) ? "integer" : "other";
  if (type === FLOAT) return [2, 4, 8].includes(size) ? "float" : "other";
  if (type === TEXT) return "text";
  if (type === REFERENCE) return ref_type === "object" ? "reference" : "other";
  if (type !== ENUMERATION || enum_type?.type !== INTEGER) return "other";
  const { members } = enum_type;
  if (Object.keys(members).length === 2 && members.FALSE === 0 && members.TRUE === 1) return "truth";
  return [1, 2, 4, 8].includes(size) ? "integer" : "other";
}

/** An array over bytes that hold numbers of this description; they begin where such a number may begin. */
export function numbersOver(bytes: Uint8Array<ArrayBuffer>, { kind, signed, size }: NumberKind) {
  const { buffer, byteOffset } = bytes, length = Math.floor(bytes.length / size);
  if (kind === "float" && size === 2) return new Float16Array(buffer, byteOffset, length);
  if (kind === "float" && size === 4) return new Float32Array(buffer, byteOffset, length);
  if (kind === "float") return new Float64Array(buffer, byteOffset, length);
  if (size === 8) return new (signed ? BigInt64Array : BigUint64Array)(buffer, byteOffset, length);
  if (size === 4) return new (signed ? Int32Array : Uint32Array)(buffer, byteOffset, length);
  if (size === 2) return new (signed ? Int16Array : Uint16Array)(buffer, byteOffset, length);
  return new (signed ? Int8Array : Uint8Array)(buffer, byteOffset, length);
}

/** Texts in the bytes of a dataset or an attribute; those of variable length are pointers into the library's memory. */
export function textsOver(module: Hdf5Module, bytes: Uint8Array<ArrayBuffer>, metadata: Hdf5Metadata): string[] {
  if (metadata.vlen) {
    return Array.from(new Uint32Array(bytes.buffer), (pointer) => pointer === 0 ? "" : module.UTF8ToString(pointer));
  }
  const decoder = new TextDecoder(), { size } = metadata;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => {
    const one = bytes.subarray(i * size, (i + 1) * size), end = one.indexOf(0);
    const text = decoder.decode(end < 0 ? one : one.subarray(0, end));
    return metadata.strpad === SPACE_PADDED ? text.replace(/ +$/, "") : text;
  });
}
