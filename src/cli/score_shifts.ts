import type { Shifts } from "../core/shifts.ts";
import type { Truth } from "../core/truth.ts";
import { scoreShifts, type ShiftErrors, type ShiftScore } from "../score/shifts.ts";
import { alignedTable } from "./table.ts";

/** Compares the shifts that were found in a simulated movie with its truth. */
export function scoreAgainstTruth(found: Shifts, truth: Truth): ShiftScore {
  const { width, height, frames } = truth;
  // A truth that knows of no motion is one of tissue at rest.
  return scoreShifts(found, truth.motion ?? { width, height, frames, rigid: new Float32Array(2 * frames) });
}

/** A score of shifts for people. */
export function shiftScoreText({ frames, rigid, wrongFrames, local }: ShiftScore): string {
  const row = (name: string, { rmse, percentile99, largest }: ShiftErrors) => [
    name,
    ...[rmse, percentile99, largest].map((value) => value.toFixed(3)),
  ];
  const rows = [row("frames as a whole", rigid)];
  if (local) rows.push(row(`at ${local.places} patches`, local.errors), row("there, if only rigid", local.rigidOnly));
  return [
    alignedTable([["error in pixels", "RMSE", "99th percentile", "largest"], ...rows]),
    `${wrongFrames.length} of ${frames} frames are off by more than 1 pixel`,
  ].join("\n");
}
