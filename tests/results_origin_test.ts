/** The movie that results came from: found, prepared as it was, and told from another one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../src/cli/run.ts";
import { MovieError } from "../src/core/errors.ts";
import { openCompute } from "../src/gpu/open.ts";
import { loadResults } from "../src/results/load.ts";
import { openResultsMovie } from "../src/results/results_movie.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { ran, writeMovieFile } from "./cli_commands.ts";
import { samplesOf } from "./preprocess_movies.ts";
import { inTemporary } from "./results_setting.ts";

/** A folder with a small moving movie, and the results of a run that crops, filters and corrects it. */
async function withRun(work: (folder: string, results: string) => Promise<void>): Promise<void> {
  await inTemporary(async (folder) => {
    const options = { width: 72, height: 64, frames: 240, cells: 8, motion_rigid: 1.5, seed: 5 } as const;
    const movie = await writeMovieFile(join(folder, "movie.tif"), simulate(options).source),
      results = join(folder, "results");
    const flags = ["--crop", "4,0,72,64", "--median_filter", "3", "--max_iterations", "0", "--max_shifts", "8"];
    await ran(run, movie, "--out", results, "--motion", "on", "--backend", "cpu", "--memory", "400MB", ...flags);
    await work(folder, join(results, "results.h5"));
  });
}

Deno.test("the movie of results is opened as it was analysed, wherever it went, and another one is refused", async () => {
  const compute = await openCompute("cpu");
  await withRun(async (folder, results) => {
    const extraction = await loadResults(results), tools = { compute, memoryBytes: 4e8, results };
    assert(extraction.preparation?.motion && extraction.preparation.motion.largest > 0, "the movie was not corrected");
    const movie = await openResultsMovie(extraction, tools);
    assert.deepEqual(movie.header.history, extraction.movie.history);
    assert.deepEqual([movie.header.width, movie.header.sampleType], [68, "float32"]);
    const samples = await samplesOf(movie), mean = new Float64Array(68 * 64);
    for (let i = 0; i < samples.length; i++) mean[i % mean.length] += samples[i] / 240;
    // The extraction sums in 32 bits, about a centre that is near the mean.
    mean.forEach((value, p) => assert(Math.abs(value - extraction.summary.mean[p]) < 0.01, `${value} at ${p}`));
    movie.close();

    const opened = async (extra = {}) => (await openResultsMovie(extraction, { ...tools, ...extra })).close();
    const path = join(folder, "movie.tif"), beside = join(folder, "results", "movie.tif");
    await Deno.rename(path, beside);
    await opened();
    const elsewhere = join(folder, "renamed.tif");
    await Deno.rename(beside, elsewhere);
    await assert.rejects(opened(), /^MovieError: The movie of these results is not at .*movie\.tif/);
    await opened({ paths: [elsewhere] });

    const refuses = (movie: string, message: RegExp) =>
      assert.rejects(opened({ paths: [movie] }), (error) => error instanceof MovieError && message.test(error.message));
    const another = simulate({ width: 72, height: 64, frames: 240, cells: 8, motion_rigid: 1.5, seed: 6 }).source;
    await refuses(await writeMovieFile(join(folder, "another.tif"), another), /not its frames: it is another movie$/);
    const shorter = simulate({ width: 72, height: 64, frames: 200, cells: 8, seed: 5 }).source;
    await refuses(await writeMovieFile(join(folder, "shorter.tif"), shorter), /displacements|another movie/);

    await Deno.rename(join(folder, "results", "shifts.h5"), join(folder, "moved.h5"));
    await refuses(elsewhere, /put shifts\.h5 beside the results$/);
    await opened({ paths: [elsewhere], shifts: join(folder, "moved.h5") });
  });
  compute.destroy();
});
