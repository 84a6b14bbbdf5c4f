import type { Extraction } from "../core/extraction.ts";
import { contrastRange, type Range } from "../results/contrast.ts";
import type { ImageInfo } from "./messages.ts";

/** An image that can be shown, row-major height×width. */
export interface ShownImage {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly pixels: Float32Array;
}

/** Contrasts of images, which take sorting their pixels. */
const contrasts = new WeakMap<Float32Array, Range>();

/** What the page is told of an image: its contrast leaves the darkest hundredth and the brightest few pixels out. */
export function imageInfo({ name, title, unit, pixels }: ShownImage): ImageInfo {
  const { low, high } = contrasts.get(pixels) ?? contrastRange(pixels);
  contrasts.set(pixels, { low, high });
  return { name, title, unit, low, high };
}

/** The images of results, those that hold something: other programs' results may lack some. */
export function resultImages({ summary, fieldQuality, b0 }: Extraction): ShownImage[] {
  const images: ShownImage[] = [
    { name: "mean", title: "Mean", unit: "counts", pixels: summary.mean },
    { name: "max", title: "Maximum", unit: "counts", pixels: summary.max },
    { name: "noise", title: "Noise", unit: "counts", pixels: summary.noise },
    { name: "correlation", title: "Correlation", unit: "", pixels: summary.correlation },
    { name: "pnr", title: "Peak-to-noise ratio", unit: "", pixels: summary.pnr },
    ...(fieldQuality
      ? [
        { name: "residual-correlation", title: "Residual correlation", unit: "", pixels: fieldQuality.correlation },
        { name: "residual-pnr", title: "Residual peak-to-noise ratio", unit: "", pixels: fieldQuality.pnr },
      ]
      : []),
    { name: "b0", title: "Constant background", unit: "counts", pixels: b0 },
  ];
  return images.filter(({ pixels }) => holdsSomething(pixels));
}

/** Whether not all values are the same, or no numbers. */
function holdsSomething(pixels: Float32Array): boolean {
  const first = pixels.find(Number.isFinite);
  return first !== undefined && pixels.some((value) => Number.isFinite(value) && value !== first);
}
