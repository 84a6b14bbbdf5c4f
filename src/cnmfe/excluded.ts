import { ParameterError } from "../core/errors.ts";
import type { Border } from "../core/motion.ts";
import type { Window } from "../kernels/crop.ts";

/**
 * Pixels no cell may hold: those along the edges that some frame of a motion-corrected movie has no sample for. 1 where excluded.
 * @returns row-major, or undefined when nothing is excluded
 * @throws ParameterError when nothing would be left
 */
export function excludedPixels(width: number, height: number, border: Border | undefined): Uint8Array | undefined {
  const { left, top, right, bottom } = border ?? { left: 0, top: 0, right: 0, bottom: 0 };
  if (left + top + right + bottom === 0) return undefined;
  if (left + right >= width || top + bottom >= height) {
    throw new ParameterError(
      `A border of ${left}, ${top}, ${right} and ${bottom} pixels (left, top, right, bottom) leaves nothing of a field of ` +
        `${width}×${height} pixels: the motion is too large for it`,
    );
  }
  const excluded = new Uint8Array(width * height).fill(1);
  for (let y = top; y < height - bottom; y++) excluded.fill(0, y * width + left, (y + 1) * width - right);
  return excluded;
}

/** The part of a mask that lies in a window. */
export function excludedIn(
  excluded: Uint8Array | undefined,
  width: number,
  window: Window,
): Uint8Array | undefined {
  if (!excluded) return undefined;
  const part = new Uint8Array(window.width * window.height);
  for (let y = 0; y < window.height; y++) {
    const from = (window.y + y) * width + window.x;
    part.set(excluded.subarray(from, from + window.width), y * window.width);
  }
  return part;
}
