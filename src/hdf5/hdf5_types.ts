import { type Hdf5Type, hdf5Type } from "./hdf5_library.ts";

/** Arrays a dataset or an attribute can be made of. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const NAMES: Readonly<Record<string, string>> = {
  Float32Array: "<f",
  Float64Array: "<d",
  Int8Array: "<b",
  Int16Array: "<h",
  Int32Array: "<i",
  Uint8Array: "<B",
  Uint16Array: "<H",
  Uint32Array: "<I",
  BigInt64Array: "<q",
  BigUint64Array: "<Q",
};

/** The library's description of an array's own type. */
export function typeOfArray(data: NumberArray): Hdf5Type {
  return hdf5Type(NAMES[data.constructor.name]);
}

/** Numbers a shape has room for. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
