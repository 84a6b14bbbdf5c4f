import * as fs from "node:fs";
import { MovieError } from "../core/errors.ts";

/** Files held open at once: a folder of thousands of single-frame files must not exhaust the system's handles. */
const MAXIMUM_OPEN_FILES = 64;
/** Longest single request to the system; Linux itself stops a little below 2 GiB. */
const LONGEST_READ = 2 ** 28;

/** Files that hold a handle, least recently used first. */
const openFiles = new Set<PositionalFile>();

/**
 * A file that is read at given positions. Every request carries its position to the system (`pread`), so any number of reads may
 * run at the same time: there is no shared file pointer to race for. Handles are opened when needed and, beyond 64 open files,
 * closed again where no read is running.
 */
export class PositionalFile {
  /** Path as given. */
  readonly path: string;
  /** Size in bytes when the file was opened. */
  readonly bytes: number;
  /** Last modification, ISO 8601. */
  readonly modified: string;
  #descriptor: number | undefined;
  #reading = 0;
  #closed = false;

  /** Looks the file up. Throws `MovieError` when it is missing, unreadable, not a regular file, or empty. */
  constructor(path: string) {
    const status = fileStatus(path);
    if (status.isDirectory()) throw new MovieError(`"${path}" is a folder, not a movie file`);
    if (!status.isFile()) throw new MovieError(`"${path}" is not a regular file, so it cannot be read as a movie`);
    if (status.size === 0) throw new MovieError(`Movie "${path}" is empty: the file has 0 bytes`);
    this.path = path;
    this.bytes = status.size;
    this.modified = status.mtime.toISOString();
  }

  /** Fills `into` from `position`, blocking: for the many small reads of a file's structure. */
  readSync(into: Uint8Array, position: number): void {
    const descriptor = this.#acquire();
    try {
      for (let done = 0; done < into.length;) {
        const length = Math.min(into.length - done, LONGEST_READ);
        const got = fs.readSync(descriptor, into, done, length, position + done);
        if (got === 0) throw this.#endsEarly(position + into.length);
        done += got;
      }
    } catch (error) {
      throw this.#unreadable(error);
    } finally {
      this.#release();
    }
  }

  /** Fills `into` from `position` without blocking. Rejects with `MovieError` when the file ends before. */
  async read(into: Uint8Array, position: number): Promise<void> {
    const descriptor = this.#acquire();
    try {
      for (let done = 0; done < into.length;) {
        const length = Math.min(into.length - done, LONGEST_READ);
        const got = await readAt(descriptor, into, done, length, position + done);
        if (got === 0) throw this.#endsEarly(position + into.length);
        done += got;
      }
    } catch (error) {
      throw this.#unreadable(error);
    } finally {
      this.#release();
    }
  }

  /** Closes the handle, after reads that are still running. Idempotent. */
  close(): void {
    this.#closed = true;
    if (this.#reading === 0) this.#closeDescriptor();
  }

  #acquire(): number {
    if (this.#closed) throw new MovieError(`Movie "${this.path}" cannot be read: it was closed`);
    if (this.#descriptor === undefined) {
      for (const other of openFiles) {
        if (openFiles.size < MAXIMUM_OPEN_FILES) break;
        if (other.#reading === 0) other.#closeDescriptor();
      }
      try {
        this.#descriptor = fs.openSync(this.path, "r");
      } catch (error) {
        throw this.#unreadable(error);
      }
    }
    openFiles.delete(this);
    openFiles.add(this);
    this.#reading++;
    return this.#descriptor;
  }

  #release(): void {
    this.#reading--;
    if (this.#closed && this.#reading === 0) this.#closeDescriptor();
  }

  #closeDescriptor(): void {
    openFiles.delete(this);
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #endsEarly(needed: number): MovieError {
    return new MovieError(
      `Movie "${this.path}" ends early: bytes up to ${needed} belong to it, but the file no longer has them`,
    );
  }

  #unreadable(error: unknown): MovieError {
    return error instanceof MovieError
      ? error
      : new MovieError(`Movie "${this.path}" cannot be read: ${reason(error)}`);
  }
}

/** What the system knows of a path; throws `MovieError` when it is missing or out of reach. */
export function fileStatus(path: string): fs.Stats {
  try {
    return fs.statSync(path);
  } catch (error) {
    const code = (error as { code?: string }).code;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new MovieError(
        `Movie "${path}" does not exist: check the path, relative to the folder annulus was started in`,
      );
    }
    throw new MovieError(`Movie "${path}" cannot be read: ${reason(error)}`);
  }
}

function readAt(descriptor: number, into: Uint8Array, offset: number, length: number, position: number) {
  return new Promise<number>((resolve, reject) =>
    fs.read(descriptor, into, offset, length, position, (error, got) => error ? reject(error) : resolve(got))
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
