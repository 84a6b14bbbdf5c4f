import type { Extraction } from "../../core/extraction.ts";
import { footprintOf } from "../../core/footprints.ts";

/**
 * The mean of every frame as far as results tell it without their movie, counts: of b0 + A·C, the constant background and the cells. The ring
 * background, most of what changes in a one-photon movie, is not in it: it can only be made from the movie. Without a finite b0 of the cells
 * alone; cells whose traces hold numbers that are not finite are left out.
 */
export function modelMean(extraction: Extraction): Float64Array {
  const { footprints, traces, units, b0, movie: { frames, width, height } } = extraction, size = width * height;
  const level = b0.reduce((sum, value) => sum + value, 0) / size;
  const means = new Float64Array(frames).fill(Number.isFinite(level) ? level : 0);
  for (let k = 0; k < footprints.count; k++) {
    const trace = traces.denoised.subarray(k * frames, (k + 1) * frames);
    if (!trace.every(Number.isFinite)) continue;
    const noise = traces.noise[k], scale = units === "dF over noise" && noise > 0 ? noise : 1;
    const weight = footprintOf(footprints, k).values.reduce((sum, value) => sum + value, 0) * scale / size;
    for (let t = 0; t < frames; t++) means[t] += weight * trace[t];
  }
  return means;
}
