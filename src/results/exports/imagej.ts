import type { Extraction } from "../../core/extraction.ts";
import { footprintOf } from "../../core/footprints.ts";
import { writeZip } from "../../files/write_zip.ts";
import { cellColour } from "../colours.ts";
import { cellNames, cellStatus } from "../traces_csv.ts";
import type { ExportFormat } from "./export_format.ts";
import { imageJRoi } from "./imagej_roi.ts";
import { OUTLINE_LEVEL, outlineParts } from "./outline.ts";

/**
 * A zip of regions of interest for ImageJ's ROI Manager, one per cell, named as everywhere else (C000, …) and in the colours of the pictures.
 * A region holds exactly the pixels with at least `OUTLINE_LEVEL` of the footprint's largest weight; one with holes or in several parts is a
 * composite. Properties of each region (`Roi.getProperty`) tell the level and the cell's status. A cell without pixels has no region.
 */
export const imagej: ExportFormat = {
  name: "imagej",
  title: "ImageJ's regions of interest (ROI Manager)",
  output: "rois.zip",
  isFolder: false,
  async write(path, extraction) {
    const { footprints } = extraction;
    await writeZip(path, async (zip) => {
      for (const [k, name] of cellNames(extraction).entries()) {
        const parts = outlineParts(footprintOf(footprints, k), footprints.width);
        if (parts.length === 0) continue;
        const roi = imageJRoi(parts, { name, colour: cellColour(k), properties: propertiesOf(extraction, k) });
        await zip.add(`${name}.roi`, [roi]);
      }
    });
  },
};

function propertiesOf(extraction: Extraction, k: number): Record<string, string | number> {
  const { snr, rValue } = extraction.quality ?? {};
  return {
    outline_level: OUTLINE_LEVEL,
    status: cellStatus(extraction, k),
    ...(snr ? { snr: snr[k] } : {}),
    ...(rValue ? { r_value: rValue[k] } : {}),
  };
}
