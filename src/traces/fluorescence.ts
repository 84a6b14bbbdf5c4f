import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { footprintOf } from "../core/footprints.ts";

/** What F0 is, for labels in files and on axes. */
export const F0_DEFINITION =
  "F0 = footprint-weighted mean of the movie (its background, other cells and the camera's offset included) less the mean of the cell's own dF";

/**
 * The level that dF/F divides by: F0_k = a_kᵀ·m − mean_t dF_k(t), where a_k is the cell's footprint of unit norm and m the mean image of
 * the movie the results came from (after preprocessing and motion correction). aᵀY is the fluorescence of the cell's pixels in the very
 * units of dF, as aᵀa = 1, and F0 is what of its mean is not the cell's own signal.
 *
 * A one-photon movie has no true F0: most of this is light from other depths, other cells and the camera's offset. dF/F made with it
 * compares a cell with the light around it, and not with its own resting fluorescence; values are far smaller than two-photon ones.
 *
 * @param dF dF of each cell, K×T, cell-major
 * @returns K numbers; NaN for a cell whose dF is not finite
 * @throws ParameterError where the results have no mean image, or F0 is not positive
 */
export function baselineFluorescence(
  { footprints, summary }: Pick<Extraction, "footprints" | "summary">,
  dF: Float32Array,
  names: readonly string[],
): Float32Array {
  const { count } = footprints, frames = count > 0 ? dF.length / count : 0, levels = new Float32Array(count);
  if (count > 0 && !summary.mean.some((value) => value !== 0 && Number.isFinite(value))) {
    throw new ParameterError("dF/F needs the mean image of the movie, which these results do not hold: leave dff out");
  }
  for (let k = 0; k < count; k++) {
    const { pixels, values } = footprintOf(footprints, k);
    let light = 0, own = 0;
    pixels.forEach((pixel, i) => light += values[i] * summary.mean[pixel]);
    for (let t = k * frames; t < (k + 1) * frames; t++) own += dF[t];
    levels[k] = light - own / frames;
    if (levels[k] > 0 || !Number.isFinite(own)) continue;
    throw new ParameterError(
      `dF/F needs a positive F0, but that of cell ${names[k]} is ${Number(levels[k].toPrecision(4))}: ` +
        "the movie's background was taken away before, or the results do not hold its mean; leave dff out",
    );
  }
  return levels;
}
