import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";
import type { StoredType } from "../stored_type.ts";

/** The first bytes of every .npy file. */
export const NPY_MAGIC = "\x93NUMPY";
/** Longest header that is read; numpy itself refuses longer ones than 10 000 letters. */
const LONGEST_HEADER = 2 ** 16;
/** Most axes numpy knows. */
const MOST_AXES = 64;

/** What a .npy file says of its array. */
export interface NpyHeader {
  readonly type: StoredType;
  readonly littleEndian: boolean;
  /** Whether the first axis runs fastest, as in Fortran. */
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the first number is. */
  readonly position: number;
}

/** numpy's letters for types. */
const TYPES: Readonly<Record<string, StoredType>> = {
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

/** Reads the header of a .npy file of version 1, 2 or 3. Throws `MovieError` when it is truncated, damaged or of no use. */
export function readNpyHeader(file: PositionalFile): NpyHeader {
  const where = `Movie "${file.path}"`;
  if (file.bytes < 10) throw new MovieError(`${where} is truncated: it ends in the header, after ${file.bytes} bytes`);
  const start = new Uint8Array(Math.min(12, file.bytes));
  file.readSync(start, 0);
  const version = start[6], view = new DataView(start.buffer);
  if (version < 1 || version > 3) {
    throw new MovieError(`${where} is of version ${version} of the .npy format: versions 1 to 3 can be read`);
  }
  const long = version > 1, position = long ? 12 : 10;
  const length = long && start.length < 12
    ? LONGEST_HEADER + 1
    : long
    ? view.getUint32(8, true)
    : view.getUint16(8, true);
  if (position + length > file.bytes || length > LONGEST_HEADER) {
    throw new MovieError(
      `${where} is truncated or damaged: its header is said to take ${length} bytes, and the file has ${file.bytes}`,
    );
  }
  const bytes = new Uint8Array(length);
  file.readSync(bytes, position);
  const entries = readDict(new TextDecoder("latin1").decode(bytes));
  const { descr, fortran_order: fortran, shape } = entries ?? {};
  const isShape = Array.isArray(shape) && shape.length <= MOST_AXES;
  if (descr === undefined || typeof fortran !== "boolean" || !isShape) {
    throw new MovieError(
      `${where} is damaged: its header does not state the type, the order and the shape of the array`,
    );
  }
  const letters = typeof descr === "string" ? /^([<>|=])([a-zA-Z]\d+)$/.exec(descr) : null;
  const type = letters ? TYPES[letters[2]] : undefined;
  if (!type) {
    throw new MovieError(
      `${where} holds ${
        typeof descr === "string" ? `numbers of the type ${descr}` : "records"
      }, which are no samples: ` +
        "save it as uint8, uint16, int16 or float32",
    );
  }
  return { type, littleEndian: letters![1] !== ">", fortran, shape, position: position + length };
}

type Value = string | boolean | number[] | object;

/** Reads the Python dictionary of a header: texts, truth values and tuples of whole numbers, and nothing else. */
function readDict(text: string): Record<string, Value> | undefined {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return undefined;
  const entry =
    /\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|\(([\d\s,L]*)\)|(\[[^\]]*\]))\s*(,|$)/y;
  const found: Record<string, Value> = {};
  while (entry.lastIndex < body.length && /\S/.test(body.slice(entry.lastIndex))) {
    const match = entry.exec(body);
    if (!match) return undefined;
    const [, name1, name2, text1, text2, truth, tuple, list] = match;
    const name = name1 ?? name2;
    if (list !== undefined) found[name] = { list };
    else if (tuple !== undefined) {
      const numbers = tuple.split(",").map((part) => part.trim()).filter((part) => part !== "");
      if (!numbers.every((part) => /^\d{1,15}L?$/.test(part))) return undefined;
      found[name] = numbers.map((part) => parseInt(part, 10));
    } else found[name] = truth === undefined ? text1 ?? text2 : truth === "True";
  }
  return found;
}
