import { MovieError } from "../core/errors.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { PreprocessParameters } from "../core/preprocess_parameters.ts";
import { at, fitDecay } from "./decay_fit.ts";
import { meanTrace } from "./mean_trace.ts";
import { once, type PreprocessOptions } from "./pass.ts";
import { pieceFrames, Scratch } from "./pieces.ts";
import { runningMedian, straightLine, trendWindow } from "./trend.ts";
import { makeView, type View } from "./view.ts";

/** What is subtracted from each frame, then what it is multiplied by. */
interface Levels {
  readonly offsets: Float64Array;
  readonly factors: Float64Array;
  /** What was found. */
  readonly found: readonly string[];
}

const DETREND = {
  none: [],
  linear: ["Straight line through the frames' means subtracted, their level kept"],
  median: ["Running median of the frames' means subtracted, their level kept"],
} as const;
const BLEACHING = {
  none: [],
  exponential: ["Frames multiplied to make up for bleaching, by an exponential fitted to their means"],
  ratio: ["Frames multiplied to make up for bleaching, by the running median of their means"],
} as const;

/**
 * A movie whose frames are brought to one level, as float32; both corrections act on whole frames and share one pass for the frames' means.
 *
 * `detrend` subtracts the trend of the means, less its own mean: "linear" a straight line, "median" a running median over a tenth of the
 * movie. `bleaching` then multiplies frame t by f(0)/f(t), with f an exponential a + b·exp(−t/τ) fitted robustly to the means, or their
 * running median ("ratio"). Where no decay is found frames stay as they are, and the report says so. A camera's offset does not bleach
 * but is multiplied, too.
 * @throws MovieError, while it is read, for a frame without finite samples, and when a mean that is to be divided by is not positive
 */
export function correctLevel(
  source: MovieSource,
  { detrend, bleaching }: Pick<PreprocessParameters, "detrend" | "bleaching">,
  options: PreprocessOptions,
): View {
  const { width, height, sampleType } = source.header, size = width * height;
  const piece = pieceFrames(source.header, options.memoryBytes), scratch = new Scratch(sampleType);
  let found: readonly string[] = [];
  const levels = once(async () => {
    const made = levelsOf(await meanTrace(source, options), detrend, bleaching, source.header);
    found = made.found;
    return made;
  });
  return makeView({
    source,
    changes: { sampleType: "float32" },
    done: [...DETREND[detrend], ...BLEACHING[bleaching]].join("; "),
    report: () => found,
    async read(start, count, into) {
      const { offsets, factors } = await levels();
      for (let first = 0; first < count; first += piece) {
        const frames = Math.min(piece, count - first), samples = scratch.take(frames * size);
        await source.read(start + first, frames, samples);
        for (let frame = 0; frame < frames; frame++) {
          const offset = offsets[start + first + frame], factor = factors[start + first + frame];
          const from = frame * size, to = (first + frame) * size;
          for (let i = 0; i < size; i++) into[to + i] = (samples[from + i] - offset) * factor;
        }
      }
    },
  });
}

function levelsOf(
  means: Float64Array,
  detrend: PreprocessParameters["detrend"],
  bleaching: PreprocessParameters["bleaching"],
  header: MovieHeader,
): Levels {
  const found: string[] = [], window = trendWindow(means.length);
  let offsets = new Float64Array(means.length), factors = new Float64Array(means.length).fill(1);
  if (detrend !== "none") {
    const trend = detrend === "linear" ? straightLine(means) : runningMedian(means, window);
    const level = trend.reduce((sum, value) => sum + value, 0) / trend.length;
    offsets = trend.map((value) => value - level);
    found.push(
      `The trend that was subtracted runs from ${number(offsets[0])} to ${number(offsets[offsets.length - 1])}`,
    );
  }
  if (bleaching === "none") return { offsets, factors, found };
  const left = means.map((mean, t) => mean - offsets[t]), decay = bleaching === "ratio" ? undefined : fitDecay(left);
  if (bleaching === "exponential" && decay === undefined) {
    found.push("The frames' means do not fall: nothing was done about bleaching");
    return { offsets, factors, found };
  }
  const fit = decay === undefined ? runningMedian(left, window) : left.map((_, t) => at(decay, t));
  const dark = fit.findIndex((value) => !(value > 0));
  if (dark >= 0) {
    throw new MovieError(
      `Bleaching cannot be corrected: the mean of "${header.name}" is ${number(fit[dark])} around frame ${dark}, and ` +
        "only a movie whose means are positive can be multiplied",
    );
  }
  factors = fit.map((value) => fit[0] / value);
  const time = decay === undefined ? "" : `, with a time constant of ${timeOf(decay.tau, header.frameRate)}`;
  const last = fit[fit.length - 1] / fit[0];
  found.push(`Bleaching left ${number(100 * last)} % of the light at the end of the movie${time}`);
  return { offsets, factors, found };
}

function timeOf(frames: number, frameRate: number | undefined): string {
  return frameRate === undefined ? `${number(frames)} frames` : `${number(frames / frameRate)} s`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
