/** Lays the traces of several cells out above each other. Plain functions without a page. */
import type { TracesMessage } from "../messages.ts";

/** What of the traces is shown. */
export interface Kinds {
  readonly raw: boolean;
  readonly denoised: boolean;
  readonly spikes: boolean;
}

/** One cell's place: its values from `low` to `high` fill the band from `bottom` to `bottom + 1`. */
export interface Band {
  readonly number: number;
  readonly bottom: number;
  readonly low: number;
  readonly high: number;
  /** The greatest sum of spikes of a column. */
  readonly mostSpikes: number;
}

/** Lines to draw: x once, y for each line; null where there is a gap. */
export interface Lines {
  readonly x: readonly number[];
  readonly y: readonly (readonly (number | null)[])[];
}

/** Share of a band that is left free above and below. */
const MARGIN = 0.06;
/** Share of a band that spikes take, below the traces. */
export const SPIKE_SHARE = 0.2;

/** The band of each cell, the first one on top; all to one scale, or each to its own. */
export function bandsOf(message: TracesMessage, kinds: Kinds, isOneScale: boolean): readonly Band[] {
  const count = message.cells.length;
  const bands = message.cells.map(({ number, raw, denoised, spikes }, i) => {
    let low = Infinity, high = -Infinity, mostSpikes = 0;
    for (const [isShown, envelope] of [[kinds.raw, raw], [kinds.denoised, denoised]] as const) {
      if (!isShown) continue;
      for (const value of envelope.low) if (value !== null && value < low) low = value;
      for (const value of envelope.high) if (value !== null && value > high) high = value;
    }
    for (const value of spikes) if (value > mostSpikes) mostSpikes = value;
    if (!(high >= low)) low = 0, high = 1;
    if (high === low) low -= 0.5, high += 0.5;
    return { number, bottom: count - 1 - i, low, high, mostSpikes };
  });
  if (!isOneScale) return bands;
  // One unit is as high in every band; each starts at its own least value.
  const span = Math.max(...bands.map(({ low, high }) => high - low));
  return bands.map((band) => ({ ...band, high: band.low + span }));
}

/** Where a value of a band is drawn. */
export function heightOf({ bottom, low, high }: Band, value: number, hasSpikes: boolean): number {
  const floor = hasSpikes ? SPIKE_SHARE : MARGIN;
  return bottom + floor + (1 - MARGIN - floor) * (value - low) / (high - low);
}

/**
 * Lines through least and greatest values of the columns, so that no peak is lost; raw before denoised, cell by cell. Columns of one frame are
 * one point.
 */
export function linesOf(
  message: TracesMessage,
  bands: readonly Band[],
  kinds: Kinds,
  timeOf: (frame: number) => number,
): Lines {
  const { frames, to } = message, columns = frames.length;
  const isDecimated = columns > 0 && to - message.from > columns;
  const x: number[] = [];
  for (let c = 0; c < columns; c++) {
    x.push(timeOf(frames[c]));
    if (isDecimated) x.push(timeOf(frames[c] + ((frames[c + 1] ?? to) - frames[c]) / 2));
  }
  const y = message.cells.flatMap(({ raw, denoised }, i) => {
    return [...kinds.raw ? [raw] : [], ...kinds.denoised ? [denoised] : []].map(({ low, high }) => {
      const line: (number | null)[] = [];
      for (let c = 0; c < columns; c++) {
        const one = low[c], other = high[c];
        const bottom = one === null ? null : heightOf(bands[i], one, kinds.spikes);
        if (!isDecimated) line.push(bottom);
        else line.push(bottom, other === null ? null : heightOf(bands[i], other, kinds.spikes));
      }
      return line;
    });
  });
  return { x, y };
}
