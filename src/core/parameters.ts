import * as v from "npm:valibot@1.5.0";
import { ParameterError } from "./errors.ts";
import type { MovieHeader } from "./movie.ts";
import { canonicalParameters } from "./parameter_names.ts";

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

/** Name of a parameter. */
export type ParameterName = keyof Parameters;

/** One parameter as people read of it. */
export interface ParameterDescription {
  /** Its one name, in flags, files and the library. */
  readonly name: ParameterName;
  /** Its default, in words where it depends on others. */
  readonly default: string;
  /** Its unit; empty for pure numbers. */
  readonly unit: string;
  /** What it may be, to be read after "has to be". */
  readonly range: string;
  /** What it does. */
  readonly meaning: string;
  /** Other names that mean exactly the same (CaImAn's and Inscopix's). Names that need a conversion are not among them. */
  readonly aliases: readonly string[];
}

interface Entry<V> {
  /** A value, or words for one that `resolveParameters` derives. */
  readonly default: V | { readonly derived: string };
  readonly unit: string;
  readonly range: string;
  readonly meaning: string;
  readonly aliases: readonly string[];
  readonly schema: v.GenericSchema<unknown, V>;
}

const from = (least: number, most: number) => v.pipe(v.number(), v.minValue(least), v.maxValue(most));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The one table: the schema, the flags, `annulus params`, the README and the help text all come from it. */
const TABLE: { readonly [K in ParameterName]: Entry<Parameters[K]> } = {
  frame_rate: {
    default: { derived: "the movie's, else 10" },
    unit: "Hz",
    range: "a number above 0 and at most 10000",
    meaning: "Frames per second",
    aliases: ["fr"],
    schema: v.pipe(from(0, 10000), v.gtValue(0)),
  },
  gSig: {
    default: 3,
    unit: "pixels",
    range: "a number from 1 to 50 (a list holds it once per axis, both equal)",
    meaning: "Standard deviation of a cell's shape: the width of the Gaussian the movie is filtered with",
    aliases: [],
    schema: from(1, 50),
  },
  gSiz: {
    default: { derived: "4 gSig + 1" },
    unit: "pixels",
    range: "a whole number from 3 to 250 (a list holds it once per axis, both equal)",
    meaning: "Diameter of a cell: half the side of the box a cell is searched in, and the measure of the ring",
    aliases: [],
    schema: whole(3, 250),
  },
  min_corr: {
    default: 0.8,
    unit: "",
    range: "a number from 0 to 1",
    meaning: "Least correlation of a pixel with its neighbours for a cell to start there",
    aliases: ["min_pixel_correlation"],
    schema: from(0, 1),
  },
  min_pnr: {
    default: 5,
    unit: "",
    range: "a number from 0 to 1000",
    meaning: "Least peak-to-noise ratio of a pixel for a cell to start there",
    aliases: ["min_peak_to_noise_ratio"],
    schema: from(0, 1000),
  },
  min_pixel: {
    default: 3,
    unit: "pixels",
    range: "a whole number from 1 to 10000",
    meaning: "Fewest pixels of a footprint",
    aliases: [],
    schema: whole(1, 10000),
  },
  tsub: {
    default: 2,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Frames averaged into one while cells are searched for",
    aliases: [],
    schema: whole(1, 100),
  },
  ring_size_factor: {
    default: 1.4,
    unit: "gSiz",
    range: "a number from 0.5 to 10",
    meaning: "Radius of the ring of pixels that predicts a pixel's background, in cell diameters",
    aliases: [],
    schema: from(0.5, 10),
  },
  background_downsampling_factor: {
    default: 2,
    unit: "pixels",
    range: "a whole number from 1 to 16",
    meaning: "Side of the pixel blocks averaged into one for the background",
    aliases: ["ssub_B", "bg_spatial_subsampling"],
    schema: whole(1, 16),
  },
  merge_threshold: {
    default: 0.8,
    unit: "",
    range: "a number from 0 to 1",
    meaning: "Correlation of two overlapping cells' traces above which they are one cell",
    aliases: ["merge_thr", "merge_thresh"],
    schema: from(0, 1),
  },
  spatial_sparsity: {
    default: 0.5,
    unit: "noise s.d.",
    range: "a number from 0 to 10",
    meaning: "Gain a pixel must bring to belong to a footprint",
    aliases: [],
    schema: from(0, 10),
  },
  p: {
    default: 1,
    unit: "",
    range: "0, 1 or 2",
    meaning: "Order of the autoregressive calcium model: 0 none, 1 decay, 2 rise and decay",
    aliases: ["ar_order"],
    schema: v.picklist([0, 1, 2]),
  },
  s_min: {
    default: null,
    unit: "counts",
    range: "null or a number from -100 to 1000000000",
    meaning: "Smallest spike; null is none (the sparsity penalty alone decides), 0 takes it from the noise, " +
      "a negative number is in units of the trace's noise",
    aliases: [],
    schema: v.nullable(from(-100, 1e9)),
  },
  lags: {
    default: 5,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Autocovariance lags the time constants are estimated from",
    aliases: [],
    schema: whole(1, 100),
  },
  fudge_factor: {
    default: 0.96,
    unit: "",
    range: "a number above 0 and at most 1",
    meaning: "Correction of the bias of the time constants",
    aliases: [],
    schema: v.pipe(from(0, 1), v.gtValue(0)),
  },
  noise_range: {
    default: [0.25, 0.5],
    unit: "frame rate",
    range: "two increasing numbers from 0 to 0.5, such as [0.25, 0.5]",
    meaning: "Band of frequencies a trace's noise is measured in",
    aliases: [],
    schema: v.pipe(v.tuple([from(0, 0.5), from(0, 0.5)]), v.check(([low, high]) => low < high)),
  },
  max_iterations: {
    default: 2,
    unit: "",
    range: "a whole number from 0 to 50",
    meaning:
      "Most rounds of background, spatial and temporal updates after the fixed schedule; it ends earlier when footprints settle",
    aliases: [],
    schema: whole(0, 50),
  },
  units: {
    default: "dF",
    unit: "",
    range: '"dF" or "dF over noise"',
    meaning: "Units of the traces: counts of a footprint of unit norm, or multiples of the trace's noise",
    aliases: [],
    schema: v.picklist(["dF", "dF over noise"]),
  },
};

