import { ParameterError } from "./errors.ts";
import { EXTRACTION_TABLE, type Parameters } from "./extraction_parameters.ts";
import { MOTION_TABLE, type MotionParameters } from "./motion_parameters.ts";
import type { MovieHeader } from "./movie.ts";
import { canonicalParameters } from "./parameter_names.ts";
import { complete, describe, type ParameterDescription, schema } from "./parameter_table.ts";
import { QUALITY_TABLE, type QualityParameters } from "./quality_parameters.ts";
import { PREPROCESS_TABLE, type PreprocessParameters } from "./preprocess_parameters.ts";

/** The steps that have parameters, in the order a movie goes through them. */
export type ParameterStep = "preprocess" | "motion" | "extraction" | "quality";

/** All of them. */
export const EVERY_STEP: readonly ParameterStep[] = ["preprocess", "motion", "extraction", "quality"];

/**
 * Every parameter of some steps with default, unit, range, meaning and aliases.
 * @param steps default: the extraction
 */
export function describeParameters(steps: readonly ParameterStep[] = ["extraction"]): ParameterDescription[] {
  const tables = {
    preprocess: () => describe(PREPROCESS_TABLE),
    motion: () => describe(MOTION_TABLE),
    extraction: () => describe(EXTRACTION_TABLE),
    quality: () => describe(QUALITY_TABLE),
  };
  return steps.flatMap((step) => tables[step]());
}

/**
 * Values under the parameters' own names. Those of every step are known, so that one object or file can serve them all.
 */
function canonicalValues(input: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return canonicalParameters(input, describeParameters(EVERY_STEP)).values;
}

/**
 * Makes complete, valid parameters of what a user gave: a flat object, CaImAn's nested groups, or an Inscopix
 * parameter file, under any mixture of names. What is not given gets its default; parameters of other steps are passed
 * over.
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
  const given = canonicalValues(input);
  const parameters = complete(EXTRACTION_TABLE, given, {
    frame_rate: () => usableRate(header?.frameRate) ?? 10,
    gSiz: ({ gSig }) => Math.round(4 * gSig! + 1),
  });
  rejectContradictions(parameters);
  return parameters;
}

/**
 * Complete, valid parameters of the motion correction, from the same input as `resolveParameters`.
 * Throws `ParameterError` as that does.
 * @param header The movie, for limits that depend on its size.
 */
export function resolveMotionParameters(
  input: Readonly<Record<string, unknown>> = {},
  header?: Pick<MovieHeader, "width" | "height">,
): MotionParameters {
  const given = canonicalValues(input);
  const gSigFilt = () => typeof given.gSig === "number" ? given.gSig : GSIG_FILT;
  return complete(MOTION_TABLE, given, {
    max_shifts: () => {
      const side = Math.min(header?.width ?? 1e9, header?.height ?? 1e9);
      const block = Math.max(1, Math.floor(Number(given.gSig_filt ?? gSigFilt()) / WIDTHS_PER_BLOCK));
      const most = Math.floor((Math.ceil(side / block) - KEPT_BLOCKS) / 2) * block;
      return Math.max(1, Math.min(MAX_SHIFTS, Math.floor(side / 5), most));
    },
    gSig_filt: gSigFilt,
  });
}

/** Default of `max_shifts` where the frame is large enough, pixels. */
const MAX_SHIFTS = 20;
/**
 * Frames are compared in blocks as many pixels wide as the filter's width over this; so many of them have to be left of
 * a small frame.
 */
const WIDTHS_PER_BLOCK = 1.5, KEPT_BLOCKS = 16;
/** Default of `gSig_filt` where no gSig is given, pixels. */
const GSIG_FILT = 3;

/**
 * Complete, valid parameters of the preprocessing, from the same input as `resolveParameters`. Throws `ParameterError`
 * as that does.
 */
export function resolvePreprocessParameters(input: Readonly<Record<string, unknown>> = {}): PreprocessParameters {
  return complete(PREPROCESS_TABLE, canonicalValues(input));
}

/**
 * Complete, valid parameters of the quality of cells, from the same input as `resolveParameters`. Throws `ParameterError` as that does.
 */
export function resolveQualityParameters(input: Readonly<Record<string, unknown>> = {}): QualityParameters {
  const parameters = complete(QUALITY_TABLE, canonicalValues(input));
  const { min_SNR, SNR_lowest, rval_thr, rval_lowest, min_size, max_size } = parameters;
  for (
    const [low, high, lowName, highName] of [
      [SNR_lowest, min_SNR, "SNR_lowest", "min_SNR"],
      [rval_lowest, rval_thr, "rval_lowest", "rval_thr"],
      [min_size, max_size, "min_size", "max_size"],
    ] as const
  ) {
    if (low > high) {
      throw new ParameterError(`${lowName} ${low} contradicts ${highName} ${high}: it has to be at most as large`);
    }
  }
  return parameters;
}

function usableRate(rate: number | undefined): number | undefined {
  return schema.accepts(EXTRACTION_TABLE.frame_rate.schema, rate) ? rate : undefined;
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
