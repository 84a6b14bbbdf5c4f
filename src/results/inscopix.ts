import { join } from "node:path";
import type { Extraction } from "../core/extraction.ts";
import { denseFootprint, type Footprints } from "../core/footprints.ts";
import { tiffWriter } from "../movie/tiff/tiff_writer.ts";
import { writeTracesCsv } from "./traces_csv.ts";

/**
 * Writes footprints as Inscopix's programs do: a float32 TIFF with one dense page per cell, in the order of the traces' columns.
 * A TIFF cannot be without pages: with no cells it has one page of zeros, whose description says so.
 */
export async function writeFootprintsTiff(path: string, footprints: Footprints): Promise<void> {
  const { width, height, count } = footprints;
  const note = count === 0 ? { description: "No cells were found: this page is empty." } : {};
  const writer = await tiffWriter(path, { width, height, sampleType: "float32", frames: Math.max(1, count), ...note });
  try {
    if (count === 0) await writer.write(new Float32Array(width * height));
    for (let k = 0; k < count; k++) await writer.write(denseFootprint(footprints, k));
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Writes `footprints.tif`, `traces.csv` (raw), `traces_denoised.csv` and `spikes.csv` into a directory. */
export async function writeInscopix(directory: string, extraction: Extraction): Promise<void> {
  const { footprints, traces } = extraction;
  await writeFootprintsTiff(join(directory, "footprints.tif"), footprints);
  await writeTracesCsv(join(directory, "traces.csv"), extraction, traces.raw);
  await writeTracesCsv(join(directory, "traces_denoised.csv"), extraction, traces.denoised);
  await writeTracesCsv(join(directory, "spikes.csv"), extraction, traces.spikes);
}
