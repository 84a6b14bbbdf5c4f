import type { Extraction } from "../../core/extraction.ts";
import { factColumns, factsIn } from "../../nwb/facts.ts";
import type { NwbWriter } from "../../nwb/nwb_writer.ts";

/** How the data came about, in sentences. */
export function dataCollection({ software, preparation, movie, notes }: Extraction): string[] {
  const by = Object.entries(software).map(([name, value]) => `${name} ${value}`).join(", ");
  const steps = preparation?.done ?? movie.history ?? [];
  return [
    `Cells were found by annulus (CNMF-E)${by === "" ? "" : `: ${by}`}.`,
    ...steps.map((step) => `Before that: ${step}.`),
    ...notes.map((note) => `${note}.`),
  ];
}

/** Writes everything the results depend on, and what came to light, as a table. */
export function writeParameters(nwb: NwbWriter, module: string, extraction: Extraction): void {
  const { parameters, preparation, software, plan, notes, movie } = extraction;
  const facts = [
    ...factsIn("software", software),
    ...factsIn("extraction", parameters),
    ...(preparation ? factsIn("preparation", { ...preparation }) : []),
    ...factsIn("plan", plan),
    ...factsIn("notes", { ...notes }),
    ...factsIn("recording notes", { ...(movie.notes ?? []) }),
  ];
  const description =
    "Parameters as used, versions, and notes: results.h5 of annulus holds the same with exact numbers";
  nwb.table(`${module}/analysis_parameters`, "DynamicTable", description, facts.length, factColumns(facts));
}
