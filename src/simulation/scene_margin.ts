import { ParameterError } from "../core/errors.ts";
import type { Shifts } from "../core/shifts.ts";

/** Pixels that interpolation needs beyond the largest displacement, and those that are left by default. */
const NEEDED = 2, GIVEN = 4;

/**
 * Pixels of scene beyond the field on each side: what was asked for, else enough for the largest displacement, and none when nothing
 * moves. Throws `ParameterError` when what was asked for is too little.
 */
export function sceneMargin(motion: Shifts | undefined, asked?: number): number {
  if (!motion) return asked ?? 0;
  let largest = 0;
  for (const values of [motion.rigid, motion.local?.values ?? []]) {
    for (const value of values) largest = Math.max(largest, Math.abs(value));
  }
  const needed = Math.ceil(largest) + NEEDED;
  if (asked !== undefined && asked < needed) {
    throw new ParameterError(
      `margin is ${asked}, but the tissue moves by up to ${
        largest.toFixed(1)
      } pixels; make it at least ${needed}, or leave it out`,
    );
  }
  return asked ?? Math.ceil(largest) + GIVEN;
}
