import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { unpackFootprints } from "../core/footprints.ts";
import type { CellQuality } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { duplicatesOf } from "./duplicates.ts";
import { exceptionality, transientFrames } from "./exceptionality.ts";
import { borderShare, shapeOf } from "./shape.ts";

/** Edges no cell may reach into, pixels. */
type Edges = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

/**
 * What results tell of their cells without the movie: SNR, shape, border contact and likeness of other cells. Arrays of K.
 * @param border edges no cell may reach into. Default: those of the motion correction
 * @param changed numbers of the cells that are wanted. Default: all. The others' SNR is the stored one where there is one, and they are likened
 * to none
 */
export function measuresOfResults(
  extraction: Extraction,
  { decay_time }: Pick<QualityParameters, "decay_time">,
  border: Edges = extraction.preparation?.motion?.border ?? { left: 0, top: 0, right: 0, bottom: 0 },
  changed?: readonly number[],
): CellQuality {
  const { footprints, traces: { raw }, movie: { frames }, frameRate } = extraction, K = footprints.count;
  const window = transientFrames(frameRate, decay_time), numbers = cellNumbers(extraction);
  const named = new Set(changed), isWanted = (k: number) => changed === undefined || named.has(numbers[k]);
  const snr = Float32Array.from({ length: K }, (_, k) => {
    const stored = isWanted(k) ? NaN : extraction.quality?.snr?.[k] ?? NaN;
    if (!Number.isNaN(stored)) return stored;
    return exceptionality(raw.subarray(k * frames, (k + 1) * frames), window);
  });
  const cells = unpackFootprints(footprints), shapes = cells.map((cell) => shapeOf(cell, footprints.width));
  return {
    snr,
    size: Float32Array.from(shapes, ({ size }) => size),
    eccentricity: Float32Array.from(shapes, ({ eccentricity }) => eccentricity),
    border: Float32Array.from(cells, (cell) => borderShare(cell, footprints, border)),
    ...duplicatesOf(extraction, snr, isWanted),
  };
}
