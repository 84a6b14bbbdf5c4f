import { basename, dirname, join, resolve } from "node:path";
import { ResultsError } from "../core/errors.ts";
import { reasonOf } from "../files/reason.ts";
import { REPORT_MARK, reportPage } from "../report/report.ts";
import { reportWarnings } from "../report/warnings.ts";
import { REPORT_FILE } from "../results/directory.ts";
import { loadResults } from "../results/load.ts";
import { exists, prepareDirectory, refuseRecording, writeTogether } from "../results/write_together.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { motionBeside } from "./export.ts";
import type { Output } from "./output.ts";
import { interruptible } from "./interrupt.ts";
import { resultsFile } from "./results_path.ts";

/** `annulus report`: the page that tells of results, made again. */
export const report: Command = {
  name: "report",
  usage: "report results/ [--out page.html]",
  summary: "Write everything about results on one page to open in a browser: what to look at, cells, traces, quality",
  details:
    "Takes a folder of results, a results.h5, or a results file of CaImAn; whatever they hold is shown. annulus run writes the page\n" +
    "by itself: this makes it again, after cells were edited or evaluated. Without --out it becomes report.html beside the\n" +
    "results. Another report that is there is replaced. The page needs no network.",
  flags: [
    { name: "out", value: "FILE", help: "File to make (default report.html beside the results)" },
    { name: "force", help: "Replace FILE when it is there and is no report" },
  ],
  async run({ operands, values, switches }, output) {
    if (operands.length !== 1) throw new UsageError("annulus report needs results: annulus report results/");
    const file = await resultsFile(operands[0]), extraction = await loadResults(file);
    const path = values.out ?? join(dirname(file), REPORT_FILE), folder = dirname(path), name = basename(path);
    const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
    if (values.out === "" || isFolder || /[/\\]$/.test(path)) {
      throw new UsageError(
        `--out ${path} is a folder, but a file to make is needed, such as ${join(path, REPORT_FILE)}`,
      );
    }
    if (resolve(path) === resolve(file)) {
      throw new ResultsError(`The page would replace the results it is made of, ${file}: choose another name`);
    }
    await refuseRecording(folder, [name], extraction.movie.files.map(({ path }) => path));
    if (await exists(path) && !switches.has("force") && !(await isReport(path))) {
      throw new ResultsError(
        `${path} is there already, and is no report of annulus: choose another name with --out, or replace it with --force`,
      );
    }
    // An older report holds nothing of its own: it is made of the results again.
    await prepareDirectory(folder, [name], true);
    const motion = await motionBeside(file, extraction, output);
    if ("CaImAn" in extraction.software) { for (const note of extraction.notes) output.notice(note); }
    await interruptible((signal) =>
      writeTogether(folder, [name], async (staging) => {
        await Deno.writeTextFile(join(staging, name), reportPage(extraction, motion));
      }, signal)
    );
    const warnings = reportWarnings(extraction, motion);
    output.result(
      { report: path, cells: extraction.footprints.count, warnings },
      [
        ...warnings.map(({ level, text }) => `${level === "act" ? "Look at this" : "Worth knowing"}: ${text}`),
        `The report is in ${path}`,
      ].join("\n"),
    );
  },
};

/** Makes pages for results that are being written: the results of a long run are not lost when their page cannot be made. */
export function pageOrNotice(output: Output): (...given: Parameters<typeof reportPage>) => string | undefined {
  return (extraction, options) => {
    try {
      return reportPage(extraction, options);
    } catch (error) {
      output.notice(`The report could not be made: ${reasonOf(error)}; annulus report makes it again from the results`);
      return undefined;
    }
  };
}

/** Whether a file is a report of annulus. */
async function isReport(path: string): Promise<boolean> {
  const start = new Uint8Array(4096);
  try {
    using file = await Deno.open(path);
    return new TextDecoder().decode(start.subarray(0, await file.read(start) ?? 0)).includes(REPORT_MARK);
  } catch {
    // It is not there, or cannot be read: whether it can be written is found out later.
    return false;
  }
}
