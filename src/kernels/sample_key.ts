/**
 * Which keys a stack's samples have. `whole` is for whole numbers of at most 17 bits and a sign (samples of 16 bits and their differences),
 * whose keys lie close together; `float` is for any float32.
 */
export type KeyKind = "whole" | "float";

/** Added to whole samples, so that keys are not negative. */
export const WHOLE_OFFSET = 131072;

const bits = new Uint32Array(1), float = new Float32Array(bits.buffer);

/** The key of a sample: an unsigned whole number of 32 bits; keys are ordered as the samples are. */
export function keyOf(kind: KeyKind, sample: number): number {
  if (kind === "whole") return sample + WHOLE_OFFSET;
  float[0] = sample;
  return keyOfBits(bits[0]);
}

/** The key of a float32 sample's bits: those of positive numbers are ordered as the numbers are, those of negative ones the other way round. */
export function keyOfBits(bits: number): number {
  return (bits >>> 31 === 1 ? ~bits : bits ^ 0x80000000) >>> 0;
}

/** The sample that has a key. */
export function sampleOf(kind: KeyKind, key: number): number {
  if (kind === "whole") return key - WHOLE_OFFSET;
  bits[0] = key >>> 31 === 1 ? key ^ 0x80000000 : ~key;
  return float[0];
}
