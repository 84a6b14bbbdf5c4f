import { join } from "node:path";
import { saveTruth } from "../results/truth.ts";
import { score } from "../score/score.ts";
import { simulate } from "../simulation/simulate.ts";
import type { Command } from "./command.ts";
import { DEVICE_FLAGS } from "./device.ts";
import { UsageError } from "./exit.ts";
import { reportExtraction, runExtraction } from "./run.ts";
import { scoreText } from "./score.ts";
import { writeMovie } from "./write_movie.ts";

/** The movie of the demonstration: small enough for the CPU twin alone. */
const MOVIE = { width: 96, height: 96, frames: 600, cells: 20, seed: 7 };

/** `annulus demo`: the main job on a movie it makes itself. */
export const demo: Command = {
  name: "demo",
  usage: "demo [--backend auto|webgpu|cpu]",
  summary: "Simulate a small movie, extract its cells into demo/results, and score them against the truth",
  details: "Everything goes into the folder demo; results of an earlier demonstration are replaced.",
  flags: DEVICE_FLAGS,
  async run(invocation, output) {
    if (invocation.operands.length > 0) {
      throw new UsageError(`annulus demo takes no arguments, but got ${invocation.operands.join(" ")}`);
    }
    const folder = "demo", movie = join(folder, "movie.tif"), results = join(folder, "results");
    const { source, truth } = simulate(MOVIE);
    await Deno.mkdir(folder, { recursive: true });
    output.notice(
      `Simulating ${MOVIE.frames} frames of ${MOVIE.width}×${MOVIE.height} pixels with ${MOVIE.cells} cells`,
    );
    await writeMovie(movie, source, output);
    await saveTruth(join(folder, "movie.truth.h5"), truth);
    const extraction = await runExtraction(results, true, { ...invocation, operands: [movie] }, output);
    reportExtraction(extraction, results, output);
    const found = score(extraction, truth);
    output.result(
      { score: found },
      `${scoreText(found, output.options.verbose)}\nLook at ${join(results, "footprints.png")} and ${
        join(results, "traces.png")
      }`,
    );
  },
};
