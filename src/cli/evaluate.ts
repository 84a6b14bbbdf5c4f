import { dirname, join } from "node:path";
import { ResultsError } from "../core/errors.ts";
import type { Extraction } from "../core/extraction.ts";
import type { CellQuality, QualityMeasure } from "../core/quality.ts";
import { QUALITY_MEASURES } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import { resolveQualityParameters } from "../core/parameters.ts";
import { acceptCells, isMeasured } from "../quality/accept.ts";
import { fileFormat } from "../results/file_format.ts";
import { fileVersion } from "../results/file_version.ts";
import { loadResults, saveResults } from "../results/hdf5.ts";
import { replaceResults, RESULTS_FORMAT } from "../results/save.ts";
import { cellNames } from "../results/traces_csv.ts";
import { exists } from "../results/write_together.ts";
import type { Command, Invocation } from "./command.ts";
import { evaluated, EVALUATION_FLAGS, evaluationLines, evaluationRecord, givenInjection } from "./evaluation.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { givenParameters, PARAMETER_FLAGS } from "./parameter_input.ts";
import { Progress } from "./progress.ts";
import { RESULTS_MOVIE_FLAGS, withResults } from "./results_movie.ts";
import { resultsFile } from "./results_path.ts";
import { alignedTable } from "./table.ts";

