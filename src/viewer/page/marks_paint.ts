/// <reference lib="dom" />
/** Marks above the contours: the hovered and the selected cells, the inspector's seeds, and where a cell would be added. */
import type { State } from "./app.ts";
import { outline } from "./contour_paint.ts";
import { cellColour } from "./colour_maps.ts";
import type { ImageView } from "./image_view.ts";

/** Paints every mark. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  state: State,
  view: ImageView,
  ratio: number,
  pointer: readonly [number, number] | undefined,
): void {
  const { cells, selected, hovered, tab, inspection, isAdding, session } = state;
  const points = (length: number) => length / view.scale;
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
  context.lineJoin = "round";
  const stroke = (path: Path2D, colour: string, width: number) => {
    context.strokeStyle = colour;
    context.lineWidth = points(width);
    context.stroke(path);
  };
  const wanted = new Set(selected), isLabelled = selected.length <= 60;
  for (const cell of cells) {
    const isHovered = cell.number === hovered, isSelected = wanted.has(cell.number);
    if (!isHovered && !isSelected) continue;
    const path = outline(cell);
    // Bold, but no bolder than the cells are large, so that many of them stay apart.
    const bold = Math.min(1, Math.max(0.5, view.scale / 2.5));
    stroke(path, "rgb(0 0 0 / 0.75)", (isSelected ? 5 : 4) * bold);
    stroke(path, isSelected ? cellColour(cell.number) : "#ffffff", (isSelected ? 2.5 : 2) * bold);
    if (isHovered && isSelected) stroke(path, "#ffffff", 1);
  }
  if (tab === "inspect" && inspection.seeds) {
    const circles = new Path2D(), radius = Math.max(points(3.5), inspection.request.gSig);
    for (const { x, y } of inspection.seeds) {
      circles.moveTo(x + radius, y);
      circles.arc(x, y, radius, 0, 2 * Math.PI);
    }
    stroke(circles, "rgb(0 0 0 / 0.7)", 3);
    stroke(circles, "#ffd166", 1.5);
  }
  if (pointer && (isAdding || tab === "inspect")) {
    // As large as a cell is taken to be.
    const ring = new Path2D();
    ring.arc(pointer[0], pointer[1], (tab === "inspect" ? inspection.request.gSiz : session.inspect.gSiz) / 2, 0, 7);
    stroke(ring, "rgb(0 0 0 / 0.6)", 3);
    context.setLineDash([points(4), points(3)]);
    stroke(ring, "#ffffff", 1.5);
    context.setLineDash([]);
  }
  if (isLabelled) labelCells(context, state, view, ratio);
}

function labelCells(context: CanvasRenderingContext2D, state: State, view: ImageView, ratio: number): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 0.75)";
  const wanted = new Set(state.selected);
  for (const cell of state.cells) {
    if (!wanted.has(cell.number)) continue;
    let top = cell.y;
    for (const line of cell.contour) for (let i = 1; i < line.length; i += 2) top = Math.min(top, line[i]);
    const x = view.x + view.scale * cell.x, y = view.y + view.scale * top - 4;
    context.strokeText(cell.name, x, y);
    context.fillStyle = cellColour(cell.number);
    context.fillText(cell.name, x, y);
  }
}
