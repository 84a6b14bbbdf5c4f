import type { Extraction } from "../core/extraction.ts";
import type { Motion } from "../core/motion.ts";
import { type CellFacts, cellFacts } from "./cell_facts.ts";
import type { ReportOptions } from "./options.ts";
import type { ReportWarning } from "./warning.ts";
import { cellWarnings } from "./warnings_cells.ts";
import { movieWarnings } from "./warnings_movie.ts";
import { signalWarnings } from "./warnings_signals.ts";

/**
 * What a person should look at before using results, in words to act on: of the cells, their signals, the recording and its registration; what
 * asks for action first. Empty when nothing is conspicuous. Limits are rules of thumb; what was seen is told with its numbers.
 */
export function reportWarnings(extraction: Extraction, { motion }: ReportOptions = {}): ReportWarning[] {
  return warningsOf(extraction, cellFacts(extraction), motion);
}

/** The same, when what there is to say of the cells is known already. */
export function warningsOf(extraction: Extraction, cells: readonly CellFacts[], motion?: Motion): ReportWarning[] {
  const all = [
    ...cellWarnings(extraction, cells),
    ...signalWarnings(extraction, cells),
    ...movieWarnings(extraction, motion),
  ];
  return [...all.filter(({ level }) => level === "act"), ...all.filter(({ level }) => level === "know")];
}
