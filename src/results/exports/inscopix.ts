import { join } from "node:path";
import type { Extraction } from "../../core/extraction.ts";
import { denseFootprint, footprintOf } from "../../core/footprints.ts";
import { recordingOf } from "../../core/movie.ts";
import { secondsOfFrame } from "../../core/timestamps.ts";
import { writeHdf5File } from "../../hdf5/hdf5_file.ts";
import { cellColour } from "../colours.ts";
import { type CsvCell, writeCsv } from "../csv_file.ts";
import { writeImageTiff } from "../image_tiff.ts";
import { writeFootprintsTiff } from "../inscopix.ts";
import { secondsText } from "../number_text.ts";
import { cellNames, cellStatus, writeTracesCsv } from "../traces_csv.ts";
import { cellEvents, cellPlace } from "./cell_facts.ts";
import type { ExportFormat } from "./export_format.ts";
import { type OutlinePart, outlineParts } from "./outline.ts";
import { partAdvice } from "./part_advice.ts";

/**
 * What Inscopix's programs export, and what reads that:
 *
 * | file | content, as made by |
 * |---|---|
 * | `traces.csv`, `traces_denoised.csv`, `spikes.csv` | a column per cell with its name and status (Inscopix Data Processing, `export_cell_set_to_csv_tiff`) |
 * | `traces-props.csv` | Name, Status, colour, centre, parts and size of each cell, pixels (the same; its `-props.csv`) |
 * | `events.csv` | `Time (s), Cell Name, Value`: deconvolved activity above 0 (`export_event_set_to_csv`) |
 * | `cells_C000.tiff`, … | a float32 image per cell (the same; CellReg's Inscopix converter reads such files) |
 * | `footprints.tiff` | all of them as pages (Inscopix CNMF-E, `<movie>_footprints.tiff`) |
 * | `output.h5` | `footprints` K×H×W and `traces` K×T (raw), float32 (Inscopix CNMF-E, `<movie>_output.h5`); beside them `denoised`, `spikes`, `time` (seconds since the first frame), `timestamps` (seconds on the recording's clock, where known), and attributes with rate, start, units, pixel size and where the field lies in the recording |
 *
 * Sources: inscopix/isxcore (isxExport.cpp, isxCellSetExporter.cpp, isxEventsExporter.cpp), inscopix/inscopix-cnmfe (isxCnmfeIO.cpp).
 */
export const inscopix: ExportFormat = {
  name: "inscopix",
  title: "Inscopix's exports: traces, events and cells as CSV, footprints as TIFF, CNMF-E's HDF5",
  output: "inscopix",
  isFolder: true,
  advice: partAdvice,
  async write(path, extraction) {
    await Deno.mkdir(path);
    const { footprints, traces: { raw, denoised, spikes } } = extraction, { width, height } = footprints;
    await writeTracesCsv(join(path, "traces.csv"), extraction, raw);
    await writeTracesCsv(join(path, "traces_denoised.csv"), extraction, denoised);
    await writeTracesCsv(join(path, "spikes.csv"), extraction, spikes);
    await writeCsv(join(path, "traces-props.csv"), PROPERTY_COLUMNS, propertyRows(extraction));
    await writeCsv(join(path, "events.csv"), ["Time (s)", " Cell Name", " Value"], eventRows(extraction));
    await writeFootprintsTiff(join(path, "footprints.tiff"), footprints);
    for (const [k, name] of cellNames(extraction).entries()) {
      await writeImageTiff(join(path, `cells_${name}.tiff`), denseFootprint(footprints, k), width, height);
    }
    await writeHdf5(join(path, "output.h5"), extraction);
  },
};

const PROPERTY_COLUMNS = [
  ...["Name", "Status", "ColorR", "ColorG", "ColorB", "CentroidX", "CentroidY", "NumComponents", "Size"],
  "ActiveSegment0",
];

/** Centre and size are those of the largest part inside the outline; the size is its largest extent. */
function* propertyRows(extraction: Extraction): Generator<readonly CsvCell[]> {
  const { footprints } = extraction, { width } = footprints;
  for (const [k, name] of cellNames(extraction).entries()) {
    const footprint = footprintOf(footprints, k), parts = outlineParts(footprint, width);
    const largest = new Set(parts[0]?.pixels);
    const inLargest = (pixel: number) => largest.has(pixel);
    const { x, y } = cellPlace({
      pixels: footprint.pixels.filter(inLargest),
      values: footprint.values.filter((_, i) => inLargest(footprint.pixels[i])),
    }, width);
    const numbers = [...cellColour(k), x, y, parts.length, parts.length === 0 ? 0 : longestExtent(parts[0]), 1];
    yield [name, cellStatus(extraction, k), ...numbers];
  }
}

/** The largest distance between two corners of a part's edge, pixels. */
function longestExtent({ edge }: OutlinePart): number {
  let most = 0;
  for (let i = 0; i < edge.length; i += 2) {
    for (let j = 0; j < i; j += 2) most = Math.max(most, Math.hypot(edge[i] - edge[j], edge[i + 1] - edge[j + 1]));
  }
  return most;
}

/** Fields are separated by a comma and a space, as in Inscopix's files. */
function* eventRows(extraction: Extraction): Generator<readonly CsvCell[]> {
  const names = cellNames(extraction), { movie, frameRate } = extraction;
  for (const { cell, frame, amplitude } of cellEvents(extraction)) {
    const value = Number(amplitude.toPrecision(7));
    yield [secondsText(secondsOfFrame(movie, frameRate, frame)), ` ${names[cell]}`, ` ${value}`];
  }
}

async function writeHdf5(path: string, extraction: Extraction): Promise<void> {
  const { footprints, traces, movie, frameRate, units } = extraction, { count, width, height } = footprints;
  await writeHdf5File(path, (writer) => {
    writer.images("footprints", count, [height, width], (k, image) => image.set(denseFootprint(footprints, k)));
    writer.numbers("traces", [count, movie.frames], traces.raw);
    writer.numbers("denoised", [count, movie.frames], traces.denoised);
    writer.numbers("spikes", [count, movie.frames], traces.spikes);
    const seconds = Float64Array.from({ length: movie.frames }, (_, frame) => secondsOfFrame(movie, frameRate, frame));
    writer.numbers("time", [movie.frames], seconds);
    writer.attribute("time", "units", "seconds since the first frame");
    if (movie.timestamps) {
      writer.numbers("timestamps", [movie.frames], movie.timestamps);
      writer.attribute("timestamps", "units", "seconds on the recording's clock");
    }
    if (movie.startTime !== undefined) writer.attribute("/", "start_time", movie.startTime);
    for (const name of ["traces", "denoised", "spikes"]) writer.attribute(name, "units", units);
    writer.attribute("/", "frame_rate", frameRate);
    const { left, top, binning } = recordingOf(movie);
    for (const [name, value] of Object.entries({ left, top, binning })) writer.attribute("/", `field_${name}`, value);
    if (movie.pixelSize) {
      writer.attribute("/", "pixel_size_x_um", movie.pixelSize.x);
      writer.attribute("/", "pixel_size_y_um", movie.pixelSize.y);
    }
  });
}
