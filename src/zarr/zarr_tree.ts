import * as fs from "node:fs";
import { join } from "node:path";
import { product } from "./chunk_grid.ts";
import { ZarrError } from "./zarr_error.ts";
import { readZarrMetadata, type ZarrArrayMetadata } from "./zarr_metadata.ts";

/** Groups within groups are followed this far, and so many folders are looked at. */
const DEEPEST = 6, MOST_FOLDERS = 4096;
/** Most files an array may be cut into. */
const MOST_FILES = 2 ** 24;

/** An array in a Zarr folder. */
export interface FoundArray {
  /** Path within the folder, with `/`. */
  readonly path: string;
  /** Its metadata, or why they cannot be read. */
  readonly array: ZarrArrayMetadata | ZarrError;
}

/** All arrays below a group, in the order of their paths; those that cannot be read with the reason. */
export function zarrArrays(folder: string): FoundArray[] {
  const found: FoundArray[] = [];
  let folders = 0;
  const look = (path: string, depth: number) => {
    const entries = fs.readdirSync(join(folder, path), { withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isDirectory()).sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (name.startsWith(".") || ++folders > MOST_FOLDERS) continue;
      const inner = path === "" ? name : `${path}/${name}`;
      try {
        const node = readZarrMetadata(join(folder, inner));
        if (node?.kind === "array") found.push({ path: inner, array: node });
        else if (node && depth < DEEPEST) look(inner, depth + 1);
      } catch (error) {
        found.push({
          path: inner,
          array: error instanceof ZarrError ? error : new ZarrError(`cannot be read (${error})`),
        });
      }
    }
  };
  look("", 1);
  return found;
}

/** What is there of an array. */
export interface StoredFiles {
  /** Files it is cut into. */
  readonly expected: number;
  /** Those that are there. */
  readonly found: number;
  /** Their bytes. */
  readonly bytes: number;
}

/** Counts the files that hold an array's chunks. Throws `ZarrError` when there would be absurdly many. */
export function storedFiles({ folder, shape, fileChunks, file }: ZarrArrayMetadata): StoredFiles {
  const grid = shape.map((size, axis) => Math.ceil(size / fileChunks[axis])), expected = product(grid);
  if (expected > MOST_FILES) {
    throw new ZarrError(`is said to be cut into ${expected} files: at most ${MOST_FILES} can be read`);
  }
  // How files of this array are called.
  const pattern = new RegExp(`^${file(grid.map(() => 0)).replaceAll(".", "\\.").replaceAll("0", "(\\d{1,15})")}$`);
  let found = 0, bytes = 0;
  const look = (path: string, depth: number) => {
    for (const entry of fs.readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && depth <= grid.length && /^(c|\d+)$/.test(entry.name)) look(inner, depth + 1);
      const index = pattern.exec(inner)?.slice(1).map(Number);
      if (!index || entry.isDirectory() || index.some((i, axis) => i >= (grid[axis] ?? 1))) continue;
      found++;
      bytes += fs.statSync(join(folder, inner)).size;
    }
  };
  look("", 0);
  return { expected, found, bytes };
}
