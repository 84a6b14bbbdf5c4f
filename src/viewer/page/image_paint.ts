/// <reference lib="dom" />
/** Turns values into colours on a canvas of one screen point per pixel. */
import type { Contrast } from "./app.ts";
import type { ColourMap } from "./colour_maps.ts";

/** Paints an image's values by a colour map; what is not finite stays clear. */
export function paintImage(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  width: number,
  height: number,
  { low, high }: Contrast,
  map: ColourMap,
): void {
  if (canvas.width !== width || canvas.height !== height) canvas.width = width, canvas.height = height;
  const context = canvas.getContext("2d")!, data = context.createImageData(width, height);
  const words = new Uint32Array(data.data.buffer), table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    new Uint8Array(table.buffer, 4 * i, 4).set([map[3 * i], map[3 * i + 1], map[3 * i + 2], 255]);
  }
  const factor = high > low ? 255.999 / (high - low) : 0, count = Math.min(words.length, values.length);
  for (let i = 0; i < count; i++) {
    const position = (values[i] - low) * factor;
    // NaN is neither: it stays clear.
    if (position >= 255) words[i] = table[255];
    else if (position > 0) words[i] = table[position | 0];
    else if (position <= 0) words[i] = table[0];
  }
  context.putImageData(data, 0, 0);
}

/** Paints a veil over the pixels that do not reach both thresholds. */
export function paintVeil(
  canvas: HTMLCanvasElement,
  correlation: Float32Array,
  pnr: Float32Array,
  width: number,
  height: number,
  leastCorrelation: number,
  leastPnr: number,
): void {
  if (canvas.width !== width || canvas.height !== height) canvas.width = width, canvas.height = height;
  const context = canvas.getContext("2d")!, data = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const passes = correlation[i] >= leastCorrelation && pnr[i] >= leastPnr;
    if (!passes) data.data[4 * i + 2] = 40, data.data[4 * i + 3] = 165;
  }
  context.putImageData(data, 0, 0);
}
