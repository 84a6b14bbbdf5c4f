/** Numbers and measures as people read them. */

/** A number with about three figures; a dash for what is not there. */
export function showNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return signed(`${value}`);
  if (size >= 1e5 || size < 1e-3) return signed(value.toExponential(1));
  return signed(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2));
}

function signed(text: string): string {
  return text.replace("-", "−");
}

/** How a measure is headed, and what it says. */
interface MeasureText {
  readonly short: string;
  readonly meaning: string;
}

/** Measures by their names in tables (`QUALITY_MEASURES` of `src/core/quality.ts`). */
const MEASURES: Readonly<Record<string, MeasureText>> = {
  combined: { short: "quality", meaning: "One number from all measures, 0 to 1" },
  snr: { short: "SNR", meaning: "Signal-to-noise ratio of the transients" },
  r_value: { short: "r", meaning: "Correlation of the footprint with the movie at its transients" },
  size: { short: "size", meaning: "Area of the footprint, pixels" },
  eccentricity: { short: "eccentr.", meaning: "Eccentricity: 0 round, 1 a line" },
  border: { short: "border", meaning: "Share of the footprint at the border of the field" },
  duplicate_of: { short: "twin", meaning: "Number of the cell it resembles most, −1 for none" },
  duplicate_cosine: { short: "twin cos", meaning: "Cosine of its footprint with its twin's" },
  duplicate_correlation: { short: "twin corr", meaning: "Correlation of its trace with its twin's" },
  variance_share: { short: "variance", meaning: "Share of the movie's variance on its footprint that it explains" },
  ring_fit: { short: "ring R²", meaning: "R² of the ring background around it" },
};

/** How a measure is headed. */
export function measureTitle(name: string): string {
  return MEASURES[name]?.short ?? name.replaceAll("_", " ");
}

/** What a measure says. */
export function measureMeaning(name: string): string {
  return MEASURES[name]?.meaning ?? name.replaceAll("_", " ");
}
