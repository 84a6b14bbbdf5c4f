import { MovieError, ParameterError } from "../core/errors.ts";
import type { Motion } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieSource } from "../core/movie.ts";
import {
  describeParameters,
  resolveMotionParameters,
  resolveParameters,
  resolvePreprocessParameters,
  resolveQualityParameters,
} from "../core/parameters.ts";
import type { Preparation } from "../core/preparation.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import type { Parameters } from "../core/extraction_parameters.ts";
import type { Compute } from "../gpu/compute.ts";
import { openCompute } from "../gpu/open.ts";
import { correctedMovie } from "../motion/corrected.ts";
import { movieMoves } from "../motion/movie_moves.ts";
import { checkRegistration, registerMovie } from "../motion/register.ts";
import { afterMotion, beforeMotion } from "../preprocess/preprocess.ts";
import { loadMotion } from "../results/shifts.ts";
import type { Flag, Invocation } from "./command.ts";
import { deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { savedMotion } from "./motion.ts";
import { MOVIE_FLAGS, openGivenMovie } from "./movie_flags.ts";
import { type MotionFacts, motionFacts, motionWarnings } from "./motion_report.ts";
import type { Output } from "./output.ts";
import { givenParameters } from "./parameter_input.ts";
import { Phases } from "./phases.ts";
import { Progress, type ProgressEvent } from "./progress.ts";
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
  ...MOVIE_FLAGS,
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
  /** What is done to the movie; what it found is complete after a pass. */
  readonly preparation: () => Preparation;
}

/**
 * Parts of the whole, of what is left of it, that progress gives to looking whether the movie moves, and to registering
 * it.
 */
const LOOK_SHARE = 0.03, REGISTER_SHARE = 0.3;

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
  /** Parameters of the quality of cells. */
  readonly qualityParameters: QualityParameters;
  /** Hears of the work's progress, 0–1. */
  readonly progress: (event: ProgressEvent) => void;
  /** Ends the work early. */
  readonly signal: AbortSignal;
}

/** What a command does before anything takes long. */
export interface Preparing {
  /** Folder in which displacements of an earlier run may lie, to be used again. Default: none. */
  readonly folder?: string;
  /** Checks that results can be written; told whether displacements in the folder are used again. */
  readonly prepare: (isSaved: boolean) => Promise<void>;
}

/**
 * Opens the movie a command was given, preprocessed and corrected as its flags ask for, and a device; hands them to
 * `work`, and closes them. What can be wrong is checked before the long work: parameters, then the movie, then whether
 * results can be written, then the device.
 */
export async function withMovie<R>(
  invocation: Invocation,
  output: Output,
  { folder, prepare }: Preparing,
  work: (ready: ReadyMovie) => Promise<R>,
): Promise<R> {
  const given = await givenParameters(invocation, output), { frame_rate } = resolveParameters(given);
  resolvePreprocessParameters(given);
  const qualityParameters = resolveQualityParameters(given);
  if (resolveMotionParameters(given).border_nan === "nan") {
    throw new ParameterError(
      "border_nan is nan, but NaN cannot be analysed: use level, copy or min (no cell reaches into the border anyway)",
    );
  }
  motionChoice(invocation);
  const { backend, memoryBytes } = deviceChoice(invocation);
  const givenRate = given.frame_rate === undefined ? undefined : frame_rate;
  const recording = await openGivenMovie(invocation.operands, invocation, output, givenRate);
  try {
    await prepare(true);
    const compute = await openCompute(backend, { memoryBytes });
    try {
      output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
      return await interruptible(async (signal) => {
        const phases = new Phases(new Progress(output)), tools = { compute, memoryBytes, phases, output, signal };
        const made = await pipeline(recording, given, invocation, tools, folder, prepare);
        // The rate that was given is the recording's; the movie's own is lower when frames are averaged.
        const parameters = resolveParameters({ ...given, frame_rate: undefined }, made.source.header);
        phases.next(1);
        const result = await work({ ...made, compute, parameters, qualityParameters, progress: phases.report, signal });
        for (const finding of made.preparation().found) output.notice(finding);
        return result;
      });
    } finally {
      compute.destroy();
    }
  } finally {
    recording.close();
  }
}

