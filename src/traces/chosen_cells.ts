import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { footprintOf, packFootprints } from "../core/footprints.ts";
import { type CellQuality, QUALITY_MEASURES } from "../core/quality.ts";

/** Positions of the cells nobody has set aside: all of them where nobody has judged any. */
export function acceptedCells({ footprints, quality }: Pick<Extraction, "footprints" | "quality">): number[] {
  return Array.from({ length: footprints.count }, (_, k) => k).filter((k) => quality?.accepted?.[k] !== 0);
}

/** The same results with only some cells, given by their positions in ascending order; they keep their numbers. Copies what it keeps. */
export function chosenCells(extraction: Extraction, positions: readonly number[]): Extraction {
  const { footprints, traces, movie: { frames }, arOrder } = extraction, all = cellNumbers(extraction);
  const rows = (values: Float32Array, length: number) => {
    const kept = new Float32Array(positions.length * length);
    positions.forEach((k, i) => kept.set(values.subarray(k * length, (k + 1) * length), i * length));
    return kept;
  };
  return {
    ...extraction,
    footprints: packFootprints(footprints.width, footprints.height, positions.map((k) => footprintOf(footprints, k))),
    traces: {
      raw: rows(traces.raw, frames),
      denoised: rows(traces.denoised, frames),
      spikes: rows(traces.spikes, frames),
      baseline: rows(traces.baseline, 1),
      noise: rows(traces.noise, 1),
      ar: rows(traces.ar, arOrder),
    },
    numbers: Uint32Array.from(positions, (k) => all[k]),
    ...(extraction.quality ? { quality: chosenQuality(extraction.quality, positions) } : {}),
  };
}

function chosenQuality(quality: CellQuality, positions: readonly number[]): CellQuality {
  const measures = QUALITY_MEASURES.flatMap(({ field, type }) => {
    const values = quality[field];
    if (values === undefined) return [];
    const kept = positions.map((k) => values[k]);
    return [[
      field,
      type === "uint8" ? Uint8Array.from(kept) : type === "int32" ? Int32Array.from(kept) : Float32Array.from(kept),
    ]];
  });
  const { reasons } = quality;
  return {
    ...quality,
    ...Object.fromEntries(measures),
    ...(reasons ? { reasons: positions.map((k) => reasons[k]) } : {}),
  };
}
