import { correlation } from "../core/correlation.ts";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { footprintCosines } from "../score/similarity.ts";

/** Which stronger cell each cell resembles most; arrays of K. */
export interface Duplicates {
  /** Number of that cell, −1 for none. */
  readonly duplicateOf: Int32Array;
  /** Cosine of both footprints, 0 for none. */
  readonly duplicateCosine: Float32Array;
  /** Pearson correlation of both raw traces, 0 for none. */
  readonly duplicateCorrelation: Float32Array;
}

/**
 * Ranks cells: by their SNR, and by their place where that is equal or not known.
 * @returns whether cell k is stronger than cell l
 */
export function isStronger(snr: ArrayLike<number>, k: number, l: number): boolean {
  const a = Number.isNaN(snr[k]) ? -Infinity : snr[k], b = Number.isNaN(snr[l]) ? -Infinity : snr[l];
  return a > b || (a === b && k < l);
}

/**
 * For each cell the stronger one it most looks like a second copy of: the one with the largest product of footprint cosine and trace
 * correlation. Raw traces are compared, because deconvolution gives a faint copy of a cell other spikes than the cell. A copy keeps less
 * of the signal than the cell, which is why only stronger cells are looked at.
 * @param snr signal-to-noise ratio of each cell
 * @param isWanted whether this is wanted of a cell, by its place; the others get none. Default: of all
 */
export function duplicatesOf(
  { footprints, traces, numbers, movie: { frames } }: Pick<Extraction, "footprints" | "traces" | "numbers" | "movie">,
  snr: ArrayLike<number>,
  isWanted: (k: number) => boolean = () => true,
): Duplicates {
  const K = footprints.count, names = cellNumbers({ numbers, footprints });
  const trace = (k: number) => traces.raw.subarray(k * frames, (k + 1) * frames);
  const duplicateOf = new Int32Array(K).fill(-1);
  const duplicateCosine = new Float32Array(K), duplicateCorrelation = new Float32Array(K), most = new Float64Array(K);
  for (const { a: k, b: l, cosine } of footprintCosines(footprints, footprints)) {
    if (k === l || !isWanted(k) || !isStronger(snr, l, k)) continue;
    const r = correlation(trace(k), trace(l)), likeness = cosine * r;
    if (!(likeness > most[k])) continue;
    most[k] = likeness;
    duplicateOf[k] = names[l];
    duplicateCosine[k] = cosine;
    duplicateCorrelation[k] = r;
  }
  return { duplicateOf, duplicateCosine, duplicateCorrelation };
}
