import type { Extraction } from "../core/extraction.ts";
import type { SampleType } from "../core/movie.ts";

/** So many noise s.d. under the least mean lies black in movies that go below 0. */
const NOISE = 4;

/**
 * What counts as black in the movie of results, counts: 0, or where its mean less four noise s.d. goes below 0 (dF, background taken off) the
 * least of that.
 */
export function blackLevel({ b0, summary: { noise } }: Extraction, sampleType: SampleType): number {
  if (sampleType === "uint8" || sampleType === "uint16") return 0;
  let least = 0;
  for (let i = 0; i < b0.length; i++) {
    const value = b0[i] - NOISE * (Number.isFinite(noise[i]) ? noise[i] : 0);
    if (value < least) least = value;
  }
  return sampleType === "int16" ? Math.max(-32768, Math.floor(least)) : least;
}
