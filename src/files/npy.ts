/** Arrays that an `.npy` file can be made of: numbers in their own type, or texts. */
export type NpyData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Uint8Array
  | string
  | readonly string[];

/** Headers are padded so that the data begins at a multiple of this many bytes, as numpy does. */
const ALIGNMENT = 64;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/** `<` or `>`: numbers are stored in the order of the machine. */
const order = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? "<" : ">";

/**
 * The bytes of an `.npy` file (version 1.0), in parts: a header, then the data as a view, not copied. Texts become numpy's `U` type; a single
 * text is an array of no axes. Nothing needs pickles.
 *
 * @param data Numbers, last axis fastest, or texts.
 * @param shape Sizes of the axes. Default: one axis, or none for a single text.
 */
export function npyParts(data: NpyData, shape?: readonly number[]): Uint8Array[] {
  const isText = typeof data === "string" || Array.isArray(data);
  if (isText) {
    const { codes, length, count } = textCodes(typeof data === "string" ? [data] : data as readonly string[]);
    const axes = shape ?? (typeof data === "string" ? [] : [count]);
    return [npyHeader(`${order}U${length}`, axes), bytesOf(codes)];
  }
  const numbers = data as Exclude<NpyData, string | readonly string[]>;
  const axes = shape ?? [numbers.length];
  const expected = axes.reduce((product, size) => product * size, 1);
  if (expected !== numbers.length) {
    throw new RangeError(`${numbers.length} numbers do not fill the shape ${axes.join("×")} of ${expected}`);
  }
  return [npyHeader(npyType(numbers), axes), bytesOf(numbers)];
}

/** numpy's name of an array's type, such as "<f4". */
export function npyType(data: Exclude<NpyData, string | readonly string[]>): string {
  if (data instanceof Uint8Array) return "|u1";
  const isFloat = data instanceof Float32Array || data instanceof Float64Array;
  const kind = isFloat ? "f" : data instanceof Uint16Array || data instanceof Uint32Array ? "u" : "i";
  return `${order}${kind}${data.BYTES_PER_ELEMENT}`;
}

/** The header of an `.npy` file, for a type in numpy's spelling and a shape; the data follows, last axis fastest. */
export function npyHeader(type: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${sizes}, }`;
  const length = Math.ceil((MAGIC.length + 2 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(length).fill(0x20);
  header.set(MAGIC);
  const rest = length - MAGIC.length - 2;
  header[8] = rest & 0xff;
  header[9] = rest >> 8;
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

/** Texts as code points, each padded with zeros to the longest. */
function textCodes(texts: readonly string[]): { codes: Uint32Array; length: number; count: number } {
  const letters = texts.map((text) => Array.from(text));
  const length = letters.reduce((most, text) => Math.max(most, text.length), 1);
  const codes = new Uint32Array(texts.length * length);
  letters.forEach((text, i) => text.forEach((letter, k) => codes[i * length + k] = letter.codePointAt(0)!));
  return { codes, length, count: texts.length };
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
