import type { Score } from "../score/score.ts";
import type { Separation } from "../score/separation.ts";
import { alignedTable } from "./table.ts";

/** How well the quality of components tells true cells from false ones, for people. */
export function qualityScoreText(separations: readonly Separation[], all: Score): string {
  const number = (value: number | undefined) => value === undefined || Number.isNaN(value) ? "" : value.toFixed(3);
  const rows = separations.map(({ threshold, accepted, rocArea }, i) => [
    `cosine at least ${threshold}`,
    number(all.thresholds[i].precision),
    number(all.thresholds[i].recall),
    number(accepted?.precision),
    number(accepted?.recall),
    accepted ? String(accepted.lost) : "",
    number(rocArea.snr),
    number(rocArea.rValue),
    number(rocArea.combined),
  ]);
  const head = [
    "found with",
    "precision",
    "recall",
    "accepted: precision",
    "recall",
    "lost",
    "ROC area: SNR",
    "r-value",
  ];
  return alignedTable([[...head, "combined"], ...rows]);
}
