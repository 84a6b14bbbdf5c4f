import { loadResults } from "../results/load.ts";
import { loadTruth } from "../results/truth.ts";
import { type Score, score as scoreResult } from "../score/score.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { resultsFile } from "./results_path.ts";
import { alignedTable } from "./table.ts";

/** `annulus score`: how well a result finds the cells of a truth. */
export const score: Command = {
  name: "score",
  usage: "score results.h5 truth.h5",
  summary: "Score results against a truth: precision, recall, F1, cosine and trace correlations",
  details: "Cells are matched to components one to one, with the greatest total cosine of their footprints.\n" +
    "--verbose lists the missed cells and the components that found none.",
  flags: [],
  async run({ operands }, output) {
    if (operands.length !== 2) {
      throw new UsageError(`annulus score needs two files, results.h5 and truth.h5, but got ${operands.length}`);
    }
    const extraction = await loadResults(await resultsFile(operands[0]));
    const result = scoreResult(extraction, await loadTruth(operands[1]));
    output.result({ score: result }, scoreText(result, output.options.verbose));
  },
};

/** A score for people. */
export function scoreText(result: Score, verbose: boolean): string {
  const rows = result.thresholds.map((at) => [
    `cosine at least ${at.threshold}`,
    ...[at.precision, at.recall, at.f1, at.cosine.mean, at.raw.mean, at.denoised.mean, at.spikes.mean].map((value) =>
      value.toFixed(3)
    ),
  ]);
  const lines = [
    `${result.cells} true cells, ${result.components} components, ${result.duplicates.length} duplicates`,
    alignedTable([["found with", "precision", "recall", "F1", "cosine", "raw r", "denoised r", "spikes r"], ...rows]),
  ];
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
