import { MovieError, ParameterError } from "../core/errors.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { PreprocessParameters } from "../core/preprocess_parameters.ts";
import { runningBaselines } from "./baselines.ts";
import type { FrameRun } from "./frame_list.ts";
import type { PreprocessOptions } from "./pass.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { makeView, type View } from "./view.ts";

/** What the differences are divided by. */
export type DeltaUnits = "dF/F" | "dF/sqrtF";

/** The units a parameter stands for, CaImAn's names of its methods among them; undefined for none. */
export function deltaUnits(dff: PreprocessParameters["dff"]): DeltaUnits | undefined {
  if (dff === "none") return undefined;
  return dff === "dF/F" || dff === "delta_f_over_f" ? "dF/F" : "dF/sqrtF";
}

/** How the baseline is measured. */
export interface BaselineOptions {
  readonly units: DeltaUnits;
  /** Length of a window, seconds. */
  readonly secs_window: number;
  /** Percentile of a window's samples, 0–100. */
  readonly quantile_min: number;
  /** Frames per second, instead of what the movie says. */
  readonly frameRate?: number;
}

/**
 * A movie in units of its own running baseline, as float32: (F − F0)/F0, or (F − F0)/√F0. F0 is each pixel's percentile in consecutive
 * windows of ⌊secs_window · frame rate⌋ frames, exact, linear in time between the middles of the windows and constant before the first
 * and after the last middle; frames left over at the end belong to the last window.
 *
 * CaImAn's `computeDFF` takes the same percentiles of the same windows, but mirrors the movie at both ends until the windows are full, and
 * stretches the windows' values from the first to the last frame (scipy's zoom): its baselines lie up to half a window off.
 *
 * The frames of a window have to be read before the first of them can be made; baselines that do not fit into their share of the memory are
 * measured again in the next pass.
 * @throws ParameterError without a frame rate, and for windows shorter than a frame or longer than the movie
 * @throws MovieError, while it is read, where the baseline is not positive
 */
export function deltaF(source: MovieSource, baseline: BaselineOptions, options: PreprocessOptions): View {
  const { units, secs_window, quantile_min } = baseline, { width, height, sampleType } = source.header;
  const length = windowFrames(source.header, baseline), size = width * height;
  const { windows, image } = runningBaselines(source, length, quantile_min, options);
  const piece = pieceFrames(source.header, options.memoryBytes), scratch = new Scratch(sampleType);
  const middles = windows.map(({ from, to }) => (from + to - 1) / 2);
  const checked = new Set<number>();
  const positive = async (k: number) => {
    const found = await image(k);
    if (!checked.has(k)) requirePositive(found, windows[k], quantile_min, source.header, units);
    checked.add(k);
    return found;
  };
  return makeView({
    source,
    changes: { sampleType: "float32" },
    done: `${units} over the running ${
      ordinal(quantile_min)
    } percentile of windows of ${secs_window} s (${length} frames)`,
    async read(start, count, into) {
      for (let first = 0; first < count; first += piece) {
        const frames = Math.min(piece, count - first), samples = scratch.take(frames * size);
        await source.read(start + first, frames, samples);
        for (let frame = 0; frame < frames; frame++) {
          const time = start + first + frame, [before, after, share] = between(middles, time);
          const low = await positive(before), high = await positive(after);
          const from = frame * size, to = (first + frame) * size;
          for (let i = 0; i < size; i++) {
            const level = low[i] + share * (high[i] - low[i]);
            into[to + i] = (samples[from + i] - level) / (units === "dF/F" ? level : Math.sqrt(level));
          }
        }
      }
    },
  });
}

/** Frames of a window; refuses windows that do not fit the movie. */
function windowFrames({ frames, frameRate: stated, name }: MovieHeader, baseline: BaselineOptions): number {
  const frameRate = baseline.frameRate ?? stated, { secs_window, units } = baseline;
  if (frameRate === undefined) {
    throw new ParameterError(
      `"${name}" does not say its frame rate, and ${units} with windows of ${secs_window} s needs it: give frame_rate`,
    );
  }
  // A product such as 0.29 · 100 may lie just below the whole number it means.
  const length = Math.floor(secs_window * frameRate + 1e-9);
  if (length < 1) {
    throw new ParameterError(
      `Parameter secs_window is ${secs_window}, which is less than a frame at ${frameRate} Hz: it has to be at least ` +
        `${1 / frameRate}`,
    );
  }
  if (length > frames) {
    throw new ParameterError(
      `Parameter secs_window is ${secs_window}, ${length} frames at ${frameRate} Hz, but the movie has ${frames} frames: ` +
        `it can be ${frames / frameRate} at most`,
    );
  }
  return length;
}

/** The windows before and after a frame, and how far it lies from the first to the second, 0–1. */
function between(middles: readonly number[], frame: number): [number, number, number] {
  const last = middles.length - 1;
  if (frame <= middles[0]) return [0, 0, 0];
  if (frame >= middles[last]) return [last, last, 0];
  let low = 0, high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (middles[middle] <= frame) low = middle;
    else high = middle;
  }
  return [low, high, (frame - middles[low]) / (middles[high] - middles[low])];
}

function requirePositive(
  image: Float32Array,
  { from, to }: FrameRun,
  percentile: number,
  { name, width }: MovieHeader,
  units: DeltaUnits,
): void {
  const at = image.findIndex((value) => !(value > 0));
  if (at < 0) return;
  throw new MovieError(
    `${units} needs a movie whose baseline is positive, but the ${
      ordinal(percentile)
    } percentile of "${name}" in frames ` +
      `${from} to ${to - 1} is ${Number(image[at].toPrecision(4))} at x ${at % width}, y ${Math.floor(at / width)}: ` +
      "leave dff out, or the filters that take the baseline away",
  );
}

function ordinal(percentile: number): string {
  const teen = Math.floor(percentile / 10) % 10 === 1, digit = percentile % 10;
  return `${percentile}${
    !teen && digit === 1 ? "st" : !teen && digit === 2 ? "nd" : !teen && digit === 3 ? "rd" : "th"
  }`;
}
