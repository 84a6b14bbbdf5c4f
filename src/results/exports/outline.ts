import type { Footprint } from "../../core/footprints.ts";

/** Pixels of at least this share of a footprint's largest weight lie inside its outline. */
export const OUTLINE_LEVEL = 0.3;

/** A closed line along the edges of pixels: x, y of its corners in turn. The top left corner of the field is (0, 0). */
export type Loop = Int32Array;

/** A connected part of an outlined footprint. */
export interface OutlinePart {
  /** Its pixels, row-major indices, ascending. */
  readonly pixels: Uint32Array;
  /** Its edge, clockwise as seen on the screen (y downwards). */
  readonly edge: Loop;
  /** Edges of its holes, counter-clockwise. */
  readonly holes: readonly Loop[];
}

/** The pixels of a footprint that lie inside its outline, ascending. */
export function outlinedPixels({ pixels, values }: Footprint, level = OUTLINE_LEVEL): Uint32Array {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return pixels.filter((_, i) => values[i] > 0 && values[i] >= level * most);
}

/**
 * The outline of a footprint on the corners of its pixels, exactly: a pixel lies inside just when its weight is at least `level` of the largest
 * one. Parts are pixels that touch along an edge, the largest part first; parts that only touch at a corner are two.
 *
 * @param fieldWidth Pixels per row of the field.
 */
export function outlineParts(footprint: Footprint, fieldWidth: number, level = OUTLINE_LEVEL): OutlinePart[] {
  const inside = outlinedPixels(footprint, level);
  return connectedParts(inside, fieldWidth)
    .sort((a, b) => b.length - a.length || a[0] - b[0])
    .map((pixels) => {
      const loops = loopsOf(pixels, fieldWidth);
      const edge = loops.find((loop) => doubleArea(loop) > 0)!;
      return { pixels, edge, holes: loops.filter((loop) => loop !== edge) };
    });
}

/** Twice the area inside a loop; negative when it runs counter-clockwise. */
export function doubleArea(loop: Loop): number {
  let sum = 0;
  for (let i = 0; i < loop.length; i += 2) {
    const j = (i + 2) % loop.length;
    sum += loop[i] * loop[j + 1] - loop[j] * loop[i + 1];
  }
  return sum;
}

/** Pixels in groups that touch along edges. */
function connectedParts(pixels: Uint32Array, width: number): Uint32Array[] {
  const left = new Set(pixels), parts: Uint32Array[] = [];
  for (const first of pixels) {
    if (!left.delete(first)) continue;
    const part = [first];
    for (let i = 0; i < part.length; i++) {
      const pixel = part[i], x = pixel % width;
      if (x > 0 && left.delete(pixel - 1)) part.push(pixel - 1);
      if (x < width - 1 && left.delete(pixel + 1)) part.push(pixel + 1);
      if (left.delete(pixel - width)) part.push(pixel - width);
      if (left.delete(pixel + width)) part.push(pixel + width);
    }
    parts.push(Uint32Array.from(part).sort());
  }
  return parts;
}

/** Steps along the edges of a pixel: right along its top, down its right side, left along its bottom, up its left side. */
const STEP_X = [1, 0, -1, 0], STEP_Y = [0, 1, 0, -1];

/**
 * Follows the edges of connected pixels with the pixels at the right hand, from corner to corner. Where two of them meet at a corner only, the
 * line turns right, and so stays with its own pixel; thus it never crosses itself.
 */
function loopsOf(pixels: Uint32Array, width: number): Loop[] {
  const inside = new Set(pixels);
  const has = (x: number, y: number) => x >= 0 && x < width && y >= 0 && inside.has(y * width + x);
  /** Directions in which an edge begins at a corner, as bits. */
  const open = new Map<number, number>();
  const corner = (x: number, y: number) => y * (width + 1) + x;
  const add = (x: number, y: number, direction: number) =>
    open.set(corner(x, y), (open.get(corner(x, y)) ?? 0) | 1 << direction);
  for (const pixel of pixels) {
    const x = pixel % width, y = Math.floor(pixel / width);
    if (!has(x, y - 1)) add(x, y, 0);
    if (!has(x + 1, y)) add(x + 1, y, 1);
    if (!has(x, y + 1)) add(x + 1, y + 1, 2);
    if (!has(x - 1, y)) add(x, y + 1, 3);
  }
  const take = (place: number, direction: number): boolean => {
    const bits = open.get(place)!, bit = 1 << direction;
    open.set(place, bits & ~bit);
    return (bits & bit) !== 0;
  };
  const loops: Loop[] = [];
  for (const start of [...open.keys()].sort((a, b) => a - b)) {
    for (let first = 0; first < 4; first++) {
      if ((open.get(start)! & 1 << first) === 0) continue;
      const line: number[] = [];
      let x = start % (width + 1), y = Math.floor(start / (width + 1)), direction = first, closed = false;
      while (!closed) {
        const before = direction;
        x += STEP_X[before];
        y += STEP_Y[before];
        // Right, ahead, left: one of them is there, since edges come in at a corner as often as they go out.
        direction = [1, 0, 3].map((turn) => (before + turn) % 4).find((next) => take(corner(x, y), next))!;
        if (direction !== before) line.push(x, y);
        closed = corner(x, y) === start && direction === first;
      }
      loops.push(Int32Array.from(line));
    }
  }
  return loops;
}
