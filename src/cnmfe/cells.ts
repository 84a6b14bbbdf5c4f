import type { Footprint } from "../core/footprints.ts";
import type { Box } from "../kernels/pixel_trace.ts";

/** A cell while it is being estimated. */
export interface Cell {
  /** Footprint, unit L2 norm. */
  readonly footprint: Footprint;
  /** Denoised calcium C, one value per frame, scaled to the unit-norm footprint. */
  readonly trace: Float32Array;
}

/** A cell whose trace was read from the movie with its present footprint. */
export interface ReadCell extends Cell {
  /** Raw trace around a mean of 0 (baseline not removed). */
  readonly raw: Float32Array;
  /** Deconvolved activity. */
  readonly spikes: Float32Array;
  /** Baseline of the raw trace. */
  readonly baseline: number;
  /** Noise s.d. of the raw trace. */
  readonly noise: number;
  /** Autoregressive coefficients. */
  readonly ar: readonly number[];
}

/** A cell of a footprint and a trace, brought to unit norm. */
export function newCell(footprint: Footprint, trace: Float32Array): Cell {
  let norm = 0;
  for (const value of footprint.values) norm += value * value;
  norm = Math.sqrt(norm);
  return {
    footprint: { pixels: footprint.pixels, values: footprint.values.map((value) => value / norm) },
    trace: trace.map((value) => value * norm),
  };
}

/** Smallest box that holds the pixels of a grid of a width, widened by `margin` each way (not cut to the grid). */
export function boundingBox(pixels: Iterable<number>, width: number, margin: number): Box {
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const pixel of pixels) {
    const x = pixel % width, y = (pixel - x) / width;
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return { x0: x0 - margin, y0: y0 - margin, x1: x1 + 1 + margin, y1: y1 + 1 + margin };
}

/** Whether two boxes share a pixel. */
export function boxesTouch(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/** Σ_p a(p) b(p) of two sparse vectors with ascending pixels. */
export function sparseDot(a: Footprint, b: Footprint): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.pixels.length && j < b.pixels.length;) {
    if (a.pixels[i] === b.pixels[j]) sum += a.values[i++] * b.values[j++];
    else if (a.pixels[i] < b.pixels[j]) i++;
    else j++;
  }
  return sum;
}
