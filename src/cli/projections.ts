import type { SummaryImages } from "../core/extraction.ts";
import { EVERY_STEP } from "../core/parameters.ts";
import { prepareProjections, writeProjections } from "../results/projections.ts";
import {
  type ProjectionName,
  type ProjectionOptions,
  PROJECTIONS,
  type Projections,
  projectMovie,
  resolveProjectionOptions,
} from "../summary/projections.ts";
import { summarize } from "../summary/summary.ts";
import type { Command, Invocation } from "./command.ts";
import { DEVICE_FLAGS } from "./device.ts";
import { UsageError } from "./exit.ts";
import { PARAMETER_FLAGS } from "./parameter_input.ts";
import { PIPELINE_FLAGS, type ReadyMovie, withMovie } from "./pipeline.ts";
import type { ProgressEvent } from "./progress.ts";

/** `annulus projections`: images that sum up a movie. */
export const projections: Command = {
  name: "projections",
  usage: "projections movie.tif [more.tif … | folder] --out images/ [--images mean,max,correlation …] [--pnr]",
  summary: "Write images that sum up a movie (mean, median, extremes, spread, local correlation) and its mean trace",
  details:
    "Every image is a float32 TIFF and a picture; projections.h5 holds them all, mean_trace.csv the mean of each frame.\n" +
    "Correlations are of the movie as it is. With --pnr the initialiser's images are written, too: filtered_correlation and pnr,\n" +
    "what annulus summary shows; only they heed parameters (but for frame_rate, which gives the mean trace its seconds).",
  flags: [
    { name: "out", value: "FOLDER", help: "Where the images go" },
    { name: "images", value: "NAMES", help: `Some of ${PROJECTIONS.join(",")} (default all)` },
    { name: "neighbours", value: "4|8", help: "Neighbours a pixel is correlated with (default 8)" },
    { name: "bin_size", value: "FRAMES", help: "Bins of max_correlation (default 1000)" },
    { name: "pnr", help: "Write the initialiser's filtered correlation and peak-to-noise images, too" },
    { name: "force", help: "Replace images that are there" },
    ...PIPELINE_FLAGS,
    ...DEVICE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: EVERY_STEP,
  async run(invocation, output) {
    const { operands, values, switches } = invocation, folder = values.out;
    if (operands.length === 0) {
      throw new UsageError("annulus projections needs a movie: annulus projections movie.tif --out images/");
    }
    if (folder === undefined) throw new UsageError("annulus projections needs --out FOLDER: where the images go");
    const options = projectionOptions(invocation), force = switches.has("force");
    const prepare = () => prepareProjections(folder, { force, recording: operands });
    await withMovie(invocation, output, { prepare }, async (ready) => {
      const { projections, summary } = await project(ready, options, switches.has("pnr"));
      const files = await writeProjections(folder, projections, { force, ...(summary ? { summary } : {}) });
      const pictures = files.filter((file) => file.endsWith(".png")).length;
      output.result(
        { projections: folder, files },
        `${pictures} pictures, the same images as TIFF, and projections.h5 are in ${folder}`,
      );
    });
  },
};

/** The options among the flags. Throws `ParameterError` and `UsageError`. */
function projectionOptions({ values }: Invocation): ProjectionOptions {
  const number = (name: string) => {
    const value = values[name].trim() === "" ? NaN : Number(values[name]);
    if (Number.isNaN(value)) throw new UsageError(`--${name} is ${values[name]}, but it has to be a number`);
    return value;
  };
  const names = values.images?.split(",").map((name) => name.trim().replaceAll("-", "_")).filter((name) => name !== "");
  return resolveProjectionOptions({
    ...(names === undefined ? {} : { images: names as ProjectionName[] }),
    ...(values.neighbours === undefined ? {} : { neighbours: number("neighbours") as 4 | 8 }),
    ...(values.bin_size === undefined ? {} : { bin_size: number("bin_size") }),
  });
}

/** Makes the images, and with `--pnr` those of the initialiser. */
async function project(
  { source, parameters, compute, memoryBytes, progress, signal }: ReadyMovie,
  options: ProjectionOptions,
  withPnr: boolean,
): Promise<{ projections: Projections; summary?: SummaryImages }> {
  const share = withPnr ? 0.5 : 1;
  const tell = (from: number) => (event: ProgressEvent) => {
    progress({ ...event, fraction: from + share * event.fraction });
  };
  const projections = await projectMovie(source, options, { compute, memoryBytes, signal, progress: tell(0) });
  if (!withPnr) return { projections };
  const summary = await summarize(source, parameters, { compute, memoryBytes, signal, progress: tell(share) });
  return { projections, summary };
}
