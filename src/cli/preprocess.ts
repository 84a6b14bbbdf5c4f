import type { MovieSource } from "../core/movie.ts";
import { resolvePreprocessParameters } from "../core/parameters.ts";
import type { PreprocessParameters } from "../core/preprocess_parameters.ts";
import { openCompute } from "../gpu/open.ts";
import { WRITTEN_ENDINGS } from "../movie/writer.ts";
import type { PreprocessOptions } from "../preprocess/pass.ts";
import { afterMotion, beforeMotion, type Preprocessed } from "../preprocess/preprocess.ts";
import type { Command } from "./command.ts";
import { DEVICE_FLAGS, deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { FRAME_RATE_FLAG, givenRate, MOVIE_FLAGS, openGivenMovie } from "./movie_flags.ts";
import { prepareMovieOutput } from "./movie_output.ts";
import type { Output } from "./output.ts";
import { givenParameters, PARAMETER_FLAGS } from "./parameter_input.ts";
import { Progress, type ProgressEvent } from "./progress.ts";
import { writeMovie } from "./write_movie.ts";

/** `annulus preprocess`: a movie with some frames, pixels and light taken away. */
export const preprocess: Command = {
  name: "preprocess",
  usage: "preprocess movie.tif [more.tif … | folder] --out clean.tif [--crop 10,10,200,200 --bad_pixels repair …]",
  summary: "Write a movie that is cropped, binned, repaired, filtered, detrended or in dF/F",
  details:
    "Steps are done in this order: frames, crop, bad pixels, binning in space, binning in time, median, Gaussian, destriping,\n" +
    "glow, background, trend, bleaching, dF/F. All are off unless asked for. The movie is written in the format its name ends in,\n" +
    "as annulus convert writes it. Trend, bleaching and dF/F belong after motion correction.",
  flags: [
    { name: "out", value: "MOVIE", help: `The movie to write; its name ends in ${WRITTEN_ENDINGS}` },
    { name: "force", help: "Replace a movie that is there" },
    FRAME_RATE_FLAG,
    ...MOVIE_FLAGS,
    ...DEVICE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: ["preprocess"],
  async run(invocation, output) {
    const { operands, values, switches } = invocation;
    if (operands.length === 0) {
      throw new UsageError("annulus preprocess needs a movie: annulus preprocess movie.tif --out clean.tif");
    }
    const path = values.out;
    if (path === undefined) throw new UsageError("annulus preprocess needs --out MOVIE: where to write the movie");
    const given = await givenParameters(invocation, output);
    const parameters = resolvePreprocessParameters(given);
    const { backend, memoryBytes } = deviceChoice(invocation);
    const frameRate = givenRate(values.frame_rate, given);
    const source = await openGivenMovie(operands, invocation, output, frameRate);
    try {
      await prepareMovieOutput(path, { force: switches.has("force"), source: source.header });
      const compute = await openCompute(backend, { memoryBytes });
      try {
        output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
        const made = await interruptible(async (signal) => {
          const report = overallProgress(parameters, output);
          const stages = preprocessed(source, parameters, { compute, memoryBytes, signal, progress: report });
          await writeMovie(path, stages.source, output, { signal, report });
          return stages;
        });
        reportPreprocessing(path, made, output);
      } finally {
        compute.destroy();
      }
    } finally {
      source.close();
    }
  },
};

/** Both stages, one after the other: this command corrects no motion between them. */
function preprocessed(
  source: MovieSource,
  parameters: PreprocessParameters,
  options: PreprocessOptions,
): Preprocessed {
  const first = beforeMotion(source, parameters, options), second = afterMotion(first.source, parameters, options);
  return {
    source: second.source,
    done: [...first.done, ...second.done],
    report: () => [...first.report(), ...second.report()],
  };
}

/** Shows the passes over the movie, and the writing, as parts of one whole. */
function overallProgress(parameters: PreprocessParameters, output: Output): (event: ProgressEvent) => void {
  const { bad_pixels, remove_glow, detrend, bleaching } = parameters, progress = new Progress(output);
  const passes = [bad_pixels === "repair", remove_glow, detrend !== "none" || bleaching !== "none", true];
  const total = passes.filter((pass) => pass).length, stages: string[] = [];
  let done = 0;
  return ({ stage, fraction }) => {
    if (!stages.includes(stage)) stages.push(stage);
    // One pass may begin within another: what is done never goes back.
    done = Math.max(done, (stages.indexOf(stage) + fraction) / total);
    progress.report({ stage, fraction: done });
  };
}

function reportPreprocessing(path: string, { source, done, report }: Preprocessed, output: Output): void {
  const { width, height, frames, sampleType, frameRate } = source.header, found = report();
  output.result(
    { movie: path, width, height, frames, sample_type: sampleType, frame_rate: frameRate ?? null, done, found },
    [
      ...done.length === 0 ? ["Nothing was asked for: the samples are the movie's own"] : done,
      ...found,
      `${path}: ${frames} frames of ${width}×${height} pixels, ${sampleType}${
        frameRate === undefined ? "" : `, ${Number(frameRate.toPrecision(6))} Hz`
      }`,
    ].join("\n"),
  );
}
