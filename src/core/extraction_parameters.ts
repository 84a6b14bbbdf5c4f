import { type ParameterTable, schema } from "./parameter_table.ts";

/** Everything a user can set about an extraction, under CaImAn's names where CaImAn has the parameter. */
export interface Parameters {
  /** Frames per second, Hz. Default: what the movie says, else 10. */
  readonly frame_rate: number;
  /** Standard deviation of a cell's shape, pixels: the width of the Gaussian the movie is filtered with. */
  readonly gSig: number;
  /** Diameter of a cell, pixels: half the side of the box a cell is searched in. Default 4·gSig + 1, rounded. */
  readonly gSiz: number;
  /** Least local correlation of a seed, 0–1. */
  readonly min_corr: number;
  /** Least peak-to-noise ratio of a seed. */
  readonly min_pnr: number;
  /** Fewest pixels a footprint may have. */
  readonly min_pixel: number;
  /** Frames averaged into one while cells are searched for. */
  readonly tsub: number;
  /** Radius of the background ring, in cell diameters (gSiz). */
  readonly ring_size_factor: number;
  /** Side of the pixel blocks averaged into one for the background. */
  readonly background_downsampling_factor: number;
  /** Correlation of two overlapping cells' traces above which they are merged, 0–1. */
  readonly merge_threshold: number;
  /** Gain, in units of the pixel's noise, a pixel must bring to belong to a footprint. */
  readonly spatial_sparsity: number;
  /** Order of the autoregressive calcium model: 0 (no deconvolution), 1 (decay) or 2 (rise and decay). */
  readonly p: 0 | 1 | 2;
  /** Smallest spike: null = none, the penalty alone decides; above 0 in counts; 0 = from the noise; negative = in units of the noise. */
  readonly s_min: number | null;
  /** Autocovariance lags the time constants are estimated from. */
  readonly lags: number;
  /** Correction of the bias of the time constants, 0–1. */
  readonly fudge_factor: number;
  /** Band the noise of a trace is measured in, as fractions of the frame rate. */
  readonly noise_range: readonly [number, number];
  /** Rounds of background, spatial and temporal updates after the fixed schedule. */
  readonly max_iterations: number;
  /** Units of the traces. */
  readonly units: "dF" | "dF over noise";
}

/** The table of the extraction: its schema, flags, `annulus params`, the README and the help text all come from it. */
export const EXTRACTION_TABLE: ParameterTable<Parameters> = {
  frame_rate: {
    default: { derived: "the movie's, else 10" },
    unit: "Hz",
    range: "a number above 0 and at most 10000",
    meaning: "Frames per second",
    aliases: ["fr"],
    schema: schema.above(0, 10000),
  },
  gSig: {
    default: 3,
    unit: "pixels",
    range: "a number from 1 to 50 (a list holds it once per axis, both equal)",
    meaning: "Standard deviation of a cell's shape: the width of the Gaussian the movie is filtered with",
    aliases: [],
    schema: schema.from(1, 50),
  },
  gSiz: {
    default: { derived: "4 gSig + 1" },
    unit: "pixels",
    range: "a whole number from 3 to 250 (a list holds it once per axis, both equal)",
    meaning: "Diameter of a cell: half the side of the box a cell is searched in, and the measure of the ring",
    aliases: [],
    schema: schema.whole(3, 250),
  },
  min_corr: {
    default: 0.8,
    unit: "",
    range: "a number from 0 to 1",
    meaning: "Least correlation of a pixel with its neighbours for a cell to start there",
    aliases: ["min_pixel_correlation"],
    schema: schema.from(0, 1),
  },
  min_pnr: {
    default: 5,
    unit: "",
    range: "a number from 0 to 1000",
    meaning: "Least peak-to-noise ratio of a pixel for a cell to start there",
    aliases: ["min_peak_to_noise_ratio"],
    schema: schema.from(0, 1000),
  },
  min_pixel: {
    default: 3,
    unit: "pixels",
    range: "a whole number from 1 to 10000",
    meaning: "Fewest pixels of a footprint",
    aliases: [],
    schema: schema.whole(1, 10000),
  },
  tsub: {
    default: 2,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Frames averaged into one while cells are searched for",
    aliases: [],
    schema: schema.whole(1, 100),
  },
  ring_size_factor: {
    default: 1.4,
    unit: "gSiz",
    range: "a number from 0.5 to 10",
    meaning: "Radius of the ring of pixels that predicts a pixel's background, in cell diameters",
    aliases: [],
    schema: schema.from(0.5, 10),
  },
  background_downsampling_factor: {
    default: 2,
    unit: "pixels",
    range: "a whole number from 1 to 16",
    meaning: "Side of the pixel blocks averaged into one for the background",
    aliases: ["ssub_B", "bg_spatial_subsampling"],
    schema: schema.whole(1, 16),
  },
  merge_threshold: {
    default: 0.8,
    unit: "",
    range: "a number from 0 to 1",
    meaning: "Correlation of two overlapping cells' traces above which they are one cell",
    aliases: ["merge_thr", "merge_thresh"],
    schema: schema.from(0, 1),
  },
  spatial_sparsity: {
    default: 0.5,
    unit: "noise s.d.",
    range: "a number from 0 to 10",
    meaning: "Gain a pixel must bring to belong to a footprint",
    aliases: [],
    schema: schema.from(0, 10),
  },
  p: {
    default: 1,
    unit: "",
    range: "0, 1 or 2",
    meaning: "Order of the autoregressive calcium model: 0 none, 1 decay, 2 rise and decay",
    aliases: ["ar_order"],
    schema: schema.oneOf([0, 1, 2]),
  },
  s_min: {
    default: null,
    unit: "counts",
    range: "null or a number from -100 to 1000000000",
    meaning: "Smallest spike; null is none (the sparsity penalty alone decides), 0 takes it from the noise, " +
      "a negative number is in units of the trace's noise",
    aliases: [],
    schema: schema.orNull(schema.from(-100, 1e9)),
  },
  lags: {
    default: 5,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Autocovariance lags the time constants are estimated from",
    aliases: [],
    schema: schema.whole(1, 100),
  },
  fudge_factor: {
    default: 0.96,
    unit: "",
    range: "a number above 0 and at most 1",
    meaning: "Correction of the bias of the time constants",
    aliases: [],
    schema: schema.above(0, 1),
  },
  noise_range: {
    default: [0.25, 0.5],
    unit: "frame rate",
    range: "two increasing numbers from 0 to 0.5, such as [0.25, 0.5]",
    meaning: "Band of frequencies a trace's noise is measured in",
    aliases: [],
    schema: schema.increasing(schema.from(0, 0.5)),
  },
  max_iterations: {
    default: 2,
    unit: "",
    range: "a whole number from 0 to 50",
    meaning:
      "Most rounds of background, spatial and temporal updates after the fixed schedule; it ends earlier when footprints settle",
    aliases: [],
    schema: schema.whole(0, 50),
  },
  units: {
    default: "dF",
    unit: "",
    range: '"dF" or "dF over noise"',
    meaning: "Units of the traces: counts of a footprint of unit norm, or multiples of the trace's noise",
    aliases: [],
    schema: schema.oneOf(["dF", "dF over noise"]),
  },
};
