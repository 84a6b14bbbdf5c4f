import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";

/** The size of the description stands in the file's last eight bytes, behind a zero that ends the description. */
const SIZE_BYTES = 8;
/** Longest description that is read: cell sets with thousands of named cells stay far below. */
const LONGEST = 2 ** 26;

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** What an Inscopix file says of itself, and how many bytes of data precede that. */
export interface IsxdFooter {
  readonly json: Json;
  readonly dataBytes: number;
}

/**
 * Reads the description at the end of an Inscopix file (.isxd): JSON, a zero, and its length as a 64-bit number. Undefined when the end of
 * the file is nothing of the kind. Reads no more than the last bytes unless they fit.
 */
export function readIsxdFooter(file: PositionalFile): IsxdFooter | undefined {
  if (file.bytes < SIZE_BYTES + 3) return undefined;
  const tail = new Uint8Array(SIZE_BYTES + 1);
  file.readSync(tail, file.bytes - tail.length);
  const size = Number(new DataView(tail.buffer).getBigUint64(1, true));
  const dataBytes = file.bytes - tail.length - size;
  if (tail[0] !== 0 || size < 2 || size > LONGEST || dataBytes < 0) return undefined;
  const first = new Uint8Array(1);
  file.readSync(first, dataBytes);
  if (first[0] !== 0x7b) return undefined;
  const bytes = new Uint8Array(size);
  file.readSync(bytes, dataBytes);
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(json) && "type" in json ? { json, dataBytes } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value at a path of names, or undefined. */
export function valueAt(json: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>(
    (value, name) => isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined,
    json,
  );
}

/** A whole number of at least `least` at a path of names. Throws `MovieError` when it is none. */
export function countAt(file: PositionalFile, json: Json, least: number, ...names: string[]): number {
  const value = valueAt(json, ...names);
  if (Number.isSafeInteger(value) && value as number >= least) return value as number;
  throw new MovieError(
    `Movie "${file.path}" is damaged: its description has ${
      value === undefined ? "no" : `${JSON.stringify(value)?.slice(0, 40)} as`
    } ${names.join(".")}, which has to be a whole number of at least ${least}`,
  );
}

/** A fraction (`num`, `den`) at a path of names, as a number; undefined when it is missing or no number. */
export function ratioAt(json: Json, ...names: string[]): number | undefined {
  const num = valueAt(json, ...names, "num"), den = valueAt(json, ...names, "den");
  if (typeof num !== "number" || typeof den !== "number" || den === 0) return undefined;
  return num / den;
}
