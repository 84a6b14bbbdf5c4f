import { type SampleArray, sampleArray, type SampleType } from "../core/movie.ts";

/** How numbers may be stored in a file; movies have fewer types. */
export type StoredType =
  | SampleType
  | "bool"
  | "int8"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float64";

/** Numbers in any stored type. */
export type StoredArray =
  | SampleArray
  | Int8Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float16Array
  | Float64Array;

interface Kind {
  readonly bytes: number;
  readonly sampleType: SampleType;
  readonly view: (buffer: ArrayBufferLike, offset: number, length: number) => StoredArray;
  /** What becomes of numbers the movie's type cannot hold, if there can be any. */
  readonly loss?: string;
}

const WHOLE = "whole numbers beyond 16777216 are rounded";

const KINDS: Readonly<Record<StoredType, Kind>> = {
  uint8: { bytes: 1, sampleType: "uint8", view: (b, o, n) => new Uint8Array(b, o, n) },
  bool: { bytes: 1, sampleType: "uint8", view: (b, o, n) => new Uint8Array(b, o, n) },
  int8: { bytes: 1, sampleType: "int16", view: (b, o, n) => new Int8Array(b, o, n) },
  uint16: { bytes: 2, sampleType: "uint16", view: (b, o, n) => new Uint16Array(b, o, n) },
  int16: { bytes: 2, sampleType: "int16", view: (b, o, n) => new Int16Array(b, o, n) },
  float16: { bytes: 2, sampleType: "float32", view: (b, o, n) => new Float16Array(b, o, n) },
  int32: { bytes: 4, sampleType: "float32", view: (b, o, n) => new Int32Array(b, o, n), loss: WHOLE },
  uint32: { bytes: 4, sampleType: "float32", view: (b, o, n) => new Uint32Array(b, o, n), loss: WHOLE },
  float32: { bytes: 4, sampleType: "float32", view: (b, o, n) => new Float32Array(b, o, n) },
  int64: { bytes: 8, sampleType: "float32", view: (b, o, n) => new BigInt64Array(b, o, n), loss: WHOLE },
  uint64: { bytes: 8, sampleType: "float32", view: (b, o, n) => new BigUint64Array(b, o, n), loss: WHOLE },
  float64: {
    bytes: 8,
    sampleType: "float32",
    view: (b, o, n) => new Float64Array(b, o, n),
    loss: "about 7 of 16 digits are kept",
  },
};

/** Whether a name is that of a stored type. */
export function isStoredType(name: string): name is StoredType {
  return Object.hasOwn(KINDS, name);
}

/** Bytes of one number. */
export function storedBytes(type: StoredType): number {
  return KINDS[type].bytes;
}

/** The type a movie of such numbers has: the same where a movie can have it, else the next that holds them, at worst float32. */
export function sampleTypeOf(type: StoredType): SampleType {
  return KINDS[type].sampleType;
}

/** What a header's notes say of a type that a movie cannot have; nothing for those it can. */
export function storedTypeNotes(type: StoredType): string[] {
  const { sampleType, loss } = KINDS[type];
  if (sampleType === type) return [];
  return [`Samples are stored as ${type} and read as ${sampleType}${loss === undefined ? "" : `: ${loss}`}`];
}

/** Numbers of a stored type on a piece of memory; its start has to be a multiple of the type's bytes. */
export function storedView(type: StoredType, bytes: Uint8Array): StoredArray {
  return KINDS[type].view(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / KINDS[type].bytes));
}

/** The numbers as samples of the movie's type: themselves where they have it, else a copy. */
export function toSamples(numbers: StoredArray, sampleType: SampleType): SampleArray {
  if (sampleArray(sampleType, 0).constructor === numbers.constructor) return numbers as SampleArray;
  const samples = sampleArray(sampleType, numbers.length);
  putSamples(numbers, samples);
  return samples;
}

/** Puts numbers into samples of the movie's type, from the first on. */
export function putSamples(numbers: StoredArray, into: SampleArray): void {
  if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    for (let i = 0; i < numbers.length; i++) into[i] = Number(numbers[i]);
  } else {
    into.set(numbers);
  }
}
