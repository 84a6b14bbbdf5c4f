import { ParameterError, ResultsError } from "../core/errors.ts";
import type { MovieSource } from "../core/movie.ts";
import type { Truth } from "../core/truth.ts";
import { openMovie } from "../movie/open.ts";
import { WRITTEN_ENDINGS } from "../movie/writer.ts";
import { loadResults } from "../results/hdf5.ts";
import { saveTruth } from "../results/truth.ts";
import { addCells, ADDED_CELLS_DEFAULTS, type AddedCellsOptions } from "../simulation/onto.ts";
import { SIMULATION_PRESETS } from "../simulation/presets.ts";
import { simulate as simulateMovie, SIMULATION_DEFAULTS, type SimulationOptions } from "../simulation/simulate.ts";
import type { Command, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import { interruptible } from "./interrupt.ts";
import { resultsFile } from "./results_path.ts";
import { writeMovie } from "./write_movie.ts";

/** What each option of the simulator does, in the order help lists them. */
const MOVIE_OPTIONS: Readonly<Record<keyof SimulationOptions, string>> = {
  width: "Pixels per row",
  height: "Rows",
  frames: "Frames",
  cells: "Cells",
  frame_rate: "Frames per second",
  gSig: "Typical standard deviation of a cell's profile, pixels",
  snr: "Median peak signal-to-noise ratio of the cells",
  snr_spread: "Standard deviation of the logarithm of the cells' brightness",
  min_distance: "Least distance between centres, in cell diameters; with --onto in units of gSig",
  fraction_close: "Share of the cells with a close neighbour",
  close_distance: "What counts as close, in cell diameters",
  ar_order: "Order of the autoregressive calcium model, 1 or 2",
  decay_time: "Decay time of the calcium, seconds",
  rise_time: "Rise time of the calcium, seconds, for ar_order 2",
  burst_rate: "Bursts a second",
  baseline: "Constant light at the centre of the field, counts",
  background_level: "Mean light of the broad background sources, counts",
  background_amplitude: "Standard deviation of the background over time, counts",
  bleaching: "Share of the background light lost by the last frame",
  vessels: "Dark vessels",
  gain: "Counts per photo-electron",
  read_noise: "Standard deviation of the read noise, counts",
  motion_rigid: "Standard deviation of the displacement of the whole frame, pixels",
  motion_local: "Standard deviation of the smooth local displacement added to it, pixels",
  motion_time: "Time constant of both, seconds",
  motion_jumps: "Jumps per 1000 frames",
  motion_jump: "Largest size of a jump, pixels",
  motion_drift: "Length of a steady drift over the whole movie, pixels",
  motion_limit: "Largest displacement along an axis, pixels",
  margin:
    "Pixels of tissue beyond the field on each side: the same margin without motion gives the same tissue at rest",
  seed: "The same seed and options give the same bytes",
};

/** Options that only mean something with `--onto`. */
const ONTO_OPTIONS: Readonly<Record<Exclude<keyof AddedCellsOptions, keyof SimulationOptions>, string>> = {
  min_snr: "With --onto: peak SNR of the faintest added cell",
  max_snr: "With --onto: peak SNR of the brightest added cell",
};

/** Defaults that are not numbers. */
const UNSET: Readonly<Record<string, string>> = {
  fraction_close: "as many as come so",
  margin: "4 more than the largest displacement, 0 when nothing moves",
};

/** Default of an option, and that with `--onto` where it is another. */
function defaultText(name: string): string {
  const plain = (SIMULATION_DEFAULTS as Readonly<Record<string, number>>)[name];
  const onto = name === "frame_rate"
    ? "the recording's"
    : (ADDED_CELLS_DEFAULTS as Readonly<Record<string, number>>)[name];
  const first = UNSET[name] ?? plain ?? onto;
  return plain === undefined || onto === undefined || plain === onto
    ? ` (default ${first})`
    : ` (default ${first}; with --onto ${onto})`;
}

const PRESETS = Object.keys(SIMULATION_PRESETS) as (keyof typeof SIMULATION_PRESETS)[];

/** `annulus simulate`: a movie with known cells, or known cells in a real recording. */
export const simulate: Command = {
  name: "simulate",
  usage: "simulate --out movie.tif [--preset NAME | --onto recording.tif] [--width 128 --cells 60 …]",
  summary: "Make a one-photon movie with known cells, or add known cells to a recording",
  details: "The truth is written beside the movie, as NAME.truth.h5, for annulus score.",
  flags: [
    { name: "out", value: "MOVIE.tif", help: `The movie to write (${WRITTEN_ENDINGS})` },
    { name: "preset", value: PRESETS.join("|"), help: "Settings of the movies accuracy is measured on" },
    { name: "onto", value: "MOVIE", help: "Add cells to this recording instead" },
    { name: "avoid", value: "RESULTS", help: "With --onto: put no cell on those found in the recording alone" },
    { name: "force", help: "Replace a movie that is there" },
    ...Object.entries({ ...MOVIE_OPTIONS, ...ONTO_OPTIONS }).map(([name, help]) => ({
      name,
      value: "N",
      help: help + defaultText(name),
    })),
  ],
  async run(invocation, output) {
    const { operands, values, switches } = invocation;
    if (operands.length > 0) throw new UsageError(`annulus simulate takes no arguments, but got ${operands.join(" ")}`);
    const path = values.out;
    if (path === undefined) throw new UsageError("annulus simulate needs --out MOVIE.tif: where to write the movie");
    const truthPath = `${path.replace(/\.(tiff?|h5|hdf5|nwb|zarr)$/i, "")}.truth.h5`;
    if (!switches.has("force")) {
      for (const one of [path, truthPath]) await refuseExisting(one);
    }
    const { source, truth } = await makeMovie(invocation);
    try {
      await interruptible((signal) => writeMovie(path, source, output, { signal }));
      await saveTruth(truthPath, truth);
    } finally {
      source.close();
    }
    const { width, height, frames } = source.header;
    output.result(
      { movie: path, truth: truthPath, width, height, frames, cells: truth.footprints.count },
      `${path}: ${frames} frames of ${width}×${height} pixels with ${truth.footprints.count} known cells\n` +
        `${truthPath}: what they are`,
    );
  },
};

async function makeMovie({ values }: Invocation): Promise<{ source: MovieSource; truth: Truth }> {
  const { preset, onto, avoid } = values;
  if (preset !== undefined && onto !== undefined) {
    throw new UsageError("--preset and --onto contradict each other: give only one of them");
  }
  if (avoid !== undefined && onto === undefined) {
    throw new UsageError("--avoid has no effect without --onto: leave it out");
  }
  if (onto === undefined) {
    const chosen = PRESETS.find((name) => name === preset);
    if (preset !== undefined && chosen === undefined) {
      throw new UsageError(`--preset is ${preset}, but it has to be one of ${PRESETS.join(", ")}`);
    }
    return simulateMovie({
      ...(chosen ? SIMULATION_PRESETS[chosen] : {}),
      ...numbers(values, MOVIE_OPTIONS, "without"),
    });
  }
  const options = numbers(values, { ...ADDED_CELLS_DEFAULTS, frame_rate: 0 }, "with");
  const recording = await openMovie(onto);
  try {
    const own = avoid === undefined ? undefined : (await loadResults(await resultsFile(avoid))).footprints;
    return await addCells(recording, options, own);
  } catch (error) {
    recording.close();
    throw error;
  }
}

/** The numbers among the flags; refuses those that mean nothing here. */
function numbers(
  values: Readonly<Record<string, string>>,
  meaningful: Readonly<Record<string, unknown>>,
  withOnto: "with" | "without",
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, text] of Object.entries(values)) {
    if (!(name in MOVIE_OPTIONS) && !(name in ONTO_OPTIONS)) continue;
    if (!(name in meaningful)) throw new UsageError(`--${name} has no effect ${withOnto} --onto: leave it out`);
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isNaN(value)) throw new ParameterError(`--${name} is ${text}, but it has to be a number`);
    found[name] = value;
  }
  return found;
}

async function refuseExisting(path: string): Promise<void> {
  const exists = await Deno.lstat(path).then(() => true, () => false);
  if (exists) throw new ResultsError(`${path} is there already: give another name, or --force to replace it`);
}
