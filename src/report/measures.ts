import type { Extraction } from "../core/extraction.ts";
import { QUALITY_MEASURES } from "../core/quality.ts";
import type { CellFacts } from "./cell_facts.ts";

/** A column of the table of cells. */
export interface Measure {
  /** Its name on the page. */
  readonly key: string;
  /** Its heading. */
  readonly label: string;
  /** What it says. */
  readonly meaning: string;
  /** Significant digits. */
  readonly digits: number;
  /** One value per cell; NaN where there is none. */
  readonly values: ArrayLike<number>;
}

/** Headings of the measures of quality. Cosine and correlation of duplicates stand in the reasons. */
const LABELS: Readonly<Record<string, string>> = {
  combined: "quality",
  snr: "SNR",
  r_value: "r-value",
  size: "size, px",
  eccentricity: "eccentricity",
  border: "at border",
  duplicate_of: "resembles",
  variance_share: "variance",
  ring_fit: "ring R²",
};

/** Every measure there is of the cells: those of quality that were measured, then those that the traces themselves tell. */
export function measuresOf({ quality }: Extraction, cells: readonly CellFacts[]): Measure[] {
  const found: Measure[] = [];
  for (const { field, name, meaning } of QUALITY_MEASURES) {
    const values = quality?.[field], label = LABELS[name];
    if (values === undefined || label === undefined) continue;
    const isNumber = field === "duplicateOf";
    found.push({
      key: name,
      label,
      meaning: isNumber ? "number of the cell it looks most like a second copy of" : meaning,
      digits: isNumber ? 9 : 3,
      values: isNumber ? Array.from(values, (value) => value < 0 ? NaN : value) : values,
    });
  }
  const of = (value: (cell: CellFacts) => number) => cells.map(value);
  if (!quality?.size) found.push(column("pixels", "pixels", "pixels of the footprint", of(({ pixels }) => pixels)));
  found.push(
    column("peak", "peak / noise", "largest denoised transient over the trace's noise", of(({ peak }) => peak)),
    column("noise", "noise", "standard deviation of the raw trace's noise, dF", of(({ noise }) => noise)),
  );
  if (cells.some(({ decay }) => Number.isFinite(decay))) {
    found.push(column("decay", "decay, s", "decay time of its transients, seconds", of(({ decay }) => decay)));
  }
  if (cells.some(({ eventRate }) => Number.isFinite(eventRate))) {
    const meaning = "events per minute by deconvolution, of at least 2 s.d. of the noise, as annulus events finds them";
    found.push(column("events", "events / min", meaning, of((c) => c.eventRate)));
  }
  return found;
}

function column(key: string, label: string, meaning: string, values: number[]): Measure {
  return { key, label, meaning, digits: 3, values };
}
