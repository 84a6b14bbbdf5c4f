import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";

/**
 * Bytes fetched at a time: a few chunk headers of small frames, and no more than one page of the system for large ones.
 */
const WINDOW_BYTES = 4096;

/** The small pieces of a file's structure, read through a window so that neighbours cost one request. */
export class FileWindow {
  /** The file it looks into. */
  readonly file: PositionalFile;
  #start = 0;
  #bytes = new Uint8Array(0);

  /** Looks into a file; the file stays the caller's. */
  constructor(file: PositionalFile) {
    this.file = file;
  }

  /**
   * `length` bytes at `position`. Throws `MovieError` when the file ends before: `what` names the piece.
   */
  view(position: number, length: number, what: string): DataView {
    const { file } = this;
    if (position + length > file.bytes) {
      throw new MovieError(
        `Movie "${file.path}" is truncated: ${what} reaches byte ${position + length} but the file has ${file.bytes}`,
      );
    }
    if (position < this.#start || position + length > this.#start + this.#bytes.length) {
      const bytes = new Uint8Array(Math.min(Math.max(length, WINDOW_BYTES), file.bytes - position));
      file.readSync(bytes, position);
      this.#bytes = bytes;
      this.#start = position;
    }
    return new DataView(this.#bytes.buffer, position - this.#start, length);
  }
}

/** Four bytes as the four characters they usually are. */
export function fourCharacters(view: DataView, offset: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(offset + i)));
}
