import type { Footprint } from "../core/footprints.ts";

/** A footprint with its surroundings: every pixel of the field within `margin` pixels (each axis) of one of its pixels; new pixels hold 0. */
export function surrounded({ pixels, values }: Footprint, width: number, height: number, margin: number): Footprint {
  const weights = new Map<number, number>();
  pixels.forEach((pixel) => {
    const x = pixel % width, y = (pixel - x) / width;
    for (let v = Math.max(0, y - margin); v <= Math.min(height - 1, y + margin); v++) {
      for (let u = Math.max(0, x - margin); u <= Math.min(width - 1, x + margin); u++) weights.set(v * width + u, 0);
    }
  });
  pixels.forEach((pixel, i) => weights.set(pixel, values[i]));
  const sorted = Uint32Array.from(weights.keys()).sort();
  return { pixels: sorted, values: Float32Array.from(sorted, (pixel) => weights.get(pixel)!) };
}
