import type { Extraction } from "../core/extraction.ts";
import type { Motion } from "../core/motion.ts";
import { type CellFacts, cellFacts } from "./cell_facts.ts";
import type { ReportWarning } from "./warning.ts";
import { cellWarnings } from "./warnings_cells.ts";
import { movieWarnings } from "./warnings_movie.ts";
import { signalWarnings } from "./warnings_signals.ts";

/**
 * What a person should look at before using results, in words to act on: of the recording, the registration, the cells and their signals. Empty
 * when nothing is conspicuous. Limits are rules of thumb, stated in each sentence.
 *
 * @param motion The registration, where it is at hand; without it only what the results tell of it is looked at.
 */
export function reportWarnings(
  extraction: Extraction,
  { motion, cells = cellFacts(extraction) }: { readonly motion?: Motion; readonly cells?: readonly CellFacts[] } = {},
): ReportWarning[] {
  const all = [
    ...cellWarnings(extraction, cells),
    ...signalWarnings(extraction, cells),
    ...movieWarnings(extraction, motion),
  ];
  return [...all.filter(({ level }) => level === "act"), ...all.filter(({ level }) => level === "know")];
}
