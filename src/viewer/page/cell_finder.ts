/** Finds the cell at a point of the image: contours in a coarse grid of boxes. */
import type { CellMessage } from "../messages.ts";

const SIDE = 16;

/** Tells which cell is at a point. */
export class CellFinder {
  readonly #boxes = new Map<number, CellMessage[]>();

  /** Of the cells that can be pointed at. */
  constructor(cells: readonly CellMessage[]) {
    for (const cell of cells) {
      let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
      for (const line of cell.contour) {
        for (let i = 0; i < line.length; i += 2) {
          left = Math.min(left, line[i]), right = Math.max(right, line[i]);
          top = Math.min(top, line[i + 1]), bottom = Math.max(bottom, line[i + 1]);
        }
      }
      for (let row = Math.floor(top / SIDE); row <= Math.floor(bottom / SIDE); row++) {
        for (let column = Math.floor(left / SIDE); column <= Math.floor(right / SIDE); column++) {
          const key = keyOf(column, row), box = this.#boxes.get(key);
          if (box) box.push(cell);
          else this.#boxes.set(key, [cell]);
        }
      }
    }
  }

  /** The cell at a point; where several overlap, the one whose centre is nearest. */
  at(x: number, y: number): CellMessage | undefined {
    let best: CellMessage | undefined, least = Infinity;
    for (const cell of this.#boxes.get(keyOf(Math.floor(x / SIDE), Math.floor(y / SIDE))) ?? []) {
      const distance = Math.hypot(cell.x - x, cell.y - y);
      if (distance < least && isInside(cell.contour, x, y)) best = cell, least = distance;
    }
    return best;
  }
}

function keyOf(column: number, row: number): number {
  return (row + 4) * 65536 + column + 4;
}

/** Whether a point lies inside an odd number of the lines. */
function isInside(lines: readonly (readonly number[])[], x: number, y: number): boolean {
  let odd = false;
  for (const line of lines) {
    for (let i = 0, j = line.length - 2; i < line.length; j = i, i += 2) {
      const above = line[i + 1] > y;
      if (above !== line[j + 1] > y) {
        const crossing = line[i] + (y - line[i + 1]) / (line[j + 1] - line[i + 1]) * (line[j] - line[i]);
        if (x < crossing) odd = !odd;
      }
    }
  }
  return odd;
}
