import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";
import { FIELD, FIELD_BYTES } from "./tiff_tags.ts";

/** Smallest and largest piece of the file that is read around a directory. */
const SMALLEST_WINDOW = 2 ** 10, LARGEST_WINDOW = 2 ** 18;

/** Where the values of an entry are: not read yet, because most are never needed. */
export interface TiffValues {
  /** Field type, see `FIELD`. */
  readonly type: number;
  /** How many values. */
  readonly count: number;
  /** Where the first is in the file. */
  readonly position: number;
}

/** One image file directory: the entries by tag, and where the next directory is (0: this is the last). */
export interface TiffDirectory {
  /** Position in the file. */
  readonly position: number;
  /** Values by tag. */
  readonly entries: ReadonlyMap<number, TiffValues>;
  /** Position of the next directory, or 0. */
  readonly next: number;
}

/**
 * Reads the structure of a TIFF or BigTIFF file, of either byte order: directories and small arrays of values. Nothing is read or
 * reserved before its position and length are checked against the size of the file.
 */
export class TiffDirectories {
  /** Whether samples and structure are stored least significant byte first. */
  readonly littleEndian: boolean;
  /** Position of the first directory. */
  readonly first: number;
  readonly #file: PositionalFile;
  readonly #big: boolean;
  #view = new DataView(new ArrayBuffer(0));
  #start = 0;
  #size = SMALLEST_WINDOW;

  /** Reads the header of a file that begins as a TIFF. Throws `MovieError` when the header is cut off. */
  constructor(file: PositionalFile) {
    this.#file = file;
    this.#need(0, 8, "its header");
    const at = this.#locate(0, 8);
    this.littleEndian = this.#view.getUint8(at) === 0x49;
    this.#big = this.#view.getUint16(at + 2, this.littleEndian) === 43;
    if (this.#big) this.#need(0, 16, "its header");
    this.first = this.#big ? this.#long8(8) : this.#view.getUint32(at + 4, this.littleEndian);
  }

  /** Reads the directory at a position. `page` (from 1) is for messages. */
  directory(position: number, page: number): TiffDirectory {
    const what = `the directory of page ${page}`;
    const countBytes = this.#big ? 8 : 2, entryBytes = this.#big ? 20 : 12, nextBytes = this.#big ? 8 : 4;
    this.#need(position, countBytes, what);
    const count = this.#big ? this.#long8(position) : this.#short(position);
    const bytes = countBytes + count * entryBytes + nextBytes;
    if (count === 0 || count > 65535) {
      throw new MovieError(`${this.#name} is damaged: ${what}, at byte ${position}, has ${count} entries`);
    }
    this.#need(position, bytes, what);
    const begin = this.#locate(position, bytes);
    const view = this.#view, little = this.littleEndian;
    const entries = new Map<number, TiffValues>();
    for (let i = 0; i < count; i++) {
      const at = begin + countBytes + i * entryBytes;
      const type = view.getUint16(at + 2, little);
      const values = this.#big ? Number(view.getBigUint64(at + 4, little)) : view.getUint32(at + 4, little);
      const inline = values * (FIELD_BYTES[type] ?? 0) <= (this.#big ? 8 : 4);
      const field = this.#big ? 12 : 8;
      const elsewhere = this.#big ? Number(view.getBigUint64(at + field, little)) : view.getUint32(at + field, little);
      const here = position + (at - begin) + field;
      const tag = view.getUint16(at, little);
      // Micro-Manager states some tags twice; the first is the one everybody reads.
      if (!entries.has(tag)) entries.set(tag, { type, count: values, position: inline ? here : elsewhere });
    }
    const end = begin + countBytes + count * entryBytes;
    const next = this.#big ? Number(view.getBigUint64(end, little)) : view.getUint32(end, little);
    return { position, entries, next };
  }

  /** The first `limit` values of an entry of whole numbers; `what` names it in messages. */
  numbers(values: TiffValues, limit: number, what: string): number[] {
    const bytes = FIELD_BYTES[values.type] ?? 0;
    const read = READERS[values.type];
    if (!read) {
      throw new MovieError(`${this.#name} is damaged: ${what} has field type ${values.type}, not a whole number`);
    }
    const count = Math.min(values.count, limit);
    this.#need(values.position, count * bytes, what);
    const at = this.#locate(values.position, count * bytes);
    const numbers = new Array<number>(count);
    for (let i = 0; i < count; i++) numbers[i] = read(this.#view, at + i * bytes, this.littleEndian);
    return numbers;
  }

  /** The first `limit` bytes of an entry, copied. */
  bytes(values: TiffValues, limit: number, what: string): Uint8Array {
    const length = Math.min(values.count * (FIELD_BYTES[values.type] ?? 0), limit);
    this.#need(values.position, length, what);
    const at = this.#locate(values.position, length);
    return new Uint8Array(this.#view.buffer, at, length).slice();
  }

  /** A text of at most `limit` bytes, up to its closing zero and without space around it. */
  text(values: TiffValues, limit: number, what: string): string {
    return new TextDecoder().decode(this.bytes(values, limit, what)).replace(/\0[^]*$/, "").trim();
  }

  /** The first fraction of an entry as a number; NaN when it is none. */
  fraction(values: TiffValues, what: string): number {
    if (values.type !== FIELD.rational || values.count < 1) return NaN;
    this.#need(values.position, 8, what);
    const at = this.#locate(values.position, 8), little = this.littleEndian;
    return this.#view.getUint32(at, little) / this.#view.getUint32(at + 4, little);
  }

  get #name(): string {
    return `Movie "${this.#file.path}"`;
  }

  // Locating may replace the view, so it comes before the view is looked up.
  #long8(position: number): number {
    const at = this.#locate(position, 8);
    return Number(this.#view.getBigUint64(at, this.littleEndian));
  }

  #short(position: number): number {
    const at = this.#locate(position, 2);
    return this.#view.getUint16(at, this.littleEndian);
  }

  #need(position: number, bytes: number, what: string): void {
    if (position + bytes <= this.#file.bytes) return;
    throw new MovieError(
      `${this.#name} is truncated or damaged: ${what} is said to be at byte ${position} to ${position + bytes}, ` +
        `but the file has ${this.#file.bytes} bytes`,
    );
  }

  /**
   * Where a piece of the file is within `#view`, after reading it if needed. The window doubles while directories follow each other
   * closely and shrinks when they are far apart, so neither layout costs a request per directory or reads all the frames between.
   */
  #locate(position: number, length: number): number {
    const end = this.#start + this.#view.byteLength;
    if (position >= this.#start && position + length <= end) return position - this.#start;
    const near = position >= this.#start && position <= end + this.#size;
    this.#size = near ? Math.min(this.#size * 2, LARGEST_WINDOW) : SMALLEST_WINDOW;
    const bytes = new Uint8Array(Math.min(Math.max(this.#size, length), this.#file.bytes - position));
    this.#file.readSync(bytes, position);
    this.#view = new DataView(bytes.buffer);
    this.#start = position;
    return 0;
  }
}

/** Readers of the field types that hold whole numbers: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const READERS: Readonly<Record<number, (view: DataView, at: number, little: boolean) => number>> = {
  1: (view, at) => view.getUint8(at),
  3: (view, at, little) => view.getUint16(at, little),
  4: (view, at, little) => view.getUint32(at, little),
  13: (view, at, little) => view.getUint32(at, little),
  16: (view, at, little) => Number(view.getBigUint64(at, little)),
  18: (view, at, little) => Number(view.getBigUint64(at, little)),
};
