import { basename, dirname, join, resolve } from "node:path";
import { ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { saveResults } from "./hdf5.ts";
import { writeInscopix } from "./inscopix.ts";
import { PICTURES } from "./pictures.ts";
import { reasonOf } from "./reason.ts";
import { runJson } from "./run_json.ts";

/** Every file that `writeResults` writes. `results.h5` comes last: where it is, the others are. */
export const RESULT_FILES: readonly string[] = [
  "footprints.tif",
  "traces.csv",
  "traces_denoised.csv",
  "spikes.csv",
  ...Object.keys(PICTURES),
  "run.json",
  "results.h5",
];

/** How `writeResults` writes. */
export interface WriteOptions {
  /** Replace results that are already in the directory; other files there are left alone. Default false. */
  readonly force?: boolean;
  /** Whether `results.h5` holds the timings too; see `saveResults`. Default true. */
  readonly timings?: boolean;
}

/**
 * Checks, before a long run, that results can be written into a directory: it can be created or written to, and holds no results yet
 * (unless `force`). Leaves nothing behind. Rejects with a `ResultsError` that says what is in the way.
 */
export async function prepareOutput(directory: string, force = false): Promise<void> {
  if (directory === "") throw new ResultsError("The output directory has no name");
  const existing = await existingResults(directory);
  if (existing.length > 0 && !force) {
    const some = existing.length > 3 ? `${existing.slice(0, 3).join(", ")}, …` : existing.join(", ");
    throw new ResultsError(
      `There are already results in ${directory} (${some}): choose another directory, or use force to replace them`,
    );
  }
  for (const name of existing) {
    if ((await Deno.lstat(join(directory, name))).isDirectory) {
      throw new ResultsError(`Cannot write results to ${directory}: ${name} is a directory there`);
    }
  }
  await tryWriting(directory);
}

/**
 * Writes everything about an extraction into a directory, which is created when it does not exist: `results.h5`, `footprints.tif`,
 * `traces.csv` (raw), `traces_denoised.csv`, `spikes.csv`, `correlation.png`, `pnr.png`, `footprints.png`, `traces.png` and `run.json`.
 *
 * All files are first written aside and then take their names together, so that a failure leaves no half-written file and no mixture:
 * what was there before is there again. Two identical runs write identical files, but for `run.json` and, inside `results.h5`,
 * `timings/seconds` (with `timings: false` not even that).
 *
 * @returns The paths of the files.
 * @throws {ResultsError} When there are results already (without `force`), or when something cannot be written, a full disk included.
 */
export async function writeResults(
  directory: string,
  extraction: Extraction,
  { force = false, timings = true }: WriteOptions = {},
): Promise<string[]> {
  await prepareOutput(directory, force);
  const target = resolve(directory);
  // Beside the directory if it is new, else inside it: names can change only within one file system.
  const isNew = !(await exists(target));
  const staging = isNew
    ? join(dirname(target), `.${basename(target)}.partial-${Deno.pid}`)
    : join(target, `.partial-${Deno.pid}`);
  try {
    await Deno.mkdir(staging, { recursive: true });
    await writeFiles(staging, extraction, timings);
    if (isNew) await Deno.rename(staging, target);
    else await moveInto(staging, target);
  } catch (error) {
    throw cannotWrite(directory, error, staging);
  } finally {
    await Deno.remove(staging, { recursive: true }).catch(() => {});
  }
  return RESULT_FILES.map((name) => join(directory, name));
}

async function writeFiles(directory: string, extraction: Extraction, timings: boolean): Promise<void> {
  await writeInscopix(directory, extraction);
  for (const [name, draw] of Object.entries(PICTURES)) await Deno.writeFile(join(directory, name), draw(extraction));
  await Deno.writeTextFile(join(directory, "run.json"), runJson(extraction, new Date()));
  await saveResults(join(directory, "results.h5"), extraction, { timings });
}

/** Gives staged files their names in `target`. Old ones wait in the staging directory until all is done, and go back when something fails. */
async function moveInto(staging: string, target: string): Promise<void> {
  const old = join(staging, "old");
  await Deno.mkdir(old);
  const undo: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string) => {
    await Deno.rename(from, to);
    undo.push(() => Deno.rename(to, from));
  };
  try {
    for (const name of await existingResults(target)) await move(join(target, name), join(old, name));
    for (const name of RESULT_FILES) await move(join(staging, name), join(target, name));
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

/** Which of our files are in a directory. */
async function existingResults(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of RESULT_FILES) {
    if (await exists(join(directory, name))) found.push(name);
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Creates and removes a file where the results will be: in the directory or, if it does not exist, in the nearest one above that does. */
async function tryWriting(directory: string): Promise<void> {
  let place = resolve(directory);
  while (!(await exists(place)) && dirname(place) !== place) place = dirname(place);
  try {
    if (!(await Deno.stat(place)).isDirectory) throw new ResultsError(`${place} is a file, not a directory`);
    await Deno.remove(await Deno.makeTempFile({ dir: place, prefix: ".annulus-" }));
  } catch (error) {
    throw cannotWrite(directory, error);
  }
}

function cannotWrite(directory: string, error: unknown, staging = ""): ResultsError {
  const reason = reasonOf(error);
  const named = staging === "" ? reason : reason.replaceAll(staging, directory);
  return new ResultsError(named.startsWith("Cannot write") ? named : `Cannot write results to ${directory}: ${named}`);
}
