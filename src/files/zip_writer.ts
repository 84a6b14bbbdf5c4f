import { crc32 } from "node:zlib";

/** Sizes and positions beyond this need Zip64. */
const LARGEST_PLAIN = 2 ** 32 - 2;
/** Files beyond this need Zip64. */
const MOST_PLAIN_FILES = 2 ** 16 - 2;

/** Midnight of the first of January 1980, the first time a zip can tell: two runs write the same bytes. */
const DATE = 0x21;
/** Names are UTF-8. */
const UTF8 = 1 << 11;

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50;
const PLAIN_VERSION = 20, ZIP64_VERSION = 45, ZIP64_FIELD = 1;

/** A file in the archive. */
interface Entry {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly position: number;
}

/** How a zip is written. */
export interface ZipOptions {
  /** Sizes and positions beyond this are told in Zip64's way. Default 4 GiB − 2, the most a plain zip can; 0 forces Zip64. */
  readonly largestPlain?: number;
}

/**
 * Writes a zip file whose members are stored as they are, not compressed (traces hardly shrink, and stored members are read fastest). Members
 * may be larger than 4 GB and are never held twice. The caller closes it; rejects with the system's error when it cannot be written.
 */
export class ZipWriter {
  readonly #file: Deno.FsFile;
  readonly #largest: number;
  readonly #entries: Entry[] = [];
  #position = 0;

  private constructor(file: Deno.FsFile, largest: number) {
    this.#file = file;
    this.#largest = largest;
  }

  /** Creates the file at `path`, or empties the one that is there. */
  static async create(path: string, { largestPlain = LARGEST_PLAIN }: ZipOptions = {}): Promise<ZipWriter> {
    return new ZipWriter(await Deno.open(path, { write: true, create: true, truncate: true }), largestPlain);
  }

  /** Adds a member: its bytes are those of all parts, one after another. */
  async add(name: string, parts: readonly Uint8Array[]): Promise<void> {
    const entry = {
      name: new TextEncoder().encode(name),
      crc: parts.reduce((crc, part) => crc32(part, crc), 0),
      size: parts.reduce((size, part) => size + part.length, 0),
      position: this.#position,
    };
    this.#entries.push(entry);
    await this.#write(this.#localHeader(entry));
    for (const part of parts) await this.#write(part);
  }

  /** Writes the list of members and closes the file. */
  async close(): Promise<void> {
    const start = this.#position;
    for (const entry of this.#entries) await this.#write(this.#centralHeader(entry));
    await this.#write(this.#end(start, this.#position - start));
    this.#file.close();
  }

  /** Closes the file after a failure; it is no zip. Not after `close`. */
  abandon(): void {
    this.#file.close();
  }

  #localHeader({ name, crc, size }: Entry): Uint8Array {
    const big = size > this.#largest;
    const extra = big ? zip64Field([size, size]) : NOTHING;
    const plain = big ? 2 ** 32 - 1 : size;
    return joined([
      words(LOCAL),
      halves(big ? ZIP64_VERSION : PLAIN_VERSION, UTF8, 0, 0, DATE),
      words(crc, plain, plain),
      halves(name.length, extra.length),
      name,
      extra,
    ]);
  }

  #centralHeader({ name, crc, size, position }: Entry): Uint8Array {
    const big = size > this.#largest, far = position > this.#largest;
    const wide = [...(big ? [size, size] : []), ...(far ? [position] : [])];
    const extra = wide.length > 0 ? zip64Field(wide) : NOTHING;
    const version = wide.length > 0 ? ZIP64_VERSION : PLAIN_VERSION, plain = big ? 2 ** 32 - 1 : size;
    return joined([
      words(CENTRAL),
      halves(version, version, UTF8, 0, 0, DATE),
      words(crc, plain, plain),
      halves(name.length, extra.length, 0, 0, 0),
      words(0, far ? 2 ** 32 - 1 : position),
      name,
      extra,
    ]);
  }

  #end(start: number, size: number): Uint8Array {
    const count = this.#entries.length;
    const big = start > this.#largest || size > this.#largest || count > MOST_PLAIN_FILES;
    const plain = joined([
      words(END),
      halves(0, 0, ...(big ? [0xffff, 0xffff] : [count, count])),
      ...(big ? [words(2 ** 32 - 1, 2 ** 32 - 1)] : [words(size, start)]),
      halves(0),
    ]);
    if (!big) return plain;
    return joined([
      words(END64),
      longs(44),
      halves(ZIP64_VERSION, ZIP64_VERSION),
      words(0, 0),
      longs(count, count, size, start),
      words(LOCATOR64, 0),
      longs(start + size),
      words(1),
      plain,
    ]);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
    this.#position += bytes.length;
  }
}

const NOTHING = new Uint8Array();

/** Numbers of 16 bits, little-endian. */
function halves(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** Numbers of 32 bits, little-endian. */
function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** Numbers of 64 bits, little-endian. */
function longs(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigUint64(8 * i, BigInt(value), true));
  return new Uint8Array(view.buffer);
}

function zip64Field(values: readonly number[]): Uint8Array {
  return joined([halves(ZIP64_FIELD, 8 * values.length), longs(...values)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
