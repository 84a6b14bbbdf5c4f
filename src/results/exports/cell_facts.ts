import type { Extraction } from "../../core/extraction.ts";
import { type Footprint, footprintCentre, footprintOf } from "../../core/footprints.ts";

/** Where a footprint lies and how large it is, pixels; the centre of the top left pixel is (0, 0). */
export interface CellPlace {
  /** Centre of mass along x and y; NaN when the footprint is empty. */
  readonly x: number;
  readonly y: number;
  /** Pixels of the footprint. */
  readonly area: number;
  /** Its brightest pixel, the first of equal ones. */
  readonly peakX: number;
  readonly peakY: number;
  /** Its largest weight; 0 when it is empty. */
  readonly peak: number;
  /** Bounding box: first column and row, columns and rows. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Looks at one footprint. */
export function cellPlace({ pixels, values }: Footprint, fieldWidth: number): CellPlace {
  let best = 0;
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  pixels.forEach((pixel, i) => {
    const x = pixel % fieldWidth, y = Math.floor(pixel / fieldWidth);
    if (values[i] > values[best]) best = i;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  const area = pixels.length;
  if (area === 0) {
    return { x: NaN, y: NaN, area, peakX: NaN, peakY: NaN, peak: 0, left: NaN, top: NaN, width: 0, height: 0 };
  }
  return {
    ...(footprintCentre({ pixels, values }, fieldWidth) ?? { x: NaN, y: NaN }),
    area,
    peakX: pixels[best] % fieldWidth,
    peakY: Math.floor(pixels[best] / fieldWidth),
    peak: values[best],
    left,
    top,
    width: right - left + 1,
    height: bottom - top + 1,
  };
}

/** Places of all cells, in their order. */
export function cellPlaces({ footprints }: Extraction): CellPlace[] {
  return Array.from({ length: footprints.count }, (_, k) => cellPlace(footprintOf(footprints, k), footprints.width));
}

/** What an amplitude in the traces' units is divided by to be in units of the noise of cell k: 1 where the traces are so already. */
export function noiseUnit({ units, traces }: Extraction, k: number): number {
  return units === "dF over noise" ? 1 : traces.noise[k];
}

/** The largest value of a cell's denoised trace over its noise: a peak signal-to-noise ratio; NaN when there is no noise. */
export function peakToNoise(extraction: Extraction, k: number): number {
  const { traces: { denoised }, movie: { frames } } = extraction;
  let most = 0;
  for (const value of denoised.subarray(k * frames, (k + 1) * frames)) if (value > most) most = value;
  const noise = noiseUnit(extraction, k);
  return noise > 0 ? most / noise : NaN;
}

/** One frame in which a cell was active. */
export interface CellEvent {
  /** The cell, from 0. */
  readonly cell: number;
  /** The frame, from 0. */
  readonly frame: number;
  /** Deconvolved activity in the units of the traces. */
  readonly amplitude: number;
}

/** Every frame of every cell with deconvolved activity above 0, cell by cell in order of time. */
export function* cellEvents({ traces: { spikes }, footprints, movie: { frames } }: Extraction): Generator<CellEvent> {
  for (let cell = 0; cell < footprints.count; cell++) {
    for (let frame = 0; frame < frames; frame++) {
      const amplitude = spikes[cell * frames + frame];
      if (amplitude > 0) yield { cell, frame, amplitude };
    }
  }
}
