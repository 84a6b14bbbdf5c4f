import { diskMinimum } from "../kernels/disk_minimum.ts";
import { stackBytes } from "../kernels/stack.ts";
import { subtract } from "../kernels/subtract.ts";
import type { FrameFilter } from "./filter_frames.ts";

/**
 * The white top-hat of every frame: the frame minus its morphological opening (erosion, then dilation) with a disk. What is narrower than
 * the disk stays, at its height above what is around it; broader light goes. minian's `remove_background` with method "tophat" does the
 * same with a disk of radius `wnd`, a diameter of 2·wnd + 1. Outside the field nothing counts.
 * @param diameter pixels, odd
 */
export function removeBackground(diameter: number): FrameFilter {
  return {
    done: `Opening with a disk of ${diameter} pixels subtracted`,
    apply(compute, stack, out, shape) {
      const eroded = compute.allocate("eroded", stackBytes(shape)),
        opened = compute.allocate("opened", stackBytes(shape));
      diskMinimum(compute, stack, eroded, shape, diameter, 1);
      // Minus the dilation of the erosion: minus the opening.
      diskMinimum(compute, eroded, opened, shape, diameter, -1);
      subtract(compute, stack, opened, out, shape, { factor: -1 });
      eroded.release();
      opened.release();
    },
  };
}
