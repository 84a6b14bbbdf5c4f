import { EVERY_STEP } from "../core/parameters.ts";
import { shellWord } from "../report/again.ts";
import type { Command, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import { openInBrowser } from "./open_browser.ts";
import type { Output } from "./output.ts";
import { PARAMETER_FLAGS } from "./parameter_input.ts";
import { PIPELINE_FLAGS, withMovie } from "./pipeline.ts";
import { RESULTS_MOVIE_FLAGS, withResults } from "./results_movie.ts";
import { resultsOperand } from "./results_operand.ts";

/** `annulus view`: look at results, or at a movie before any run, in the browser. */
export const view: Command = {
  name: "view",
  usage: "view results/ [movie files …] | movie.tif [more.tif … | folder] [--gSig 3 …] [--port N] [--no_open]",
  summary: "Look at results and decide about cells in the browser, or try parameters on a movie before a run",
  details:
    "Serves a page to this machine's browsers only, at an address with a random key, until Ctrl-C. Of results it shows images,\n" +
    "contours, traces and frames; cells are accepted, rejected, merged, split and added by keys, with undo, and everything is saved\n" +
    "to the results file (results.original.h5 keeps what was there). Where the movie is not found, what needs it is off.\n" +
    "Of a movie it shows the initialiser's own images and candidate seeds, with sliders for gSig, min_corr and min_pnr.",
  flags: [
    { name: "port", value: "N", help: "Port to listen on (default any that is free)" },
    { name: "no_open", help: "Print the address only, do not open the browser" },
    ...PIPELINE_FLAGS,
    // Both lists have the flags of movies.
    ...RESULTS_MOVIE_FLAGS.filter(({ name }) => !PIPELINE_FLAGS.some((flag) => flag.name === name)),
    ...PARAMETER_FLAGS,
  ],
  takesParameters: EVERY_STEP,
  async run(invocation, output) {
    const { operands } = invocation, port = givenPort(invocation);
    if (operands.length === 0) {
      throw new UsageError("annulus view needs results or a movie: annulus view results/, or annulus view movie.tif");
    }
    const file = await resultsOperand(operands[0]);
    if (file === undefined) return await viewMovie(invocation, output, port);
    refuseMovieFlags(invocation);
    await withResults(
      { ...invocation, operands: [file, ...operands.slice(1)] },
      output,
      async (opened) => {
        const { serveResults } = await import("../viewer/viewer.ts");
        // A movie that was named has to be the right one; without it, what needs none works.
        const named = operands.length > 1 ? await opened.openMovie() : undefined;
        const openMovie = named ? () => Promise.resolve(named) : opened.openMovie;
        await untilClosed(await serveResults({ ...opened, openMovie, port }), invocation, output, opened.signal);
      },
    );
  },
};

async function viewMovie(invocation: Invocation, output: Output, port: number): Promise<void> {
  const prepare = () => Promise.resolve();
  await withMovie(invocation, output, { prepare }, async ({ source, compute, memoryBytes, parameters, signal }) => {
    const { serveMovie } = await import("../viewer/viewer.ts");
    const command = runCommand(invocation);
    const served = await serveMovie({ source, parameters, compute, memoryBytes, port, command });
    await untilClosed(served, invocation, output, signal, "The viewer is closed");
  });
}

/** Flags of `annulus view` that a run of the same movie takes, too. */
const RUN_FLAGS = [...PIPELINE_FLAGS.map(({ name }) => name), "params"];

/** Parameters the page has sliders for, under all their names. */
const INSPECTED = [
  ...["gSig", "gSiz", "min_corr", "min_pnr", "min_pixel_correlation", "min_peak_to_noise_ratio"],
  ...["average_cell_diameter", "cell_diameter", "gaussian_kernel_size"],
];

/** The command that runs the movie as it is seen here; the page adds the parameters it has sliders for. */
function runCommand({ operands, values, parameters }: Invocation): string {
  const flags = RUN_FLAGS.flatMap((name) => name in values ? [`--${name} ${shellWord(values[name])}`] : []);
  const others = Object.entries(parameters).filter(([name]) => !INSPECTED.includes(name)).map(([name, value]) =>
    `--${name} ${shellWord(typeof value === "string" ? value : JSON.stringify(value))}`
  );
  return ["annulus run", ...operands.map(shellWord), "--out results/", ...flags, ...others].join(" ");
}

/** A viewer that is served: see `ServedViewer`. */
interface Served {
  readonly url: string;
  readonly port: number;
  readonly launchUrl: () => string;
  readonly close: () => Promise<string | undefined>;
}

/** Tells where the viewer is, opens it, and closes it at Ctrl-C. */
async function untilClosed(
  served: Served,
  { switches }: Invocation,
  output: Output,
  signal: AbortSignal,
  closed = "The viewer is closed, and everything is saved",
): Promise<void> {
  const over = Promise.withResolvers<void>(), end = () => over.resolve();
  // A terminal that is closed is no reason to lose what was decided.
  const hasHangup = Deno.build.os !== "windows";
  if (hasHangup) Deno.addSignalListener("SIGHUP", end);
  let told: string | undefined;
  try {
    output.result(
      { url: served.url, port: served.port },
      `The viewer is at ${served.url}\nIt answers this machine only, and to this address; Ctrl-C ends it`,
    );
    if (!switches.has("no_open") && !await openInBrowser(served.launchUrl())) {
      output.notice("No browser was opened: open the address yourself");
    }
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    await over.promise;
  } finally {
    if (hasHangup) Deno.removeSignalListener("SIGHUP", end);
    told = await served.close();
  }
  output.notice(told ?? closed);
}

/** What results were made with is known; what has no effect on them is refused. */
function refuseMovieFlags({ values, parameters }: Invocation): void {
  const flags = ["motion", "params"].filter((name) => name in values), given = [...flags, ...Object.keys(parameters)];
  if (given.length === 0) return;
  throw new UsageError(
    `--${given[0]} has no effect on results: leave it out (the page has controls for thresholds and parameters)`,
  );
}

function givenPort({ values: { port = "0" } }: Invocation): number {
  if (/^\d{1,5}$/.test(port) && Number(port) < 65536) return Number(port);
  throw new UsageError(`--port is ${port}, but it has to be a whole number from 1 to 65535`);
}
