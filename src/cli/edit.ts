import { basename, dirname, join } from "node:path";
import { type Edit, editText, type LoggedEdit } from "../core/edits.ts";
import { MovieError, ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { MovieSource } from "../core/movie.ts";
import { adoptQuality } from "../edit/adopt_quality.ts";
import { editCells } from "../edit/edit_cells.ts";
import { isLabelEdit } from "../edit/labels.ts";
import type { EditOptions } from "../edit/options.ts";
import { replayEdits } from "../edit/replay.ts";
import { keepOriginal, loadEdits, loadOriginal, measureEdited, originalPath } from "../results/edits.ts";
import { fileVersion } from "../results/file_version.ts";
import { loadResults, saveResults } from "../results/hdf5.ts";
import { replaceResults } from "../results/save.ts";
import { exists } from "../results/write_together.ts";
import type { Command, Invocation } from "./command.ts";
import { EDIT_FLAGS, givenEdits } from "./edit_flags.ts";
import { targetOf } from "./evaluate.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { RESULTS_MOVIE_FLAGS, type ResultsWithMovie, withResults } from "./results_movie.ts";
import { resultsFile } from "./results_path.ts";

/** `annulus edit`: changes the cells of results. */
export const edit: Command = {
  name: "edit",
  usage:
    "edit results/ [movie.tif …] [--merge 3,7] [--split 5] [--delete 9] [--add 34,50] [--reject 1,2] [--undo 1] [--log]",
  summary: "Change the cells of results: accept, set aside, merge, split, delete or add them, with undo",
  details:
    "Cells are named by their numbers (3, or C003 as in tables), which they keep whatever is done to others. Several edits are made in the\n" +
    "order of the command line, all or none. After a merge, split, delete or add the cells concerned and those that overlap them are updated\n" +
    "from the movie, nothing else changes. Without the movie, labels work as ever, a merge uses the stored traces, and a delete leaves the\n" +
    "neighbours as they are; split and add need it.\n" +
    "Only results.h5 changes; results.original.h5 beside it keeps what was there before the first edit. Every edit is in the results' log.",
  flags: [
    ...EDIT_FLAGS,
    { name: "undo", value: "N", help: "Take the last N edits back" },
    { name: "log", help: "List the edits that were made" },
    {
      name: "replay",
      value: "FILE",
      help: "Make the edits that other results (.h5) or a log (.json, from --log --json) hold",
    },
    { name: "out", value: "RESULTS.h5", help: "Write the results here and leave those that are there as they are" },
    { name: "force", help: "Replace the file that --out names" },
    ...RESULTS_MOVIE_FLAGS,
  ],
  async run(invocation, output) {
    const { operands: [results], values, switches } = invocation, edits = givenEdits(invocation);
    const modes = [edits.length > 0, values.undo !== undefined, values.replay !== undefined, switches.has("log")];
    if (results === undefined) throw new UsageError("annulus edit needs results: annulus edit results/ --merge 3,7");
    if (!modes.includes(true)) throw new UsageError("annulus edit needs an edit, such as --merge 3,7 or --reject 1,2");
    if (modes.filter(Boolean).length > 1) {
      throw new UsageError("Edits, --undo, --replay and --log do not go together: give them one after the other");
    }
    const file = await resultsFile(results);
    if (switches.has("log")) return tellLog(await loadResults(file), output);
    const target = await targetOf(file, values.out, switches.has("force"));
    const version = await fileVersion(file);
    await withResults(invocation, output, async (opened) => {
      const after = await edited(opened, invocation, edits, output);
      await save(file, target, version, opened.extraction, after, output);
      tell(target, opened.extraction, after, output);
    });
  },
};

async function edited(
  opened: ResultsWithMovie,
  invocation: Invocation,
  edits: readonly Edit[],
  output: Output,
): Promise<Extraction> {
  const { extraction, file, compute, memoryBytes, signal } = opened, { undo, replay } = invocation.values;
  const options = { compute, memoryBytes, signal, measure: measureEdited };
  const withMovie = async (isNeeded: boolean) => {
    const source = isNeeded ? await opened.openMovie() : undefined;
    return { ...options, ...(source ? { source } : {}) };
  };
  if (replay !== undefined) {
    const log = await loadEdits(replay);
    if (log.length === 0) throw new ResultsError(`${replay} holds no edits`);
    return await replayEdits(extraction, log, await withMovie(log.some(({ refitted }) => refitted)));
  }
  if (undo !== undefined) {
    const log = extraction.edits ?? [], count = Number(undo);
    if (!Number.isInteger(count) || count < 1) {
      throw new UsageError(`--undo is ${undo}, but a whole number from 1 is needed`);
    }
    if (count > log.length) {
      throw new UsageError(
        log.length === 0
          ? "There are no edits to undo"
          : `There ${log.length === 1 ? "is only 1 edit" : `are only ${log.length} edits`} to undo`,
      );
    }
    const kept = log.slice(0, -count), original = await loadOriginal(file);
    const replayed = await replayEdits(original, kept, await withMovie(kept.some(({ refitted }) => refitted)));
    return adoptQuality(replayed, extraction);
  }
  return await editInOrder(opened, edits, options, invocation.operands.length > 1, output);
}

/** Makes edits one after the other; the movie is opened for the first one that can use it. */
async function editInOrder(
  { extraction, openMovie }: ResultsWithMovie,
  edits: readonly Edit[],
  options: EditOptions,
  isMovieNamed: boolean,
  output: Output,
): Promise<Extraction> {
  let current = extraction, source: MovieSource | undefined, isMissing = false;
  for (const edit of edits) {
    if (!isLabelEdit(edit) && !source && !isMissing) {
      try {
        source = await openMovie();
      } catch (error) {
        // What works without the movie does so; a movie that was named has to be the right one.
        const isNeeded = isMovieNamed || edits.some(({ action }) => action === "split" || action === "add");
        if (isNeeded || !(error instanceof MovieError)) throw error;
        isMissing = true;
        output.notice(`${error.message}; without it, neighbours are not updated`);
      }
    }
    const time = new Date().toISOString();
    current = (await editCells(current, edit, { ...options, ...(source ? { source } : {}), time })).extraction;
  }
  return current;
}

async function save(
  file: string,
  target: string,
  version: string | undefined,
  before: Extraction,
  after: Extraction,
  output: Output,
): Promise<void> {
  if (target === file) {
    const moved = await keepOriginal(file, before, file);
    if (moved) output.notice(`${basename(originalPath(file))} was of other results; it is ${moved} now`);
  } else {
    const hasEdits = before.edits !== undefined && before.edits.length > 0;
    const original = !hasEdits ? before : await exists(originalPath(file)) ? await loadOriginal(file) : undefined;
    const moved = original && await keepOriginal(target, original);
    if (moved) output.notice(`${basename(originalPath(target))} was of other results; it is ${moved} now`);
  }
  if (target === file) await replaceResults(file, after, version);
  else await saveResults(target, after, { timings: after.timings.length > 0 });
  const table = join(dirname(target), "traces.csv");
  if (target === file && await exists(table)) {
    output.notice(
      `${table} and the other files there still hold the cells as they were: annulus export writes them anew, annulus report the page`,
    );
  }
}

function tell(target: string, before: Extraction, after: Extraction, output: Output): void {
  const { edits = [], quality, footprints: { count } } = after, done = before.edits?.length ?? 0;
  const fresh = edits.slice(Math.min(done, edits.length)), undone = (before.edits ?? []).slice(edits.length);
  const accepted = quality?.accepted?.reduce((sum, value) => sum + value, 0);
  const cells = `${count} ${count === 1 ? "cell" : "cells"}${accepted === undefined ? "" : `, ${accepted} accepted`}`;
  output.result(
    { results: target, cells: count, ...(accepted === undefined ? {} : { accepted }), made: fresh, undone },
    [
      ...fresh.map(({ outcome }) => outcome),
      ...undone.toReversed().map(({ edit }) => `Undone: ${editText(edit)}`),
      `${cells} in ${target}`,
    ].join("\n"),
  );
}

function tellLog({ edits = [] }: Extraction, output: Output): void {
  output.result({ edits }, edits.length === 0 ? "No edits were made" : edits.map(logLine).join("\n"));
}

function logLine({ edit, outcome, time }: LoggedEdit, i: number): string {
  return `${String(i + 1).padStart(3)}  ${time === undefined ? "" : `${time}  `}${editText(edit)}  ${outcome}`;
}
