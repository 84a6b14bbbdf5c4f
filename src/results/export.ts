import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { ParameterError, ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { nearestName } from "../core/nearest_name.ts";
import { VERSION } from "../core/version.ts";
import type { ExportFormat, ExportOptions } from "./exports/export_format.ts";
import { EXPORT_FORMATS } from "./exports/export_formats.ts";
import { exists, EXPORT_MARK, prepareDirectory, writeTogether } from "./write_together.ts";

/** How `exportResults` writes. */
export interface ExportResultsOptions extends Omit<ExportOptions, "target"> {
  /** Replace what is at the path: a file, or a folder that annulus exported (nothing else). Default false. */
  readonly force?: boolean;
  /** The file the results were loaded from: it is never replaced, nor is a file of the recording. */
  readonly source?: string;
  /** Ends it early: it then rejects with the signal's reason, and has written nothing. */
  readonly signal?: AbortSignal;
}

/** One of several exports into one directory. */
export interface PlannedExport {
  /** The file or folder to make. */
  readonly path: string;
  readonly format: ExportFormat;
}

/**
 * The export format of a name, in upper or lower case. Throws a `ParameterError` with the nearest name when there is none.
 */
export function exportFormat(name: string, formats: readonly ExportFormat[] = EXPORT_FORMATS): ExportFormat {
  const found = formats.find((format) => format.name === name.toLowerCase());
  if (found) return found;
  const names = formats.map((format) => format.name), like = nearestName(name, names);
  const hint = like === undefined ? `; annulus knows ${names.join(", ")}` : `; did you mean ${like}?`;
  throw new ParameterError(`"${name}" is not a format that results can be exported to${hint}`);
}

/**
 * Writes results in the format of another program. The file or folder appears under its name only when it is whole; two identical results give
 * identical bytes.
 *
 * @param path The file or folder to make; folders above it are made where they are missing.
 * @param extraction What to write.
 * @param format One of `EXPORT_FORMATS`, or its name.
 * @returns The path.
 * @throws {ResultsError} When something is at the path already (without `force`), or when it cannot be written, a full disk included.
 * @throws {ParameterError} When there is no format of this name.
 */
export async function exportResults(
  path: string,
  extraction: Extraction,
  format: ExportFormat | string,
  options: ExportResultsOptions = {},
): Promise<string> {
  const chosen = typeof format === "string" ? exportFormat(format) : format;
  const [made] = await exportTogether([{ path, format: chosen }], extraction, options);
  return made;
}

/**
 * Writes results in several formats into one directory, like `exportResults`, so that all of them appear or none.
 *
 * @returns Their paths.
 */
export async function exportTogether(
  planned: readonly PlannedExport[],
  extraction: Extraction,
  { signal, source, force = false, ...options }: ExportResultsOptions = {},
): Promise<string[]> {
  for (const { path } of planned) {
    await prepareExport(path, extraction, { force, ...(source === undefined ? {} : { source }) });
  }
  const targets = planned.map(({ path, format }) => ({ target: resolve(path), name: basename(resolve(path)), format }));
  const [directory, ...others] = new Set(targets.map(({ target }) => dirname(target)));
  if (directory === undefined) return [];
  if (others.length > 0) throw new RangeError("exports into several directories cannot appear together");
  await writeTogether(directory, targets.map(({ name }) => name), async (staging) => {
    for (const { target, name, format } of targets) {
      signal?.throwIfAborted();
      await writeExport(join(staging, name), extraction, format, { ...options, target });
    }
  }, signal);
  return planned.map(({ path }) => path);
}

/** Writes one export to a path where nothing is; a folder gets the mark that says what made it. */
export async function writeExport(
  path: string,
  extraction: Extraction,
  format: ExportFormat,
  options: ExportOptions,
): Promise<void> {
  await format.write(path, extraction, options);
  if (!format.isFolder) return;
  const mark = { made_by: `annulus ${VERSION}`, format: format.name, title: format.title };
  await Deno.writeTextFile(join(path, EXPORT_MARK), JSON.stringify(mark, undefined, 2) + "\n");
}

/**
 * Checks, before anything is written, that `exportResults` will be able to write to a path. Leaves nothing behind. Rejects with a `ResultsError`
 * that says what is in the way.
 */
export async function prepareExport(
  path: string,
  { movie }: Extraction,
  { force = false, source }: Pick<ExportResultsOptions, "force" | "source"> = {},
): Promise<void> {
  if (path === "") throw new ResultsError("The export has no name");
  const target = resolve(path);
  await checkTarget(path, target, force);
  const kept = [
    ...(source === undefined ? [] : [{ file: source, what: "the results that are exported" }]),
    ...movie.files.map((file) => ({ file: file.path, what: `the recording (${basename(file.path)})` })),
  ];
  for (const { file, what } of kept) {
    if (!(await exists(target)) || !isWithin(await realPath(file), await placeOf(target))) continue;
    throw new ResultsError(`${path} would replace ${what}: choose another name`);
  }
  await prepareDirectory(dirname(target), [basename(target)], force);
}

/** A path without links; as it is where nothing is there. */
async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => resolve(path));
}

/** The same of what is to be replaced, which may be a link itself. */
async function placeOf(target: string): Promise<string> {
  return join(await realPath(dirname(target)), basename(target));
}

/** Whether a file is at a path, or in the folder that is there. */
function isWithin(file: string, target: string): boolean {
  const way = relative(target, file);
  return way !== ".." && !/^\.\.[/\\]/.test(way) && !isAbsolute(way);
}

async function checkTarget(path: string, target: string, force: boolean): Promise<void> {
  if (!(await exists(target))) return;
  if (!force) {
    throw new ResultsError(`There is already something at ${path}: choose another name, or use force to replace it`);
  }
  if (!(await Deno.lstat(target)).isDirectory || await exists(join(target, EXPORT_MARK))) return;
  throw new ResultsError(`${path} is a folder that annulus did not export, and is not replaced: choose another name`);
}
