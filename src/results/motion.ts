import { join } from "node:path";
import type { Motion } from "../core/motion.ts";
import { MOTION_PICTURES } from "./motion_pictures.ts";
import { saveShifts } from "./shifts.ts";
import { writeLocalShiftsCsv, writeShiftsCsv } from "./shifts_csv.ts";
import { prepareDirectory, writeTogether } from "./write_together.ts";

/**
 * Every file that `writeMotion` writes; `shifts_local.csv` only for displacements that are not the same everywhere.
 * `shifts.h5` comes last: where it is, the others are.
 */
export const MOTION_FILES: readonly string[] = [
  "shifts.csv",
  "shifts_local.csv",
  ...Object.keys(MOTION_PICTURES),
  "shifts.h5",
];

/** Checks that `writeMotion` will be able to write into a directory. Rejects with a `ResultsError` that says what is in the way. */
export async function prepareMotion(directory: string, { force = false }: { force?: boolean } = {}): Promise<void> {
  await prepareDirectory(directory, MOTION_FILES, force);
}

/**
 * Writes everything about a motion correction into a directory, which is created when it does not exist: `shifts.h5` (everything; `loadMotion`
 * reads it back), `shifts.csv` and `shifts_local.csv` (tables), and to look at `shifts.png` (displacements over time), `registration.png`
 * (correlation with the template, residual flow) and `template.png` (means before and after). All files appear together or not at all.
 *
 * @returns The paths of the files.
 * @throws {ResultsError} When there are such files already (without `force`), or when something cannot be written.
 */
export async function writeMotion(
  directory: string,
  motion: Motion,
  { force = false }: { force?: boolean } = {},
): Promise<string[]> {
  await prepareMotion(directory, { force });
  return await writeTogether(directory, MOTION_FILES, (staging) => writeMotionFiles(staging, motion));
}

/** Writes the files of `writeMotion` into a directory that exists and has none of them. */
export async function writeMotionFiles(directory: string, motion: Motion): Promise<void> {
  await writeShiftsCsv(join(directory, "shifts.csv"), motion);
  if (motion.shifts.local !== undefined) await writeLocalShiftsCsv(join(directory, "shifts_local.csv"), motion);
  for (const [name, draw] of Object.entries(MOTION_PICTURES)) await Deno.writeFile(join(directory, name), draw(motion));
  await saveShifts(join(directory, "shifts.h5"), motion);
}
