import { type ParameterTable, schema } from "./parameter_table.ts";

/** Everything a user can set about the motion correction, under CaImAn's names where CaImAn has the parameter. */
export interface MotionParameters {
  /** Whether patches move on their own (piecewise-rigid), or the frame only as a whole. */
  readonly pw_rigid: boolean;
  /** Largest displacement of a frame along either axis, pixels. */
  readonly max_shifts: number;
  /**
   * Standard deviation of the high-pass filter the frames are compared through, pixels; 0 compares them as they are.
   */
  readonly gSig_filt: number;
  /** Rounds of the rigid registration over the whole movie; the template is remade after each. */
  readonly niter_rig: number;
  /** Rounds of the piecewise registration over the whole movie. */
  readonly niter_els: number;
  /** Distance between the starts of neighbouring patches, pixels. */
  readonly strides: number;
  /** Pixels neighbouring patches share; a patch has `strides` + `overlaps` pixels a side. */
  readonly overlaps: number;
  /** Largest difference of a patch's displacement from the frame's, along either axis, pixels. */
  readonly max_deviation_rigid: number;
  /** How many times finer the displacements of the patches are made, smoothly, before pixels are moved between them. */
  readonly upsample_factor_grid: number;
  /** How samples between pixels are made. */
  readonly shifts_interpolation: "bicubic" | "fft";
  /**
   * What pixels become that come from outside the frame: the nearest sample at the level of the pixel's own place, the
   * nearest sample as it is, NaN, or the frame's least value.
   */
  readonly border_nan: "level" | "copy" | "nan" | "min";
}

/** The table of the motion correction. */
export const MOTION_TABLE: ParameterTable<MotionParameters> = {
  pw_rigid: {
    default: false,
    unit: "",
    range: "true or false",
    meaning: "Patches move on their own (piecewise-rigid); false moves the frame as a whole",
    aliases: [],
    schema: schema.flag(),
  },
  max_shifts: {
    default: { derived: "20, less in small frames" },
    unit: "pixels",
    range: "a whole number from 1 to 500 (a list holds it once per axis, both equal)",
    meaning: "Largest displacement of a frame along either axis",
    aliases: ["max_translation"],
    schema: schema.whole(1, 500),
  },
  gSig_filt: {
    default: { derived: "gSig" },
    unit: "pixels",
    range: "0 or a number from 1 to 50 (a list holds it once per axis, both equal)",
    meaning: "Width of the high-pass filter frames are compared through, for estimating only; 0 is none",
    aliases: [],
    schema: schema.custom((value) => value === 0 || schema.accepts(schema.from(1, 50), value)),
  },
  niter_rig: {
    default: 1,
    unit: "",
    range: "a whole number from 1 to 20",
    meaning: "Rounds of the rigid registration over the whole movie, with a new template after each",
    aliases: [],
    schema: schema.whole(1, 20),
  },
  niter_els: {
    default: 2,
    unit: "",
    range: "a whole number from 1 to 20",
    meaning: "Rounds of the piecewise registration over the whole movie, with a new template after each",
    aliases: [],
    schema: schema.whole(1, 20),
  },
  strides: {
    default: 48,
    unit: "pixels",
    range: "a whole number from 8 to 1000 (a list holds it once per axis, both equal)",
    meaning: "Distance between the starts of neighbouring patches",
    aliases: [],
    schema: schema.whole(8, 1000),
  },
  overlaps: {
    default: 24,
    unit: "pixels",
    range: "a whole number from 0 to 1000 (a list holds it once per axis, both equal)",
    meaning: "Pixels neighbouring patches share; a patch has strides + overlaps pixels a side",
    aliases: [],
    schema: schema.whole(0, 1000),
  },
  max_deviation_rigid: {
    default: 3,
    unit: "pixels",
    range: "a whole number from 1 to 100",
    meaning: "Largest difference of a patch's displacement from the frame's, along either axis",
    aliases: [],
    schema: schema.whole(1, 100),
  },
  upsample_factor_grid: {
    default: 4,
    unit: "",
    range: "a whole number from 1 to 32",
    meaning: "How many times finer the patches' displacements are made, smoothly, before pixels between them are moved",
    aliases: [],
    schema: schema.whole(1, 32),
  },
  shifts_interpolation: {
    default: "bicubic",
    unit: "",
    range: '"bicubic" or "fft"',
    meaning: "How samples between pixels are made; fft moves whole frames only",
    aliases: [],
    schema: schema.oneOf(["bicubic", "fft"]),
  },
  border_nan: {
    default: "level",
    unit: "",
    range: '"level", "copy", "nan" or "min"',
    meaning:
      "What pixels from outside the frame become: the nearest sample at the brightness of their own place, the nearest sample, " +
      "NaN, or the frame's least value",
    aliases: [],
    schema: schema.oneOf(["level", "copy", "nan", "min"]),
  },
};
