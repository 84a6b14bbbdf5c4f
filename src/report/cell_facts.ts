import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { type Footprint, footprintCentre, footprintOf } from "../core/footprints.ts";
import { footprintOutlines } from "../results/footprint_outline.ts";
import { timeConstants } from "../results/time_constants.ts";
import { cellNames } from "../results/traces_csv.ts";
import { eventRates, recordingSeconds } from "../traces/event_rates.ts";
import { findEvents } from "../traces/events.ts";
import { place } from "./plot.ts";

/** What the page says of one cell, besides its measures of quality. */
export interface CellFacts {
  /** Number by which edits name it. */
  readonly number: number;
  /** Name it has in tables. */
  readonly name: string;
  /** Middle of its footprint, pixels; NaN without one. */
  readonly x: number;
  readonly y: number;
  /** Lines around it as a path. */
  readonly outline: string;
  /** Standard deviation of its shape, pixels. */
  readonly spread: number;
  /** Pixels of its footprint. */
  readonly pixels: number;
  /** Largest denoised transient over the trace's noise. */
  readonly peak: number;
  /** Noise of the raw trace, dF. */
  readonly noise: number;
  /** Decay of its transients, seconds; NaN where there is none. */
  readonly decay: number;
  /** Events per minute, as `annulus events` finds them by itself; NaN where nothing was deconvolved. */
  readonly eventRate: number;
  /** True, false, or undefined where nobody has judged it. */
  readonly isAccepted?: boolean;
  /** Whether a person decided. */
  readonly isDecided: boolean;
  /** Why it was accepted or set aside. */
  readonly reason?: string;
}

/** What the page says of the cells, in their order. */
export function cellFacts(extraction: Extraction): CellFacts[] {
  const { footprints, traces, movie, arOrder, frameRate, quality } = extraction;
  const numbers = cellNumbers(extraction), names = cellNames(extraction);
  const times = timeConstants(traces.ar, arOrder, frameRate), rates = ratesOf(extraction);
  return Array.from({ length: footprints.count }, (_, k) => {
    const footprint = footprintOf(footprints, k);
    const centre = footprintCentre(footprint, footprints.width) ?? { x: NaN, y: NaN };
    const of = (all: Float32Array) => all.subarray(k * movie.frames, (k + 1) * movie.frames);
    const noise = traces.noise[k], scale = extraction.units === "dF" ? noise : 1;
    let low = Infinity, high = -Infinity;
    for (const value of of(traces.denoised)) low = Math.min(low, value), high = Math.max(high, value);
    const reason = quality?.reasons?.[k], accepted = quality?.accepted?.[k];
    return {
      number: numbers[k],
      name: names[k],
      ...centre,
      outline: outlinePath(footprint, footprints.width),
      spread: spreadOf(footprint, footprints.width, centre),
      pixels: footprint.pixels.length,
      peak: high >= low && scale > 0 ? (high - low) / scale : NaN,
      noise,
      decay: arOrder === 0 ? NaN : times[k * arOrder],
      eventRate: rates === undefined ? NaN : 60 * rates[k],
      ...(accepted === undefined ? {} : { isAccepted: accepted === 1 }),
      isDecided: quality?.decided?.[k] === 1,
      ...(reason === undefined ? {} : { reason }),
    };
  });
}

/** Events of each cell per second, by deconvolution; undefined without one. */
function ratesOf(extraction: Extraction): Float32Array | undefined {
  const { footprints: { count }, traces: { raw, spikes, noise, ar }, movie: { frames }, arOrder, units } = extraction;
  if (arOrder === 0 || frames === 0) return undefined;
  const scale = units === "dF" ? noise : new Float32Array(count).fill(1);
  const events = findEvents({ cells: count, frames, dF: raw, spikes, noise: scale, arOrder, ar }, extraction);
  return eventRates(events, recordingSeconds(extraction));
}

/** Outlines as one path, to a tenth of a pixel. */
function outlinePath(footprint: Footprint, width: number): string {
  return footprintOutlines(footprint, width).map((line) => {
    const points: string[] = [];
    for (let i = 0; i < line.length; i += 2) points.push(`${place(line[i])} ${place(line[i + 1])}`);
    return `M${points.join("L")}Z`;
  }).join("");
}

/** Root mean square distance of the weights from their middle along an axis: the standard deviation of a round Gaussian. */
function spreadOf(
  { pixels, values }: Footprint,
  width: number,
  middle: { readonly x: number; readonly y: number },
): number {
  let squares = 0, sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    const dx = pixels[i] % width - middle.x, dy = Math.floor(pixels[i] / width) - middle.y;
    squares += values[i] * (dx * dx + dy * dy);
    sum += values[i];
  }
  // A pixel is a square: 1/12 is the variance within it.
  return sum > 0 ? Math.sqrt(squares / sum / 2 + 1 / 12) : NaN;
}
