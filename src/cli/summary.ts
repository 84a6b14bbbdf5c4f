import { join } from "node:path";
import { EVERY_STEP } from "../core/parameters.ts";
import { prepareSummary, writeSummary } from "../results/summary.ts";
import { summarize } from "../summary/summary.ts";
import type { Command } from "./command.ts";
import { DEVICE_FLAGS } from "./device.ts";
import { UsageError } from "./exit.ts";
import { PARAMETER_FLAGS } from "./parameter_input.ts";
import { PIPELINE_FLAGS, withMovie } from "./pipeline.ts";

/** `annulus summary`: what the initialiser sees. */
export const summary: Command = {
  name: "summary",
  usage: "summary movie.tif [more.tif … | folder] --out preview/ [--gSig 3 --min_corr 0.7 …]",
  summary: "Write the correlation and peak-to-noise images the initialiser works on, and its candidate seeds",
  details:
    "The images are the initialiser's own, of the movie without its ring background: a cell starts at a bright spot whose\n" +
    "values in correlation.tif and pnr.tif reach min_corr and min_pnr. seeds.csv lists the spots that do.",
  flags: [
    { name: "out", value: "FOLDER", help: "Where the images go" },
    { name: "force", help: "Replace images that are there" },
    ...PIPELINE_FLAGS,
    ...DEVICE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: EVERY_STEP,
  async run(invocation, output) {
    const { operands, values, switches } = invocation;
    if (operands.length === 0) {
      throw new UsageError("annulus summary needs a movie: annulus summary movie.tif --out preview/");
    }
    const folder = values.out;
    if (folder === undefined) throw new UsageError("annulus summary needs --out FOLDER: where the images go");
    const prepare = () => prepareSummary(folder, { force: switches.has("force"), recording: operands });
    await withMovie(
      invocation,
      output,
      { prepare },
      async ({ source, compute, memoryBytes, parameters, progress, signal }) => {
        const { width, height } = source.header;
        const images = await summarize(source, parameters, { compute, memoryBytes, signal, progress });
        await writeSummary(folder, images, { width, height });
        output.result(
          { summary: folder, seeds: images.seeds.length },
          `${images.seeds.length} candidate seeds at min_corr ${parameters.min_corr} and min_pnr ${parameters.min_pnr}\n` +
            `Look at ${join(folder, "correlation.png")} and ${join(folder, "pnr.png")}`,
        );
      },
    );
  },
};
