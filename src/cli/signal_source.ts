import { MovieError, ResultsError } from "../core/errors.ts";
import { cellNumbers, type Extraction } from "../core/extraction.ts";
import type { MovieHeader, MovieSource } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { openCompute } from "../gpu/open.ts";
import { meanTrace } from "../preprocess/mean_trace.ts";
import { cellNames } from "../results/traces_csv.ts";
import { modelMean } from "../traces/signals/model_mean.ts";
import type { Invocation } from "./command.ts";
import { deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { givenRate, openGivenMovie } from "./movie_flags.ts";
import type { Output } from "./output.ts";
import { Progress } from "./progress.ts";
import { withResults } from "./results_movie.ts";
import { resultsOperand } from "./results_operand.ts";

/** Which traces of cells are signals. */
export type TraceKind = "raw" | "denoised" | "spikes";

/** Which signals are wanted. */
export interface WantedSignals {
  /** Whether the mean fluorescence is. */
  readonly mean: boolean;
  /** Numbers of cells, or all of them. */
  readonly cells: readonly number[] | "all";
  /** Which of their traces. */
  readonly trace: TraceKind;
}

/** A signal that was read. */
export interface ReadSignal {
  /** Its name in tables: "mean", "C007". */
  readonly name: string;
  /** Its unit. */
  readonly unit: string;
  /** What it is, for people. */
  readonly what: string;
  /** One value per frame. */
  readonly values: Float64Array;
}

/** Signals of a movie or of results. */
export interface ReadSignals {
  /** Paths of the recording, and of the results: never replaced. */
  readonly files: readonly string[];
  /** Shape and times of the movie. */
  readonly movie: MovieHeader;
  /** Frames per second. */
  readonly rate: number;
  /** The signals. */
  readonly signals: readonly ReadSignal[];
}

/** Throws where nothing can be made of signals of so many frames at this rate: it is asked before the movie is read. */
export type CheckSignals = (frames: number, rate: number) => void;

/** Reads the signals that are wanted from the operands of a command: results (with their movie, where it is needed), or a movie. */
export async function readSignals(
  invocation: Invocation,
  output: Output,
  wanted: WantedSignals,
  check: CheckSignals,
): Promise<ReadSignals> {
  const { operands } = invocation;
  if (operands.length === 0) {
    throw new UsageError("Results or a movie are needed: annulus signals results/ --out signals/");
  }
  return await resultsOperand(operands[0])
    ? await ofResults(invocation, output, wanted, check)
    : await ofMovie(invocation, output, wanted, check);
}

async function ofMovie(
  invocation: Invocation,
  output: Output,
  wanted: WantedSignals,
  check: CheckSignals,
): Promise<ReadSignals> {
  const { operands, values } = invocation;
  const { backend, memoryBytes } = deviceChoice(invocation);
  const source = await openGivenMovie(operands, invocation, output, givenRate(values.frame_rate));
  try {
    if (wanted.cells === "all" || wanted.cells.length > 0) {
      throw new UsageError(`${operands[0]} is a movie and has no cells: give --of mean, or results`);
    }
    const { frameRate, frames, name, files } = source.header;
    if (frameRate === undefined) {
      throw new UsageError(`"${name}" does not say its frame rate, which frequencies need: state it (--frame_rate)`);
    }
    check(frames, frameRate);
    const compute = await openCompute(backend, { memoryBytes });
    try {
      const mean = await interruptible((signal) => meanOf(source, compute, memoryBytes, output, signal));
      return { files: files.map(({ path }) => path), movie: source.header, rate: frameRate, signals: [mean] };
    } finally {
      compute.destroy();
    }
  } finally {
    source.close();
  }
}

async function meanOf(
  source: MovieSource,
  compute: Compute,
  memoryBytes: number,
  output: Output,
  signal: AbortSignal,
): Promise<ReadSignal> {
  const shown = new Progress(output), progress = (event: { stage: string; fraction: number }) => shown.report(event);
  const values = await meanTrace(source, { compute, memoryBytes, signal, progress });
  return { name: "mean", unit: "counts", what: `mean of each frame of "${source.header.name}"`, values };
}

async function ofResults(
  invocation: Invocation,
  output: Output,
  wanted: WantedSignals,
  check: CheckSignals,
): Promise<ReadSignals> {
  if (invocation.values.frame_rate !== undefined) {
    throw new UsageError("--frame_rate has no effect with results, which know it: leave it out");
  }
  return await withResults(
    invocation,
    output,
    async ({ file, extraction, openMovie, compute, memoryBytes, signal }) => {
      const cells = cellSignals(extraction, wanted, output), signals: ReadSignal[] = [];
      let movie: MovieHeader = extraction.movie;
      check(movie.frames, extraction.frameRate);
      if (wanted.mean) {
        const source = await openMovie().catch((error) => {
          if (!(error instanceof MovieError) || invocation.operands.length > 1) throw error;
          output.notice(
            `${error.message}; instead of the movie's the mean is that of b0 + A·C, constant background and cells, without the ring background`,
          );
          return undefined;
        });
        if (source) movie = source.header;
        signals.push(
          source ? await meanOf(source, compute, memoryBytes, output, signal) : {
            name: "mean",
            unit: "counts",
            what: "mean of each frame of b0 + A·C, without the ring background",
            values: modelMean(extraction),
          },
        );
      }
      const files = [file, ...movie.files.map(({ path }) => path)];
      return { files, movie, rate: extraction.frameRate, signals: [...signals, ...cells] };
    },
  );
}

/** Traces of the cells that are wanted. */
function cellSignals(extraction: Extraction, { cells, trace }: WantedSignals, output: Output): ReadSignal[] {
  const numbers = cellNumbers(extraction),
    names = cellNames(extraction),
    { traces, units, movie: { frames } } = extraction;
  if (cells === "all" && numbers.length === 0) {
    throw new ResultsError("These results hold no cells: only the mean can be analysed (--of mean)");
  }
  const positions = cells === "all" ? [...numbers.keys()] : cells.map((number) => {
    const k = numbers.indexOf(number);
    if (k >= 0) return k;
    throw new UsageError(
      `There is no cell ${number} in these results: they hold ${
        numbers.length === 0 ? "none" : `${numbers.length}, numbered ${numbers[0]} to ${numbers.at(-1)}`
      }`,
    );
  });
  return positions.flatMap((k) => {
    const values = Float64Array.from(traces[trace].subarray(k * frames, (k + 1) * frames));
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return [{ name: names[k], unit: units, what: `${trace} trace of cell ${names[k]}`, values }];
    const what = `The ${trace} trace of cell ${names[k]} holds a value that is not a finite number (frame ${at})`;
    if (cells !== "all") throw new ResultsError(`${what}: leave this cell out`);
    output.notice(`${what}: it is left out`);
    return [];
  });
}
