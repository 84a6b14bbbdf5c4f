import { MovieError, ResultsError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import { resolveParameters } from "../core/parameters.ts";
import { openMovie } from "../movie/open.ts";
import { givenParameters, PARAMETER_FLAGS } from "./parameter_input.ts";
import type { Command } from "./command.ts";
import { DEVICE_FLAGS, deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { movieInfo } from "./info_movie.ts";
import { ownFileInfo, resultsInfo } from "./info_results.ts";
import { MOVIE_FLAGS, movieOptions } from "./movie_flags.ts";

/** `annulus info`: what a file or folder is. */
export const info: Command = {
  name: "info",
  usage: "info MOVIE|RESULTS [more … | folder] [--gSig 3 --memory 1GB …]",
  summary:
    "Print what a movie or a results file is: shape, type, rate, timestamps, metadata, and what a run would need",
  details: "Nothing is read but headers. --verbose prints all metadata and every gap in the timestamps.",
  flags: [
    ...MOVIE_FLAGS,
    ...DEVICE_FLAGS.filter(({ name }) => name === "memory"),
    ...PARAMETER_FLAGS,
  ],
  takesParameters: ["extraction"],
  async run(invocation, output) {
    const { operands, values } = invocation;
    if (operands.length === 0) throw new UsageError("annulus info needs a file or folder: annulus info recording.avi");
    const given = await givenParameters(invocation, output), parameters = resolveParameters(given);
    const { memoryBytes } = deviceChoice(invocation);
    const own = operands.length === 1 ? await ownFileInfo(operands[0]) : undefined;
    if (own) return output.result(own.record, own.text);
    const frameRate = given.frame_rate === undefined ? {} : { frameRate: parameters.frame_rate };
    let movie: MovieSource;
    try {
      movie = await openMovie(operands, { ...movieOptions(values), ...frameRate });
    } catch (error) {
      // Results of another program are no movie, either: those that can be loaded are told.
      const foreign = error instanceof MovieError && operands.length === 1
        ? await resultsInfo(operands[0]).catch((other) => {
          if (other instanceof ResultsError) return undefined;
          throw other;
        })
        : undefined;
      if (foreign === undefined) throw error;
      return output.result(foreign.record, foreign.text);
    }
    try {
      const { record, text } = movieInfo(movie.header, parameters, memoryBytes, output.options.verbose);
      output.result(record, text);
    } finally {
      movie.close();
    }
  },
};
