import type { Extraction } from "../../core/extraction.ts";
import { isWholeField, type MovieHeader, recordingOf } from "../../core/movie.ts";
import { footprintOf } from "../../core/footprints.ts";
import { writeZip } from "../../files/write_zip.ts";
import { cellColour } from "../colours.ts";
import { cellNames, cellStatus } from "../traces_csv.ts";
import type { ExportFormat } from "./export_format.ts";
import { imageJRoi } from "./imagej_roi.ts";
import { type Loop, OUTLINE_LEVEL, type OutlinePart, outlineParts } from "./outline.ts";
import { onRecordingAdvice } from "./part_advice.ts";

/**
 * A zip of regions of interest for ImageJ's ROI Manager, one per cell, named as everywhere else (C000, …) and in the colours of the pictures.
 * A region holds exactly the pixels with at least `OUTLINE_LEVEL` of the footprint's largest weight; one with holes or in several parts is a
 * composite. Regions lie on the recording as it is in its files: those of a field that was cropped are moved to where it was, and pixels that are
 * averages become the blocks they were made of. Properties of each region (`Roi.getProperty`) tell the level and the cell's status. A cell without pixels has no region.
 */
export const imagej: ExportFormat = {
  name: "imagej",
  title: "ImageJ's regions of interest (ROI Manager)",
  output: "rois.zip",
  isFolder: false,
  advice: onRecordingAdvice,
  async write(path, extraction) {
    const { footprints } = extraction;
    await writeZip(path, async (zip) => {
      for (const [k, name] of cellNames(extraction).entries()) {
        const parts = outlineParts(footprintOf(footprints, k), footprints.width);
        if (parts.length === 0) continue;
        const roi = imageJRoi(parts.map((part) => onRecording(part, extraction.movie)), {
          name,
          colour: cellColour(k),
          properties: propertiesOf(extraction, k),
        });
        await zip.add(`${name}.roi`, [roi]);
      }
    });
  },
};

/** A part of an outline where it lies in the recording. */
function onRecording({ pixels, edge, holes }: OutlinePart, movie: MovieHeader): OutlinePart {
  const { left, top, binning } = recordingOf(movie);
  const moved = (loop: Loop) => loop.map((corner, i) => binning * corner + (i % 2 === 0 ? left : top));
  return { pixels, edge: moved(edge), holes: holes.map(moved) };
}

function propertiesOf(extraction: Extraction, k: number): Record<string, string | number> {
  const { snr, rValue } = extraction.quality ?? {}, { left, top, binning } = recordingOf(extraction.movie);
  return {
    outline_level: OUTLINE_LEVEL,
    status: cellStatus(extraction, k),
    ...(isWholeField(extraction.movie) ? {} : { field_left: left, field_top: top, field_binning: binning }),
    ...(snr ? { snr: snr[k] } : {}),
    ...(rValue ? { r_value: rValue[k] } : {}),
  };
}
