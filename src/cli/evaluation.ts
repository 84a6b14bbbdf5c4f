import type { Extraction } from "../core/extraction.ts";
import type { MovieSource } from "../core/movie.ts";
import type { InjectedRecall } from "../core/quality.ts";
import type { QualityParameters } from "../core/quality_parameters.ts";
import type { ExtractOptions } from "../cnmfe/extract.ts";
import { injectedRecall } from "../quality/injected_recall.ts";
import { measureQuality } from "../quality/measure.ts";
import { unexplainedPeaks } from "../quality/unexplained.ts";
import type { Flag } from "./command.ts";
import { UsageError } from "./exit.ts";
import type { ProgressEvent } from "./progress.ts";
import { alignedTable } from "./table.ts";

/** Flags of the commands that evaluate cells with their movie. */
export const EVALUATION_FLAGS: readonly Flag[] = [
  {
    name: "inject",
    value: "N",
    help: "Add N known cells to the movie, extract it again, and tell how many of them are found (takes as long again)",
  },
  { name: "inject_seed", value: "SEED", help: "Seed of the generator that makes these cells (default 1)" },
];

/** Known cells that are to be added. */
export interface Injection {
  /** How many. */
  readonly cells: number;
  /** Seed of their generator. */
  readonly seed: number;
}

/** The known cells that flags ask for; undefined when they ask for none. Throws `UsageError`. */
export function givenInjection(values: Readonly<Record<string, string>>): Injection | undefined {
  const whole = (name: string, least: number) => {
    const value = Number(values[name]);
    if (values[name].trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`--${name} is ${values[name]}, but it has to be a whole number from ${least}`);
  };
  if (values.inject === undefined) {
    if (values.inject_seed !== undefined) throw new UsageError("--inject_seed has no effect without --inject N");
    return undefined;
  }
  return { cells: whole("inject", 1), seed: values.inject_seed === undefined ? 1 : whole("inject_seed", 0) };
}

/** Part of the progress of a run that is the extraction, without and with known cells added; the next part is the evaluation. */
const EXTRACTION_PART = 0.88, WITH_INJECTION = 0.46;

/** The parts of the progress of an extraction with what follows it: each takes events that count from 0 to 1. */
export function progressParts(progress: (event: ProgressEvent) => void, injection: Injection | undefined) {
  const first = injection ? WITH_INJECTION : EXTRACTION_PART, second = injection ? WITH_INJECTION + 0.06 : 1;
  const part = (from: number, to: number) => (event: ProgressEvent) =>
    progress({ ...event, fraction: from + (to - from) * event.fraction });
  return { extraction: part(0, first), evaluation: part(first, second), injection: part(second, 1) };
}

/** How to evaluate. */
export interface EvaluateOptions extends Omit<ExtractOptions, "progress"> {
  /** Hears of the evaluation's progress. */
  readonly progress: (event: ProgressEvent) => void;
  /** Hears of the progress with known cells. */
  readonly injectionProgress: (event: ProgressEvent) => void;
  /** Known cells to add. Default: none. */
  readonly injection?: Injection;
}

/** An extraction with the quality of its cells measured, and the time that took among its timings. */
export async function evaluated(
  source: MovieSource,
  extraction: Extraction,
  parameters: QualityParameters,
  { injection, injectionProgress, ...options }: EvaluateOptions,
): Promise<Extraction> {
  const start = performance.now();
  const measured = await measureQuality(source, extraction, parameters, options);
  const between = performance.now();
  const recall = injection && await injectedRecall(source, extraction, parameters, {
    ...options,
    ...injection,
    progress: injectionProgress,
  });
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    ...extraction,
    quality: measured.quality,
    fieldQuality: { ...measured.fieldQuality, ...(recall ? { recall } : {}) },
    timings: [
      ...extraction.timings,
      { stage: "evaluation", seconds: seconds(start, between) },
      ...(recall ? [{ stage: "known cells", seconds: seconds(between, performance.now()) }] : []),
    ],
  };
}

/** What an evaluation says, for machines. */
export function evaluationRecord({ quality, fieldQuality, footprints }: Extraction): Record<string, unknown> {
  return {
    cells: footprints.count,
    ...(quality?.accepted ? { accepted: countAccepted(quality.accepted) } : {}),
    ...(quality?.rule ? { rule: quality.rule, thresholds: quality.thresholds } : {}),
    ...(fieldQuality ? { unexplained: fieldQuality.unexplained.length } : {}),
    ...(fieldQuality?.recall ? { recall: fieldQuality.recall } : {}),
  };
}

/** What an evaluation says, in lines for people. */
export function evaluationLines(extraction: Extraction): string[] {
  const { quality, fieldQuality, footprints: { count } } = extraction, lines: string[] = [];
  if (quality?.accepted && count > 0) {
    const accepted = countAccepted(quality.accepted);
    lines.push(
      accepted === count
        ? `${count === 1 ? "The cell is" : `All ${count} cells are`} accepted`
        : `${accepted} of ${count} ${
          count === 1 ? "cell" : "cells"
        } accepted; the others are set aside, with a reason each`,
    );
  }
  const peaks = unexplainedPeaks(extraction).elsewhere.length;
  if (peaks > 0) {
    lines.push(
      `${peaks} ${
        peaks === 1 ? "spot" : "spots"
      } away from the cells in what is left of the movie would still pass min_corr and min_pnr: ` +
        "cells may have been missed there",
    );
  }
  if (fieldQuality?.recall) lines.push(...recallLines(fieldQuality.recall));
  return lines;
}

function recallLines({ cells, bins }: InjectedRecall): string[] {
  if (cells === 0) return ["No known cell was added to the movie: none finds room beside those that were found"];
  const rows = bins.map(({ from, to, added, found, accepted }) => [
    `${from} to ${to}`,
    `${added}`,
    `${found}`,
    `${accepted}`,
    added > 0 ? (found / added).toFixed(2) : "",
  ]);
  return [
    `${cells} known ${cells === 1 ? "cell was" : "cells were"} added to the movie, to see which are found again:`,
    alignedTable([["peak SNR", "added", "found", "accepted", "share found"], ...rows]),
  ];
}

function countAccepted(accepted: Uint8Array): number {
  return accepted.reduce((sum, value) => sum + value, 0);
}