/** Names of all parameters, in the order they are listed to people. */
export const PARAMETER_NAMES: readonly ParameterName[] = Object.keys(TABLE) as ParameterName[];

/** Every parameter with default, unit, range, meaning and aliases. */
export function describeParameters(): ParameterDescription[] {
  return PARAMETER_NAMES.map((name) => {
    const { default: value, unit, range, meaning, aliases } = TABLE[name];
    const words = isDerived(value) ? value.derived : String(value).replace(",", ", ");
    return { name, default: words, unit, range, meaning, aliases };
  });
}

/**
 * Makes complete, valid parameters of what a user gave: a flat object, CaImAn's nested groups, or an Inscopix
 * parameter file, under any mixture of names. What is not given gets its default.
 *
 * Throws `ParameterError`, with one sentence, for an unknown name, a wrong type, a value out of range, and values that
 * contradict each other.
 *
 * @example An Inscopix file gives the kernel and the ring of Inscopix's program
 * ```ts
 * import { resolveParameters } from "./parameters.ts";
 * import assert from "node:assert/strict";
 *
 * const { gSig, gSiz } = resolveParameters({ average_cell_diameter: 7, gaussian_kernel_size: 0 });
 * assert.deepEqual([gSig, gSiz], [3, 14]);
 * ```
 *
 * @param input Names and values.
 * @param header The movie, for the frame rate.
 */
export function resolveParameters(input: Readonly<Record<string, unknown>> = {}, header?: MovieHeader): Parameters {
  const given = canonicalParameters(input, describeParameters()).values;
  const value = <K extends ParameterName>(name: K, derived: () => Parameters[K]): Parameters[K] => {
    if (given[name] !== undefined) return checked(name, given[name]);
    const fallback = TABLE[name].default;
    return isDerived(fallback) ? derived() : fallback as Parameters[K];
  };
  const plain = <K extends ParameterName>(name: K): Parameters[K] =>
    value(name, () => {
      throw new Error(`Parameter ${name} has no default`);
    });
  const gSig = plain("gSig");
  const parameters: Parameters = {
    frame_rate: value("frame_rate", () => usableRate(header?.frameRate) ?? 10),
    gSig,
    gSiz: value("gSiz", () => Math.round(4 * gSig + 1)),
    min_corr: plain("min_corr"),
    min_pnr: plain("min_pnr"),
    min_pixel: plain("min_pixel"),
    tsub: plain("tsub"),
    ring_size_factor: plain("ring_size_factor"),
    background_downsampling_factor: plain("background_downsampling_factor"),
    merge_threshold: plain("merge_threshold"),
    spatial_sparsity: plain("spatial_sparsity"),
    p: plain("p"),
    s_min: plain("s_min"),
    lags: plain("lags"),
    fudge_factor: plain("fudge_factor"),
    noise_range: plain("noise_range"),
    max_iterations: plain("max_iterations"),
    units: plain("units"),
  };
  rejectContradictions(parameters);
  return parameters;
}

function isDerived(value: unknown): value is { readonly derived: string } {
  return typeof value === "object" && value !== null && "derived" in value;
}

function usableRate(rate: number | undefined): number | undefined {
  return v.is(TABLE.frame_rate.schema, rate) ? rate : undefined;
}

function checked<K extends ParameterName>(name: K, given: unknown): Parameters[K] {
  const result = v.safeParse(TABLE[name].schema, given);
  if (!result.success) {
    throw new ParameterError(`Parameter ${name} is ${show(given)}, but it has to be ${TABLE[name].range}`);
  }
  return result.output as Parameters[K];
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
}

function rejectContradictions(parameters: Parameters): void {
  const { gSig, gSiz, ring_size_factor, background_downsampling_factor } = parameters;
  if (gSiz < 2 * gSig) {
    throw new ParameterError(
      `gSiz ${gSiz} contradicts gSig ${gSig}: gSiz is a cell's whole diameter and gSig its standard deviation, ` +
        `so gSiz has to be at least ${Math.ceil(2 * gSig)} and is usually ${Math.round(4 * gSig + 1)}`,
    );
  }
  if (ring_size_factor * gSiz < 2 * background_downsampling_factor) {
    throw new ParameterError(
      `background_downsampling_factor ${background_downsampling_factor} contradicts a ring of ring_size_factor × gSiz ` +
        `= ${ring_size_factor * gSiz} pixels: the ring's radius has to be at least two blocks`,
    );
  }
}
