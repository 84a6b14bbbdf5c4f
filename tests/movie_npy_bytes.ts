/** Makes .npy files by hand. */
import { storedBytes, type StoredType } from "../src/movie/stored_type.ts";

/** What stands in a header. */
export interface TestNpy {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
  /** The header's text, instead of the one that follows from the others. */
  readonly text?: string;
}

/** The bytes of a .npy file with data as given. */
export function npyBytes(
  { descr, shape, fortran = false, version = 1, text }: TestNpy,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = text ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${tuple}), }`;
  const start = version === 1 ? 10 : 12, length = Math.ceil((start + words.length + 1) / 64) * 64 - start;
  const bytes = new Uint8Array(start + length + data.length), view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), version, 0]);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  bytes.set(new TextEncoder().encode(words.padEnd(length - 1) + "\n"), start);
  bytes.set(data, start + length);
  return bytes;
}

/** A value of a stored type as bytes: written by the platform's own views, one by one. */
export function storedValue(view: DataView, at: number, type: StoredType, value: number, little: boolean): void {
  switch (type) {
    case "bool":
    case "uint8":
      return view.setUint8(at, value);
    case "int8":
      return view.setInt8(at, value);
    case "uint16":
      return view.setUint16(at, value, little);
    case "int16":
      return view.setInt16(at, value, little);
    case "uint32":
      return view.setUint32(at, value, little);
    case "int32":
      return view.setInt32(at, value, little);
    case "uint64":
      return view.setBigUint64(at, BigInt(value), little);
    case "int64":
      return view.setBigInt64(at, BigInt(value), little);
    case "float16":
      return view.setFloat16(at, value, little);
    case "float32":
      return view.setFloat32(at, value, little);
    case "float64":
      return view.setFloat64(at, value, little);
  }
}

/** Values of a stored type, one after another, in a byte order. */
export function storedData(type: StoredType, values: readonly number[], little = true): Uint8Array {
  const size = storedBytes(type), bytes = new Uint8Array(values.length * size), view = new DataView(bytes.buffer);
  values.forEach((value, i) => storedValue(view, i * size, type, value, little));
  return bytes;
}

/** Whole numbers that every type but truth values and unsigned bytes can hold; those get small ones. */
export function testValues(type: StoredType, count: number): number[] {
  const modulus = type === "bool" ? 2 : 120, isSigned = /^(int|float)/.test(type);
  return Array.from(
    { length: count },
    (_, i) => (i * 37 + (i >> 3)) % modulus * (isSigned && i % 3 === 1 ? -1 : 1) + 0,
  );
}

/** Types by numpy's names. */
export const NPY_TYPES: Readonly<Record<string, StoredType>> = {
  b1: "bool",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  f2: "float16",
  u4: "uint32",
  i4: "int32",
  f4: "float32",
  u8: "uint64",
  i8: "int64",
  f8: "float64",
};
