/// <reference lib="dom" />
/** Contours of cells on a canvas: gathered by colour, so that a thousand of them take a few strokes. */
import type { CellMessage } from "../messages.ts";
import type { State } from "./app.ts";
import { judgement, measureOf, measureRange } from "./cell_order.ts";
import { cellColour, colourMap, mapColour } from "./colour_maps.ts";
import type { ImageView } from "./image_view.ts";

/** Colours of judgements, seen on every map and by people who do not tell red from green. */
export const STATE_COLOURS = { accepted: "#4cc9e6", rejected: "#f0883e", open: "#d8d8d8" } as const;
/** The map that measures are shown by. */
export const MEASURE_MAP = "viridis";

const LEVELS = 24;

const paths = new WeakMap<CellMessage, Path2D>();

/** A cell's outline in pixels of the image. */
export function outline(cell: CellMessage): Path2D {
  let path = paths.get(cell);
  if (path) return path;
  path = new Path2D();
  for (const line of cell.contour) {
    for (let i = 0; i < line.length; i += 2) {
      if (i === 0) path.moveTo(line[0], line[1]);
      else path.lineTo(line[i], line[i + 1]);
    }
    path.closePath();
  }
  paths.set(cell, path);
  return path;
}

/** Outlines of one look. */
export interface ContourGroup {
  readonly colour: string;
  readonly isDashed: boolean;
  readonly path: Path2D;
  readonly count: number;
}

/** The colour of a cell's contour. */
export function contourColour(colourBy: string, cells: readonly CellMessage[]): (cell: CellMessage) => string {
  if (colourBy === "number") return ({ number }) => cellColour(number);
  if (colourBy === "state") return (cell) => STATE_COLOURS[judgement(cell)];
  const range = measureRange(cells, colourBy), map = colourMap(MEASURE_MAP);
  return (cell) => {
    const value = measureOf(cell, colourBy);
    if (value === undefined || !range) return STATE_COLOURS.open;
    const position = range[1] > range[0] ? (value - range[0]) / (range[1] - range[0]) : 0.5;
    return mapColour(map, Math.round(Math.min(1, Math.max(0, position)) * LEVELS) / LEVELS);
  };
}

/** Gathers the contours that are to be seen. */
export function contourGroups(
  { list, cells, colourBy, rejected }: Pick<State, "list" | "cells" | "colourBy" | "rejected">,
): readonly ContourGroup[] {
  const colourOf = contourColour(colourBy, cells);
  const groups = new Map<string, { colour: string; isDashed: boolean; path: Path2D; count: number }>();
  for (const cell of list) {
    const isDashed = judgement(cell) === "rejected";
    if (isDashed && rejected === "hidden") continue;
    const colour = colourOf(cell), key = `${colour} ${isDashed}`;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { colour, isDashed, path: new Path2D(), count: 0 });
    group.path.addPath(outline(cell));
    group.count++;
  }
  // Dashed ones first: accepted cells lie on top.
  return [...groups.values()].sort((a, b) => Number(b.isDashed) - Number(a.isDashed));
}

/** Strokes groups of contours in a view. */
export function paintContours(
  context: CanvasRenderingContext2D,
  groups: readonly ContourGroup[],
  view: ImageView,
  ratio: number,
): void {
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  context.lineJoin = "round";
  const width = Math.min(1.8, Math.max(0.9, 0.7 * view.scale ** 0.6));
  for (const { colour, isDashed, path } of groups) {
    context.strokeStyle = colour;
    context.lineWidth = width / view.scale;
    context.globalAlpha = isDashed ? 0.75 : 1;
    context.setLineDash(isDashed ? [3 / view.scale, 2.5 / view.scale] : []);
    context.stroke(path);
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}
