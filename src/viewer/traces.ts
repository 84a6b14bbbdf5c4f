import type { Extraction } from "../core/extraction.ts";
import type { Envelope, TracesMessage } from "./messages.ts";

/** Frames of one block, whose extremes are known once it was looked at. */
const BLOCK = 64;
/** Steps of a display from 0 to a trace's largest value: numbers with no more digits make messages half as long. */
const STEPS = 20_000;

/** Columns of a display: the extremes and the sum of each one's frames. Without a number, low is above high. */
interface Columns {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly sum: Float64Array;
}

/** A trace with the extremes of its blocks: looking over long stretches of it takes a 64th of the time. NaN counts as nothing. */
class BlockedTrace {
  readonly #blocks: Columns;
  /** What values are multiplied by to be rounded for display. */
  readonly scale: number;

  constructor(readonly values: Float32Array) {
    const count = Math.ceil(values.length / BLOCK);
    this.#blocks = emptyColumns(count);
    let most = 0;
    for (let b = 0; b < count; b++) {
      this.#scan(b * BLOCK, Math.min(values.length, (b + 1) * BLOCK), this.#blocks, b);
      const { low, high } = this.#blocks;
      if (low[b] <= high[b]) most = Math.max(most, finite(-low[b]), finite(high[b]));
    }
    this.scale = most > 0 ? 10 ** Math.min(300, Math.ceil(Math.log10(STEPS / most))) : 1;
  }

  /** Extremes and sums of the frames from each edge to the next: exactly those of the frames, none in between. */
  over(edges: Uint32Array): Columns {
    const columns = emptyColumns(Math.max(0, edges.length - 1));
    for (let c = 0; c + 1 < edges.length; c++) {
      const first = Math.ceil(edges[c] / BLOCK), last = Math.floor(edges[c + 1] / BLOCK);
      if (first >= last) this.#scan(edges[c], edges[c + 1], columns, c);
      else {
        this.#scan(edges[c], first * BLOCK, columns, c);
        for (let b = first; b < last; b++) {
          take(columns, c, this.#blocks.low[b], this.#blocks.high[b], this.#blocks.sum[b]);
        }
        this.#scan(last * BLOCK, edges[c + 1], columns, c);
      }
    }
    return columns;
  }

  #scan(from: number, to: number, columns: Columns, c: number): void {
    let low = Infinity, high = -Infinity, sum = 0;
    for (let t = from; t < to; t++) {
      const value = this.values[t];
      if (value < low) low = value;
      if (value > high) high = value;
      if (value === value) sum += value;
    }
    take(columns, c, low, high, sum);
  }
}

function emptyColumns(count: number): Columns {
  return {
    low: new Float64Array(count).fill(Infinity),
    high: new Float64Array(count).fill(-Infinity),
    sum: new Float64Array(count),
  };
}

function take(columns: Columns, c: number, low: number, high: number, sum: number): void {
  if (low < columns.low[c]) columns.low[c] = low;
  if (high > columns.high[c]) columns.high[c] = high;
  columns.sum[c] += sum;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** Which traces to show, and how finely. */
export interface TracesQuery {
  /** Cells by their place in the results, with their numbers. */
  readonly cells: readonly { readonly index: number; readonly number: number }[];
  /** First frame. */
  readonly from: number;
  /** One past the last one. */
  readonly to: number;
  /** Most columns. */
  readonly points: number;
}

/** Traces of results for display: each column has the least and the largest value of its frames, so that no peak is lost. */
export class TraceDisplay {
  readonly #blocked = new Map<string, BlockedTrace>();

  constructor(private readonly extraction: Pick<Extraction, "traces" | "movie">) {}

  /** What is to be drawn. */
  of({ cells, from, to, points }: TracesQuery): TracesMessage {
    const columns = Math.max(0, Math.min(points, to - from));
    const edges = Uint32Array.from({ length: columns + 1 }, (_, c) => from + Math.floor(c * (to - from) / columns));
    return {
      from,
      to,
      frames: Array.from(edges.subarray(0, columns)),
      cells: cells.map(({ index, number }) => {
        const spikes = this.#trace("spikes", index), { sum } = spikes.over(edges);
        return {
          number,
          raw: envelope(this.#trace("raw", index), edges),
          denoised: envelope(this.#trace("denoised", index), edges),
          spikes: Array.from(sum, (value) => rounded(finite(value), spikes.scale)),
        };
      }),
    };
  }

  #trace(kind: "raw" | "denoised" | "spikes", index: number): BlockedTrace {
    const key = `${kind} ${index}`, known = this.#blocked.get(key);
    if (known) return known;
    const { traces, movie: { frames } } = this.extraction;
    const blocked = new BlockedTrace(traces[kind].subarray(index * frames, (index + 1) * frames));
    this.#blocked.set(key, blocked);
    return blocked;
  }
}

function envelope(trace: BlockedTrace, edges: Uint32Array): Envelope {
  const { low, high } = trace.over(edges), { scale } = trace, count = low.length;
  const shown = { low: new Array<number | null>(count), high: new Array<number | null>(count) };
  for (let c = 0; c < count; c++) {
    const isNumber = Number.isFinite(low[c]) && Number.isFinite(high[c]);
    shown.low[c] = isNumber ? rounded(low[c], scale) : null;
    shown.high[c] = isNumber ? rounded(high[c], scale) : null;
  }
  return shown;
}

function rounded(value: number, scale: number): number {
  return Math.round(value * scale) / scale;
}
