import type { SampleArray, SampleType } from "../../core/movie.ts";
import { type NumberKind, numbersOver } from "../../hdf5/hdf5_values.ts";

/** The sample type that holds stored numbers: their own where there is one. */
export function sampleTypeOf({ kind, signed, size }: NumberKind): SampleType {
  if (kind === "float" || size > 2) return "float32";
  if (signed) return "int16";
  return size === 1 ? "uint8" : "uint16";
}

/** numpy's name of a type of numbers: "int32", "float64". */
export function numberName({ kind, signed, size }: NumberKind): string {
  return `${kind === "float" ? "float" : signed ? "int" : "uint"}${8 * size}`;
}

/** What people have to know of the conversion; undefined when there is none, or none that could lose anything. */
export function conversionNote(stored: NumberKind): string | undefined {
  const from = numberName(stored), to = sampleTypeOf(stored);
  if (from === to) return undefined;
  const exact = to === "int16" || from === "float16";
  return `Samples are stored as ${from} and read as ${to}${exact ? "" : ", which is exact to 24 bits"}`;
}

/** The samples that stored bytes stand for: a view of them where the type is the same, else converted. */
export function samplesOver(bytes: Uint8Array<ArrayBuffer>, stored: NumberKind): SampleArray {
  const numbers = numbersOver(bytes, stored);
  if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    const samples = new Float32Array(numbers.length);
    for (let i = 0; i < samples.length; i++) samples[i] = Number(numbers[i]);
    return samples;
  }
  if (numberName(stored) === sampleTypeOf(stored)) return numbers as SampleArray;
  return sampleTypeOf(stored) === "int16" ? new Int16Array(numbers) : new Float32Array(numbers);
}
