import { join } from "node:path";
import { MovieError } from "../core/errors.ts";
import type { Motion } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import { type MovieHeader, type MovieSource, sampleArray } from "../core/movie.ts";
import { describeParameters, resolveMotionParameters } from "../core/parameters.ts";
import { openCompute } from "../gpu/open.ts";
import { correctedMovie } from "../motion/corrected.ts";
import { registerMovie } from "../motion/register.ts";
import { openMovie } from "../movie/open.ts";
import { WRITTEN_ENDINGS } from "../movie/writer.ts";
import { prepareMotion, writeMotion } from "../results/motion.ts";
import { reusableMotion } from "../results/motion_reuse.ts";
import type { Command, Invocation } from "./command.ts";
import { DEVICE_FLAGS, deviceChoice } from "./device.ts";
import { exitCodeOf, Interrupted, UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { applyMotion } from "./motion_apply.ts";
import { reportMotion } from "./motion_report.ts";
import { FRAME_RATE_FLAG, givenRate, MOVIE_FLAGS, openGivenMovie } from "./movie_flags.ts";
import { prepareMovieOutput } from "./movie_output.ts";
import type { Output } from "./output.ts";
import { givenParameters, PARAMETER_FLAGS } from "./parameter_input.ts";
import { Phases } from "./phases.ts";
import { Progress } from "./progress.ts";
import { writeMovie } from "./write_movie.ts";

/** `annulus motion`: where the tissue is in every frame, and the movie without its motion. */
export const motion: Command = {
  name: "motion",
  usage: "motion movie.tif [more.tif … | folder] --out motion/ [--corrected corrected.tif] [--pw_rigid true …]\n" +
    "annulus motion apply shifts.h5 movie.tif [more.tif … | folder] --out corrected.tif [--border_nan nan …]",
  summary: "Register the frames of a moving movie, or apply the displacements of one movie to another",
  details: "Writes shifts.h5 (everything), shifts.csv, and pictures of the displacements and of how well they fit.\n" +
    "Displacements that were found before, of the same movie and with the same parameters, are used again.\n" +
    "With apply, the displacements of a shifts.h5 are applied to a movie of the same size and length.",
  flags: [
    {
      name: "out",
      value: "FOLDER",
      help: `Where the displacements go; with apply, the corrected movie (${WRITTEN_ENDINGS})`,
    },
    { name: "corrected", value: "MOVIE", help: `Write the corrected movie, too (${WRITTEN_ENDINGS}; float32)` },
    { name: "template", value: "IMAGE.tif", help: "Register to this image instead of the movie's own template" },
    { name: "force", help: "Replace what is there" },
    FRAME_RATE_FLAG,
    ...MOVIE_FLAGS,
    ...DEVICE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: ["motion"],
  async run(invocation, output) {
    const { operands, values, switches } = invocation;
    if (operands[0] === "apply") {
      await applyMotion({ ...invocation, operands: operands.slice(1) }, output);
      return;
    }
    if (operands.length === 0) {
      throw new UsageError("annulus motion needs a movie: annulus motion movie.tif --out motion/");
    }
    if (values.out === undefined) throw new UsageError("annulus motion needs --out FOLDER: where the displacements go");
    const given = await givenParameters(invocation, output);
    resolveMotionParameters(given);
    for (const { name, default: standard } of describeParameters(["preprocess"])) {
      if (given[name] === undefined || String(given[name]) === standard) continue;
      output.notice(
        `${name} has no effect: annulus motion registers the movie as it is (annulus run preprocesses it first)`,
      );
    }
    const source = await openGivenMovie(operands, invocation, output, givenRate(values.frame_rate, given));
    try {
      const parameters = resolveMotionParameters(given, source.header);
      const template = values.template === undefined ? undefined : await readTemplate(values.template, source.header);
      if (values.corrected !== undefined) {
        await prepareMovieOutput(values.corrected, {
          force: switches.has("force"),
          source: source.header,
          folder: values.out,
        });
      }
      await interruptible((signal) => registerAndWrite(source, parameters, template, invocation, output, signal));
    } finally {
      source.close();
    }
  },
};

/** Part of the whole that progress gives to the registration when the corrected movie is written, too. */
const REGISTER_SHARE = 0.7;

/** Finds or computes the displacements of a movie, writes what is new, and tells how it went. */
async function registerAndWrite(
  source: MovieSource,
  parameters: MotionParameters,
  template: Float32Array | undefined,
  invocation: Invocation,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { out: folder, corrected } = invocation.values, force = invocation.switches.has("force");
  const { backend, memoryBytes } = deviceChoice(invocation);
  const saved = await savedMotion(folder, source.header, parameters, template, output);
  if (saved === undefined) await prepareMotion(folder, { force });
  // Displacements that are used again, and not applied, need no device.
  const compute = saved === undefined || corrected !== undefined
    ? await openCompute(backend, { memoryBytes })
    : undefined;
  try {
    if (compute) output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
    const phases = new Phases(new Progress(output));
    if (saved === undefined) phases.next(corrected === undefined ? 1 : REGISTER_SHARE);
    const motion = saved ?? await registerMovie(source, parameters, {
      compute: compute!,
      memoryBytes,
      ...(template ? { template } : {}),
      signal,
      progress: phases.report,
    });
    if (saved === undefined) await writeMotion(folder, motion, { force });
    if (corrected !== undefined) {
      const movie = correctedMovie(source, motion.shifts, parameters, {
        compute: compute!,
        memoryBytes,
        mean: motion.quality.meanAfter,
      });
      try {
        phases.next(1);
        await writeMovie(corrected, movie, output, { signal, report: phases.report });
      } catch (error) {
        if (saved !== undefined || exitCodeOf(error) !== 130) throw error;
        const kept = `the displacements are in ${join(folder, "shifts.h5")}, and the next run uses them`;
        throw new Interrupted(`Interrupted; ${corrected} was not written, but ${kept}`, { cause: error });
      }
    }
    reportMotion(motion, folder, output, {
      record: { reused: saved !== undefined, ...(corrected === undefined ? {} : { corrected }) },
      lines: corrected === undefined ? [] : [`The corrected movie is ${corrected}`],
    });
  } finally {
    compute?.destroy();
  }
}

/**
 * Displacements in a folder that belong to this movie and these parameters, or undefined. Tells that they are used again, or why a file that
 * is there is not.
 */
export async function savedMotion(
  folder: string,
  header: MovieHeader,
  parameters: MotionParameters,
  template: Float32Array | undefined,
  output: Output,
): Promise<Motion | undefined> {
  const path = join(folder, "shifts.h5");
  const motion = await reusableMotion(path, header, parameters, { template, notice: (text) => output.notice(text) });
  if (motion) output.notice(`The displacements in ${path} are used again: they are of the same movie and parameters`);
  return motion;
}

/** An image to register to, row-major. Throws `MovieError` when it is not one frame of the movie's size, of finite numbers. */
async function readTemplate(path: string, { name, width, height }: MovieHeader): Promise<Float32Array> {
  const image = await openMovie(path);
  try {
    const { width: columns, height: rows, frames, sampleType } = image.header;
    if (columns !== width || rows !== height || frames !== 1) {
      throw new MovieError(
        `Template "${path}" has ${frames === 1 ? "1 frame" : `${frames} frames`} of ${columns}×${rows} pixels: ` +
          `one frame of ${width}×${height} is needed to register "${name}" to it`,
      );
    }
    const samples = sampleArray(sampleType, width * height);
    await image.read(0, 1, samples);
    const template = Float32Array.from(samples);
    if (template.every(Number.isFinite)) return template;
    throw new MovieError(
      `Template "${path}" holds values that are not finite numbers: replace them before registration`,
    );
  } finally {
    image.close();
  }
}
