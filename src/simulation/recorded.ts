import { type Footprint, footprintOf, type Footprints, packFootprints } from "../core/footprints.ts";
import type { Population } from "./population.ts";

/** The cells of a scene that a camera sees in its field while the tissue is at rest. */
export interface RecordedCells {
  /** Which cells of the scene these are. K. */
  readonly cells: readonly number[];
  /** Their footprints in the field, peak 1. */
  readonly footprints: Footprints;
  /** Light at the peak of the recorded footprint over that at the peak of the cell. K. */
  readonly gains: Float64Array;
  /** Traces of these cells as recorded, from those of all cells of the scene. */
  rows(traces: Float32Array): Float32Array;
}

/** A cell is in the field when at least this share of its light is. */
const LEAST_SHARE = 0.5;

/**
 * What the field shows of a scene's cells: footprints are cropped and dimmed by vignetting, and a cell with less than half of its light
 * in the field is left out.
 * @param field the field, and the pixels of scene beyond it on each side
 * @param vignetting share of the light let through at each pixel of the scene; left out when the cells do not pass through it
 */
export function recordCells(
  scene: Population,
  field: { readonly width: number; readonly height: number; readonly margin: number },
  vignetting?: Float32Array,
): RecordedCells {
  const { width, height, margin } = field;
  const cells: number[] = [], gains: number[] = [], footprints: Footprint[] = [];
  for (let k = 0; k < scene.footprints.count; k++) {
    const cell = footprintOf(scene.footprints, k);
    const pixels: number[] = [], values: number[] = [];
    let whole = 0, inside = 0, peak = 0;
    cell.pixels.forEach((pixel, i) => {
      const x = pixel % scene.footprints.width - margin, y = Math.floor(pixel / scene.footprints.width) - margin;
      whole += cell.values[i];
      if (x < 0 || y < 0 || x >= width || y >= height) return;
      inside += cell.values[i];
      const value = cell.values[i] * (vignetting ? vignetting[pixel] : 1);
      peak = Math.max(peak, value);
      pixels.push(y * width + x);
      values.push(value);
    });
    if (inside < LEAST_SHARE * whole) continue;
    cells.push(k);
    gains.push(peak);
    footprints.push({
      pixels: Uint32Array.from(pixels),
      values: Float32Array.from(values, (value) => value / peak),
    });
  }
  return {
    cells,
    gains: Float64Array.from(gains),
    footprints: packFootprints(width, height, footprints),
    rows(traces) {
      const frames = scene.footprints.count > 0 ? traces.length / scene.footprints.count : 0;
      const picked = pickRows(traces, cells, frames);
      for (let i = 0; i < picked.length; i++) picked[i] *= gains[Math.floor(i / frames)];
      return picked;
    },
  };
}

/** Some rows of a matrix. */
export function pickRows<Numbers extends Float32Array | Float64Array>(
  matrix: Numbers,
  rows: readonly number[],
  length: number,
): Numbers {
  const picked = matrix.slice(0, rows.length * length) as Numbers;
  rows.forEach((row, i) => picked.set(matrix.subarray(row * length, (row + 1) * length), i * length));
  return picked;
}
