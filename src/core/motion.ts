import type { MotionParameters } from "./motion_parameters.ts";
import type { MovieHeader } from "./movie.ts";
import type { Shifts } from "./shifts.ts";

/** Pixels along the edges of the field. */
export interface Border {
  /** Columns at the left. */
  readonly left: number;
  /** Rows at the top. */
  readonly top: number;
  /** Columns at the right. */
  readonly right: number;
  /** Rows at the bottom. */
  readonly bottom: number;
}

/** A frame whose registration should not be trusted. */
export interface OutlierFrame {
  /** Number of the frame, from 0. */
  readonly frame: number;
  /** Why: its displacement lies at the limit, or it is much less like the template than the others. */
  readonly reason: "shift at its limit" | "low correlation";
}

/** How well a movie was registered. */
export interface MotionQuality {
  /** Correlation of each frame with the template before the correction, through the high-pass filter. T. */
  readonly correlationBefore: Float32Array;
  /** The same after the correction. T. */
  readonly correlationAfter: Float32Array;
  /** Norm of the gradient of the mean image before the correction, counts per pixel (NoRMCorre's crispness). */
  readonly crispnessBefore: number;
  /** The same after the correction. */
  readonly crispnessAfter: number;
  /**
   * Residual optical flow: root mean square displacement that is left between the template and the means of consecutive
   * corrected frames, pixels.
   */
  readonly residualFlow: Float32Array;
  /** Frames averaged into one for each value of `residualFlow`. */
  readonly flowBin: number;
  /** Frames that were not registered well. */
  readonly outliers: readonly OutlierFrame[];
  /** Edges to exclude: where more than half of the frames have no samples. */
  readonly border: Border;
  /** Mean over time before the correction, row-major, counts. */
  readonly meanBefore: Float32Array;
  /** Mean over time after the correction, of the samples each pixel has, row-major, counts. */
  readonly meanAfter: Float32Array;
}

/** Where the tissue was in every frame, and how that was found. */
export interface Motion {
  /** The movie it belongs to. */
  readonly movie: MovieHeader;
  /** Displacements. */
  readonly shifts: Shifts;
  /** What the frames were compared with, row-major, counts: the movie's own scale, not filtered. */
  readonly template: Float32Array;
  /** True when the template was given, instead of made from the movie. */
  readonly givenTemplate?: true;
  /** How well it went. */
  readonly quality: MotionQuality;
  /** Parameters used. */
  readonly parameters: MotionParameters;
  /** Which program and device made it. */
  readonly software: { readonly annulus: string; readonly backend: string; readonly device: string };
  /** Seconds of each stage. */
  readonly timings: readonly { readonly stage: string; readonly seconds: number }[];
  /** Things worth knowing: limits reached, outliers. */
  readonly notes: readonly string[];
}
