/**
 * The movies accuracy is measured on, made once and kept in a folder: the simulator's presets, and the shared real recording with
 * known cells added by three seeds.
 */
import { sampleArray } from "../src/core/movie.ts";
import type { MovieSource } from "../src/core/movie.ts";
import type { Truth } from "../src/core/truth.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { saveTruth } from "../src/results/truth.ts";
import { addCells } from "../src/simulation/onto.ts";
import { SIMULATION_PRESETS } from "../src/simulation/presets.ts";
import { simulate, type SimulationOptions } from "../src/simulation/simulate.ts";

/** A movie with known cells on disk. */
export interface AccuracyMovie {
  /** Short name. */
  readonly name: string;
  /** The movie. */
  readonly path: string;
  /** Its truth. */
  readonly truth: string;
  /** Parameters of the extraction: the size of the cells and the frame rate, never thresholds. */
  readonly parameters: Readonly<Record<string, number>>;
  /** The recording known cells were added to, where that is how the movie was made. */
  readonly recording?: string;
}

/** Folder shared with this repository's developers; not part of it. */
const SHARED = new URL("../../shared/data/", import.meta.url).pathname;
const RECORDING = `${SHARED}real_1p_605x203x203_u8.tif`;
/** The recording does not say its frame rate; 5 Hz is what its transients suggest. */
const RECORDING_RATE = 5;
const ONTO_SEEDS = [1, 2, 3];

/** Names of all movies, in the order of the table. */
export const ACCURACY_MOVIES: readonly string[] = [
  "sim_small",
  // Movies that move are for bench/motion.ts.
  ...Object.entries(SIMULATION_PRESETS).filter(([, { motion_rigid }]) => motion_rigid === undefined).map(([name]) =>
    name
  ),
  ...ONTO_SEEDS.map((seed) => `onto${seed}`),
];

/** Finds or makes one of the movies; undefined when it needs the shared folder and there is none. */
export async function accuracyMovie(name: string, folder: string): Promise<AccuracyMovie | undefined> {
  const onto = name.startsWith("onto");
  const parameters = onto ? { gSig: 4, gSiz: 17, frame_rate: RECORDING_RATE } : { gSig: 3, gSiz: 13, frame_rate: 10 };
  if (name === "sim_small") {
    const path = `${SHARED}sim_small.tif`;
    return await exists(path) ? { name, path, truth: `${SHARED}sim_small.truth.h5`, parameters } : undefined;
  }
  const movie = {
    name,
    path: `${folder}/${name}.tif`,
    truth: `${folder}/${name}.truth.h5`,
    parameters,
    ...(onto ? { recording: RECORDING } : {}),
  };
  if (onto && !(await exists(RECORDING))) return undefined;
  await make(
    movie,
    async () =>
      onto
        ? await addCells(await openMovie(RECORDING), { seed: Number(name.slice(4)), frame_rate: RECORDING_RATE })
        : simulate(presetOf(name)),
  );
  return movie;
}

/** Finds or makes a simulated movie of any options. */
export async function simulatedMovie(
  name: string,
  options: SimulationOptions,
  folder: string,
): Promise<{ readonly path: string; readonly truth: string }> {
  const movie = { path: `${folder}/${name}.tif`, truth: `${folder}/${name}.truth.h5` };
  await make(movie, () => Promise.resolve(simulate(options)));
  return movie;
}

/** Writes a movie and its truth unless they are there. */
async function make(
  movie: { readonly path: string; readonly truth: string },
  simulated: () => Promise<{ source: MovieSource; truth: Truth }>,
): Promise<void> {
  if (await exists(movie.path) && await exists(movie.truth)) return;
  await Deno.mkdir(new URL("./", `file://${movie.path}`).pathname, { recursive: true });
  const { source, truth } = await simulated();
  try {
    await writeWithTruth(movie, source, truth);
  } finally {
    source.close();
  }
}

function presetOf(name: string) {
  const preset = Object.entries(SIMULATION_PRESETS).find(([key]) => key === name);
  if (!preset) throw new RangeError(`There is no movie ${name}; known are ${ACCURACY_MOVIES.join(", ")}`);
  return preset[1];
}

/** The movie last: when it is there, the truth is too. */
async function writeWithTruth(
  movie: { readonly path: string; readonly truth: string },
  source: MovieSource,
  truth: Truth,
): Promise<void> {
  await saveTruth(movie.truth, truth);
  const { width, height, frames, sampleType, frameRate } = source.header;
  const writer = await tiffWriter(movie.path, { width, height, sampleType, frames, frameRate });
  const step = 100, samples = sampleArray(sampleType, step * width * height);
  for (let start = 0; start < frames; start += step) {
    const count = Math.min(step, frames - start);
    await source.read(start, count, samples);
    await writer.write(samples.subarray(0, count * width * height));
  }
  await writer.close();
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

if (import.meta.main) {
  const [folder = "/tmp/annulus-bench", ...names] = Deno.args;
  for (const name of names.length > 0 ? names : ACCURACY_MOVIES) {
    const movie = await accuracyMovie(name, folder);
    console.log(movie ? `${name}: ${movie.path}` : `${name}: left out, ../shared is not there`);
  }
}
