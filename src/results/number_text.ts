/** Digits that are kept: as many as Inscopix writes for 32-bit floats. `writeExactNumber` keeps what gives the same float back. */
const DIGITS = 7;

/** With this many digits every 32-bit float comes back exactly. */
const EXACT_DIGITS = 9;

/** Powers of ten up to this one are exact in double precision, so that a quotient by them is what a reader of the text gets. */
const EXACT_POWER = 22;

/** The most bytes `writeNumber` appends. */
export const NUMBER_BYTES = 20;

/** 10^0 … 10^60: a 32-bit float needs at most 10^(45 + 9). */
const POWERS = Float64Array.from({ length: 61 }, (_, i) => Number(`1e${i}`));

const ZERO = 48, MINUS = 45, POINT = 46, EXPONENT = 101;

/**
 * Writes a 32-bit float as ASCII text with up to 7 significant digits, without trailing zeros: "0.25", "-3", "1.234568e-7", "nan", "inf".
 * Several times faster than the language's own conversion, which matters for tables of 10⁷ numbers.
 *
 * @param bytes Where to; at least `NUMBER_BYTES` must be free.
 * @param at Index of the first byte to write.
 * @returns Index after the last byte written.
 */
export function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  if (value !== value) return writeWord("nan", bytes, at);
  if (value < 0) {
    bytes[at++] = MINUS;
    value = -value;
  }
  if (value === Infinity) return writeWord("inf", bytes, at);
  if (value === 0) {
    bytes[at++] = ZERO;
    return at;
  }
  return writeDecimal(decimal(value, DIGITS), bytes, at);
}

/**
 * Writes a 32-bit float like `writeNumber`, with as many digits (7 to 9) as give the same float back: a table of these loses nothing.
 *
 * @param bytes Where to; at least `NUMBER_BYTES` must be free.
 * @param at Index of the first byte to write.
 * @returns Index after the last byte written.
 */
export function writeExactNumber(value: number, bytes: Uint8Array, at: number): number {
  if (!(Math.abs(value) > 0 && Math.abs(value) < Infinity)) return writeNumber(value, bytes, at);
  const size = Math.abs(value);
  let found = decimal(size, DIGITS);
  for (let digits = DIGITS + 1; digits <= EXACT_DIGITS && valueOf(found) !== size; digits++) {
    found = decimal(size, digits);
  }
  if (value < 0) bytes[at++] = MINUS;
  return writeDecimal(found, bytes, at);
}

/** A positive number as decimal digits: `digits` is an integer of `count` digits, the first of which counts 10^`exponent`. */
interface Decimal {
  digits: number;
  count: number;
  exponent: number;
}

function decimal(value: number, count: number): Decimal {
  let exponent = Math.floor(Math.log10(value));
  let digits = scaled(value, count - 1 - exponent);
  // The logarithm may be off by one at powers of ten, and rounding may carry into one more digit.
  if (digits < POWERS[count - 1]) digits = scaled(value, count - 1 - --exponent);
  if (digits >= POWERS[count]) digits = scaled(value, count - 1 - ++exponent);
  return { digits, count, exponent };
}

/** The 32-bit float that a reader gets. */
function valueOf({ digits, count, exponent }: Decimal): number {
  const shift = count - 1 - exponent;
  if (Math.abs(shift) > EXACT_POWER) return Math.fround(Number(`${digits}e${-shift}`));
  return Math.fround(shift >= 0 ? digits / POWERS[shift] : digits * POWERS[-shift]);
}

function writeDecimal({ digits, count, exponent }: Decimal, bytes: Uint8Array, at: number): number {
  const whole = count;
  while (digits % 10 === 0) {
    digits /= 10;
    count--;
  }
  if (exponent < -5 || exponent >= whole) return writeScientific(digits, count, exponent, bytes, at);
  return writeFixed(digits, count, exponent, bytes, at);
}

/** Seconds as text, to the nanosecond. */
export function secondsText(seconds: number): string {
  return String(Math.round(seconds * 1e9) / 1e9);
}

/** The value times a power of ten, to a whole number. */
function scaled(value: number, shift: number): number {
  return Math.round(shift >= 0 ? value * POWERS[shift] : value / POWERS[-shift]);
}

function writeFixed(digits: number, count: number, exponent: number, bytes: Uint8Array, at: number): number {
  if (exponent < 0) {
    bytes[at++] = ZERO;
    bytes[at++] = POINT;
    for (let i = exponent + 1; i < 0; i++) bytes[at++] = ZERO;
    return writeDigits(digits, count, count, bytes, at);
  }
  const before = exponent + 1;
  if (count <= before) return writeDigits(digits * POWERS[before - count], before, before, bytes, at);
  return writeDigits(digits, count, before, bytes, at);
}

function writeScientific(digits: number, count: number, exponent: number, bytes: Uint8Array, at: number): number {
  at = writeDigits(digits, count, 1, bytes, at);
  bytes[at++] = EXPONENT;
  if (exponent < 0) bytes[at++] = MINUS;
  const size = Math.abs(exponent);
  return writeDigits(size, size < 10 ? 1 : 2, 2, bytes, at);
}

/** Writes an integer of `count` digits with a point after the first `before` of them, if any follow. */
function writeDigits(digits: number, count: number, before: number, bytes: Uint8Array, at: number): number {
  const end = at + count + (count > before ? 1 : 0);
  for (let i = count - 1, to = end - 1; i >= 0; i--) {
    const next = Math.floor(digits / 10);
    bytes[to--] = ZERO + digits - next * 10;
    digits = next;
    if (i === before) bytes[to--] = POINT;
  }
  return end;
}

function writeWord(word: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < word.length; i++) bytes[at++] = word.charCodeAt(i);
  return at;
}
