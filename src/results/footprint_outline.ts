import type { Footprint } from "../core/footprints.ts";

/** An outline encloses the pixels that hold this part of a footprint's energy (sum of squares). */
const ENERGY = 0.85;

/** Columns and rows that are looked at, inclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A footprint as a dense image of its bounding box and one pixel around it. */
export interface DenseBox {
  /** Where it lies; without pixels `right` is less than `left`. */
  readonly box: Box;
  /** The weight at a place of the box. */
  readonly at: (x: number, y: number) => number;
}

/** Spreads a footprint of a field `width` pixels wide over its bounding box. */
export function denseBox({ pixels, values }: Footprint, width: number): DenseBox {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const pixel of pixels) {
    const x = pixel % width, y = Math.floor(pixel / width);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const box = { left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1 };
  if (pixels.length === 0) return { box, at: () => 0 };
  const columns = box.right - box.left + 1;
  const dense = new Float32Array(columns * (box.bottom - box.top + 1));
  pixels.forEach((pixel, i) => {
    dense[(Math.floor(pixel / width) - box.top) * columns + pixel % width - box.left] = values[i];
  });
  return { box, at: (x, y) => dense[(y - box.top) * columns + x - box.left] };
}

/** The value above which the pixels hold 85 % of the footprint's energy. */
export function energyLevel(values: Float32Array): number {
  const sorted = values.slice().sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value * value, 0);
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i] * sorted[i];
    // Half the last value keeps the line between pixels when all values are equal.
    if (sum >= ENERGY * total) return Math.max(0.5 * sorted[i], sorted.find((value) => value < sorted[i]) ?? 0);
  }
  return 0;
}

/**
 * The lines around the part of a footprint that holds 85 % of its energy, each a list x, y, x, y, … of a closed line; holes have lines, too.
 * The middle of the first pixel is (0, 0). Empty without weight.
 *
 * Marching squares (Lorensen & Cline 1987, in two dimensions): a line crosses between two pixels where the weight between them, interpolated,
 * is the level.
 */
export function footprintOutlines(footprint: Footprint, width: number): number[][] {
  const { box, at } = denseBox(footprint, width), level = energyLevel(footprint.values);
  if (!(level > 0)) return [];
  const columns = box.right - box.left + 1,
    next = new Map<number, number>(),
    places = new Map<number, [number, number]>();
  const isIn = (x: number, y: number) => at(x, y) > level;
  /** The crossing between a pixel and its right (0) or lower (1) neighbour. */
  const crossing = (x: number, y: number, side: 0 | 1): number => {
    const key = 2 * ((y - box.top) * columns + x - box.left) + side;
    if (!places.has(key)) {
      const here = at(x, y), there = side === 0 ? at(x + 1, y) : at(x, y + 1), share = (level - here) / (there - here);
      places.set(key, side === 0 ? [x + share, y] : [x, y + share]);
    }
    return key;
  };
  for (let y = box.top; y < box.bottom; y++) {
    for (let x = box.left; x < box.right; x++) {
      const a = isIn(x, y), b = isIn(x + 1, y), c = isIn(x + 1, y + 1), d = isIn(x, y + 1);
      // Opposite corners are joined when the middle is inside.
      const joined = (at(x, y) + at(x + 1, y) + at(x + 1, y + 1) + at(x, y + 1)) / 4 > level;
      const corners = (a ? 8 : 0) + (b ? 4 : 0) + (c ? 2 : 0) + (d ? 1 : 0);
      for (const step of corners === 10 && joined ? JOINED_10 : corners === 5 && joined ? JOINED_5 : STEPS[corners]) {
        const [from, to] = Array.from(step, (side) => {
          if (side === "t") return crossing(x, y, 0);
          if (side === "b") return crossing(x, y + 1, 0);
          return crossing(side === "l" ? x : x + 1, y, 1);
        });
        next.set(from, to);
      }
    }
  }
  return loops(next).map((loop) => loop.flatMap((key) => places.get(key)!));
}

/**
 * Steps of the line through four pixels, from side to side (top, right, bottom, left), by which of them are inside: 8 the upper left one, 4 the
 * upper right, 2 the lower right, 1 the lower left. The inside is on the same hand everywhere.
 */
const STEPS: readonly (readonly string[])[] = [
  ...[[], ["bl"], ["rb"], ["rl"], ["tr"], ["tr", "bl"], ["tb"], ["tl"]],
  ...[["lt"], ["bt"], ["lt", "rb"], ["rt"], ["lr"], ["br"], ["lb"], []],
];
const JOINED_10 = ["lb", "rt"], JOINED_5 = ["tl", "br"];

/** The closed lines that steps from place to place make, in order of their first step. */
function loops(next: Map<number, number>): number[][] {
  const found: number[][] = [];
  for (const [start] of next) {
    const loop: number[] = [];
    for (let key: number | undefined = start; key !== undefined && next.has(key);) {
      const to: number = next.get(key)!;
      next.delete(key);
      loop.push(key);
      key = to;
    }
    if (loop.length >= 3) found.push(loop);
  }
  return found;
}
