import type { Seed } from "./extraction.ts";

/** What is known of how good each cell is; whatever is absent was not measured. NaN where a cell allows no answer. */
export interface CellQuality {
  /** 1 for cells that are accepted, 0 for those that are set aside (they stay in the results). K. */
  readonly accepted?: Uint8Array;
  /** 1 where a person decided about the cell, 0 where the rule did; a later rule leaves a person's decisions. K. */
  readonly decided?: Uint8Array;
  /** Signal-to-noise ratio of each cell's largest transient over the length of a typical one, in units of three noise s.d. as CaImAn's. K. */
  readonly snr?: Float32Array;
  /** Correlation of each footprint with the movie during the cell's transients, without background and other cells, −1..1. K. */
  readonly rValue?: Float32Array;
  /** One number from all measures to rank cells by, 0..1: how much a cell is like a true one. K. */
  readonly combined?: Float32Array;
  /** Area of the footprint: pixels with at least a fifth of its largest weight. K. */
  readonly size?: Float32Array;
  /** Eccentricity of the ellipse with the footprint's second moments, 0 (round)..1. K. */
  readonly eccentricity?: Float32Array;
  /** Share of the footprint's weight on the outermost pixels cells may hold, 0..1. K. */
  readonly border?: Float32Array;
  /** Number of the cell it most looks like a second copy of (see `Extraction.numbers`), −1 for none. K. */
  readonly duplicateOf?: Int32Array;
  /** Cosine of its footprint with that cell's, 0 for none. K. */
  readonly duplicateCosine?: Float32Array;
  /** Correlation of its raw trace with that cell's, 0 for none. K. */
  readonly duplicateCorrelation?: Float32Array;
  /** Share of the variance on its footprint that the cell explains, of what background and other cells leave (pixel noise included), 0..1. K. */
  readonly varianceShare?: Float32Array;
  /** Coefficient of determination R² of the ring background around the cell. K. */
  readonly ringFit?: Float32Array;
  /** Why each cell was accepted or set aside, in words. K. */
  readonly reasons?: readonly string[];
  /** The rule that decided, in words, with its thresholds. */
  readonly rule?: string;
  /** The thresholds of that rule, and the length of a transient that was measured with: `QualityParameters`. */
  readonly thresholds?: Readonly<Record<string, number>>;
}

/** One measure of each cell as people read of it. */
export interface QualityMeasure {
  /** Its field of `CellQuality`. */
  readonly field: MeasureField;
  /** Its name in files, tables and flags. */
  readonly name: string;
  /** What holds it. */
  readonly type: "uint8" | "float32" | "int32";
  /** Its unit; empty for pure numbers. */
  readonly unit: string;
  /** What it says, a few words. */
  readonly meaning: string;
}

/** Fields of `CellQuality` with one number per cell. */
export type MeasureField = Exclude<keyof CellQuality, "reasons" | "rule" | "thresholds">;

/** Every measure, in the order tables have them. */
export const QUALITY_MEASURES: readonly QualityMeasure[] = [
  { field: "accepted", name: "accepted", type: "uint8", unit: "", meaning: "1 accepted, 0 set aside" },
  { field: "decided", name: "decided", type: "uint8", unit: "", meaning: "1 decided by a person, 0 by the rule" },
  { field: "combined", name: "combined", type: "float32", unit: "", meaning: "one number from all measures, 0 to 1" },
  { field: "snr", name: "snr", type: "float32", unit: "", meaning: "signal-to-noise ratio, in units of 3 noise s.d." },
  { field: "rValue", name: "r_value", type: "float32", unit: "", meaning: "footprint against the movie at transients" },
  { field: "size", name: "size", type: "float32", unit: "pixels", meaning: "area of the footprint" },
  { field: "eccentricity", name: "eccentricity", type: "float32", unit: "", meaning: "0 round, 1 a line" },
  { field: "border", name: "border", type: "float32", unit: "", meaning: "share of the footprint at the border" },
  { field: "duplicateOf", name: "duplicate_of", type: "int32", unit: "", meaning: "cell it resembles most, -1 none" },
  {
    field: "duplicateCosine",
    name: "duplicate_cosine",
    type: "float32",
    unit: "",
    meaning: "cosine of the footprints",
  },
  {
    field: "duplicateCorrelation",
    name: "duplicate_correlation",
    type: "float32",
    unit: "",
    meaning: "correlation of the traces",
  },
  {
    field: "varianceShare",
    name: "variance_share",
    type: "float32",
    unit: "",
    meaning: "share of the variance it explains on its footprint",
  },
  { field: "ringFit", name: "ring_fit", type: "float32", unit: "", meaning: "R² of the ring background around it" },
];

/** How well a whole recording was explained. */
export interface FieldQuality {
  /** Local correlation of the filtered residual (movie − cells − background), row-major, −1..1. */
  readonly correlation: Float32Array;
  /** Peak-to-noise ratio of the filtered residual, row-major. */
  readonly pnr: Float32Array;
  /** Peaks of both that reach min_corr and min_pnr, strongest first: what may be cells that nobody found. */
  readonly unexplained: readonly Seed[];
  /** Share of added known cells that were found again, per SNR; absent when none were added. */
  readonly recall?: InjectedRecall;
}

/** Known cells that were added to the movie, and which of them were found again. */
export interface InjectedRecall {
  /** Cells added. */
  readonly cells: number;
  /** Seed of the generator that made them. */
  readonly seed: number;
  /** Least cosine of footprints that counts as found. */
  readonly cosine: number;
  /** Bins of peak SNR, ascending. */
  readonly bins: readonly RecallBin[];
}

/** One bin of added cells. */
export interface RecallBin {
  /** Least peak SNR of the bin. */
  readonly from: number;
  /** Greatest peak SNR of the bin. */
  readonly to: number;
  /** Cells added. */
  readonly added: number;
  /** Cells found again. */
  readonly found: number;
  /** Cells found again and accepted. */
  readonly accepted: number;
}
