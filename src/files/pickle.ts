import { npyHeader, npyType } from "./npy.ts";

/** Numbers that a pickled numpy array can be made of; `bool` arrays are bytes of 0 and 1. */
type PickledNumbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A numpy array of numbers. */
export class PickledArray {
  /** Checks that the shape holds the numbers. */
  constructor(
    readonly data: PickledNumbers,
    readonly shape: readonly number[] = [data.length],
    readonly isBool = false,
  ) {
    if (shape.reduce((product, size) => product * size, 1) !== data.length) {
      throw new RangeError(`${data.length} numbers do not fill the shape ${shape.join("×")}`);
    }
  }
}

/** A Python float, also where it is a whole number. */
export class PickledFloat {
  constructor(readonly value: number) {}
}

/** What is written: Python's None, bool, int (whole numbers), float, str, list, dict, and numpy arrays of numbers. Nothing else. */
export type PickledValue =
  | null
  | boolean
  | number
  | string
  | PickledFloat
  | PickledArray
  | readonly PickledValue[]
  | { readonly [name: string]: PickledValue };

/** Opcodes of the pickle protocol, version 3 (Python's pickletools), as far as they are needed. */
const PROTOCOL = [0x80, 3], STOP = 0x2e, MARK = 0x28, NONE = 0x4e, TRUE = 0x88, FALSE = 0x89, INT = 0x4a, FLOAT = 0x47;
const TEXT = 0x58,
  BYTES = 0x42,
  LIST = 0x5d,
  APPENDS = 0x65,
  DICT = 0x7d,
  SET_ITEMS = 0x75,
  TUPLE = 0x74,
  GLOBAL = 0x63;
const CALL = 0x52, BUILD = 0x62;

/** The function that numpy's own pickles make arrays with; every numpy knows it under this name. */
const RECONSTRUCT = ["numpy.core.multiarray", "_reconstruct"] as const;
/** Version numbers of numpy's states of arrays and types, and the flags of a type of Python objects. */
const ARRAY_STATE = 1, TYPE_STATE = 3, OBJECT_FLAGS = 63;

/**
 * The bytes of an `.npy` file with one Python value, as `numpy.save` writes a dict: an array of no axes that holds it.
 * `numpy.load(path, allow_pickle=True).item()` gives it back.
 */
export function pickledNpy(value: PickledValue): Uint8Array {
  return npyOfObjects([value], []);
}

/** The same of a list of values as an array of one axis, as suite2p's `stat.npy`. */
export function pickledListNpy(values: readonly PickledValue[]): Uint8Array {
  return npyOfObjects(values, [values.length]);
}

function npyOfObjects(values: readonly PickledValue[], shape: readonly number[]): Uint8Array {
  const pickle = new Pickle();
  pickle.array("O8", "|", shape, OBJECT_FLAGS, () => pickle.value(values));
  const header = npyHeader("|O", shape), body = pickle.bytes();
  const all = new Uint8Array(header.length + body.length);
  all.set(header);
  all.set(body, header.length);
  return all;
}

/** A pickle that is being written. */
class Pickle {
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(1 << 16);
  #length = 0;

  constructor() {
    this.#put(...PROTOCOL);
  }

  /** The whole pickle. */
  bytes(): Uint8Array {
    this.#put(STOP);
    return this.#buffer.subarray(0, this.#length);
  }

  value(value: PickledValue): void {
    if (value === null) this.#put(NONE);
    else if (typeof value === "boolean") this.#put(value ? TRUE : FALSE);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") this.#counted(TEXT, this.#encoder.encode(value));
    else if (value instanceof PickledFloat) this.#float(value.value);
    else if (value instanceof PickledArray) this.#numbers(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#dict(value as { readonly [name: string]: PickledValue });
  }

  /** An array as numpy pickles it: an empty one is made, then it gets its state. */
  array(type: string, order: string, shape: readonly number[], flags: number, data: () => void): void {
    this.#global(...RECONSTRUCT);
    this.#tuple([
      () => this.#global("numpy", "ndarray"),
      () => this.#tuple([() => this.value(0)]),
      () => this.#counted(BYTES, this.#encoder.encode("b")),
    ]);
    this.#put(CALL);
    this.#tuple([
      () => this.value(ARRAY_STATE),
      () => this.#tuple(shape.map((size) => () => this.value(size))),
      () => this.#type(type, order, flags),
      () => this.value(false),
      data,
    ]);
    this.#put(BUILD);
  }

  #numbers({ data, shape, isBool }: PickledArray): void {
    const name = npyType(data), type = isBool ? "b1" : name.slice(1);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.array(type, isBool ? "|" : name[0], shape, 0, () => this.#counted(BYTES, bytes));
  }

  #type(type: string, order: string, flags: number): void {
    this.#global("numpy", "dtype");
    this.#tuple([type, false, true].map((value) => () => this.value(value)));
    this.#put(CALL);
    this.#tuple([TYPE_STATE, order, null, null, null, -1, -1, flags].map((value) => () => this.value(value)));
    this.#put(BUILD);
  }

  #list(values: readonly PickledValue[]): void {
    this.#put(LIST, MARK);
    for (const value of values) this.value(value);
    this.#put(APPENDS);
  }

  #dict(entries: { readonly [name: string]: PickledValue }): void {
    this.#put(DICT, MARK);
    for (const [name, value] of Object.entries(entries)) {
      this.value(name);
      this.value(value);
    }
    this.#put(SET_ITEMS);
  }

  #tuple(items: readonly (() => void)[]): void {
    this.#put(MARK);
    for (const item of items) item();
    this.#put(TUPLE);
  }

  #global(module: string, name: string): void {
    this.#put(GLOBAL, ...this.#encoder.encode(`${module}\n${name}\n`));
  }

  #number(value: number): void {
    if (!Object.is(value, value | 0)) return this.#float(value);
    this.#put(INT);
    this.#view(4).setInt32(0, value, true);
  }

  #float(value: number): void {
    this.#put(FLOAT);
    this.#view(8).setFloat64(0, value);
  }

  #counted(code: number, bytes: Uint8Array): void {
    if (bytes.length >= 2 ** 32) throw new RangeError(`${bytes.length} bytes are too many for one array of a pickle`);
    this.#put(code);
    this.#view(4).setUint32(0, bytes.length, true);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #put(...bytes: number[]): void {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.#buffer[this.#length++] = byte;
  }

  /** The next bytes, to be filled. */
  #view(length: number): DataView {
    this.#reserve(length);
    this.#length += length;
    return new DataView(this.#buffer.buffer, this.#length - length, length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length + more));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
