import { Canvas } from "./canvas.ts";
import { BLACK, type Colour, HEAT, WHITE } from "./colours.ts";
import { contrastRange, stretched } from "./contrast.ts";
import { shortNumber } from "./ticks.ts";

/** Small fields are enlarged until their longer side is about this many pixels. */
const TARGET = 720;

/** How many times a field is enlarged: a whole number from 1 to 6. */
export function enlargement(width: number, height: number): number {
  return Math.min(6, Math.max(1, Math.ceil(TARGET / Math.max(width, height))));
}

/** Space around a field in a picture, pixels. */
export const FIELD_MARGIN = { left: 16, top: 34, right: 16, bottom: 16 } as const;

const BAR = { gap: 16, width: 16, labels: 80 } as const;

/** An empty picture that has room for an enlarged field and its title, which is written. `right` is extra room on the right. */
export function fieldCanvas(width: number, height: number, title: string, right = 0): Canvas {
  const scale = enlargement(width, height);
  const canvas = new Canvas(
    Math.max(320, FIELD_MARGIN.left + width * scale + right + FIELD_MARGIN.right),
    Math.max(140, FIELD_MARGIN.top + height * scale + FIELD_MARGIN.bottom),
    [16, 16, 18],
  );
  canvas.text(FIELD_MARGIN.left, 18, title, WHITE, { scale: 2 });
  return canvas;
}

/**
 * A summary image in colours, enlarged pixel by pixel, with a colour bar. Contrast runs from the 1st to the 99.7th percentile.
 *
 * @param image Row-major height×width.
 */
export function fieldPicture(image: Float32Array, width: number, height: number, title: string): Canvas {
  const scale = enlargement(width, height), range = contrastRange(image);
  const canvas = fieldCanvas(width, height, title, BAR.gap + BAR.width + BAR.labels);
  const { left, top } = FIELD_MARGIN;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = image[y * width + x];
      const colour: Colour = Number.isFinite(value) ? HEAT[Math.round(255 * stretched(value, range))] : BLACK;
      canvas.rectangle(left + x * scale, top + y * scale, scale, scale, colour);
    }
  }
  const barLeft = left + width * scale + BAR.gap, barHeight = Math.min(400, Math.max(80, height * scale));
  for (let y = 0; y < barHeight; y++) {
    canvas.rectangle(barLeft, top + y, BAR.width, 1, HEAT[Math.round(255 * (1 - y / (barHeight - 1)))]);
  }
  for (const position of [0, 0.5, 1]) {
    const y = top + Math.min(barHeight - 6, Math.max(6, (1 - position) * barHeight));
    const value = range.low + position * (range.high - range.low);
    canvas.text(barLeft + BAR.width + 6, y, shortNumber(value, range.high - range.low), WHITE, { scale: 2 });
  }
  return canvas;
}
