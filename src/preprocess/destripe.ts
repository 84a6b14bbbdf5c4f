import { blurColumns } from "../kernels/blur_columns.ts";
import { blurRows, gaussianWeights } from "../kernels/blur_rows.ts";
import { lineCount, type LineDirection, lineMedian } from "../kernels/line_median.ts";
import { stackBytes } from "../kernels/stack.ts";
import { subtractLines } from "../kernels/subtract_lines.ts";
import type { FrameFilter } from "./filter_frames.ts";

/** Lines over which the level that a line is compared with is smoothed (standard deviation of a Gaussian). */
const SMOOTHING = 5;

/**
 * Every line of every frame loses the offset that is its own: the median along the line of frame − level, where the level is the frame
 * smoothed across the lines. Light that changes slowly across lines stays, and so do cells, which take up less than half of a line.
 */
export function destripe(direction: LineDirection): FrameFilter {
  const { weights, radius } = gaussianWeights(SMOOTHING), blur = direction === "rows" ? blurColumns : blurRows;
  return {
    done: `Offsets of single ${direction} subtracted`,
    apply(compute, stack, out, shape) {
      const buffer = compute.upload("weights", weights), level = compute.allocate("level", stackBytes(shape));
      const offsets = compute.allocate("offsets of lines", shape.frames * lineCount(shape, direction) * 4);
      blur(compute, stack, level, shape, buffer, radius);
      lineMedian(compute, stack, level, offsets, shape, direction);
      subtractLines(compute, stack, offsets, out, shape, direction);
      for (const used of [buffer, level, offsets]) used.release();
    },
  };
}
