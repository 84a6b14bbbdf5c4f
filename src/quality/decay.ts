import type { Extraction } from "../core/extraction.ts";
import { percentile } from "../deconvolution/percentile.ts";

/** Decay time where the cells tell of none, and the range that is believed, seconds. */
const USUAL = 1, SHORTEST = 0.1, LONGEST = 10;

/**
 * Median over cells of the time constant of their calcium's decay, seconds: −1/(frame rate · ln r) of the larger root r of
 * z² − g₁ z − g₂. 1 where no cell has one, as without deconvolution.
 */
export function typicalDecay(
  { traces: { ar }, arOrder, frameRate, footprints: { count } }: Pick<
    Extraction,
    "traces" | "arOrder" | "frameRate" | "footprints"
  >,
): number {
  const seconds: number[] = [];
  for (let k = 0; arOrder > 0 && k < count; k++) {
    const g1 = ar[k * arOrder], g2 = arOrder === 2 ? ar[k * arOrder + 1] : 0;
    const root = (g1 + Math.sqrt(g1 * g1 + 4 * g2)) / 2;
    if (root > 0 && root < 1) seconds.push(-1 / (frameRate * Math.log(root)));
  }
  return seconds.length === 0 ? USUAL : Math.min(LONGEST, Math.max(SHORTEST, percentile(seconds, 0.5)));
}
