import { type Footprint, footprintOf, type Footprints } from "../core/footprints.ts";
import type { Canvas } from "./canvas.ts";
import { BLACK, cellColour, type Colour, GREY, WHITE } from "./colours.ts";
import { contrastRange, stretched } from "./contrast.ts";
import { enlargement, FIELD_MARGIN, fieldCanvas } from "./field_picture.ts";

/** A contour encloses the pixels that hold this part of a footprint's energy (sum of squares). */
const ENERGY = 0.85;

/** Ground is dimmed to this brightness at most, so that contours stand out. */
const GROUND = 190;

/**
 * The contours of all footprints over an image, each in its own colour with its number.
 *
 * @param image Row-major height×width: the ground, in greys.
 */
export function footprintPicture(footprints: Footprints, image: Float32Array): Canvas {
  const { width, height, count } = footprints;
  const title = count === 0 ? "no cells found" : count === 1 ? "1 cell" : `${count} cells`;
  const canvas = fieldCanvas(width, height, title);
  drawGround(canvas, image, width, height);
  for (let k = 0; k < count; k++) drawContour(canvas, footprintOf(footprints, k), width, height, cellColour(k));
  for (let k = 0; k < count; k++) drawNumber(canvas, footprintOf(footprints, k), width, height, k);
  return canvas;
}

function drawGround(canvas: Canvas, image: Float32Array, width: number, height: number): void {
  const scale = enlargement(width, height), range = contrastRange(image);
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const value = interpolated((u, v) => image[v * width + u], (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, {
        left: 0,
        top: 0,
        right: width - 1,
        bottom: height - 1,
      });
      canvas.blend(FIELD_MARGIN.left + x, FIELD_MARGIN.top + y, GREY[Math.round(GROUND * stretched(value, range))]);
    }
  }
}

/** Columns and rows that are looked at, inclusive. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Bilinear interpolation; outside the box the nearest value inside counts. */
function interpolated(at: (x: number, y: number) => number, x: number, y: number, box: Box): number {
  const cx = Math.min(box.right, Math.max(box.left, x)), cy = Math.min(box.bottom, Math.max(box.top, y));
  const x0 = Math.floor(cx), y0 = Math.floor(cy);
  const x1 = Math.min(box.right, x0 + 1), y1 = Math.min(box.bottom, y0 + 1);
  const fx = cx - x0, fy = cy - y0;
  return (at(x0, y0) * (1 - fx) + at(x1, y0) * fx) * (1 - fy) + (at(x0, y1) * (1 - fx) + at(x1, y1) * fx) * fy;
}

/**
 * Draws the line where the interpolated footprint crosses its level. A pixel's distance from that line is the difference from the level
 * divided by the slope, which gives smooth lines without following them.
 */
function drawContour(canvas: Canvas, footprint: Footprint, width: number, height: number, colour: Colour): void {
  const scale = enlargement(width, height);
  const { box, at } = denseBox(footprint, width);
  if (box.right < box.left) return;
  const level = energyLevel(footprint.values);
  const value = (x: number, y: number) => interpolated(at, (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, box);
  const right = Math.min(width, box.right + 1) * scale, bottom = Math.min(height, box.bottom + 1) * scale;
  const thickness = scale >= 3 ? 2 : 1.2;
  for (let y = Math.max(0, box.top) * scale; y < bottom; y++) {
    for (let x = Math.max(0, box.left) * scale; x < right; x++) {
      const slope = Math.hypot(value(x + 0.5, y) - value(x - 0.5, y), value(x, y + 0.5) - value(x, y - 0.5));
      if (slope === 0) continue;
      const cover = thickness / 2 + 0.5 - Math.abs(value(x, y) - level) / slope;
      if (cover > 0) canvas.blend(FIELD_MARGIN.left + x, FIELD_MARGIN.top + y, colour, Math.min(1, cover));
    }
  }
}

/** A footprint as a dense image of its bounding box and one pixel around it. */
function denseBox({ pixels, values }: Footprint, width: number): { box: Box; at: (x: number, y: number) => number } {
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

/** The value above which the pixels hold `ENERGY` of the footprint's energy. */
function energyLevel(values: Float32Array): number {
  const sorted = values.slice().sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value * value, 0);
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i] * sorted[i];
    // Half the last value keeps the line between pixels when all values are equal.
    if (sum >= ENERGY * total) return Math.max(0.5 * sorted[i], sorted[i + 1] ?? 0);
  }
  return 0;
}

function drawNumber(canvas: Canvas, { pixels, values }: Footprint, width: number, height: number, k: number): void {
  let x = 0, y = 0, sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    x += values[i] * (pixels[i] % width);
    y += values[i] * Math.floor(pixels[i] / width);
    sum += values[i];
  }
  if (sum === 0) return;
  const scale = enlargement(width, height);
  canvas.text(
    FIELD_MARGIN.left + (x / sum + 0.5) * scale,
    FIELD_MARGIN.top + (y / sum + 0.5) * scale,
    String(k),
    WHITE,
    { scale: scale >= 4 ? 2 : 1, anchor: "centre", outline: BLACK },
  );
}
