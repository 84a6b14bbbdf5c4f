import type { Extraction } from "../core/extraction.ts";
import { contrastRange, stretched } from "../results/contrast.ts";
import { encodeGreyPng } from "../results/png.ts";
import { base64 } from "./base64.ts";

/** Longest side an image has on the page, pixels: larger ones are averaged. */
const LONGEST = 560;

/** An image of the field as the page shows it. */
export interface FieldImage {
  /** Its name on the page. */
  readonly name: string;
  /** Its title. */
  readonly title: string;
  /** What it shows and what to look for in it. */
  readonly caption: string;
  /** Unit of its values; empty for pure numbers. */
  readonly unit: string;
  /** Whether it is shown in colours, as values, or in greys, as a picture. */
  readonly isHeat: boolean;
  /** The image in greys from `low` to `high`, as a PNG in a data URI. */
  readonly uri: string;
  /** Columns and rows of the field that the picture covers: a little more than there are where blocks of pixels were averaged. */
  readonly width: number;
  readonly height: number;
  /** Value shown darkest. */
  readonly low: number;
  /** Value shown brightest. */
  readonly high: number;
}

/** Every image of a result that holds numbers; results of other programs may lack some. */
export function fieldImages(extraction: Extraction): FieldImage[] {
  const { summary, b0, fieldQuality, footprints: { width, height } } = extraction;
  const all: readonly [name: string, isHeat: boolean, unit: string, image: Float32Array | undefined][] = [
    ["correlation", true, "", summary.correlation],
    ["pnr", true, "", summary.pnr],
    ["mean", false, "counts", summary.mean],
    ["max", false, "counts", summary.max],
    ["noise", false, "counts", summary.noise],
    ["background", false, "counts", b0],
    ["residual-correlation", true, "", fieldQuality?.correlation],
    ["residual-pnr", true, "", fieldQuality?.pnr],
  ];
  const shared = sharedRanges(extraction);
  return all.flatMap(([name, isHeat, unit, image]) => {
    if (!image || image.length === 0 || !image.some(Number.isFinite)) return [];
    const range = shared[name] ?? contrastRange(image);
    return [{ name, ...WORDS[name], unit, isHeat, ...greyPicture(image, width, height, range), ...range }];
  });
}

/** Images of the residual are shown as the movie's own are: what is left must not look like much. */
function sharedRanges({ summary, fieldQuality }: Extraction): Record<string, { low: number; high: number }> {
  if (!fieldQuality || !summary.correlation.some(Number.isFinite) || !summary.pnr.some(Number.isFinite)) return {};
  return {
    "residual-correlation": contrastRange(summary.correlation),
    "residual-pnr": contrastRange(summary.pnr),
  };
}

const WORDS: Readonly<Record<string, { readonly title: string; readonly caption: string }>> = {
  correlation: {
    title: "Local correlation",
    caption:
      "How much each pixel of the filtered movie goes with its neighbours. Cells are bright spots; seeds need min_corr.",
  },
  pnr: {
    title: "Peak-to-noise ratio",
    caption: "Largest transient of each pixel of the filtered movie over its noise. Seeds need min_pnr.",
  },
  mean: {
    title: "Mean",
    caption: "Mean over time: vessels and folds show whether the field is in focus and the lens is clean.",
  },
  max: {
    title: "Maximum",
    caption: "Largest value of each pixel: active cells shine, and so do flashes and artefacts.",
  },
  noise: {
    title: "Noise",
    caption:
      "Standard deviation of each pixel's noise. It should follow the mean smoothly; lines and dots are the sensor's, a grid of squares comes from compression.",
  },
  background: {
    title: "Background",
    caption: "The constant part of the background model. No single cells should stand out in it.",
  },
  "residual-correlation": {
    title: "Residual correlation",
    caption:
      "Local correlation of what neither cells nor background explain, at the contrast of the movie's own image.",
  },
  "residual-pnr": {
    title: "Residual peak-to-noise ratio",
    caption:
      "Peak-to-noise ratio of what is left, at the contrast of the movie's own image. Bright spots may be missed cells.",
  },
};

function greyPicture(
  image: Float32Array,
  width: number,
  height: number,
  range: { readonly low: number; readonly high: number },
): Pick<FieldImage, "uri" | "width" | "height"> {
  const block = Math.ceil(Math.max(width, height) / LONGEST), small = averaged(image, width, height, block);
  const greys = Uint8Array.from(small.image, (value) => Math.round(255 * stretched(value, range)));
  return { uri: greyUri(greys, small.width, small.height), width: small.width * block, height: small.height * block };
}

/** Greys, row by row, as a PNG in a data URI. */
export function greyUri(greys: Uint8Array, width: number, height: number): string {
  return `data:image/png;base64,${base64(encodeGreyPng(greys, width, height))}`;
}

/** Means of blocks of pixels, those at the edges of what is there; NaN where a block has no number. */
function averaged(
  image: Float32Array,
  width: number,
  height: number,
  block: number,
): { image: Float32Array; width: number; height: number } {
  if (block <= 1) return { image, width, height };
  const columns = Math.ceil(width / block), rows = Math.ceil(height / block);
  const sums = new Float64Array(columns * rows), counts = new Uint32Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = image[y * width + x], at = Math.floor(y / block) * columns + Math.floor(x / block);
      if (!Number.isFinite(value)) continue;
      sums[at] += value;
      counts[at]++;
    }
  }
  return { image: Float32Array.from(sums, (sum, i) => sum / counts[i]), width: columns, height: rows };
}
