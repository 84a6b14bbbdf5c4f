import { medianFilter } from "../kernels/median_filter.ts";
import type { FrameFilter } from "./filter_frames.ts";

/**
 * Every pixel becomes the median of the square around it, the border repeated: single bright or dark samples vanish, edges stay.
 * @param side of the square, pixels, odd
 */
export function medianOfSquares(side: number): FrameFilter {
  return {
    done: `Median of ${side}×${side} pixels`,
    apply: (compute, stack, out, shape) => medianFilter(compute, stack, out, shape, side),
  };
}
