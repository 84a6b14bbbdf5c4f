import { ParameterError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { rateOfTimestamps } from "../core/timestamps.ts";
import type { CellEvents } from "./events.ts";

/** Most bins of a raster. */
const MOST_BINS = 1e7;

/** Events per cell and per bin of time. */
export interface EventRaster {
  /** Seconds of a bin. */
  readonly bin: number;
  /** Bins. */
  readonly bins: number;
  /** Events of each cell in each bin, K×bins, cell-major. */
  readonly counts: Uint16Array;
  /** Events of all cells in each bin. */
  readonly events: Uint32Array;
  /** Cells with an event in each bin. */
  readonly active: Uint32Array;
  /** Events per second and cell in each bin; the last one may be shorter, which is taken into account. */
  readonly rate: Float32Array;
}

/** Seconds a recording lasts: its frames over the frame rate, or by its timestamps with one median interval after the last, unless they go back. */
export function recordingSeconds({ movie, frameRate }: Pick<Extraction, "movie" | "frameRate">): number {
  const { timestamps, frames } = movie;
  if (!timestamps || timestamps.length < 2) return frames / frameRate;
  const seconds = timestamps[frames - 1] - timestamps[0] + 1 / (rateOfTimestamps(timestamps) ?? frameRate);
  return seconds > 0 ? seconds : frames / frameRate;
}

/** Events per second of each cell. K. */
export function eventRates({ starts }: Pick<CellEvents, "starts">, seconds: number): Float32Array {
  return Float32Array.from({ length: starts.length - 1 }, (_, k) => (starts[k + 1] - starts[k]) / seconds);
}

/**
 * Counts events in bins of time from the first frame on.
 * @param seconds how long the recording lasts
 * @param bin seconds of a bin. Default 1
 * @throws ParameterError for a bin that is not a positive number, or so short that there are over ten million
 */
export function eventRaster(
  events: Pick<CellEvents, "starts" | "cell" | "seconds">,
  seconds: number,
  bin = 1,
): EventRaster {
  if (!(bin > 0 && bin < Infinity)) {
    throw new ParameterError(`bin is ${bin}, but it has to be a number of seconds above 0`);
  }
  const cells = events.starts.length - 1, bins = Math.max(1, Math.ceil(seconds / bin - 1e-9));
  if (bins * Math.max(1, cells) > MOST_BINS) {
    throw new ParameterError(
      `bin is ${bin} s, which makes ${bins} bins of ${cells} cells: ${
        Number((seconds * Math.max(1, cells) / MOST_BINS).toPrecision(2))
      } s is the least`,
    );
  }
  const counts = new Uint16Array(cells * bins), all = new Uint32Array(bins), active = new Uint32Array(bins);
  events.cell.forEach((k, i) => {
    const at = Math.min(bins - 1, Math.max(0, Math.floor(events.seconds[i] / bin + 1e-9)));
    if (counts[k * bins + at]++ === 0) active[at]++;
    all[at]++;
  });
  const rate = Float32Array.from(all, (count, i) => {
    const length = Math.min(bin, seconds - i * bin);
    return cells > 0 && length > 0 ? count / (cells * length) : 0;
  });
  return { bin, bins, counts, events: all, active, rate };
}
