import { basename, dirname, join, resolve } from "node:path";
import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";

/** A file in every folder that annulus exported: a folder with it may be replaced as a whole, any other may not. */
export const EXPORT_MARK = "annulus.json";

/** Directory, among files that are being written, in which those they replace wait. */
const OLD = "old";

/**
 * Checks, before a long run, that files of certain names can be written into a directory: it can be created or written to, and holds none of
 * them yet (unless `force`). Leaves nothing behind.
 *
 * @param directory Where to write; need not exist.
 * @param names The files' names.
 * @param force Whether files that are there may be replaced, and folders that annulus exported.
 * @throws {ResultsError} Which says what is in the way.
 */
export async function prepareDirectory(directory: string, names: readonly string[], force: boolean): Promise<void> {
  if (directory === "") throw new ResultsError("The output directory has no name");
  const existing = await existingFiles(directory, names);
  if (existing.length > 0 && !force) {
    const some = existing.length > 3 ? `${existing.slice(0, 3).join(", ")}, …` : existing.join(", ");
    throw new ResultsError(
      `There are already results in ${directory} (${some}): choose another directory, or use force to replace them`,
    );
  }
  for (const name of existing) {
    const path = join(directory, name);
    if (!(await Deno.lstat(path)).isDirectory || await exists(join(path, EXPORT_MARK))) continue;
    throw new ResultsError(`Cannot write results to ${directory}: ${name} is a directory there`);
  }
  await tryWriting(directory);
}

/** Refuses, with a `ResultsError`, to write files of some names into a directory where one of them is a file of the recording. */
export async function refuseRecording(
  directory: string,
  names: readonly string[],
  recording: readonly string[],
): Promise<void> {
  const real = async (path: string) => await Deno.realPath(path).catch(() => resolve(path));
  const folder = await real(directory), places = new Set(names.map((name) => join(folder, name)));
  for (const path of recording) {
    if (!places.has(await real(path)) || !(await exists(path))) continue;
    throw new ResultsError(
      `Cannot write results to ${directory}: they would replace the recording, ${path}: choose another directory`,
    );
  }
}

/**
 * Writes several files, or whole folders, into a directory, which is created when it does not exist, so that they appear together: `write` puts them into a
 * directory aside, then they take their names. When anything fails, a full disk included, what was there before is there again, and no directory
 * is left that was not. Other files in the directory are left alone.
 *
 * @param directory Where to write, after `prepareDirectory`.
 * @param names The files that `write` may make; the last one takes its name last. One it does not make is not there afterwards, either.
 * @param write Writes them into the directory it is given.
 * @param signal Ends it early; it then rejects with the signal's reason. What has begun to take its name is finished.
 * @returns The files' paths.
 * @throws {ResultsError} When something cannot be written.
 */
export async function writeTogether(
  directory: string,
  names: readonly string[],
  write: (directory: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<string[]> {
  const target = resolve(directory);
  // Beside the directory if it is new, else inside it: names can change only within one file system.
  const isNew = !(await exists(target));
  const place = isNew ? dirname(target) : target, above = await missingAbove(place);
  let staging = "", isKept = false;
  try {
    await Deno.mkdir(place, { recursive: true });
    staging = await newDirectory(join(place, isNew ? `.${basename(target)}.partial` : ".partial"));
    await unlessAborted(write(staging), signal);
    const written = await existingFiles(staging, names);
    if (!isNew || !(await becomes(staging, target))) await moveInto(staging, target, names, written);
    return written.map((name) => join(directory, name));
  } catch (error) {
    const old = join(staging, OLD);
    isKept = staging !== "" && await holdsFiles(old);
    if (isKept) {
      const { message } = cannotWrite(directory, error, staging);
      throw new ResultsError(`${message}; what was there before could not go back, and is in ${old}`);
    }
    removeAtOnce(staging);
    for (const missing of above) await Deno.remove(missing).catch(() => {});
    throw signal?.aborted ? signal.reason : cannotWrite(directory, error, staging);
  } finally {
    if (!isKept) removeAtOnce(staging);
  }
}

/** Directories that this process has made for files that are being written: no name is used twice. */
let made = 0;

/** Creates a directory that nobody else has: not another process, nor another call in this one, nor one that was killed. */
async function newDirectory(prefix: string): Promise<string> {
  while (true) {
    const path = `${prefix}-${Deno.pid}-${made++}`;
    try {
      await Deno.mkdir(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

/** Gives a directory its name; false when another one has taken it meanwhile. */
async function becomes(staging: string, target: string): Promise<boolean> {
  try {
    await Deno.rename(staging, target);
    return true;
  } catch (error) {
    if (await exists(target)) return false;
    throw error;
  }
}

/** The directories above a path, and the path itself, that are not there, the deepest first. */
async function missingAbove(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; dirname(at) !== at && !(await exists(at)); at = dirname(at)) missing.push(at);
  return missing;
}

/** What work comes to, or the reason of a signal as soon as that is given: what is left of the work then fails unheard. */
async function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await work;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Removes a directory without giving way to whatever may still write into it. */
function removeAtOnce(directory: string): void {
  if (directory === "") return;
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return Deno.removeSync(directory, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
    }
  }
}

/** Gives the written files their names in `target`. Old ones of all names wait in the staging directory until all is done, and go back when something fails. */
async function moveInto(
  staging: string,
  target: string,
  names: readonly string[],
  written: readonly string[],
): Promise<void> {
  const old = join(staging, OLD);
  await Deno.mkdir(old);
  const undo: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string) => {
    await Deno.rename(from, to);
    undo.push(() => Deno.rename(to, from));
  };
  try {
    for (const name of await existingFiles(target, names)) await move(join(target, name), join(old, name));
    for (const name of written) await move(join(staging, name), join(target, name));
  } catch (error) {
    // What cannot go back stays where it waits, which `writeTogether` tells; the rest goes back.
    for (const step of undo.reverse()) await step().catch(() => {});
    throw error;
  }
}

/** Whether there is a directory with something in it. */
async function holdsFiles(directory: string): Promise<boolean> {
  if (!(await exists(directory))) return false;
  for await (const _ of Deno.readDir(directory)) return true;
  return false;
}

/** Which of the names are in a directory. */
async function existingFiles(directory: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    if (await exists(join(directory, name))) found.push(name);
  }
  return found;
}

/** Whether there is anything at a path. */
export async function exists(path: string): Promise<boolean> {
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
