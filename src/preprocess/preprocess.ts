import type { MovieSource } from "../core/movie.ts";
import type { PreprocessParameters } from "../core/preprocess_parameters.ts";
import { binFrames } from "./bin_frames.ts";
import { binPixels } from "./bin_pixels.ts";
import { gaussianBlur } from "./blur_frames.ts";
import { correctLevel } from "./correct_level.ts";
import { cropMovie } from "./crop_movie.ts";
import { deltaF, deltaUnits } from "./delta_f.ts";
import { destripe } from "./destripe.ts";
import { filterFrames, type FrameFilter } from "./filter_frames.ts";
import { medianOfSquares } from "./median_frames.ts";
import type { PreprocessOptions } from "./pass.ts";
import { removeBackground } from "./remove_background.ts";
import { removeGlow } from "./remove_glow.ts";
import { repairSamples } from "./repair.ts";
import { selectFrames } from "./select_frames.ts";
import type { View } from "./view.ts";

/** A movie and what was done to it. */
export interface Preprocessed {
  /** The movie: a view, or the movie it was given when there was nothing to do. Closing it closes that one. */
  readonly source: MovieSource;
  /** What is done, one sentence per step, in order. */
  readonly done: readonly string[];
  /** What came to light while the movie was read (repairs counted, fits), one sentence each; complete after a pass. */
  readonly report: () => readonly string[];
}

/** A step: makes a view of a movie. */
type Step = (source: MovieSource) => View;

/**
 * What is done to a movie before its motion is corrected, as a view that costs nothing until it is read: frames, crop, bad pixels, binning
 * in space, binning in time, then the filters median, Gaussian, destriping, glow, background, in this order. Frames, columns and rows are
 * counted in the movie as it is given.
 *
 * ```ts
 * import { memoryMovie } from "../movie/memory.ts";
 * import { resolvePreprocessParameters } from "../core/parameters.ts";
 * import { openCompute } from "../gpu/open.ts";
 * import { beforeMotion } from "./preprocess.ts";
 * import assert from "node:assert/strict";
 *
 * const movie = memoryMovie(new Uint16Array(50 * 60 * 40), { width: 60, height: 40, frameRate: 20 });
 * const parameters = resolvePreprocessParameters({ crop: [4, 0, 60, 40], temporal_downsampling_factor: 2 });
 * const compute = await openCompute("cpu");
 * const { source, done } = beforeMotion(movie, parameters, { compute, memoryBytes: 1e9 });
 * assert.deepEqual([source.header.width, source.header.frames, source.header.frameRate], [56, 25, 10]);
 * assert.equal(done[1], "Groups of 2 frames averaged: 25 of 50 frames");
 * compute.destroy();
 * ```
 *
 * @throws ParameterError for frames or pixels outside the movie, and when nothing is left
 */
export function beforeMotion(
  source: MovieSource,
  parameters: PreprocessParameters,
  options: PreprocessOptions,
): Preprocessed {
  const { frames, drop_frames, crop, bad_pixels, spatial_downsampling_factor, temporal_downsampling_factor } =
    parameters;
  const { memoryBytes } = options, steps: Step[] = [];
  if (frames !== null || drop_frames !== null) steps.push((movie) => selectFrames(movie, parameters));
  if (crop !== null) steps.push((movie) => cropMovie(movie, crop, memoryBytes));
  if (bad_pixels === "repair") steps.push((movie) => repairSamples(movie, options));
  if (spatial_downsampling_factor > 1) {
    steps.push((movie) => binPixels(movie, spatial_downsampling_factor, memoryBytes));
  }
  if (temporal_downsampling_factor > 1) {
    steps.push((movie) => binFrames(movie, temporal_downsampling_factor, memoryBytes));
  }
  steps.push(...filterSteps(parameters, options));
  return chain(source, steps);
}

/**
 * What is done to a movie after its motion is corrected, when a pixel is the same place in every frame: detrending, bleaching correction,
 * dF/F, in this order, as a view.
 * @param frameRate frames per second, instead of what the movie says; for the windows of dF/F
 * @throws ParameterError for dF/F without a frame rate or with windows that do not fit the movie
 */
export function afterMotion(
  source: MovieSource,
  parameters: PreprocessParameters,
  options: PreprocessOptions,
  frameRate?: number,
): Preprocessed {
  const { detrend, bleaching, dff, secs_window, quantile_min } = parameters, steps: Step[] = [];
  if (detrend !== "none" || bleaching !== "none") steps.push((movie) => correctLevel(movie, parameters, options));
  const units = deltaUnits(dff);
  if (units !== undefined) {
    const baseline = { units, secs_window, quantile_min, ...(frameRate === undefined ? {} : { frameRate }) };
    steps.push((movie) => deltaF(movie, baseline, options));
  }
  return chain(source, steps);
}

/** The filters that are on: one view for all of them, so that frames are uploaded once. */
function filterSteps(parameters: PreprocessParameters, options: PreprocessOptions): Step[] {
  const { median_filter, gaussian_filter, destripe: stripes, remove_glow, remove_background } = parameters;
  const first: FrameFilter[] = [
    ...(median_filter > 0 ? [medianOfSquares(median_filter)] : []),
    ...(gaussian_filter > 0 ? [gaussianBlur(gaussian_filter)] : []),
    ...(stripes !== "none" ? [destripe(stripes)] : []),
  ];
  const last = remove_background > 0 ? [removeBackground(remove_background)] : [];
  if (first.length + last.length === 0 && !remove_glow) return [];
  return [(movie) => {
    if (!remove_glow) return filterFrames(movie, [...first, ...last], options);
    // The minimum is that of the frames as the filters before it leave them.
    const filtered = first.length > 0 ? filterFrames(movie, first, options) : movie;
    return filterFrames(movie, [...first, removeGlow(filtered, options), ...last], options);
  }];
}

function chain(source: MovieSource, steps: readonly Step[]): Preprocessed {
  const views: View[] = [];
  for (const step of steps) views.push(step(views.at(-1) ?? source));
  return {
    source: views.at(-1) ?? source,
    done: views.map(({ done }) => done),
    report: () => views.flatMap((view) => view.report()),
  };
}
