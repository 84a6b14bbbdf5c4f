import type { SampleArray } from "../../core/movie.ts";

/** Tiles of this many samples on a side are turned at a time, so that both sides stay in the processor's cache. */
const TILE = 32;

/** Three numbers, one per axis of a block. */
export type Three = readonly [number, number, number];

/**
 * Puts a row-major block of `counts` samples into a larger array, where a step along each of the block's axes is a step of `strides` samples.
 * One of the strides is 1.
 */
export function scatter(block: SampleArray, counts: Three, into: SampleArray, base: number, strides: Three): void {
  const [n0, n1, n2] = counts, [o0, o1, o2] = strides;
  if (o2 === 1) {
    if (o1 === n2 && o0 === n1 * n2) return into.set(block.subarray(0, n0 * n1 * n2), base);
    for (let i = 0; i < n0; i++) {
      if (o1 === n2) {
        into.set(block.subarray(i * n1 * n2, (i + 1) * n1 * n2), base + i * o0);
        continue;
      }
      for (let j = 0; j < n1; j++) {
        const from = (i * n1 + j) * n2;
        into.set(block.subarray(from, from + n2), base + i * o0 + j * o1);
      }
    }
    return;
  }
  // The axis that becomes the innermost one is turned against the innermost one of the block; the third goes around both.
  const first = o0 === 1;
  const turned = first ? n0 : n1, turnedStep = first ? n1 * n2 : n2;
  const outer = first ? n1 : n0, outerStep = first ? n2 : n1 * n2, outerStride = first ? o1 : o0;
  for (let i = 0; i < outer; i++) {
    const from = i * outerStep, to = base + i * outerStride;
    for (let k0 = 0; k0 < turned; k0 += TILE) {
      const k1 = Math.min(turned, k0 + TILE);
      for (let j0 = 0; j0 < n2; j0 += TILE) {
        const j1 = Math.min(n2, j0 + TILE);
        for (let j = j0; j < j1; j++) {
          // Positions that only grow: twice as fast as computing them for each sample.
          const end = to + k1 + j * o2;
          for (let target = to + k0 + j * o2, source = from + k0 * turnedStep + j; target < end; target++) {
            into[target] = block[source];
            source += turnedStep;
          }
        }
      }
    }
  }
}
