import { MovieError } from "../../core/errors.ts";
import type { SampleArray, SampleType } from "../../core/movie.ts";

/** How samples may be stored in a page. */
export type StoredType = SampleType | "int8" | "uint32" | "int32" | "uint64" | "int64" | "float16" | "float64";

/** Bytes of one stored sample. */
export const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

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

/** The type of a movie's samples that are stored as another: the smallest that holds them, or float32. */
export function sampleTypeOf(stored: StoredType): SampleType {
  switch (stored) {
    case "uint8":
    case "uint16":
    case "int16":
    case "float32":
      return stored;
    case "int8":
      return "int16";
    default:
      return "float32";
  }
}

/** What becomes of samples that are stored as a type the engine does not have, as a sentence; undefined when nothing does. */
export function conversionNote(stored: StoredType): string | undefined {
  const type = sampleTypeOf(stored);
  if (type === stored) return undefined;
  const loss = stored === "int8" || stored === "float16"
    ? "which holds them exactly"
    : stored === "float64"
    ? "which keeps about 7 digits"
    : "which is exact up to 16777216";
  return `Samples are stored as ${stored} and read as ${type}, ${loss}`;
}

/** Converts stored samples, in this machine's byte order and at an address fit for them, to the movie's own type. */
export function convertSamples(stored: StoredType, bytes: Uint8Array, into: SampleArray): void {
  const { buffer, byteOffset } = bytes, count = into.length;
  if (stored === "uint64" || stored === "int64") {
    const long = stored === "uint64"
      ? new BigUint64Array(buffer, byteOffset, count)
      : new BigInt64Array(buffer, byteOffset, count);
    for (let i = 0; i < count; i++) into[i] = Number(long[i]);
    return;
  }
  const View = {
    uint8: Uint8Array,
    int8: Int8Array,
    uint16: Uint16Array,
    int16: Int16Array,
    float16: Float16Array,
    uint32: Uint32Array,
    int32: Int32Array,
    float32: Float32Array,
    float64: Float64Array,
  }[stored];
  into.set(new View(buffer as ArrayBuffer, byteOffset, count));
}

/** What a type is called, and the type to convert it to. */
function unsupported(bits: number, format: number, unsigned: boolean): [string, string] {
  if (unsigned) return [`${bits} bits per sample`, bits < 8 ? "uint8" : bits < 16 ? "uint16" : "float32"];
  if (format === SIGNED) return [`${bits}-bit signed integers`, bits < 16 ? "int16" : "float32"];
  if (format === FLOAT) return [`${bits}-bit floating-point numbers (float${bits})`, "float32"];
  if (format === 5 || format === 6) return ["complex numbers", "float32"];
  return [`samples of format ${format} with ${bits} bits`, "uint8, uint16, int16 or float32"];
}
