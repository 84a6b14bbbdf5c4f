import { join } from "node:path";
import { ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import { movieFacts } from "../core/movie.ts";
import { fileFormat } from "../results/file_format.ts";
import { loadResults } from "../results/load.ts";
import { RESULTS_FORMAT } from "../results/save.ts";
import { loadMotion, SHIFTS_FORMAT } from "../results/shifts.ts";
import { type TruthSize, truthSize } from "../results/truth.ts";
import { EXPORT_MARK } from "../results/write_together.ts";
import { digits } from "./movie_facts.ts";
import { motionFacts } from "./motion_report.ts";

/** What a file is, for machines and for people. */
export interface Info {
  readonly record: Record<string, unknown>;
  readonly text: string;
}

/** What a file that annulus wrote, or a folder of its results or displacements, is; undefined for anything else. */
export async function ownFileInfo(path: string): Promise<Info | undefined> {
  const file = await ownFile(path);
  if (file === undefined) return await exportInfo(path);
  // What cannot be read is told as what it was given for: a movie.
  const format = await unlessDamaged(fileFormat(file));
  if (format === RESULTS_FORMAT) return await resultsInfo(file);
  if (format === SHIFTS_FORMAT) return await shiftsInfo(file);
  if (format === undefined) return truthInfo(file, await unlessDamaged(truthSize(file)));
  if (!format.startsWith("annulus ")) return undefined;
  return { record: { file: { name: file, format } }, text: `${file}: ${format}` };
}

/** The HDF5 file a path means; undefined when it means none. */
async function ownFile(path: string): Promise<string | undefined> {
  for (const candidate of [path, join(path, "results.h5"), join(path, "shifts.h5")]) {
    const status = await Deno.stat(candidate).catch(() => undefined);
    if (!status?.isFile) continue;
    using file = await Deno.open(candidate);
    const start = new Uint8Array(8);
    await file.read(start);
    return String.fromCharCode(...start).endsWith("HDF\r\n\x1a\n") ? candidate : undefined;
  }
  return undefined;
}

/** What results are, of annulus or of another program it can load. Rejects with a `ResultsError` when they cannot be loaded. */
export async function resultsInfo(path: string): Promise<Info> {
  const results = await loadResults(path);
  const { movie, footprints, frameRate, units, software, arOrder, quality, notes, parameters, edits = [] } = results;
  const accepted = quality?.accepted?.reduce((sum, one) => sum + one, 0), isPart = movie.recording !== undefined;
  const record = {
    results: {
      name: path,
      cells: footprints.count,
      accepted: accepted ?? null,
      width: footprints.width,
      height: footprints.height,
      frames: movie.frames,
      frame_rate: frameRate,
      units,
      ar_order: arOrder,
      software,
      parameters,
      notes,
      edits: edits.length,
      movie: { name: movie.name, files: movie.files, history: movie.history ?? [] },
      recording: isPart ? movieFacts(movie).recording : null,
    },
  };
  return { record, text: resultsText(path, results, accepted) };
}

function resultsText(path: string, results: Extraction, accepted: number | undefined): string {
  const { movie, footprints, frameRate, units, software, notes, edits = [] } = results, { recording } = movie;
  return [
    `${path}: results, ${footprints.count} cells${accepted === undefined ? "" : ` (${accepted} accepted)`} in ` +
    `${movie.frames} frames of ${footprints.width}×${footprints.height} pixels, ${
      digits(frameRate)
    } Hz, traces in ${units}`,
    `Of the movie: ${movie.name}${
      recording ? `, ${recording.frames} frames of ${recording.width}×${recording.height} pixels` : ""
    }`,
    ...(movie.history ?? []).map((step) => `Before that: ${step}`),
    `Made by: ${Object.entries(software).map(([name, value]) => `${name} ${value}`).join(", ")}`,
    ...notes.map((note) => `Note: ${note}`),
    ...(edits.length > 0
      ? [`Edited: ${edits.length} ${edits.length === 1 ? "edit" : "edits"}; annulus edit ${path} --log lists them`]
      : []),
  ].join("\n");
}

/** What a folder is that annulus exported; undefined for any other. */
async function exportInfo(path: string): Promise<Info | undefined> {
  try {
    const mark: Record<string, unknown> = JSON.parse(await Deno.readTextFile(join(path, EXPORT_MARK)));
    const { made_by, format, title } = mark;
    if (![made_by, format, title].every((text) => typeof text === "string")) return undefined;
    return {
      record: { export: { name: path, made_by, format, title } },
      text: `${path}: ${title}, made by ${made_by}`,
    };
  } catch {
    // No such file, or one that is no record: the folder is something else.
    return undefined;
  }
}

function truthInfo(path: string, truth: TruthSize | undefined): Info | undefined {
  if (truth === undefined) return undefined;
  const { cells, width, height, frames, frameRate, moves } = truth;
  const rate = frameRate === undefined ? "" : `, ${digits(frameRate)} Hz`;
  return {
    record: { truth: { name: path, cells, width, height, frames, frame_rate: frameRate ?? null, moves } },
    text:
      `${path}: the truth of a simulated movie, ${cells} cells in ${frames} frames of ${width}×${height} pixels${rate}${
        moves ? ", with motion" : ""
      }`,
  };
}

/** What a promise resolves to; undefined when it rejects with a `ResultsError`. */
async function unlessDamaged<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof ResultsError) return undefined;
    throw error;
  }
}

async function shiftsInfo(path: string): Promise<Info> {
  const motion = await loadMotion(path), { shifts, movie } = motion, { largest } = motionFacts(motion);
  const { width, height, frames, local } = shifts;
  return {
    record: {
      shifts: { name: path, width, height, frames, largest, piecewise: local !== undefined, movie: movie.name },
    },
    text: `${path}: displacements of ${frames} frames of ${width}×${height} pixels, ${
      local ? "piecewise" : "rigid"
    }, up to ${digits(largest)} pixels\nOf the movie: ${movie.name}`,
  };
}
