import { type Footprint, footprintCentre, footprintOf, type Footprints } from "../core/footprints.ts";
import type { Canvas } from "./canvas.ts";
import { BLACK, cellColour, type Colour, GREY, WHITE } from "./colours.ts";
import { contrastRange, stretched } from "./contrast.ts";
import { type Box, denseBox, energyLevel } from "./footprint_outline.ts";
import { enlargement, FIELD_MARGIN, fieldCanvas } from "./field_picture.ts";

/** Ground is dimmed to this brightness at most, so that contours stand out. */
const GROUND = 190;

/** Cells that were set aside are drawn in this grey, thin and broken. */
const PALE: Colour = [178, 178, 184];

/** Length of a dash and of the gap after it, pixels of the picture. */
const DASH = 5;

/** What is written into a cell. */
interface Label {
  readonly number: number;
  readonly isAccepted: boolean;
}

/** What is known of the cells besides their footprints. */
export interface FootprintLabels {
  /** Number of each cell. Default 0, 1, … K − 1. */
  readonly numbers?: Uint32Array;
  /** 1 for cells that are accepted, 0 for those set aside. Default: all are. */
  readonly accepted?: Uint8Array;
}

/**
 * The contours of all footprints over an image, each in its own colour with its number; those that were set aside are grey, thin and broken.
 *
 * @param image Row-major height×width: the ground, in greys.
 */
export function footprintPicture(
  footprints: Footprints,
  image: Float32Array,
  { numbers, accepted }: FootprintLabels = {},
): Canvas {
  const { width, height, count } = footprints;
  const canvas = fieldCanvas(width, height, titleOf(count, accepted));
  drawGround(canvas, image, width, height);
  const labels = Array.from({ length: count }, (_, k): Label => ({
    number: numbers?.[k] ?? k,
    isAccepted: accepted?.[k] !== 0,
  }));
  // Those that count lie on top.
  const order = [...labels.keys()].sort((a, b) => Number(labels[a].isAccepted) - Number(labels[b].isAccepted) || a - b);
  for (const k of order) drawContour(canvas, footprintOf(footprints, k), width, height, labels[k]);
  for (const k of order) drawNumber(canvas, footprintOf(footprints, k), width, height, labels[k]);
  return canvas;
}

function titleOf(count: number, accepted: Uint8Array | undefined): string {
  if (count === 0) return "no cells found";
  const kept = accepted?.reduce((sum, one) => sum + one, 0) ?? count, cells = kept === 1 ? "1 cell" : `${kept} cells`;
  return kept === count ? cells : `${cells}, ${count - kept} set aside`;
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
function drawContour(canvas: Canvas, footprint: Footprint, width: number, height: number, label: Label): void {
  const scale = enlargement(width, height), colour = label.isAccepted ? cellColour(label.number) : PALE;
  const { box, at } = denseBox(footprint, width);
  if (box.right < box.left) return;
  const level = energyLevel(footprint.values);
  const value = (x: number, y: number) => interpolated(at, (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, box);
  const right = Math.min(width, box.right + 1) * scale, bottom = Math.min(height, box.bottom + 1) * scale;
  const thickness = scale >= 3 && label.isAccepted ? 2 : 1.2;
  for (let y = Math.max(0, box.top) * scale; y < bottom; y++) {
    for (let x = Math.max(0, box.left) * scale; x < right; x++) {
      if (!label.isAccepted && Math.floor((x + y) / DASH) % 2 === 1) continue;
      const slope = Math.hypot(value(x + 0.5, y) - value(x - 0.5, y), value(x, y + 0.5) - value(x, y - 0.5));
      if (slope === 0) continue;
      const cover = thickness / 2 + 0.5 - Math.abs(value(x, y) - level) / slope;
      if (cover > 0) canvas.blend(FIELD_MARGIN.left + x, FIELD_MARGIN.top + y, colour, Math.min(1, cover));
    }
  }
}

function drawNumber(canvas: Canvas, footprint: Footprint, width: number, height: number, label: Label): void {
  const centre = footprintCentre(footprint, width);
  if (!centre) return;
  const scale = enlargement(width, height);
  canvas.text(
    FIELD_MARGIN.left + (centre.x + 0.5) * scale,
    FIELD_MARGIN.top + (centre.y + 0.5) * scale,
    String(label.number),
    label.isAccepted ? WHITE : PALE,
    { scale: scale >= 4 && label.isAccepted ? 2 : 1, anchor: "centre", outline: BLACK },
  );
}
