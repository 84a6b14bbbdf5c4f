import { ParameterError } from "../core/errors.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { MovieHeader } from "../core/movie.ts";
import { type DiskKernel, diskKernel } from "../kernels/filter.ts";

/** The grid frames are compared on: as coarse as the high-pass filter allows. */
export interface Scale {
  /** Side of the blocks of pixels averaged into one. */
  readonly factor: number;
  /** Blocks per row. */
  readonly width: number;
  /** Rows of blocks. */
  readonly height: number;
  /** The high-pass filter on this grid; undefined compares frames as they are. */
  readonly kernel: DiskKernel | undefined;
  /** Largest displacement, blocks. */
  readonly limit: number;
  /** Lags that are looked at, each way, blocks: beyond the limit those that interpolation needs. */
  readonly reach: number;
}

/**
 * A filter at least this wide leaves nothing between neighbouring blocks that is lost: s.d. on the coarse grid, blocks.
 */
const COARSE_GSIG = 1.5;
/** Radius of the filter's disk, in standard deviations, as CaImAn's high-pass filter has it. */
const RADIUS = 1.5;
/** Lags beyond the limit that interpolation around a peak at the limit takes in. */
const BEYOND = 4;
/** Fewest blocks a side of the template may keep. */
const LEAST_SIDE = 8;

/**
 * The grid for a movie and parameters. The template keeps so far from the edges that no lag within reach leaves the
 * frame: correlations need no padding and favour no displacement.
 * @throws ParameterError when `max_shifts` leaves no template in a frame of this size
 */
export function registrationScale({ width, height, name }: MovieHeader, parameters: MotionParameters): Scale {
  const { gSig_filt, max_shifts } = parameters;
  const factor = Math.max(1, Math.floor(gSig_filt / COARSE_GSIG)), gSig = gSig_filt / factor;
  const coarse = { width: Math.ceil(width / factor), height: Math.ceil(height / factor) };
  const limit = max_shifts / factor, reach = Math.ceil(limit) + BEYOND;
  const side = Math.min(coarse.width, coarse.height);
  if (side - 2 * reach < LEAST_SIDE) {
    const most = Math.floor((side - LEAST_SIDE) / 2 - BEYOND) * factor;
    throw new ParameterError(
      most >= 1
        ? `max_shifts is ${max_shifts} pixels, but frames of "${name}" have ${width}×${height}: at most ${most} leave enough of ` +
          `them to compare`
        : `Frames of "${name}" have ${width}×${height} pixels, which is too small to register with gSig_filt ${gSig_filt}: at ` +
          `least ${(LEAST_SIDE + 2 * BEYOND + 2) * factor} pixels a side are needed`,
    );
  }
  return {
    factor,
    ...coarse,
    kernel: gSig > 0 ? diskKernel(gSig, Math.round(RADIUS * gSig)) : undefined,
    limit,
    reach,
  };
}
