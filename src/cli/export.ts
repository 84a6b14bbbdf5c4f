import { dirname, join } from "node:path";
import type { Extraction } from "../core/extraction.ts";
import type { Motion } from "../core/motion.ts";
import { exportFormat, exportTogether, prepareExport } from "../results/export.ts";
import type { ExportFormat, ExportOptions } from "../results/exports/export_format.ts";
import { EXPORT_FORMATS } from "../results/exports/export_formats.ts";
import { loadResults } from "../results/load.ts";
import { loadMotion } from "../results/shifts.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { interruptible } from "./interrupt.ts";
import { resultsFile } from "./results_path.ts";
import { givenSession, refuseUnusedSession, SESSION_FLAGS } from "./session_flags.ts";

/** `annulus export`: results in the formats of other programs. */
export const exportCommand: Command = {
  name: "export",
  usage: "export results/ --to FORMAT[,FORMAT …] [--out PATH] [--session session.yaml]",
  summary:
    "Write results in the formats of other programs: CaImAn, NWB, Inscopix, CSV, MATLAB, NumPy, ImageJ, suite2p, minian",
  details:
    "Takes a folder of results, a results.h5, or a results file of CaImAn. Without --out each format goes under its usual name beside\n" +
    "the results.\n\nFormats\n" +
    EXPORT_FORMATS.map(({ name, output, isFolder, title }) =>
      `  ${name.padEnd(10)} ${`${output}${isFolder ? "/" : ""}`.padEnd(24)} ${title}`
    ).join("\n"),
  flags: [
    { name: "to", value: "FORMATS", help: `Formats, separated by commas: ${formatNames()}` },
    { name: "out", value: "PATH", help: "File or folder to make; with several formats the folder to put them into" },
    { name: "force", help: "Replace what is there" },
    ...SESSION_FLAGS,
  ],
  async run(invocation, output) {
    const { operands, values, switches } = invocation, example = "annulus export results/ --to nwb";
    if (operands.length !== 1) throw new UsageError(`annulus export needs results: ${example}`);
    if (values.to === undefined) {
      throw new UsageError(`annulus export needs --to FORMAT: ${example} (${formatNames()})`);
    }
    const formats = givenFormats(values.to), session = await givenSession(invocation);
    refuseUnusedSession(session, formats);
    const file = await resultsFile(operands[0]), extraction = await loadResults(file);
    const motion = await motionBeside(file, extraction, output), force = switches.has("force");
    const options = { ...(session ? { session } : {}), ...motion };
    const planned = formats.map((format) => ({
      format,
      path: formats.length === 1 && values.out !== undefined
        ? values.out
        : join(values.out ?? dirname(file), format.output),
    }));
    // All are refused, or none.
    for (const { path } of planned) await prepareExport(path, extraction, { force, source: file });
    // What was missing or odd in another program's file is told here for the first time.
    if ("CaImAn" in extraction.software) { for (const note of extraction.notes) output.notice(note); }
    for (const advice of adviceOf(formats, extraction, options)) output.notice(advice);
    const { count } = extraction.footprints;
    const written = await interruptible((signal) =>
      exportTogether(planned, extraction, { force, source: file, signal, ...options })
    );
    output.result(
      { exported: written.map((path, i) => ({ format: formats[i].name, path })), cells: count },
      written.map((path, i) => `${path}: ${count} ${count === 1 ? "cell" : "cells"} for ${formats[i].title}`).join(
        "\n",
      ),
    );
  },
};

/** The formats in a list such as "nwb,caiman". Throws `ParameterError` for one that does not exist, and `UsageError` for none. */
export function givenFormats(list: string): ExportFormat[] {
  const names = list.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) throw new UsageError(`No format is named: give one or more of ${formatNames()}`);
  return [...new Set(names.map((name) => exportFormat(name)))];
}

/** What the user should know before using results in some formats, each sentence once. */
export function adviceOf(
  formats: readonly ExportFormat[],
  extraction: Extraction,
  options: ExportOptions,
): string[] {
  return [...new Set(formats.flatMap((format) => format.advice?.(extraction, options) ?? []))];
}

/** "caiman, nwb, …". */
export function formatNames(): string {
  return EXPORT_FORMATS.map(({ name }) => name).join(", ");
}

/** The motion correction that lies beside results, if one does. Tells when it is not theirs. */
export async function motionBeside(
  file: string,
  { movie: { width, height, frames } }: Extraction,
  output: Output,
): Promise<{ motion?: Motion }> {
  const path = join(dirname(file), "shifts.h5");
  const isThere = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
  if (!isThere) return {};
  const motion = await loadMotion(path), { shifts } = motion;
  if (shifts.width === width && shifts.height === height && shifts.frames === frames) return { motion };
  output.notice(
    `The displacements in ${path} are left out: they are of ${shifts.frames} frames of ${shifts.width}×${shifts.height} pixels, ` +
      `the results of ${frames} frames of ${width}×${height}`,
  );
  return {};
}

/** The formats as a Markdown table, for the README. */
export function exportMarkdown(): string {
  const rows = EXPORT_FORMATS.map(({ name, output, isFolder, title }) =>
    `| \`${name}\` | \`${output}${isFolder ? "/" : ""}\` | ${title} |`
  );
  return ["| format | usual name | what it is |", "| --- | --- | --- |", ...rows].join("\n");
}
