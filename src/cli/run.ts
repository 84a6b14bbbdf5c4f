import { extract } from "../cnmfe/extract.ts";
import { EVERY_STEP } from "../core/parameters.ts";
import type { Extraction } from "../core/extraction.ts";
import { prepareOutput, REPORT_FILE, RESULT_FILES, writeResults } from "../results/directory.ts";
import type { Command, Invocation } from "./command.ts";
import { DEVICE_FLAGS } from "./device.ts";
import { adviceOf, formatNames, givenFormats } from "./export.ts";
import {
  evaluated,
  EVALUATION_FLAGS,
  evaluationLines,
  evaluationRecord,
  givenInjection,
  progressParts,
} from "./evaluation.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { PARAMETER_FLAGS } from "./parameter_input.ts";
import { PIPELINE_FLAGS, withMovie } from "./pipeline.ts";
import { duration } from "./progress.ts";
import { pageOrNotice } from "./report.ts";
import { givenSession, refuseUnusedSession, SESSION_FLAGS } from "./session_flags.ts";

/** `annulus run`: the main job. */
export const run: Command = {
  name: "run",
  usage: "run movie.tif [more.tif … | folder] --out results/ [--params file.json] [--min_corr 0.7 …]",
  summary: "Extract footprints, traces and spikes of the neurons in a movie",
  details:
    "Several files, or the files of a folder, are one movie in playing order. The movie may be as it was recorded: it is\n" +
    "preprocessed as asked for, and its motion is corrected when it moves, while it is read; no second movie is written.\n" +
    "Writes results.h5 (everything), report.html (what to look at, in a browser), Inscopix-style footprints.tif and CSV tables, and\n" +
    "pictures. The one parameter to choose for every recording is gSig, a quarter of a cell's diameter in pixels; annulus summary\n" +
    "shows what min_corr and min_pnr act on.",
  flags: [
    { name: "out", value: "FOLDER", help: "Where the results go" },
    { name: "force", help: "Replace results that are there" },
    { name: "also", value: "FORMATS", help: `Write these formats too, separated by commas: ${formatNames()}` },
    ...EVALUATION_FLAGS,
    ...SESSION_FLAGS,
    ...PIPELINE_FLAGS,
    ...DEVICE_FLAGS,
    ...PARAMETER_FLAGS,
  ],
  takesParameters: EVERY_STEP,
  async run(invocation, output) {
    const { operands, values, switches } = invocation;
    if (operands.length === 0) throw new UsageError("annulus run needs a movie: annulus run movie.tif --out results/");
    if (values.out === undefined) throw new UsageError("annulus run needs --out FOLDER: where the results go");
    const extraction = await runExtraction(values.out, switches.has("force"), invocation, output);
    reportExtraction(extraction, values.out, output);
  },
};

/** Extracts the movie an invocation names into a folder. */
export async function runExtraction(
  folder: string,
  force: boolean,
  invocation: Invocation,
  output: Output,
): Promise<Extraction> {
  const injection = givenInjection(invocation.values);
  const also = invocation.values.also === undefined ? [] : givenFormats(invocation.values.also);
  const own = also.find(({ output }) => RESULT_FILES.includes(output));
  if (own) throw new UsageError(`--also names ${own.name}, but ${own.output} is written anyway: leave it out`);
  const session = await givenSession(invocation);
  refuseUnusedSession(session, also);
  const prepare = (isSaved: boolean) => prepareOutput(folder, force, isSaved, also, invocation.operands);
  return await withMovie(invocation, output, { folder, prepare }, async (ready) => {
    const { source, motion, isSaved, compute, memoryBytes, parameters, qualityParameters, signal } = ready;
    if (source.header.frameRate === undefined) {
      const { frames, drop_frames } = ready.preparation().preprocessing;
      const isChosen = (frames !== null || drop_frames !== null) && source.header.timestamps === undefined;
      output.notice(
        `The movie does not say its frame rate; ${parameters.frame_rate} Hz is assumed (--frame_rate sets it)` +
          (isChosen ? ", and the traces' times know nothing of the frames that were left out" : ""),
      );
    }
    const border = motion?.quality.border;
    const parts = progressParts(ready.progress, injection), tools = { compute, memoryBytes, border, signal };
    const extracted = await extract(source, parameters, { ...tools, progress: parts.extraction });
    const judged = await evaluated(source, extracted, qualityParameters, {
      ...tools,
      progress: parts.evaluation,
      injectionProgress: parts.injection,
      ...(injection ? { injection } : {}),
    });
    const extraction = { ...judged, preparation: ready.preparation() };
    output.detail(planText(extraction.plan));
    for (const advice of adviceOf(also, extraction, session ? { session } : {})) output.notice(advice);
    await writeResults(folder, extraction, {
      force,
      ...(motion ? { motion, keepMotion: isSaved } : {}),
      also,
      ...(session ? { session } : {}),
      report: pageOrNotice(output),
      signal,
    });
    return extraction;
  });
}

/** Tells what an extraction found. */
export function reportExtraction(extraction: Extraction, folder: string, output: Output): void {
  const { movie, footprints, notes, plan, timings, software } = extraction;
  const seconds = timings.reduce((sum, stage) => sum + stage.seconds, 0);
  for (const { stage, seconds } of timings) output.detail(`${stage}: ${duration(seconds)}`);
  output.result(
    { results: folder, ...evaluationRecord(extraction), seconds, notes, plan, software },
    [
      `${footprints.count} ${
        footprints.count === 1 ? "cell" : "cells"
      } in ${movie.frames} frames of ${movie.width}×${movie.height} pixels, ${duration(seconds)}`,
      ...evaluationLines(extraction),
      ...notes,
      `The results are in ${folder}: ${REPORT_FILE} shows them, annulus view ${folder} lets you decide about the cells`,
    ].join("\n"),
  );
}

function planText(plan: Readonly<Record<string, number>>): string {
  return `Plan: ${Object.entries(plan).map(([name, value]) => `${name} ${value}`).join(", ")}`;
}
