import type { Border } from "../core/motion.ts";
import type { Shifts } from "../core/shifts.ts";
import { pitchOf } from "../kernels/stack.ts";

/** So near to the frame, in pixels, the nearest sample does as well as one that is missing. */
const HARMLESS = 0.25;

/** Pixels along each edge that some frame has no sample for. @param isCounted whether a frame counts; default all do */
export function missingBorder(shifts: Shifts, isCounted: (frame: number) => boolean = () => true): Border {
  const { rigid, local } = shifts, values = local?.values ?? rigid, numbers = values.length / shifts.frames;
  let left = 0, top = 0, right = 0, bottom = 0;
  for (let i = 0; i < values.length; i += 2) {
    if (!isCounted(Math.floor(i / numbers))) continue;
    left = Math.max(left, -values[i]);
    right = Math.max(right, values[i]);
    top = Math.max(top, -values[i + 1]);
    bottom = Math.max(bottom, values[i + 1]);
  }
  const pixels = (reach: number, most: number) => Math.min(most, Math.max(0, Math.ceil(reach - HARMLESS)));
  return {
    left: pixels(left, shifts.width),
    top: pixels(top, shifts.height),
    right: pixels(right, shifts.width),
    bottom: pixels(bottom, shifts.height),
  };
}

/**
 * Blocks of four pixels of a padded image that a border touches, ascending. At least one: a kernel's bindings are never
 * empty.
 */
export function edgeBlocks(shifts: Shifts): Uint32Array {
  const { width, height } = shifts, columns = pitchOf(width) / 4, blocks: number[] = [];
  const { left, top, right, bottom } = missingBorder(shifts);
  for (let y = 0; y < height; y++) {
    const isRow = y < top || y >= height - bottom;
    for (let block = 0; block < columns; block++) {
      if (isRow || block * 4 < left || block * 4 + 3 >= width - right) blocks.push(y * columns + block);
    }
  }
  return Uint32Array.from(blocks.length > 0 ? blocks : [0]);
}
