import type { SampleArray, SampleType } from "../../core/movie.ts";
import { type NumberKind, numbersOver } from "../../hdf5/hdf5_values.ts";
import { sampleTypeOf, type StoredType, toSamples } from "../stored_type.ts";

/** The stored type of numbers, whole or fractions, as numpy names it: "int32", "float64". */
export function storedTypeOf({ kind, signed, size }: NumberKind): StoredType {
  return `${kind === "float" ? "float" : signed ? "int" : "uint"}${8 * size}` as StoredType;
}

/** The sample type that holds stored numbers: their own where there is one. */
export function sampleTypeOfNumbers(stored: NumberKind): SampleType {
  return sampleTypeOf(storedTypeOf(stored));
}

/** The samples that stored bytes stand for: a view of them where the type is the same, else converted. */
export function samplesOver(bytes: Uint8Array<ArrayBuffer>, stored: NumberKind): SampleArray {
  return toSamples(numbersOver(bytes, stored), sampleTypeOfNumbers(stored));
}
