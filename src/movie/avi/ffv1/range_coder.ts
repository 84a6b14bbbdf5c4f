/** How likely a one is after a one, for every likelihood before (of 256): what states become. */
export type Transitions = Uint8Array;

/** States of the numbers of one kind: 32 likelihoods of a one. */
export const STATES = 32;

/**
 * The transitions that FFV1 uses unless a stream brings its own: likelihoods move by a twentieth of what is left, from
 * 8 to 248 (RFC 9043, 3.8.1.5, computed instead of listed).
 */
export function defaultTransitions(): Transitions {
  const one = 2 ** 32, factor = Math.floor(0.05 * one), highest = 256 - 8, table = new Uint8Array(256);
  const towardsOne = (p: number) => p + Number((BigInt(one - p) * BigInt(factor) + BigInt(one / 2)) >> 32n);
  for (let i = 0, p = one / 2, last = 0; i < 128; i++) {
    const next = Math.max(Math.floor((256 * p + one / 2) / one), last + 1);
    if (last > 0 && last < 256 && next <= highest) table[last] = next;
    p = towardsOne(p);
    last = next;
  }
  for (let i = 256 - highest; i <= highest; i++) {
    if (table[i] !== 0) continue;
    const p = towardsOne(Math.floor((i * one + 128) / 256));
    table[i] = Math.min(Math.max(Math.floor((256 * p + one / 2) / one), i + 1), highest);
  }
  return table;
}

/** Reads bits and numbers from data in FFV1's range code (RFC 9043, 3.8.1). */
export class RangeCoder {
  readonly #bytes: Uint8Array;
  #ones: Transitions;
  #zeros: Uint8Array;
  #at: number;
  #low: number;
  #range = 0xff00;

  constructor(bytes: Uint8Array, transitions: Transitions) {
    if (bytes.length < 2) throw new RangeError("it ends early");
    this.#bytes = bytes;
    this.#low = bytes[0] << 8 | bytes[1];
    this.#at = 2;
    if (this.#low >= 0xff00) {
      this.#low = 0xff00;
      this.#at = bytes.length;
    }
    this.#ones = transitions;
    this.#zeros = mirrored(transitions);
  }

  /** Changes the transitions from here on. */
  set transitions(transitions: Transitions) {
    this.#ones = transitions;
    this.#zeros = mirrored(transitions);
  }

  /** Bytes that were fetched. */
  get fetched(): number {
    return this.#at;
  }

  /** One bit, whose likelihood is `states[i]`. */
  bit(states: Uint8Array, i: number): number {
    const state = states[i], upper = this.#range * state >> 8, lower = this.#range - upper;
    let bit: number;
    if (this.#low < lower) {
      bit = 0;
      this.#range = lower;
      states[i] = this.#zeros[state];
    } else {
      bit = 1;
      this.#low -= lower;
      this.#range = upper;
      states[i] = this.#ones[state];
    }
    if (this.#range < 0x100) {
      this.#range <<= 8;
      this.#low <<= 8;
      if (this.#at < this.#bytes.length) this.#low |= this.#bytes[this.#at];
      // A few bytes behind the end are zeros that were not stored.
      else if (this.#at > this.#bytes.length + 2) throw new RangeError("it ends early");
      this.#at++;
    }
    return bit;
  }

  /** A number whose states begin at `states[at]`. */
  number(states: Uint8Array, at: number, signed: boolean): number {
    if (this.bit(states, at)) return 0;
    let exponent = 0;
    while (this.bit(states, at + 1 + Math.min(exponent, 9))) {
      if (++exponent > 31) throw new RangeError("its numbers make no sense");
    }
    let value = 1;
    for (let i = exponent - 1; i >= 0; i--) value = 2 * value + this.bit(states, at + 22 + Math.min(i, 9));
    return signed && this.bit(states, at + 11 + Math.min(exponent, 10)) ? -value : value;
  }
}

/** What states become after a zero: the same, seen from the other side. */
function mirrored(transitions: Transitions): Uint8Array {
  const zeros = new Uint8Array(256);
  for (let i = 1; i < 256; i++) zeros[256 - i] = 256 - transitions[i];
  return zeros;
}