/** What the steps of a pipeline work with. */
interface Tools {
  readonly compute: Compute;
  readonly memoryBytes: number;
  readonly phases: Phases;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * The views between a recording and what is to be done with it: preprocessing, motion correction, what comes after it.
 * Registers the movie if that is asked for and was not done before. Tells each step when it is known.
 * @param folder where displacements of an earlier run may lie, to be used again
 * @param prepare called when it is known whether they are, before anything that takes long
 */
async function pipeline(
  recording: MovieSource,
  given: Readonly<Record<string, unknown>>,
  invocation: Invocation,
  tools: Tools,
  folder: string | undefined,
  prepare: (isSaved: boolean) => Promise<void>,
): Promise<Pipeline> {
  const { compute, memoryBytes, phases, output, signal } = tools, preprocessing = resolvePreprocessParameters(given);
  const viewing = { compute, memoryBytes, signal, progress: phases.within };
  const before = beforeMotion(recording, preprocessing, viewing);
  for (const step of before.done) output.notice(step);
  const found = await findMotion(before.source, given, invocation, tools, folder, prepare), motion = found?.motion;
  const parameters = resolveMotionParameters(given, before.source.header);
  const facts = motion && motionFacts(motion), moves = facts !== undefined && facts.largest > 0;
  const corrected = moves
    ? correctedMovie(before.source, motion!.shifts, parameters, {
      compute,
      memoryBytes,
      mean: motion!.quality.meanAfter,
    })
    : before.source;
  const after = afterMotion(corrected, preprocessing, viewing);
  const done = [...before.done, ...(moves ? [motionLine(facts)] : []), ...after.done];
  for (const step of done.slice(before.done.length)) output.notice(step);
  return {
    source: after.source,
    ...(motion ? { motion } : {}),
    isSaved: found?.isSaved ?? false,
    memoryBytes: after.source === recording ? memoryBytes : Math.floor(memoryBytes * READERS_SHARE),
    preparation: () => ({
      done,
      found: [...before.report(), ...after.report()],
      preprocessing: { ...preprocessing },
      ...(motion ? { motion: motionRecord(motion, parameters) } : {}),
    }),
  };
}

/** A motion correction for the results. What acts when frames are moved is this run's choice. */
function motionRecord(motion: Motion, { border_nan, shifts_interpolation }: MotionParameters): Preparation["motion"] {
  const { largest, correlation, crispness } = motionFacts(motion), { border, outliers } = motion.quality;
  const parameters = { ...motion.parameters, border_nan, shifts_interpolation };
  return { parameters, largest, correlation, crispness, border, outliers, notes: motion.notes };
}

/** The motion of a movie: given, found before, or found now; undefined when none is to be taken out. */
async function findMotion(
  source: MovieSource,
  given: Readonly<Record<string, unknown>>,
  invocation: Invocation,
  tools: Tools,
  folder: string | undefined,
  prepare: (isSaved: boolean) => Promise<void>,
): Promise<{ motion: Motion; isSaved: boolean } | undefined> {
  const { output, phases } = tools, choice = motionChoice(invocation), { shifts } = invocation.values;
  if (choice === "off" || shifts !== undefined) await prepare(false);
  if (choice === "off") return undefined;
  if (shifts !== undefined) return { motion: await givenMotion(shifts, source), isSaved: false };
  const parameters = resolveMotionParameters(given, source.header);
  // What was asked for by name is checked also when the movie may turn out to lie still.
  if (choice === "on" || describeParameters(["motion"]).some(({ name }) => given[name] !== undefined)) {
    checkRegistration(source.header, parameters);
  }
  const saved = folder === undefined
    ? undefined
    : await savedMotion(folder, source.header, parameters, undefined, output);
  await prepare(saved !== undefined);
  if (saved) return { motion: saved, isSaved: true };
  if (choice === "auto" && !await seemsToMove(source, parameters, tools)) return undefined;
  phases.next(REGISTER_SHARE);
  const { compute, memoryBytes, signal } = tools;
  const motion = await registerMovie(source, parameters, { compute, memoryBytes, signal, progress: phases.report });
  for (const warning of motionWarnings(motionFacts(motion))) output.notice(`Warning: ${warning}`);
  for (const note of motion.notes) output.notice(note);
  return { motion, isSaved: false };
}

/** Looks at some frames of a movie and tells whether it seems to move. */
async function seemsToMove(source: MovieSource, parameters: MotionParameters, tools: Tools): Promise<boolean> {
  const { compute, memoryBytes, phases, output, signal } = tools;
  phases.next(LOOK_SHARE);
  const moving = await movieMoves(source, parameters, { compute, memoryBytes, signal, progress: phases.report });
  if (moving === undefined) {
    output.detail("The movie is too small, too short or too plain to be registered: its motion is not corrected");
    return false;
  }
  const much = `${moving.largest.toFixed(1)} pixels at most in ${moving.frames} frames`;
  if (moving.moves) {
    output.notice(`The movie seems to move (${much}), and is registered (--motion off leaves it as it is)`);
  } else output.detail(`The movie lies still (${much}): its motion is not corrected`);
  return moving.moves;
}

/** The motion in a file, for a movie. Rejects with a `MovieError` when it is of a movie of another size or length. */
async function givenMotion(path: string, { header }: MovieSource): Promise<Motion> {
  const file = await resultsFile(path, "shifts.h5"), motion = await loadMotion(file);
  const { width, height, frames, name } = header, { shifts } = motion;
  if (width === shifts.width && height === shifts.height && frames === shifts.frames) return motion;
  throw new MovieError(
    `"${name}" has ${frames} frames of ${width}×${height} pixels here, but the displacements in ${file} are of ` +
      `${shifts.frames} frames of ${shifts.width}×${shifts.height}: both have to agree`,
  );
}

function motionLine({ largest, correlation }: MotionFacts): string {
  return `Motion corrected: displaced by up to ${largest.toFixed(2)} pixels; correlation with the template ${
    correlation.before.toFixed(3)
  } before, ${correlation.after.toFixed(3)} after`;
}
