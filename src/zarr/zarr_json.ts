import * as fs from "node:fs";
import { join } from "node:path";
import { ZarrError } from "./zarr_error.ts";

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Longest metadata file that is read. */
const LONGEST = 2 ** 26;

/**
 * Reads a metadata file of a Zarr folder: a JSON object, in which Python's NaN and Infinity count as null. Undefined when there is no such file.
 * Throws `ZarrError` when it is damaged.
 */
export function readJson(folder: string, name: string): Json | undefined {
  const path = join(folder, name);
  let text: string;
  try {
    const status = fs.statSync(path);
    if (!status.isFile()) return undefined;
    if (status.size > LONGEST) {
      throw new ZarrError(`has ${status.size} bytes of metadata in ${name}, which is too much`);
    }
    text = fs.readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error instanceof ZarrError ? error : new ZarrError(`has a ${name} that cannot be read (${code ?? error})`);
  }
  const value = parse(text) ?? parse(withoutNaN(text));
  if (isObject(value)) return value;
  throw new ZarrError(`is damaged: its ${name} is not a JSON object`);
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (word) => word[0] === '"' ? word : "null");
}
