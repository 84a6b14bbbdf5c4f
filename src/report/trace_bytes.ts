import type { Extraction } from "../core/extraction.ts";

/** Bytes that all traces may take on the page: with the images it stays below 10 MB. */
const BUDGET = 3_600_000;
/** Columns a trace has at least, however many cells there are. */
const LEAST_COLUMNS = 200;
/** The byte of the largest value; 255 stands for no number. */
const TOP = 254, NOTHING = 255;

/** All traces, brought down to what a screen shows. */
export interface TraceBytes {
  /** Columns of each trace. */
  readonly columns: number;
  /** 3: raw, denoised, spikes of every frame; 5: least and largest raw, least and largest denoised, largest spike of each column. */
  readonly channels: 3 | 5;
  /** Cell by cell, channel by channel. */
  readonly bytes: Uint8Array;
  /** Per cell the values that bytes 0 and 254 of raw and denoised stand for, and byte 254 of the spikes. */
  readonly scales: readonly { readonly low: number; readonly high: number; readonly most: number }[];
}

/** Brings traces down to bytes: every frame where there are few, else the least and the largest value of each column of frames. */
export function traceBytes({ traces, footprints: { count }, movie: { frames } }: Extraction): TraceBytes {
  const isWhole = 3 * count * frames <= BUDGET, channels = isWhole ? 3 : 5;
  const columns = isWhole
    ? frames
    : Math.min(frames, Math.max(LEAST_COLUMNS, Math.floor(BUDGET / (channels * Math.max(1, count)))));
  const bytes = new Uint8Array(count * channels * columns);
  const scales = Array.from({ length: count }, (_, k) => {
    const of = (all: Float32Array) => all.subarray(k * frames, (k + 1) * frames);
    const raw = of(traces.raw), denoised = of(traces.denoised), spikes = of(traces.spikes);
    const [low, high] = rangeOf(raw, denoised), [, most] = rangeOf(spikes, Float32Array.of(0));
    const into = (channel: number) =>
      bytes.subarray((k * channels + channel) * columns, (k * channels + channel + 1) * columns);
    if (channels === 3) {
      fill(raw, low, high, into(0), into(0));
      fill(denoised, low, high, into(1), into(1));
      fill(spikes, 0, most, into(2), into(2));
    } else {
      fill(raw, low, high, into(0), into(1));
      fill(denoised, low, high, into(2), into(3));
      fill(spikes, 0, most, into(4), into(4));
    }
    return { low, high, most };
  });
  return { columns, channels, bytes, scales };
}

/** Writes the least values of the columns, then the largest: where both go to one place the largest stay. */
function fill(trace: Float32Array, low: number, high: number, least: Uint8Array, largest: Uint8Array): void {
  const columns = least.length, factor = high > low ? TOP / (high - low) : 0;
  const byte = (value: number) => Math.round((value - low) * factor);
  for (let column = 0; column < columns; column++) {
    const from = Math.floor(column * trace.length / columns), to = Math.floor((column + 1) * trace.length / columns);
    let smallest = Infinity, greatest = -Infinity;
    for (let t = from; t < to; t++) {
      const value = trace[t];
      if (!Number.isFinite(value)) continue;
      if (value < smallest) smallest = value;
      if (value > greatest) greatest = value;
    }
    least[column] = smallest <= greatest ? byte(smallest) : NOTHING;
    largest[column] = smallest <= greatest ? byte(greatest) : NOTHING;
  }
}

/** The least and the largest finite value of two traces; 0 and 1 where there is none. */
function rangeOf(a: Float32Array, b: Float32Array): [low: number, high: number] {
  let low = Infinity, high = -Infinity;
  for (const trace of [a, b]) {
    for (const value of trace) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}
