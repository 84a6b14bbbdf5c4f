import { basename, dirname, extname, join } from "node:path";
import type { LoggedEdit } from "../core/edits.ts";
import { ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { CellQuality } from "../core/quality.ts";
import { resolveQualityParameters } from "../core/parameters.ts";
import { withPartial } from "../files/partial_path.ts";
import { reasonOf } from "../files/reason.ts";
import { isMeasured } from "../quality/accept.ts";
import { measuresOfResults } from "../quality/cell_measures.ts";
import { parseExactJson } from "./exact_json.ts";
import { loadResults, saveResults } from "./hdf5.ts";
import { isLoggedEdit } from "./record_checks.ts";
import { exists } from "./write_together.ts";

/** Where the results as they were before the first edit are kept: `results.original.h5` beside `results.h5`. */
export function originalPath(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.original${extname(path)}`);
}

/**
 * Keeps results as they are before their first edit (`originalPath`). What is kept there is never overwritten: when it belongs to other results
 * (of an earlier run into the same folder) it is renamed to `results.original.1.h5`, or the next number that is free. Where the results have
 * edits already nothing is done: what is kept belongs to them.
 * @param loaded what is in the file at `path` (or, when it is about to be written, what it is made of)
 * @param file where they are to be copied from, when that is a file of annulus with nothing else in it. Default: they are written anew
 * @returns the new name of what was kept for other results; undefined when there was none
 * @throws ResultsError when it cannot be written
 */
export async function keepOriginal(path: string, loaded: Extraction, file?: string): Promise<string | undefined> {
  if (loaded.edits && loaded.edits.length > 0) return undefined;
  const original = originalPath(path);
  let moved: string | undefined;
  if (await exists(original)) {
    if (await isOf(original, loaded)) return undefined;
    moved = await freeName(original);
    try {
      await Deno.rename(original, moved);
    } catch (error) {
      throw new ResultsError(`Cannot rename ${original}: ${reasonOf(error)}`);
    }
  }
  if (file === undefined) await saveResults(original, loaded, { timings: loaded.timings.length > 0 });
  else await copyTo(original, file);
  return moved;
}

/** Copies a file; the copy appears under its name only when it is complete. */
async function copyTo(path: string, file: string): Promise<void> {
  await withPartial(path, async (partial) => {
    try {
      await Deno.copyFile(file, partial);
      // What another program kept meanwhile was kept before it changed the file; the copy may be younger than that.
      if (await exists(path)) await Deno.remove(partial);
      else await Deno.rename(partial, path);
    } catch (error) {
      await Deno.remove(partial).catch(() => {});
      throw new ResultsError(`Cannot write ${path}: ${reasonOf(error).replaceAll(partial, path)}`);
    }
  });
}

/** Whether a file holds the same cells and traces as an extraction. */
async function isOf(path: string, { footprints, traces, ring }: Extraction): Promise<boolean> {
  const kept = await loadResults(path).catch(() => undefined);
  if (!kept || kept.footprints.count !== footprints.count) return false;
  const pairs = [
    [kept.footprints.pixels, footprints.pixels],
    [kept.footprints.values, footprints.values],
    [kept.traces.raw, traces.raw],
    [kept.traces.denoised, traces.denoised],
    [kept.ring.weights, ring.weights],
  ];
  return pairs.every(([a, b]) => a.length === b.length && a.every((value, i) => Object.is(value, b[i])));
}

async function freeName(original: string): Promise<string> {
  const extension = extname(original), stem = join(dirname(original), basename(original, extension));
  for (let number = 1;; number++) {
    const name = `${stem}.${number}${extension}`;
    if (!(await exists(name))) return name;
  }
}

/**
 * Results as they were before the first of their edits: what `keepOriginal` kept.
 * @throws ResultsError when it is not there or cannot be read
 */
export async function loadOriginal(path: string): Promise<Extraction> {
  const original = originalPath(path);
  if (await exists(original)) return await loadResults(original);
  throw new ResultsError(
    `The results as they were before their edits are not at ${original}: without them nothing can be undone`,
  );
}

/**
 * What can be measured of changed cells without a pass over the movie; nothing when nobody has measured the others.
 * @param changed their numbers
 */
export function measureEdited(extraction: Extraction, changed: readonly number[]): CellQuality {
  const { decay_time } = extraction.quality?.thresholds ?? {};
  return isMeasured(extraction.quality)
    ? measuresOfResults(
      extraction,
      resolveQualityParameters(decay_time === undefined ? {} : { decay_time }),
      undefined,
      changed,
    )
    : {};
}

/**
 * Reads a log of edits: that of a results file, or of a JSON file (a list of logged edits, or an object with such a list as `edits`: what
 * `annulus edit --log --json` prints).
 * @throws ResultsError when there is none, or it is no log of edits
 */
export async function loadEdits(path: string): Promise<readonly LoggedEdit[]> {
  if (extname(path).toLowerCase() !== ".json") return (await loadResults(path)).edits ?? [];
  let value: unknown;
  try {
    value = parseExactJson(await Deno.readTextFile(path));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "it is not JSON" : reasonOf(error);
    throw new ResultsError(`Cannot read the edits in ${path}: ${reason}`);
  }
  const list = Array.isArray(value) ? value : (value as { edits?: unknown } | null)?.edits;
  if (!Array.isArray(list)) throw new ResultsError(`Cannot read the edits in ${path}: it holds no list of edits`);
  return list.map((entry, i) => {
    if (isLoggedEdit(entry)) return entry;
    throw new ResultsError(`Cannot read the edits in ${path}: entry ${i + 1} is no logged edit`);
  });
}
