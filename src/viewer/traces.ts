import type { Extraction } from "../core/extraction.ts";
import type { Envelope, TracesMessage } from "./messages.ts";

/** Frames of one block, whose extremes are known once it was looked at. */
const BLOCK = 32;

/** A trace with the extremes of its blocks: looking over long stretches of it takes a 32nd of the time. NaN counts as nothing. */
class BlockedTrace {
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  readonly #sum: Float64Array;

  constructor(readonly values: Float32Array) {
    const blocks = Math.ceil(values.length / BLOCK);
    this.#low = new Float32Array(blocks).fill(Infinity);
    this.#high = new Float32Array(blocks).fill(-Infinity);
    this.#sum = new Float64Array(blocks);
    for (let t = 0; t < values.length; t++) {
      const value = values[t], b = Math.floor(t / BLOCK);
      if (value < this.#low[b]) this.#low[b] = value;
      if (value > this.#high[b]) this.#high[b] = value;
      if (value === value) this.#sum[b] += value;
    }
  }

  /** Least and largest value, and the sum, of frames `[from, to)`: exactly those of the frames, none in between. */
  over(from: number, to: number): { low: number; high: number; sum: number } {
    let low = Infinity, high = -Infinity, sum = 0;
    for (let t = from; t < to;) {
      const b = Math.floor(t / BLOCK), isWhole = t % BLOCK === 0 && t + BLOCK <= to;
      if (isWhole) {
        if (this.#low[b] < low) low = this.#low[b];
        if (this.#high[b] > high) high = this.#high[b];
        sum += this.#sum[b];
        t += BLOCK;
      } else {
        const value = this.values[t++];
        if (value < low) low = value;
        if (value > high) high = value;
        if (value === value) sum += value;
      }
    }
    return { low, high, sum };
  }
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
    const edges = Array.from({ length: columns + 1 }, (_, c) => from + Math.floor(c * (to - from) / columns));
    return {
      from,
      to,
      frames: edges.slice(0, columns),
      cells: cells.map(({ index, number }) => {
        const spikes = this.#trace("spikes", index);
        return {
          number,
          raw: envelope(this.#trace("raw", index), edges),
          denoised: envelope(this.#trace("denoised", index), edges),
          spikes: Array.from({ length: columns }, (_, c) => short(spikes.over(edges[c], edges[c + 1]).sum)),
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

function envelope(trace: BlockedTrace, edges: readonly number[]): Envelope {
  const low: (number | null)[] = [], high: (number | null)[] = [];
  for (let c = 0; c + 1 < edges.length; c++) {
    const column = trace.over(edges[c], edges[c + 1]), isNumber = column.high >= column.low;
    low.push(isNumber ? short(column.low) : null);
    high.push(isNumber ? short(column.high) : null);
  }
  return { low, high };
}

/** A number with the digits a display needs: five significant ones make messages half as long. */
function short(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return Number.isFinite(value) ? 0 : value;
  const scale = 10 ** (4 - Math.floor(Math.log10(Math.abs(value))));
  return Number.isFinite(scale) ? Math.round(value * scale) / scale : value;
}
