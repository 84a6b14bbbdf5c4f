import type { Extraction } from "../../core/extraction.ts";
import type { NwbWriter } from "../../nwb/nwb_writer.ts";

/** Micrometres of a centimetre. */
const CENTIMETRE = 1e4;

/** Writes the summary images and the constant background, x before y as NWB has it; those that nobody computed are left out. */
export function writeSummaryImages(nwb: NwbWriter, module: string, extraction: Extraction): void {
  const { summary, b0, footprints: { width, height }, movie: { pixelSize } } = extraction;
  const images: [string, string, Float32Array][] = [
    ["mean", "Mean over time, counts", summary.mean],
    ["max", "Maximum over time, counts", summary.max],
    ["noise", "Noise of each pixel, standard deviation, counts", summary.noise],
    ["correlation", "Local correlation of the filtered movie, −1 to 1", summary.correlation],
    ["pnr", "Peak-to-noise ratio of the filtered movie", summary.pnr],
    ["b0", "Constant background b0, counts", b0],
  ];
  const known = images.filter(([, , image]) => image.some(Number.isFinite)), group = `${module}/SummaryImages`;
  if (known.length === 0) return;
  nwb.object(group, "Images", { description: "Summaries of the movie over time, indexed [x][y]" });
  for (const [name, description, image] of known) {
    const path = `${group}/${name}`;
    nwb.file.numbers(path, [width, height], turned(image, width, height));
    nwb.mark(path, "GrayscaleImage", { description: `${description}, indexed [x][y], x to the right and y down` });
    if (pixelSize && pixelSize.x === pixelSize.y) {
      nwb.file.floatAttribute(path, "resolution", CENTIMETRE / pixelSize.x);
    }
  }
}

/** Rows × columns as columns × rows. */
function turned(image: Float32Array, width: number, height: number): Float32Array {
  const data = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[x * height + y] = image[y * width + x];
  }
  return data;
}
