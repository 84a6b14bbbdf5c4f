import { loadResults } from "../results/load.ts";
import { loadShifts } from "../results/shifts.ts";
import { loadTruth } from "../results/truth.ts";
import { type Score, score as scoreResult } from "../score/score.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import type { Output } from "./output.ts";
import { resultsFile } from "./results_path.ts";
import { reportShifts } from "./score_shifts.ts";
import { alignedTable } from "./table.ts";

/** `annulus score`: how well a result finds the cells of a truth. */
export const score: Command = {
  name: "score",
  usage: "score results.h5 truth.h5 [--recording alone.h5] | score shifts.h5 --truth truth.h5",
  summary: "Score results against a truth: precision, recall, F1, cosine and trace correlations, or errors of shifts",
  details: "Cells are matched to components one to one, with the greatest total cosine of their footprints.\n" +
    "--verbose lists the missed cells and the components that found none.\n" +
    "For a movie made with simulate --onto, --recording names the results of the recording itself: components found there, too, are\n" +
    "neurons the truth does not know. They count neither as false nor as duplicates, and how many they are is told.\n" +
    "With --truth, the one file named holds shifts: their errors in pixels are told, after the constant that is up to the template is taken away.",
  flags: [
    { name: "recording", value: "ALONE.h5", help: "Results of the recording that simulate --onto added the cells to" },
    { name: "truth", value: "TRUTH.h5", help: "Score shifts, as annulus motion saves them, against this truth" },
  ],
  async run({ operands, values }, output) {
    if (values.truth !== undefined) return await scoreShiftsFile(operands, values.truth, values.recording, output);
    if (operands.length !== 2) {
      throw new UsageError(`annulus score needs two files, results.h5 and truth.h5, but got ${operands.length}`);
    }
    const extraction = await loadResults(await resultsFile(operands[0]));
    const own = values.recording === undefined ? undefined : await loadResults(await resultsFile(values.recording));
    const result = scoreResult(extraction, await loadTruth(operands[1]), { own });
    output.result({ score: result }, scoreText(result, output.options.verbose, own !== undefined));
  },
};

async function scoreShiftsFile(
  operands: readonly string[],
  truth: string,
  recording: string | undefined,
  output: Output,
): Promise<void> {
  if (recording !== undefined) throw new UsageError("--recording has no effect on shifts: leave it or --truth out");
  if (operands.length !== 1) {
    throw new UsageError(`annulus score --truth needs one file with shifts, but got ${operands.length}`);
  }
  reportShifts(await loadShifts(await resultsFile(operands[0], "shifts.h5")), await loadTruth(truth), output);
}

/** A score for people. `own`: whether the recording's own cells were told apart. */
export function scoreText(result: Score, verbose: boolean, own = false): string {
  const { cells, components, duplicates, ownDuplicates } = result;
  const rows = result.thresholds.map((at) => [
    `cosine at least ${at.threshold}`,
    ...[at.precision, at.recall, at.f1, at.cosine.mean, at.raw.mean, at.denoised.mean, at.spikes.mean].map((value) =>
      value.toFixed(3)
    ),
  ]);
  const lines = [
    `${cells} true cells, ${components} components, ${duplicates.length} duplicates` +
    (own ? `, ${duplicates.length + ownDuplicates.length} with the recording's own cells` : ""),
    alignedTable([["found with", "precision", "recall", "F1", "cosine", "raw r", "denoised r", "spikes r"], ...rows]),
  ];
  for (const { threshold, own: ownComponents, matches } of own ? result.thresholds : []) {
    const precision = components > 0 ? matches.length / components : 1;
    const f1 = cells + components > 0 ? 2 * matches.length / (cells + components) : 1;
    lines.push(
      `${ownComponents.length} components without a match at ${threshold} are the recording's own cells; ` +
        `counted as false, precision is ${precision.toFixed(3)} and F1 ${f1.toFixed(3)}`,
    );
  }
  const last = result.thresholds.at(-1);
  if (verbose && last !== undefined) {
    for (const { cell, x, y, snr, cosine } of last.missed) {
      lines.push(
        `missed: cell ${cell} at (${x.toFixed(1)}, ${y.toFixed(1)}), SNR ${snr.toFixed(1)}, best cosine ${
          cosine.toFixed(2)
        }`,
      );
    }
    for (const { component, x, y, cosine } of last.falseComponents) {
      lines.push(
        `no cell: component ${component} at (${x.toFixed(1)}, ${y.toFixed(1)}), best cosine ${cosine.toFixed(2)}`,
      );
    }
  }
  return lines.join("\n");
}
