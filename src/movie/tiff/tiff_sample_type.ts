import { MovieError } from "../../core/errors.ts";
import type { SampleType } from "../../core/movie.ts";

/** Values of the sample format tag. */
const SIGNED = 2, FLOAT = 3, UNKNOWN = 4;

/**
 * The type of a page's samples. Throws `MovieError`, saying what to convert to, for types a movie cannot have here.
 * `bits` is BitsPerSample, `format` SampleFormat; `where` begins the message.
 */
export function tiffSampleType(bits: number, format: number, where: string): SampleType {
  const unsigned = format === 1 || format === UNKNOWN;
  if (unsigned && bits === 8) return "uint8";
  if (unsigned && bits === 16) return "uint16";
  if (format === SIGNED && bits === 16) return "int16";
  if (format === FLOAT && bits === 32) return "float32";
  const [name, target] = unsupported(bits, format, unsigned);
  throw new MovieError(`${where} stores ${name}, which cannot be read: convert the movie to ${target}`);
}

/** What a type is called, and the type to convert it to. */
function unsupported(bits: number, format: number, unsigned: boolean): [string, string] {
  const whole = bits === 8 || bits === 16 || bits === 32 || bits === 64;
  if (unsigned && !whole) return [`${bits} bits per sample`, bits < 8 ? "uint8" : bits < 16 ? "uint16" : "float32"];
  if (unsigned) return [`${bits}-bit unsigned integers (uint${bits})`, "uint16 or float32"];
  if (format === SIGNED && whole) {
    return [`${bits}-bit signed integers (int${bits})`, bits === 8 ? "int16" : "int16 or float32"];
  }
  if (format === FLOAT) return [`${bits}-bit floating-point numbers (float${bits})`, "float32"];
  if (format === 5 || format === 6) return ["complex numbers", "float32"];
  return [`samples of format ${format} with ${bits} bits`, "uint8, uint16, int16 or float32"];
}
