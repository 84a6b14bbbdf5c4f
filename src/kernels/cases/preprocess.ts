import type { Compute, DeviceBuffer } from "../../gpu/compute.ts";
import { blurColumns } from "../blur_columns.ts";
import { blurRows, gaussianWeights } from "../blur_rows.ts";
import { diskMinimum } from "../disk_minimum.ts";
import { lineCount, lineMedian } from "../line_median.ts";
import { medianFilter } from "../median_filter.ts";
import { rowMinimum } from "../row_minimum.ts";
import { stackBytes, type StackShape } from "../stack.ts";
import { subtract } from "../subtract.ts";
import { subtractLines } from "../subtract_lines.ts";
import { wideBytes, widen, widePitch } from "../widen.ts";
import { type KernelCase, randomStack } from "./kernel_case.ts";

/** Runs `work` on a random stack and returns what it made. */
function onStack(
  compute: Compute,
  shape: StackShape,
  seed: number,
  work: (stack: DeviceBuffer) => DeviceBuffer[],
): DeviceBuffer[] {
  const stack = compute.upload("stack", randomStack(seed, shape, -50, 100)), made = work(stack);
  stack.release();
  return made;
}

function blurCase(kernel: string, blur: typeof blurRows): KernelCase {
  return {
    kernel,
    // Weighted sums of up to 57 terms.
    tolerance: 1e-6,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) =>
        [0.4, 2, 7].map((sigma) => {
          const { weights, radius } = gaussianWeights(sigma), blurred = compute.allocate("blurred", stackBytes(shape));
          const buffer = compute.upload("weights", weights);
          blur(compute, stack, blurred, shape, buffer, radius);
          buffer.release();
          return blurred;
        })),
  };
}

/** Kernels of the preprocessing. Most choose samples or subtract two: they are exact. */
export const preprocessCases: readonly KernelCase[] = [
  blurCase("blur_rows", blurRows),
  blurCase("blur_columns", blurColumns),
  {
    kernel: "median_filter",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) =>
        [3, 5, 9].map((side) => {
          const filtered = compute.allocate(`median of side ${side}`, stackBytes(shape));
          medianFilter(compute, stack, filtered, shape, side);
          return filtered;
        })),
  },
  {
    kernel: "widen",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) =>
        ([[0, 1], [5, -1]] as const).map(([margin, sign]) => {
          const wide = compute.allocate(`margin ${margin}, sign ${sign}`, wideBytes(shape, margin));
          widen(compute, stack, wide, shape, margin, sign);
          return wide;
        })),
  },
  {
    kernel: "row_minimum",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) => {
        return [[0, 1], [4, 4]].map(([margin, step]) => {
          const wide = compute.allocate("wide", wideBytes(shape, margin)), pitch = widePitch(shape.width, margin);
          const minima = compute.allocate(`minima ${step} apart`, wideBytes(shape, margin));
          widen(compute, stack, wide, shape, margin, 1);
          rowMinimum(compute, wide, minima, { frames: shape.frames, height: shape.height, pitch }, step);
          wide.release();
          return minima;
        });
      }),
  },
  {
    kernel: "disk_minimum",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) =>
        [3, 7, 31].flatMap((diameter) =>
          ([1, -1] as const).map((sign) => {
            const eroded = compute.allocate(`diameter ${diameter}, sign ${sign}`, stackBytes(shape));
            diskMinimum(compute, stack, eroded, shape, diameter, sign);
            return eroded;
          })
        )),
  },
  {
    kernel: "subtract",
    tolerance: 1e-7,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) => {
        const other = compute.upload("other", randomStack(seed + 1, shape));
        const made = [{}, { factor: -1 }, { factor: 0.3, isImage: true }].map((options) => {
          const difference = compute.allocate("difference", stackBytes(shape));
          subtract(compute, stack, other, difference, shape, options);
          return difference;
        });
        other.release();
        return made;
      }),
  },
  {
    kernel: "line_median",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) => {
        const level = compute.upload("level", randomStack(seed + 1, shape));
        const made = (["rows", "columns"] as const).map((direction) => {
          const medians = compute.allocate(direction, shape.frames * lineCount(shape, direction) * 4);
          lineMedian(compute, stack, level, medians, shape, direction);
          return medians;
        });
        level.release();
        return made;
      }),
  },
  {
    kernel: "subtract_lines",
    tolerance: 0,
    calls: (compute, shape, seed) =>
      onStack(compute, shape, seed, (stack) =>
        (["rows", "columns"] as const).map((direction) => {
          const values = randomStack(seed + 1, { frames: shape.frames, width: lineCount(shape, direction), height: 1 });
          const offsets = compute.upload("offsets", values);
          const difference = compute.allocate(direction, stackBytes(shape));
          subtractLines(compute, stack, offsets, difference, shape, direction);
          offsets.release();
          return difference;
        })),
  },
];
