import { type ParameterTable, schema } from "./parameter_table.ts";

/** Everything a user can set about what happens to a movie before cells are searched for. All of it is off by default. */
export interface PreprocessParameters {
  /** Frames to keep, as in "100:2000,2500:" (from 0, ends exclusive); null keeps all. */
  readonly frames: FrameList | null;
  /** Frames to leave out, in the same notation, or a list of numbers; null leaves out none. */
  readonly drop_frames: FrameList | null;
  /** Rectangle to keep, x0, y0, x1, y1, pixels; x1 and y1 exclusive; null keeps the field. */
  readonly crop: readonly [number, number, number, number] | null;
  /** What happens to samples that are not finite numbers and to pixels that are dead or stuck. */
  readonly bad_pixels: "refuse" | "repair";
  /** Frames averaged into one. */
  readonly temporal_downsampling_factor: number;
  /** Side of the blocks of pixels averaged into one. */
  readonly spatial_downsampling_factor: number;
  /** Side of the squares each pixel becomes the median of, pixels, odd; 0 is off. */
  readonly median_filter: number;
  /** Standard deviation of the Gaussian each frame is blurred with, pixels; 0 is off. */
  readonly gaussian_filter: number;
  /** Which lines lose an offset of their own. */
  readonly destripe: "none" | "rows" | "columns";
  /** Whether each pixel's minimum over the movie is subtracted. */
  readonly remove_glow: boolean;
  /** Diameter of the disk of the opening that is subtracted from each frame, pixels, odd; 0 is off. */
  readonly remove_background: number;
  /** Trend of the frames' means that is subtracted. */
  readonly detrend: "none" | "linear" | "median";
  /** How the loss of light over the movie is made up for. */
  readonly bleaching: "none" | "exponential" | "ratio";
  /** Units relative to a running baseline. */
  readonly dff: "none" | "dF/F" | "dF/sqrtF" | "delta_f_over_f" | "delta_f_over_sqrt_f";
  /** Length of the windows whose percentile is the baseline, seconds. */
  readonly secs_window: number;
  /** That percentile, from 0 to 100. */
  readonly quantile_min: number;
}

/** Frames as a user writes them: "100:2000,2500:", one number, or a list of numbers. */
export type FrameList = string | number | readonly number[];

