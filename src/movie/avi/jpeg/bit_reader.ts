import type { HuffmanTable } from "./huffman.ts";

/** Reads codes and numbers, bit by bit, from one restart interval of a JPEG scan. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #bits = 0;
  #count = 0;

  /** @param bytes the interval without the zeros stuffed behind 255 */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The symbol whose code comes next. Throws `RangeError` when no code fits or the data has ended. */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const found = table[this.#bits >>> this.#count - 16 & 0xffff];
    if (found === 0) throw new RangeError("its codes make no sense");
    this.#count -= found >> 8;
    if (this.#at - (this.#count >> 3) > this.#bytes.length) throw new RangeError("it ends early");
    return found & 255;
  }

  /** A number of `length` bits (0 to 15) as JPEG stores them: without its sign, small half negative. */
  number(length: number): number {
    if (length === 0) return 0;
    if (this.#count < length) this.#fill();
    this.#count -= length;
    const value = this.#bits >>> this.#count & (1 << length) - 1;
    return value < 1 << length - 1 ? value - (1 << length) + 1 : value;
  }

  /** Fetches bytes until at least 17 bits are there; zeros behind the end, which `symbol` notices. */
  #fill(): void {
    while (this.#count <= 16) {
      this.#bits = this.#bits << 8 | (this.#at < this.#bytes.length ? this.#bytes[this.#at] : 0);
      this.#at++;
      this.#count += 8;
    }
  }
}

/** The bytes of an interval without the zero that follows every 255 in it. */
export function unstuffed(bytes: Uint8Array): Uint8Array {
  let at = bytes.indexOf(255);
  if (at < 0) return bytes;
  const clean = new Uint8Array(bytes.length);
  let from = 0, to = 0;
  for (; at >= 0; at = bytes.indexOf(255, from)) {
    clean.set(bytes.subarray(from, at + 1), to);
    to += at + 1 - from;
    from = at + 2;
  }
  if (from < bytes.length) {
    clean.set(bytes.subarray(from), to);
    to += bytes.length - from;
  }
  return clean.subarray(0, to);
}
