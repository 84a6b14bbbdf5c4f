import { cellNumbers, type Extraction } from "../core/extraction.ts";
import { fieldPicture } from "./field_picture.ts";
import { footprintPicture } from "./footprint_picture.ts";
import { encodePng } from "./png.ts";
import { tracePicture } from "./trace_picture.ts";

/** The pictures of a run, by file name. */
export const PICTURES: Readonly<Record<string, (extraction: Extraction) => Uint8Array>> = {
  /** The local correlation image in colours. */
  "correlation.png": (extraction) => correlationPng(extraction.summary.correlation, ...sizeOf(extraction)),
  /** The peak-to-noise image in colours. */
  "pnr.png": (extraction) => pnrPng(extraction.summary.pnr, ...sizeOf(extraction)),
  /** Contours and numbers of the footprints over the correlation image. */
  "footprints.png": (extraction) => {
    const { footprints, summary, quality } = extraction, accepted = quality?.accepted;
    const labels = { numbers: cellNumbers(extraction), ...(accepted ? { accepted } : {}) };
    return encodePng(footprintPicture(footprints, summary.correlation, labels));
  },
  /** The strongest traces. */
  "traces.png": (extraction) => encodePng(tracePicture(extraction)),
};

/** A local correlation image (row-major height×width) as PNG, in colours with a colour bar. */
export function correlationPng(image: Float32Array, width: number, height: number): Uint8Array {
  return encodePng(fieldPicture(image, width, height, "local correlation"));
}

/** A peak-to-noise image (row-major height×width) as PNG, in colours with a colour bar. */
export function pnrPng(image: Float32Array, width: number, height: number): Uint8Array {
  return encodePng(fieldPicture(image, width, height, "peak-to-noise ratio"));
}

function sizeOf({ footprints }: Extraction): [width: number, height: number] {
  return [footprints.width, footprints.height];
}
