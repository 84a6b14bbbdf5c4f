import { join, resolve } from "node:path";
import type { Extraction } from "../core/extraction.ts";
import type { Session } from "../nwb/session.ts";
import type { Motion } from "../core/motion.ts";
import { writeExport } from "./export.ts";
import type { ExportFormat } from "./exports/export_format.ts";
import { saveResults } from "./hdf5.ts";
import { writeInscopix } from "./inscopix.ts";
import { MOTION_FILES, writeMotionFiles } from "./motion.ts";
import { PICTURES } from "./pictures.ts";
import { runJson } from "./run_json.ts";
import { prepareDirectory, refuseRecording, writeTogether } from "./write_together.ts";

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

/** The page that tells of a run, which `writeResults` writes when it is given one. */
export const REPORT_FILE = "report.html";

/** How `writeResults` writes. */
export interface WriteOptions {
  /** Replace results that are already in the directory; other files there are left alone. Default false. */
  readonly force?: boolean;
  /** Whether `results.h5` holds the timings too; see `saveResults`. Default true. */
  readonly timings?: boolean;
  /** How the movie was registered, to be written beside the results: `shifts.h5`, its tables and pictures. Default: it was not. */
  readonly motion?: Motion;
  /** Whether the directory holds the files of the motion already, and they are used again: they stay, and are no reason to refuse. Default false. */
  readonly keepMotion?: boolean;
  /** Formats of other programs that are written beside the results, each under its usual name. Default none. */
  readonly also?: readonly ExportFormat[];
  /** What only the user knows of the session, for those formats that have a place for it. */
  readonly session?: Session;
  /**
   * Makes the page of `report.html` from the results and, where there is one, their motion correction; undefined is no page.
   * Default: no page is written.
   */
  readonly report?: (extraction: Extraction, options: { readonly motion?: Motion }) => string | undefined;
  /** Ends it early: it then rejects with the signal's reason, and has written nothing. */
  readonly signal?: AbortSignal;
}

/** Every file that may be written with results, those of the motion correction and of other formats first. */
function filesOf(keepMotion: boolean, also: readonly ExportFormat[]): readonly string[] {
  const exports = beside(also).map(({ output }) => output);
  const own = [...exports, REPORT_FILE, ...RESULT_FILES];
  return keepMotion ? own : [...MOTION_FILES, ...own];
}

/** Each format once, without what is part of the results anyway. */
function beside(also: readonly ExportFormat[]): readonly ExportFormat[] {
  return [...new Set(also)].filter(({ output }) => !RESULT_FILES.includes(output));
}

/**
 * Checks, before a long run, that `writeResults` will be able to write into a directory: it can be created or written to, and holds no results
 * yet (unless `force`). Leaves nothing behind. Rejects with a `ResultsError` that says what is in the way.
 *
 * @param keepMotion Whether the files of a motion correction that are there will be used again, and so may be there. Default false.
 * @param also Formats of other programs that will be written beside the results. Default none.
 * @param recording Paths of the recording's files, which are never replaced. Default none.
 */
export async function prepareOutput(
  directory: string,
  force = false,
  keepMotion = false,
  also: readonly ExportFormat[] = [],
  recording: readonly string[] = [],
): Promise<void> {
  await refuseRecording(directory, filesOf(keepMotion, also), recording);
  await prepareDirectory(directory, filesOf(keepMotion, also), force);
}

/**
 * Writes everything about an extraction into a directory, which is created when it does not exist: `results.h5`, `footprints.tif`,
 * `traces.csv` (raw), `traces_denoised.csv`, `spikes.csv`, `correlation.png`, `pnr.png`, `footprints.png`, `traces.png` and `run.json`;
 * with `motion` what `writeMotion` writes, with `report` the page `report.html`, and with `also` the results in formats of other programs.
 *
 * All files appear together: a failure leaves no half-written file and no mixture, but what was there before. Two identical runs write
 * identical files, but for `run.json` and, inside `results.h5`, `timings/seconds` (with `timings: false` not even that).
 *
 * @returns The paths of the files.
 * @throws {ResultsError} When there are results already (without `force`), or when something cannot be written, a full disk included.
 */
export async function writeResults(
  directory: string,
  extraction: Extraction,
  { force = false, timings = true, motion, keepMotion = false, also = [], session, report, signal }: WriteOptions = {},
): Promise<string[]> {
  await prepareOutput(directory, force, keepMotion, also, extraction.movie.files.map(({ path }) => path));
  return await writeTogether(directory, filesOf(keepMotion, also), async (staging) => {
    const options = { ...(motion ? { motion } : {}), ...(session ? { session } : {}) };
    if (motion && !keepMotion) await writeMotionFiles(staging, motion);
    await writeInscopix(staging, extraction);
    for (const [name, draw] of Object.entries(PICTURES)) await Deno.writeFile(join(staging, name), draw(extraction));
    for (const format of beside(also)) {
      const target = resolve(directory, format.output);
      await writeExport(join(staging, format.output), extraction, format, { ...options, target });
    }
    const page = report?.(extraction, motion ? { motion } : {});
    if (page !== undefined) await Deno.writeTextFile(join(staging, REPORT_FILE), page);
    await Deno.writeTextFile(join(staging, "run.json"), runJson(extraction, new Date()));
    await saveResults(join(staging, "results.h5"), extraction, { timings });
  }, signal);
}
