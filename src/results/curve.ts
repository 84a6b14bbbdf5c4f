import type { Canvas } from "./canvas.ts";
import type { Colour } from "./colours.ts";

/** The columns of a picture that a curve over time lies in. */
export interface CurveArea {
  /** First column. */
  readonly left: number;
  /** Columns. */
  readonly width: number;
}

/** The least and the largest value; 0 and 0 when there is none. Values that are not numbers are passed over. */
export function rangeOf(values: Float32Array): [low: number, high: number] {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** The column of the middle of a frame; the first frame is at the left end, the last at the right. */
export function columnOf(frame: number, frames: number, { left, width }: CurveArea): number {
  return left + (width - 1) * (frames > 1 ? frame / (frames - 1) : 0);
}

/** Whether the frames of a curve are so few that they are drawn one by one; else each column stands for many. */
export function drawnSingly(frames: number, area: CurveArea): boolean {
  return frames <= 2 * area.width;
}

/** The frames `[from, to)` that a column stands for, and one more, so that neighbouring columns touch. */
export function framesOf(column: number, frames: number, { width }: CurveArea): [from: number, to: number] {
  const perColumn = frames / width;
  return [Math.floor(column * perColumn), Math.min(frames, Math.floor((column + 1) * perColumn) + 1)];
}

/** Draws a trace: point to point where frames are few, else one upright line per column from the least to the largest value in it. */
export function drawCurve(
  canvas: Canvas,
  trace: Float32Array,
  area: CurveArea,
  rowOf: (value: number) => number,
  colour: Colour,
  thickness: number,
): void {
  if (drawnSingly(trace.length, area)) {
    const at = (t: number) => [columnOf(t, trace.length, area), rowOf(trace[t])] as const;
    for (let t = 0; t < trace.length; t++) canvas.line(...at(Math.max(0, t - 1)), ...at(t), colour, thickness);
    return;
  }
  for (let column = 0; column < area.width; column++) {
    const [low, high] = rangeOf(trace.subarray(...framesOf(column, trace.length, area)));
    canvas.line(area.left + column, rowOf(low), area.left + column, rowOf(high), colour, thickness);
  }
}
