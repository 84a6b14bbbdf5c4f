import type { Extraction } from "../core/extraction.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Compute } from "../gpu/compute.ts";
import { openCompute } from "../gpu/open.ts";
import { loadResults } from "../results/load.ts";
import { openResultsMovie } from "../results/results_movie.ts";
import type { Flag, Invocation } from "./command.ts";
import { DEVICE_FLAGS, deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { showMemory } from "./memory.ts";
import { MOVIE_FLAGS, movieOptions } from "./movie_flags.ts";
import type { Output } from "./output.ts";
import { resultsFile } from "./results_path.ts";

/** Flags of the commands that take results and the movie they came from. */
export const RESULTS_MOVIE_FLAGS: readonly Flag[] = [
  {
    name: "shifts",
    value: "SHIFTS.h5",
    help: "Displacements the movie was corrected by (default shifts.h5 beside the results)",
  },
  ...MOVIE_FLAGS,
  ...DEVICE_FLAGS,
];

/** Results, the movie they came from, and a device. */
export interface ResultsWithMovie {
  /** Path of the results file. */
  readonly file: string;
  /** The results. */
  readonly extraction: Extraction;
  /** Opens the movie, prepared as it was for the results. Rejects with a `MovieError` when it is not there or is another one. */
  readonly openMovie: () => Promise<MovieSource>;
  /** The device. */
  readonly compute: Compute;
  /** Memory to plan with, bytes. */
  readonly memoryBytes: number;
  /** Ends the work early. */
  readonly signal: AbortSignal;
}

/**
 * Opens results (first operand: the file or its folder) and a device, and hands both to `work`; further operands are the recording's
 * files, where they are not where the results say. Everything is closed afterwards, an opened movie too.
 */
export async function withResults<R>(
  invocation: Invocation,
  output: Output,
  work: (opened: ResultsWithMovie) => Promise<R>,
): Promise<R> {
  const { operands: [results, ...paths], values } = invocation;
  if (results === undefined) throw new UsageError("Results are needed: a results.h5, or the folder it is in");
  const choices = movieOptions(values), { backend, memoryBytes } = deviceChoice(invocation);
  const file = await resultsFile(results), extraction = await loadResults(file);
  const compute = await openCompute(backend, { memoryBytes }), opened: MovieSource[] = [];
  try {
    output.detail(`Device: ${compute.description}, at most ${showMemory(memoryBytes)}`);
    return await interruptible((signal) =>
      work({
        file,
        extraction,
        compute,
        memoryBytes,
        signal,
        async openMovie() {
          const movie = await openResultsMovie(extraction, {
            ...choices,
            results: file,
            ...(paths.length > 0 ? { paths } : {}),
            ...(values.shifts === undefined ? {} : { shifts: values.shifts }),
            compute,
            memoryBytes,
            signal,
          });
          opened.push(movie);
          return movie;
        },
      })
    );
  } finally {
    for (const movie of opened) movie.close();
    compute.destroy();
  }
}