/** `annulus evaluate`: decides again which cells are accepted. */
export const evaluate: Command = {
  name: "evaluate",
  usage: "evaluate results/ [movie.tif …] [--min_SNR 3 --rval_thr 0.9 …] [--again] [--inject 50]",
  summary: "Decide which cells of results are accepted, by thresholds that can be changed at any time",
  details:
    "With thresholds alone the cells are judged anew by what was measured of them before, which needs no movie and takes a moment.\n" +
    "Cells are measured when nobody has measured them, when decay_time changes, when a movie is named, and with --again.\n" +
    "Thresholds that are not given stay as they were. What a person decided about a cell stays, too. Cells are set aside, never\n" +
    "deleted, each with its reason; the results change in place, nothing but the quality in them. --verbose lists every cell.",
  flags: [
    { name: "again", help: "Measure again, also where it was done before" },
    { name: "out", value: "RESULTS.h5", help: "Write the results here and leave those that are there as they are" },
    { name: "force", help: "Replace the file that --out names" },
    ...EVALUATION_FLAGS,
    ...RESULTS_MOVIE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: ["quality"],
  async run(invocation, output) {
    const { operands: [results, ...movie], values, switches } = invocation;
    if (results === undefined) {
      throw new UsageError("annulus evaluate needs results: annulus evaluate results/ --min_SNR 3");
    }
    const given = await givenParameters(invocation, output);
    resolveQualityParameters(given);
    const injection = givenInjection(values), file = await resultsFile(results);
    const version = await fileVersion(file), before = await loadResults(file);
    const target = await targetOf(file, values.out, switches.has("force"));
    const { quality } = before, stored = quality?.thresholds ?? {};
    const parameters = resolveQualityParameters({ ...stored, ...given });
    const isMeasuredSo = isMeasured(quality) && (stored.decay_time ?? parameters.decay_time) === parameters.decay_time;
    const needsMovie = !isMeasuredSo || movie.length > 0 || switches.has("again") || injection !== undefined;
    const after = needsMovie
      ? await measuredAgain(invocation, output, parameters)
      : { ...before, quality: acceptCells(quality!, before, parameters) };
    if (target === file) await replaceResults(file, after, version);
    else await saveResults(target, after, { timings: after.timings.length > 0 });
    await tellOfTables(target, before, after, output);
    output.result(
      { results: target, measured: needsMovie, ...evaluationRecord(after), changed: changedCells(before, after) },
      evaluationText(after, output.options.verbose),
    );
  },
};

/** Where the results go. Refuses to replace what is no results file of annulus. */
export async function targetOf(file: string, out: string | undefined, force: boolean): Promise<string> {
  if (out === undefined) {
    if (await fileFormat(file) === RESULTS_FORMAT) return file;
    throw new UsageError(
      `${file} was written by another program, and is not changed: name a file for the results with --out evaluated.h5`,
    );
  }
  if (!force && await exists(out)) {
    throw new ResultsError(`There is already something at ${out}: choose another name, or use --force to replace it`);
  }
  return out;
}

async function measuredAgain(
  invocation: Invocation,
  output: Output,
  parameters: QualityParameters,
): Promise<Extraction> {
  const injection = givenInjection(invocation.values), progress = new Progress(output);
  const end = injection ? 0.15 : 1;
  return await withResults(invocation, output, async (opened) => {
    const { extraction, compute, memoryBytes, signal } = opened, source = await opened.openMovie();
    return await evaluated(source, extraction, parameters, {
      compute,
      memoryBytes,
      signal,
      progress: (event) => progress.report({ ...event, fraction: end * event.fraction }),
      injectionProgress: (event) => progress.report({ ...event, fraction: end + (1 - end) * event.fraction }),
      ...(injection ? { injection } : {}),
    });
  });
}

/** Names of the cells whose state changed. */
function changedCells(before: Extraction, after: Extraction): string[] {
  const was = before.quality?.accepted, is = after.quality!.accepted!;
  return cellNames(after).filter((_, k) => was?.[k] !== is[k]);
}

/** Tables of traces beside the results hold each cell's state, too: says so when it is no longer the same. */
async function tellOfTables(target: string, before: Extraction, after: Extraction, output: Output): Promise<void> {
  const table = join(dirname(target), "traces.csv");
  if (changedCells(before, after).length === 0 || !await exists(table)) return;
  output.notice(
    `${table} and the other tables there still hold the cells' earlier states: annulus export writes them anew, annulus report the page`,
  );
}

/** Measures people are shown, without those that only say what was decided. */
const SHOWN: readonly QualityMeasure[] = QUALITY_MEASURES.filter(({ field }) =>
  field !== "accepted" && field !== "decided"
);

/** Cells whose reasons are told when not every cell is listed. */
const MOST_REASONS = 20;

function evaluationText(extraction: Extraction, isVerbose: boolean): string {
  const { quality, footprints } = extraction, { accepted, reasons, rule } = quality!, names = cellNames(extraction);
  const cells = Array.from(names.keys()), aside = cells.filter((k) => accepted![k] !== 1);
  const lines = [...(footprints.count === 0 ? ["There are no cells"] : []), ...evaluationLines(extraction), rule!];
  if (footprints.count > 0) lines.push(summaryTable(quality!));
  if (isVerbose && footprints.count > 0) {
    const shown = SHOWN.filter(({ field }) => quality![field]);
    lines.push(alignedTable([
      ["cell", ...shown.map(({ name }) => name), "state"],
      ...cells.map((k) => [
        names[k],
        ...shown.map((measure) => valueText(quality![measure.field]![k], measure)),
        accepted![k] === 1 ? "accepted" : "set aside",
      ]),
    ]));
  }
  const told = isVerbose ? cells : aside.slice(0, MOST_REASONS);
  lines.push(...told.map((k) => `${names[k]} ${reasons![k]}`));
  if (!isVerbose && aside.length > told.length) {
    lines.push(`… and ${aside.length - told.length} more (--verbose lists all)`);
  }
  const unmeasured = extraction.edits?.length ? cells.filter((k) => Number.isNaN(quality!.rValue?.[k])) : [];
  if (unmeasured.length > 0) {
    lines.push(`Not all was measured of ${namesText(unmeasured.map((k) => names[k]))} after edits: --again does it`);
  }
  return lines.join("\n");
}

/** Names in a sentence; the first few of many. */
function namesText(names: readonly string[]): string {
  return names.length <= 10 ? names.join(", ") : `${names.slice(0, 10).join(", ")} and ${names.length - 10} more cells`;
}

/** Median of each measure over the cells that are accepted, and over the others. */
function summaryTable(quality: CellQuality): string {
  const { accepted } = quality, shown = SHOWN.filter(({ field }) => quality[field] && field !== "duplicateOf");
  const median = (measure: QualityMeasure, state: number) => {
    const values = Array.from(quality[measure.field]!).filter((value, k) =>
      accepted![k] === state && !Number.isNaN(value)
    );
    values.sort((a, b) => a - b);
    return values.length === 0 ? "" : valueText(values[values.length >> 1], measure);
  };
  return alignedTable([
    ["median over cells", "accepted", "set aside"],
    ...shown.map((measure) => [`${measure.name} (${measure.meaning})`, median(measure, 1), median(measure, 0)]),
  ]);
}

function valueText(value: number, { type, field }: QualityMeasure): string {
  if (Number.isNaN(value)) return "";
  if (field === "duplicateOf" && value < 0) return "";
  return type === "float32" && field !== "size" ? value.toFixed(2) : String(value);
}
