import { MovieError } from "../../core/errors.ts";
import type { StoredType } from "../stored_type.ts";

/** Values of the sample format tag. */
const SIGNED = 2, FLOAT = 3, UNKNOWN = 4;
/** Bits of the whole numbers and of the fractions that can be read. */
const WHOLE = [8, 16, 32, 64], FRACTIONS = [16, 32, 64];

/**
 * The type a page's samples are stored as. Throws `MovieError`, saying what to convert to, for types a movie cannot have here.
 * `bits` is BitsPerSample, `format` SampleFormat; `where` begins the message.
 */
export function storedType(bits: number, format: number, where: string): StoredType {
  const unsigned = format === 1 || format === UNKNOWN;
  if (unsigned && WHOLE.includes(bits)) return `uint${bits}` as StoredType;
  if (format === SIGNED && WHOLE.includes(bits)) return `int${bits}` as StoredType;
  if (format === FLOAT && FRACTIONS.includes(bits)) return `float${bits}` as StoredType;
  const [name, target] = unsupported(bits, format, unsigned);
  throw new MovieError(`${where} stores ${name}, which cannot be read: convert the movie to ${target}`);
}

/** What a type is called, and the type to convert it to. */
function unsupported(bits: number, format: number, unsigned: boolean): [string, string] {
  if (unsigned) return [`${bits} bits per sample`, bits < 8 ? "uint8" : bits < 16 ? "uint16" : "float32"];
  if (format === SIGNED) return [`${bits}-bit signed integers`, bits < 16 ? "int16" : "float32"];
  if (format === FLOAT) return [`${bits}-bit floating-point numbers (float${bits})`, "float32"];
  if (format === 5 || format === 6) return ["complex numbers", "float32"];
  return [`samples of format ${format} with ${bits} bits`, "uint8, uint16, int16 or float32"];
}
