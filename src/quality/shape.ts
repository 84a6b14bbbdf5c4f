import { type Footprint, footprintCentre } from "../core/footprints.ts";

/** Pixels with at least this share of the largest weight are the cell's area: other programs leave faint tails. */
const AREA_SHARE = 0.2;

/** What the shape of a footprint tells. */
export interface Shape {
  /** Pixels with at least a fifth of the largest weight. */
  readonly size: number;
  /** √(1 − λ₂/λ₁) of the second moments λ₁ ≥ λ₂ of the weights: 0 round, 1 a line; NaN for an empty footprint. */
  readonly eccentricity: number;
}

/** Measures a footprint on a field that is `width` pixels wide. */
export function shapeOf(footprint: Footprint, width: number): Shape {
  const { pixels, values } = footprint, { x, y } = footprintCentre(footprint, width) ?? { x: NaN, y: NaN };
  let mass = 0, largest = 0;
  for (const value of values) {
    mass += value;
    largest = Math.max(largest, value);
  }
  let xx = 0, yy = 0, xy = 0, size = 0;
  pixels.forEach((pixel, i) => {
    const u = pixel % width - x, v = Math.floor(pixel / width) - y;
    xx += values[i] * u * u / mass;
    yy += values[i] * v * v / mass;
    xy += values[i] * u * v / mass;
    if (values[i] > 0 && values[i] >= AREA_SHARE * largest) size++;
  });
  const middle = (xx + yy) / 2, spread = Math.hypot((xx - yy) / 2, xy);
  const eccentricity = middle + spread > 0
    ? Math.sqrt(Math.min(1, 2 * spread / (middle + spread)))
    : mass > 0
    ? 0
    : NaN;
  return { size, eccentricity };
}

/** Share of a footprint's weight on the outermost pixels that cells may hold; NaN for an empty footprint. */
export function borderShare(
  { pixels, values }: Footprint,
  { width, height }: { readonly width: number; readonly height: number },
  border: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
): number {
  let mass = 0, outer = 0;
  pixels.forEach((pixel, i) => {
    const x = pixel % width, y = Math.floor(pixel / width);
    mass += values[i];
    const isOuter = x <= border.left || y <= border.top || x >= width - 1 - border.right ||
      y >= height - 1 - border.bottom;
    if (isOuter) outer += values[i];
  });
  return outer / mass;
}
