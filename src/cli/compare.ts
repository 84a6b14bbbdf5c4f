import { loadResults } from "../results/load.ts";
import { compare as compareResults, type Comparison } from "../score/compare.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { resultsFile } from "./results_path.ts";
import { alignedTable } from "./table.ts";

const TRACES = ["raw", "denoised", "spikes"] as const;

/** `annulus compare`: how alike two results are. */
export const compare: Command = {
  name: "compare",
  usage: "compare a/results.h5 b/results.h5 [--traces raw]",
  summary: "Compare two results: the spatio-temporal similarity curve and its area",
  details:
    "As Inscopix's documentation defines it: counterparts by footprint, similarity the mean of the footprints' cosine\n" +
    "and the traces' correlation, the curve the share of cells matched at each least similarity.",
  flags: [{ name: "traces", value: TRACES.join("|"), help: "Traces to correlate (default raw)" }],
  async run({ operands, values }, output) {
    if (operands.length !== 2) throw new UsageError(`annulus compare needs two results, but got ${operands.length}`);
    const traces = TRACES.find((name) => name === (values.traces ?? "raw"));
    if (traces === undefined) {
      throw new UsageError(`--traces is ${values.traces}, but it has to be one of ${TRACES.join(", ")}`);
    }
    const [a, b] = await Promise.all(operands.map(async (path) => await loadResults(await resultsFile(path))));
    const result = compareResults(a, b, { traces });
    output.result({ comparison: result }, comparisonText(result));
  },
};

/** A comparison for people: the curve in steps of a tenth. */
export function comparisonText({ cellsA, cellsB, pairs, curve, area }: Comparison): string {
  const tenths = curve.filter((_, i) => i % 10 === 0);
  return [
    `${cellsA} and ${cellsB} cells, ${pairs.length} counterparts`,
    alignedTable([
      ["similarity at least", ...tenths.map(({ threshold }) => threshold.toFixed(1))],
      ["share matched", ...tenths.map(({ matched }) => matched.toFixed(3))],
    ]),
    `area under the curve: ${area.toFixed(4)}`,
  ].join("\n");
}
