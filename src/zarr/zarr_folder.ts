import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";

/** Names of Zarr's metadata files, version 2; a folder with one of the first two, or with version 3's, is a Zarr folder. */
export const ZARR_FILES = {
  group: ".zgroup",
  array: ".zarray",
  attributes: ".zattrs",
  consolidated: ".zmetadata",
  version3: "zarr.json",
} as const;

/**
 * A Zarr folder (version 2) that is being written: aside, as `<path>.partial-<process>`, until `close` gives it its name. A Zarr folder of that
 * name is replaced; anything else of that name is left alone and refused. Whatever fails, fails with a `ResultsError` that names the folder.
 */
export class ZarrFolder {
  readonly #path: string;
  readonly #partial: string;
  /** Metadata files by path inside the folder. */
  readonly #metadata = new Map<string, unknown>();
  #isOver = false;

  /** Begins an empty folder aside. */
  constructor(path: string) {
    this.#path = path;
    this.#partial = `${path}.partial-${Deno.pid}`;
    this.attempt(() => {
      checkReplaceable(path);
      fs.rmSync(this.#partial, { recursive: true, force: true });
      fs.mkdirSync(this.#partial);
    });
  }

  /** Creates a folder for a group or an array; the one above it must exist. */
  folder(path: string): void {
    fs.mkdirSync(join(this.#partial, path));
  }

  /** Writes a metadata file, which will be part of the consolidated metadata. */
  describe(path: string, name: string, value: unknown): void {
    const key = path === "" ? name : `${path}/${name}`;
    this.#metadata.set(key, value);
    fs.writeFileSync(join(this.#partial, key), jsonText(value));
  }

  /** What a metadata file says. */
  described(path: string, name: string): unknown {
    return this.#metadata.get(path === "" ? name : `${path}/${name}`);
  }

  /** Where the chunk of a place in the grid goes. */
  chunkFile(path: string, index: readonly number[]): string {
    return join(this.#partial, path, index.length === 0 ? "0" : index.join("."));
  }

  /** Writes the consolidated metadata and gives the folder its name. */
  close(): void {
    this.attempt(() => {
      const metadata = Object.fromEntries([...this.#metadata].sort(([a], [b]) => a < b ? -1 : 1));
      const all = jsonText({ metadata, zarr_consolidated_format: 1 });
      fs.writeFileSync(join(this.#partial, ZARR_FILES.consolidated), all);
      checkReplaceable(this.#path);
      const old = `${this.#path}.old-${Deno.pid}`, replaces = fs.existsSync(this.#path);
      if (replaces) fs.renameSync(this.#path, old);
      try {
        fs.renameSync(this.#partial, this.#path);
      } catch (error) {
        if (replaces) fs.renameSync(old, this.#path);
        throw error;
      }
      if (replaces) fs.rmSync(old, { recursive: true });
      this.#isOver = true;
    });
  }

  /** Removes what was written. Nothing happens after `close`. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    fs.rmSync(this.#partial, { recursive: true, force: true });
  }

  /** Does a part of the work; what fails becomes a `ResultsError`. */
  attempt<T>(work: () => T): T {
    if (this.#isOver) throw new ResultsError(`${this.#path} is finished: nothing more can be written to it`);
    try {
      return work();
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** An error as the `ResultsError` it is reported as. */
  failure(error: unknown): ResultsError {
    if (error instanceof ResultsError) return error;
    const code = (error as { code?: string }).code;
    const reason = code === "ENOENT" || code === "ENOTDIR"
      ? `its folder ${dirname(this.#path)} does not exist`
      : reasonOf(error).replaceAll(this.#partial, this.#path);
    return new ResultsError(`Cannot write ${this.#path}: ${reason}`);
  }
}

/** A name that is taken by something else than Zarr is not ours to replace. */
export function checkReplaceable(path: string): void {
  if (!fs.existsSync(path)) return;
  const { group, array, version3 } = ZARR_FILES;
  if ([group, array, version3].some((name) => fs.existsSync(join(path, name)))) return;
  throw new Error("there is something of that name which is no Zarr folder");
}

function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 4);
}
