import { join } from "node:path";
import { cellNumbers } from "../core/extraction.ts";
import { fileFormat } from "../results/file_format.ts";
import { loadResults } from "../results/load.ts";
import { loadShifts, SHIFTS_FORMAT } from "../results/shifts.ts";
import { loadTruth } from "../results/truth.ts";
import { type Score, score as scoreResult } from "../score/score.ts";
import { separation } from "../score/separation.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./exit.ts";
import { resultsFile } from "./results_path.ts";
import { eventScore, eventScoreText } from "./score_events.ts";
import { qualityScoreText } from "./score_quality.ts";
import { scoreAgainstTruth, shiftScoreText } from "./score_shifts.ts";
import { alignedTable } from "./table.ts";
import { numberFlag } from "./trace_flags.ts";

/** `annulus score`: how well results find the cells, and the motion, of a truth. */
export const score: Command = {
  name: "score",
  usage: "score results/ truth.h5 [--recording alone.h5]",
  summary: "Score results against a truth: precision, recall, F1, cosine and trace correlations, and errors of shifts",
  details:
    "Takes a folder of results, a results.h5 or a shifts.h5. Of a folder everything in it is scored that the truth knows.\n" +
    "Cells are matched to components one to one, with the greatest total cosine of their footprints.\n" +
    "--verbose lists the missed cells and, by their numbers, the components that found none.\n" +
    "Of evaluated results, the accepted components are scored alone, too, and the ROC areas tell whether SNR, r-value and the combined\n" +
    "quality rank components that found a cell above those that found none.\n" +
    "For a movie made with simulate --onto, --recording names the results of the recording itself: components found there, too, are\n" +
    "neurons the truth does not know. They count neither as false nor as duplicates, and how many they are is told.\n" +
    "Errors of shifts are in pixels, after the constant that is up to the template is taken away; a truth without motion is one of\n" +
    "tissue at rest.",
  flags: [
    { name: "recording", value: "ALONE.h5", help: "Results of the recording that simulate --onto added the cells to" },
    {
      name: "tolerance",
      value: "SECONDS",
      help: "Largest distance in time of an event from the true one (default 0.2)",
    },
    { name: "truth", value: "TRUTH.h5", help: "The truth, where it is not the second file" },
  ],
  async run({ operands, values }, output) {
    const [results, truthPath, ...more] = values.truth === undefined ? operands : [...operands, values.truth];
    if (results === undefined || truthPath === undefined || more.length > 0) {
      throw new UsageError(
        `annulus score needs results and a truth, annulus score results/ truth.h5, but got ${
          [...operands, ...values.truth === undefined ? [] : [`--truth ${values.truth}`]].join(" ") || "neither"
        }`,
      );
    }
    const files = await whatToScore(results), { recording } = values;
    if (recording !== undefined && files.cells === undefined) {
      throw new UsageError(`--recording has no effect on shifts, and ${results} holds nothing else: leave it out`);
    }
    if (values.tolerance !== undefined && files.cells === undefined) {
      throw new UsageError(`--tolerance has no effect on shifts, and ${results} holds nothing else: leave it out`);
    }
    const extraction = files.cells === undefined ? undefined : await loadResults(files.cells);
    const shifts = files.shifts === undefined ? undefined : await loadShifts(files.shifts);
    const own = recording === undefined ? undefined : await loadResults(await resultsFile(recording));
    const truth = await loadTruth(truthPath);
    const cells = extraction && scoreResult(extraction, truth, { own });
    const separations = extraction?.quality ? separation(extraction, truth, { own }) : [];
    const tolerance = numberFlag({ values }, "tolerance");
    const activity = cells && extraction && await eventScore(extraction, truth, cells, tolerance);
    // Beside cells, shifts are worth a word when there was motion to find.
    const motion = shifts && (cells === undefined || truth.motion) ? scoreAgainstTruth(shifts, truth) : undefined;
    output.result(
      {
        ...(cells ? { score: cells } : {}),
        ...(separations.length > 0 ? { quality: separations } : {}),
        ...(activity ? { events: activity } : {}),
        ...(motion ? { shifts: motion } : {}),
      },
      [
        ...(cells
          ? [scoreText(cells, output.options.verbose, own !== undefined, extraction && cellNumbers(extraction))]
          : []),
        ...(cells && separations.length > 0 ? [qualityScoreText(separations, cells)] : []),
        ...(activity && extraction ? [eventScoreText(activity, extraction.frameRate)] : []),
        ...(motion ? [shiftScoreText(motion)] : []),
      ].join("\n\n"),
    );
  },
};

/** The files a path means: those of a folder, or the one it names, by what it says it is. */
async function whatToScore(path: string): Promise<{ cells?: string; shifts?: string }> {
  const is = (file: string, what: "isDirectory" | "isFile") => Deno.stat(file).then((info) => info[what], () => false);
  if (!await is(path, "isDirectory")) {
    return await fileFormat(path) === SHIFTS_FORMAT ? { shifts: path } : { cells: path };
  }
  const cells = join(path, "results.h5"), shifts = join(path, "shifts.h5"), hasShifts = await is(shifts, "isFile");
  // Without either, the sentence is about the results that are missing.
  return { ...(await is(cells, "isFile") || !hasShifts ? { cells } : {}), ...(hasShifts ? { shifts } : {}) };
}

/** A score for people. `own`: whether the recording's own cells were told apart; `numbers`: those of the cells, where they have them. */
export function scoreText(result: Score, verbose: boolean, own = false, numbers?: ArrayLike<number>): string {
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
        `no cell: component ${numbers?.[component] ?? component} at (${x.toFixed(1)}, ${y.toFixed(1)}), best cosine ${
          cosine.toFixed(2)
        }`,
      );
    }
  }
  return lines.join("\n");
}
