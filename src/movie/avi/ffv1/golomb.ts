/** Bits of the length of a run, by how well runs went so far (RFC 9043, 3.8.2.2.1). */
export const RUN_BITS: Uint8Array = Uint8Array.of(
  ...[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7],
  ...[8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
);
/** Zeros before a number that is stored as it is. */
const LIMIT = 12;
/** Numbers kept for each context: drift, sum of errors, bias, count. */
export const KEPT = 4;

/** Fresh statistics of `contexts` contexts. */
export function freshStatistics(contexts: number): Int32Array {
  const kept = new Int32Array(KEPT * contexts);
  for (let i = 0; i < kept.length; i += KEPT) {
    kept[i + 1] = 4;
    kept[i + 3] = 1;
  }
  return kept;
}

/** Reads bits and adaptive Golomb–Rice numbers (RFC 9043, 3.8.2). */
export class GolombReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** A number of up to 24 bits. */
  bits(length: number): number {
    if (length === 0) return 0;
    while (this.#count < length) {
      if (this.#at > this.#bytes.length + 8) throw new RangeError("it ends early");
      this.#bits = (this.#bits << 8 | (this.#at < this.#bytes.length ? this.#bytes[this.#at] : 0)) & 0x7fffffff;
      this.#at++;
      this.#count += 8;
    }
    this.#count -= length;
    const value = this.#bits >>> this.#count & (1 << length) - 1;
    this.#bits &= (1 << this.#count) - 1;
    return value;
  }

  /** The next difference in a context, whose statistics begin at `kept[at]`; `depth` bits per sample. */
  difference(kept: Int32Array, at: number, depth: number): number {
    const count = kept[at + 3], errors = kept[at + 1];
    let k = 0;
    for (let i = count; i < errors; i += i) k++;
    if (k > 20) throw new RangeError("its numbers make no sense");
    let zeros = 0;
    while (zeros < LIMIT && this.bits(1) === 0) zeros++;
    const code = zeros < LIMIT ? (zeros << k) + this.bits(k) : this.bits(depth) + LIMIT - 1;
    let value = code >> 1 ^ -(code & 1);
    // Where values tend to be negative, their signs are exchanged.
    value ^= 2 * kept[at] + count >> 31;
    const shift = 32 - depth, difference = value + kept[at + 2] << shift >> shift;
    learn(kept, at, value);
    return difference;
  }
}

/** Takes a value into the statistics of its context. */
function learn(kept: Int32Array, at: number, value: number): void {
  let drift = kept[at] + value, count = kept[at + 3];
  kept[at + 1] += Math.abs(value);
  if (count === 128) {
    count >>= 1;
    drift >>= 1;
    kept[at + 1] >>= 1;
  }
  count++;
  if (drift <= -count) {
    kept[at + 2] = Math.max(kept[at + 2] - 1, -128);
    drift = Math.max(drift + count, 1 - count);
  } else if (drift > 0) {
    kept[at + 2] = Math.min(kept[at + 2] + 1, 127);
    drift = Math.min(drift - count, 0);
  }
  kept[at] = drift;
  kept[at + 3] = count;
}
