import { type MovieSource, type SampleArray, sampleArray } from "../core/movie.ts";
import { pieceFrames, Scratch } from "../preprocess/pieces.ts";
import { makeView, type View } from "../preprocess/view.ts";
import type { ModelKind } from "./kinds.ts";
import type { ModelMovie, ModelPanel } from "./model_movie.ts";

/** Frames that the contrast is made from, evenly over the movie. */
const SAMPLED_FRAMES = 32;
/** Samples of one panel of one frame that it is made from, about. */
const SAMPLED_PIXELS = 2 ** 15;
/** Shares of the samples that lie below black and below white. */
const DARK = 0.005, BRIGHT = 0.999;

/** What is black and what is white in one panel, counts. */
export interface PanelContrast extends ModelPanel {
  /** This and what is less is black. */
  readonly low: number;
  /** This and what is more is white. */
  readonly high: number;
}

/**
 * A contrast for each panel of a movie of the model, from up to 32 of its frames, evenly over the movie: the 0.5 % darkest samples are black,
 * the 0.1 % brightest white; without a difference between both, the least and the largest. Pixels that are blacked out do not count.
 */
export async function panelContrast(movie: ModelMovie): Promise<PanelContrast[]> {
  const { width, height, frames, sampleType } = movie.header, count = Math.min(SAMPLED_FRAMES, frames);
  const frame = sampleArray(sampleType, width * height), kept: number[][] = movie.panels.map(() => []);
  for (let i = 0; i < count; i++) {
    await movie.read(Math.floor((i + 0.5) * frames / count), 1, frame);
    movie.panels.forEach((panel, k) => keepSome(frame, width, height, panel, kept[k]));
  }
  return movie.panels.map((panel, k) => ({ ...panel, ...quantiles(panel.kind, Float32Array.from(kept[k])) }));
}

/** Keeps about `SAMPLED_PIXELS` finite samples of a panel, evenly over it. */
function keepSome(
  frame: SampleArray,
  width: number,
  height: number,
  { left, width: own }: ModelPanel,
  kept: number[],
): void {
  const size = own * height, step = Math.max(1, Math.floor(size / SAMPLED_PIXELS));
  for (let pixel = 0; pixel < size; pixel += step) {
    const value = frame[Math.floor(pixel / own) * width + left + pixel % own];
    if (Number.isFinite(value)) kept.push(value);
  }
}

function quantiles(kind: ModelKind, values: Float32Array): { low: number; high: number } {
  let sorted = values.sort();
  if (kind === "blacked-out") sorted = sorted.filter((value) => value > sorted[0]);
  if (sorted.length === 0) return { low: 0, high: 1 };
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)];
  if (at(BRIGHT) > at(DARK)) return { low: at(DARK), high: at(BRIGHT) };
  const low = sorted[0], high = sorted[sorted.length - 1];
  return { low, high: high > low ? high : low + 1 };
}

/**
 * A movie of the model as 8-bit grey to look at: each panel from black (0) to white (255) by its contrast. A view; closing it closes the movie.
 * @param contrast what `panelContrast` found, or what a person chose
 */
export function greyMovie(movie: MovieSource, contrast: readonly PanelContrast[], memoryBytes: number): View {
  const { width, height, sampleType } = movie.header, scratch = new Scratch(sampleType);
  const low = new Float64Array(width), gain = new Float64Array(width);
  for (const panel of contrast) {
    low.fill(panel.low, panel.left, panel.left + panel.width);
    gain.fill(255 / (panel.high - panel.low), panel.left, panel.left + panel.width);
  }
  const piece = pieceFrames(movie.header, memoryBytes);
  return makeView({
    source: movie,
    changes: { sampleType: "uint8" },
    done: `Grey for the eye: ${
      contrast.map(({ kind, low, high }) => `${kind} black at ${short(low)}, white at ${short(high)}`).join("; ")
    }`,
    async read(start, count, into) {
      for (let first = 0; first < count; first += piece) {
        const some = Math.min(piece, count - first), samples = scratch.take(some * width * height);
        await movie.read(start + first, some, samples);
        for (let row = 0, from = 0, to = first * width * height; row < some * height; row++) {
          for (let x = 0; x < width; x++, from++, to++) {
            const value = (samples[from] - low[x]) * gain[x];
            into[to] = value >= 255 ? 255 : value > 0 ? value + 0.5 : 0;
          }
        }
      }
    },
  });
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
