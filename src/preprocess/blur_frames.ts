import { blurColumns } from "../kernels/blur_columns.ts";
import { blurRows, gaussianWeights } from "../kernels/blur_rows.ts";
import { stackBytes } from "../kernels/stack.ts";
import type { FrameFilter } from "./filter_frames.ts";

/**
 * Every frame blurred with a Gaussian that is cut off at four standard deviations, the border repeated: scipy's gaussian_filter with mode
 * "nearest".
 * @param sigma standard deviation, pixels
 */
export function gaussianBlur(sigma: number): FrameFilter {
  const { weights, radius } = gaussianWeights(sigma);
  return {
    done: `Gaussian blur with a standard deviation of ${sigma} pixels`,
    apply(compute, stack, out, shape) {
      const buffer = compute.upload("weights", weights), between = compute.allocate("blurred rows", stackBytes(shape));
      blurRows(compute, stack, between, shape, buffer, radius);
      blurColumns(compute, between, out, shape, buffer, radius);
      buffer.release();
      between.release();
    },
  };
}