/** The table of the preprocessing. */
export const PREPROCESS_TABLE: ParameterTable<PreprocessParameters> = {
  frames: {
    default: null,
    unit: "frames",
    range: 'ranges from:to of frames, counted from 0 and without the last, in order, such as "100:2000,2500:"',
    meaning: "Frames to keep; null keeps all",
    aliases: [],
    schema: schema.orNull(schema.custom<FrameList>(isFrameList)),
  },
  drop_frames: {
    default: null,
    unit: "frames",
    range: 'frames and ranges from:to of frames, counted from 0 and without the last, such as "17,40:44"',
    meaning: "Frames to leave out; null leaves out none",
    aliases: [],
    schema: schema.orNull(schema.custom<FrameList>(isFrameList)),
  },
  crop: {
    default: null,
    unit: "pixels",
    range: "four whole numbers x0, y0, x1, y1 with 0 <= x0 < x1 and 0 <= y0 < y1, such as 10,10,200,200",
    meaning: "Rectangle to keep, without column x1 and row y1; null keeps the whole field",
    aliases: [],
    schema: schema.orNull(schema.custom<readonly [number, number, number, number]>(isRectangle)),
  },
  bad_pixels: {
    default: "refuse",
    unit: "",
    range: '"refuse" or "repair"',
    meaning: "What becomes of samples that are not finite numbers, of dead and stuck pixels and of blank frames: " +
      "refuse ends the extraction at the first sample that is no number, repair replaces them by their neighbours",
    aliases: [],
    schema: schema.oneOf(["refuse", "repair"]),
  },
  spatial_downsampling_factor: {
    default: 1,
    unit: "pixels",
    range: "a whole number from 1 to 16",
    meaning: "Side of the blocks of pixels averaged into one; blocks at the edge that are not full are left out. " +
      "Lengths of later steps, such as gSig, are in blocks then",
    aliases: [],
    schema: schema.whole(1, 16),
  },
  temporal_downsampling_factor: {
    default: 1,
    unit: "frames",
    range: "a whole number from 1 to 100",
    meaning: "Frames averaged into one; a last group that is not full is left out",
    aliases: [],
    schema: schema.whole(1, 100),
  },
  median_filter: {
    default: 0,
    unit: "pixels",
    range: "0 or an odd number from 3 to 15",
    meaning: "Side of the squares whose median each pixel becomes; 0 is off",
    aliases: [],
    schema: schema.custom((value) => value === 0 || isOdd(value, 15)),
  },
  gaussian_filter: {
    default: 0,
    unit: "pixels",
    range: "0 or a number from 0.2 to 50",
    meaning: "Standard deviation of the Gaussian every frame is blurred with; 0 is off",
    aliases: [],
    schema: schema.custom((value) => value === 0 || schema.accepts(schema.from(0.2, 50), value)),
  },
  destripe: {
    default: "none",
    unit: "",
    range: '"none", "rows" or "columns"',
    meaning: "Lines of each frame that lose an offset of their own, which their neighbours do not share",
    aliases: [],
    schema: schema.oneOf(["none", "rows", "columns"]),
  },
  remove_glow: {
    default: false,
    unit: "",
    range: "true or false",
    meaning: "Each pixel's minimum over the movie is subtracted",
    aliases: [],
    schema: schema.flag(),
  },
  remove_background: {
    default: 0,
    unit: "pixels",
    range: "0 or an odd number from 3 to 255",
    meaning: "Diameter of the disk of the morphological opening that is subtracted from each frame; 0 is off " +
      "(minian's window w is the diameter 2w + 1)",
    aliases: [],
    schema: schema.custom((value) => value === 0 || isOdd(value, 255)),
  },
  detrend: {
    default: "none",
    unit: "",
    range: '"none", "linear" or "median"',
    meaning: "Trend of the frames' means that is subtracted, their level kept: a straight line or a running median",
    aliases: [],
    schema: schema.oneOf(["none", "linear", "median"]),
  },
  bleaching: {
    default: "none",
    unit: "",
    range: '"none", "exponential" or "ratio"',
    meaning:
      "How frames are multiplied to make up for lost light: by an exponential fitted to the frames' means, or by " +
      "their running median",
    aliases: [],
    schema: schema.oneOf(["none", "exponential", "ratio"]),
  },
  dff: {
    default: "none",
    unit: "",
    range: '"none", "dF/F" or "dF/sqrtF" (or "delta_f_over_f" or "delta_f_over_sqrt_f")',
    meaning: "Samples become differences from a running baseline, over the baseline or over its square root",
    aliases: [],
    schema: schema.oneOf(["none", "dF/F", "dF/sqrtF", "delta_f_over_f", "delta_f_over_sqrt_f"]),
  },
  secs_window: {
    default: 5,
    unit: "s",
    range: "a number above 0 and at most 100000",
    meaning: "With dff: length of the windows the baseline is measured in",
    aliases: ["secsWindow"],
    schema: schema.above(0, 100000),
  },
  quantile_min: {
    default: 8,
    unit: "percent",
    range: "a number from 0 to 100",
    meaning: "With dff: percentile of a window's samples that is the baseline",
    aliases: ["quantilMin"],
    schema: schema.from(0, 100),
  },
};

function isWhole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isOdd(value: unknown, most: number): boolean {
  return isWhole(value) && value % 2 === 1 && value >= 3 && value <= most;
}

function isRectangle(value: unknown): boolean {
  return Array.isArray(value) && value.length === 4 && value.every(isWhole) && value[0] < value[2] &&
    value[1] < value[3];
}

/** Whether the notation is right; what it means for a movie is said by `frameRuns` of the preprocessing. */
function isFrameList(value: unknown): boolean {
  if (typeof value === "string") return value.split(",").every((part) => /^\s*(\d+|\d*\s*:\s*\d*)\s*$/.test(part));
  return isWhole(value) || (Array.isArray(value) && value.length > 0 && value.every(isWhole));
}
