/// <reference lib="dom" />
/** The one image of the page, for commands that act on it. */
import type { FieldPainter } from "./field_painter.ts";

let painter: FieldPainter | undefined;

/** The image's painter, while there is one. */
export function painterOf(): FieldPainter | undefined {
  return painter;
}

/** Makes a painter the page's. */
export function setPainter(one: FieldPainter | undefined): void {
  painter = one;
}
