import { ParameterError } from "../core/errors.ts";
import type { Motion } from "../core/motion.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolveMotionParameters, resolveParameters, resolvePreprocessParameters } from "../core/parameters.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import type { Compute } from "../gpu/compute.ts";
import { openCompute } from "../gpu/open.ts";
import { correctedMovie } from "../motion/corrected.ts";
import { movieMoves } from "../motion/movie_moves.ts";
import { openMovie } from "../movie/open.ts";
import { afterMotion, beforeMotion } from "../preprocess/preprocess.ts";
import { loadMotion } from "../results/shifts.ts";
import type { Flag, Invocation } from "./command.ts";
import { deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { register, savedMotion } from "./motion.ts";
import { motionFacts, motionWarnings } from "./motion_report.ts";
import type { Output } from "./output.ts";
import { givenParameters } from "./parameter_input.ts";
import { Progress } from "./progress.ts";
import { resultsFile } from "./results_path.ts";

const CHOICES = ["auto", "on", "off"] as const;

/** Flags of the commands that take a movie as it was recorded. */
export const PIPELINE_FLAGS: readonly Flag[] = [
  {
    name: "motion",
    value: CHOICES.join("|"),
    help: "Correct the motion first (default auto: when the movie moves); pw_rigid corrects it piecewise",
  },
  { name: "shifts", value: "SHIFTS.h5", help: "Correct it by displacements that annulus motion found" },
];

/** Share of the memory that is left to what reads the movie, where views of it take memory of their own. */
const READERS_SHARE = 0.85;

/** A movie on its way from its files to what is to be done with it. */
interface Pipeline {
  /** The movie, preprocessed and corrected as asked for. */
  readonly source: MovieSource;
  /** The motion that is taken out of it. */
  readonly motion?: Motion;
  /** Whether the motion was found before, and lies in the folder already. */
  readonly isSaved: boolean;
  /** Ceiling for what reads the movie, bytes. */
  readonly memoryBytes: number;
  /** What is done to the movie, one sentence per step, in order. */
  readonly done: readonly string[];
  /** What came to light while it was read, one sentence each; complete after a pass. */
  readonly report: () => readonly string[];
}

/** What was asked for of the motion correction. Throws `UsageError`. */
function motionChoice({ values }: Invocation): (typeof CHOICES)[number] {
  const choice = CHOICES.find((name) => name === (values.motion ?? (values.shifts === undefined ? "auto" : "on")));
  if (choice === undefined) {
    throw new UsageError(`--motion is ${values.motion}, but it has to be one of ${CHOICES.join(", ")}`);
  }
  if (choice !== "on" && values.shifts !== undefined) {
    throw new UsageError(`--shifts has no effect with --motion ${choice}: leave one of them out`);
  }
  return choice;
}

/** A movie that is ready for what a command does with it. */
export interface ReadyMovie extends Pipeline {
  /** The device. */
  readonly compute: Compute;
  /** Parameters of the extraction. */
  readonly parameters: Parameters;
}

/** What a command does before anything takes long. */
export interface Preparation {
  /** Folder in which displacements of an earlier run may lie, to be used again. Default: none. */
  readonly folder?: string;
  /** Checks that results can be written; told whether displacements in the folder are used again. */
  readonly prepare: (isSaved: boolean) => Promise<void>;
}

/**
 * Opens the movie a command was given, preprocessed and corrected as its flags ask for, and a device; hands them to `work`, and closes them. What can
 * be wrong is checked before the long work: parameters, then the movie, then whether results can be written, then the device.
 */
export async function withMovie<R>(
  invocation: Invocation,
  output: Output,
  { folder, prepare }: Preparation,
  work: (ready: ReadyMovie) => Promise<R>,
): Promise<R> {
  const given = await givenParameters(invocation, output), { frame_rate } = resolveParameters(given);
  resolvePreprocessParameters(given);
  if (resolveMotionParameters(given).border_nan === "nan") {
    throw new ParameterError(
      "border_nan is nan, but NaN cannot be analysed: use level, copy or min (no cell reaches into the border anyway)",
    );
  }
  motionChoice(invocation);
  const { backend, memoryBytes } = deviceChoice(invocation);
  const recording = await openMovie(
    invocation.operands,
    given.frame_rate === undefined ? {} : { frameRate: frame_rate },
  );
  try {
    await prepare(true);
    const compute = await openCompute(backend, { memoryBytes });
    try {
      output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
      const made = await pipeline(recording, given, invocation, { compute, memoryBytes }, output, folder, prepare);
      for (const step of made.done) output.notice(step);
      // The rate that was given is the recording's; the movie's own is lower when frames are averaged.
      const parameters = resolveParameters({ ...given, frame_rate: undefined }, made.source.header);
      const result = await work({ ...made, compute, parameters });
      for (const finding of made.report()) output.notice(finding);
      return result;
    } finally {
      compute.destroy();
    }
  } finally {
    recording.close();
  }
}

/**
 * The views between a recording and what is to be done with it: preprocessing, motion correction, what comes after it. Registers the movie if that is
 * asked for and was not done before.
 * @param folder where displacements of an earlier run may lie, to be used again
 * @param prepare called when it is known whether they are, before anything that takes long
 */
async function pipeline(
  recording: MovieSource,
  given: Readonly<Record<string, unknown>>,
  invocation: Invocation,
  options: { readonly compute: Compute; readonly memoryBytes: number },
  output: Output,
  folder: string | undefined,
  prepare: (isSaved: boolean) => Promise<void>,
): Promise<Pipeline> {
  const preprocessing = resolvePreprocessParameters(given), progress = new Progress(output);
  const viewing = { ...options, progress: (event: { stage: string; fraction: number }) => progress.report(event) };
  const before = beforeMotion(recording, preprocessing, viewing);
  const found = await findMotion(before.source, given, invocation, options, output, folder, prepare);
  const parameters = resolveMotionParameters(given, before.source.header);
  const corrected = found?.motion
    ? correctedMovie(before.source, found.motion.shifts, parameters, {
      ...options,
      mean: found.motion.quality.meanAfter,
    })
    : before.source;
  const after = afterMotion(corrected, preprocessing, viewing);
  const isView = after.source !== recording;
  return {
    source: after.source,
    ...(found ? { motion: found.motion } : {}),
    isSaved: found?.isSaved ?? false,
    memoryBytes: isView ? options.memoryBytes * READERS_SHARE : options.memoryBytes,
    done: [...before.done, ...(found ? [motionLine(found.motion)] : []), ...after.done],
    report: () => [...before.report(), ...after.report()],
  };
}

/** The motion of a movie: given, found before, or found now; undefined when none is to be taken out. */
async function findMotion(
  source: MovieSource,
  given: Readonly<Record<string, unknown>>,
  invocation: Invocation,
  options: { readonly compute: Compute; readonly memoryBytes: number },
  output: Output,
  folder: string | undefined,
  prepare: (isSaved: boolean) => Promise<void>,
): Promise<{ motion: Motion; isSaved: boolean } | undefined> {
  const choice = motionChoice(invocation), { shifts } = invocation.values;
  if (choice === "off" || shifts !== undefined) await prepare(false);
  if (choice === "off") return undefined;
  if (shifts !== undefined) return { motion: await loadMotion(await resultsFile(shifts, "shifts.h5")), isSaved: false };
  const parameters = resolveMotionParameters(given, source.header);
  const saved = folder === undefined
    ? undefined
    : await savedMotion(folder, source.header, parameters, undefined, output);
  await prepare(saved !== undefined);
  if (saved) return { motion: saved, isSaved: true };
  if (choice === "auto") {
    const progress = new Progress(output);
    const moving = await interruptible((signal) =>
      movieMoves(source, parameters, { ...options, signal, progress: (event) => progress.report(event) })
    );
    if (!moving?.moves) {
      if (moving) {
        output.detail(`The movie lies still (within ${moving.largest.toFixed(2)} pixels): its motion is not corrected`);
      }
      return undefined;
    }
    output.notice(
      `The movie moves (by up to ${
        moving.largest.toFixed(1)
      } pixels in ${moving.frames} frames): its motion is corrected ` +
        `(--motion off leaves it)`,
    );
  }
  const motion = await register(source, parameters, undefined, options, output);
  for (const warning of motionWarnings(motionFacts(motion))) output.notice(`Warning: ${warning}`);
  for (const note of motion.notes) output.notice(note);
  return { motion, isSaved: false };
}

function motionLine(motion: Motion): string {
  const { largest, correlation } = motionFacts(motion);
  return `Motion corrected: displaced by up to ${largest.toFixed(2)} pixels; correlation with the template ${
    correlation.before.toFixed(3)
  } before, ${correlation.after.toFixed(3)} after`;
}
