import type { Extraction } from "../core/extraction.ts";
import { QUALITY_MEASURES } from "../core/quality.ts";
import { exactJson } from "./exact_json.ts";
import { writeHdf5File } from "../hdf5/hdf5_file.ts";
import { refuseChanged } from "./file_version.ts";
import { writeMovieHeader, writeRecord, writeTimings } from "./hdf5_records.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";
import { timeConstants } from "./time_constants.ts";
import { asInt32 } from "./signed.ts";

/** What the `format` attribute of every results file says. */
export const RESULTS_FORMAT = "annulus results";

/** Version of the layout below. A reader refuses a larger one. */
export const RESULTS_FORMAT_VERSION = 1;

/** How `saveResults` writes. */
export interface SaveOptions {
  /**
   * Whether the group `timings` is written. Default true. Timings are the only thing in the file that differs between two identical runs: with
   * `timings: false` two files are byte-identical, with true they differ in the bytes of `timings/seconds` alone.
   */
  readonly timings?: boolean;
}

/**
 * Writes everything of an extraction into one HDF5 file. The file appears under its name only when it is complete; one that is there is
 * replaced. Rejects with a `ResultsError` when it cannot be written.
 *
 * Layout (format version 1; K cells, T frames, height×width pixels, images row-major):
 *
 * | object | content |
 * |---|---|
 * | `/` | attributes `format`, `format_version`, `units` ("dF" or "dF over noise"), `frame_rate` (Hz), `ar_order`, `cells`, `frames`, `height`, `width` |
 * | `footprints/{data,indices,indptr,shape}` | A as compressed sparse columns, (height·width)×K, float32 and int32; pixel = y·width + x; unit L2 norm |
 * | `traces/{raw,denoised,spikes}` | K×T float32, in `units` |
 * | `traces/{baseline,noise}` | K float32; baseline and noise s.d. of each raw trace |
 * | `traces/ar`, `traces/time_constants` | K×p float32 coefficients; K×p float64 seconds (decay, then rise), NaN where there is none |
 * | `background/b0` | height×width float32, counts |
 * | `background/ring/{weights,offsets}` | W: m×rows×columns float32 on the grid downsampled by the attribute `factor`; m×2 int32 (dy, dx); attributes `factor`, `radius`, `height`, `width` |
 * | `summary/{mean,max,noise,correlation,pnr}` | height×width float32 |
 * | `parameters`, `software`, `plan` | one attribute per entry, and `json` with all of them exactly |
 * | `preparation` | the same for what was done to the movie before, where that is known: `done`, `found`, `preprocessing`, `motion` |
 * | `movie` | attributes `name`, `width`, `height`, `frames`, `sample_type`, `frame_rate` (where the file has one); `files`: JSON list of path, bytes, modified, frames; `history`: JSON list of what was done to the samples, where something was; where known `timestamps` (seconds, float64), attributes `format`, `start_time`, `pixel_size_x`, `pixel_size_y` (µm), JSON `metadata`, `notes`; `recording` where the movie is a part of it: attributes `width`, `height`, `frames`, `left`, `top`, `binning`, … and its `timestamps` |
 * | `numbers` | K int32: number of each cell, which it keeps through edits; where it is not its position |
 * | `quality/{accepted,decided,snr,r_value,…}` | K uint8, int32 or float32 each (`QUALITY_MEASURES`); only what was measured; `json` with `reasons`, `rule`, `thresholds` |
 * | `field_quality/{correlation,pnr}` | height×width float32: images of the residual; `json` with the peaks left unexplained and the recall of added cells |
 * | `edits` | JSON list of what people changed |
 * | `notes` | JSON list of sentences |
 * | `timings/{seconds,stages}` | float64 seconds and a JSON list of the stages' names |
 *
 * JSON writes numbers that JSON lacks as `{"$number": "NaN"}`.
 */
export async function saveResults(path: string, extraction: Extraction, options: SaveOptions = {}): Promise<void> {
  await writeHdf5File(path, (writer) => writeEverything(writer, extraction, options.timings ?? true));
}

/**
 * As `saveResults`, over results that were read before, if they still are what was read: nothing that something else wrote meanwhile is lost.
 * @param version what `fileVersion` said of the file before it was read
 * @throws ResultsError when it is another file now, which stays as it is
 */
export async function replaceResults(path: string, extraction: Extraction, version: string | undefined): Promise<void> {
  const write = (writer: Hdf5Writer) => writeEverything(writer, extraction, extraction.timings.length > 0);
  await writeHdf5File(path, write, () => refuseChanged(path, version));
}

function writeEverything(writer: Hdf5Writer, extraction: Extraction, timings: boolean): void {
  writeHead(writer, extraction);
  writeFootprints(writer, extraction);
  writeTraces(writer, extraction);
  writeBackground(writer, extraction);
  writeSummary(writer, extraction);
  if (extraction.numbers) writer.numbers("/numbers", [extraction.numbers.length], asInt32(extraction.numbers));
  writeQuality(writer, extraction);
  writeFieldQuality(writer, extraction);
  if (extraction.edits) writer.text("/edits", exactJson(extraction.edits));
  if (extraction.preparation) writeRecord(writer, "/preparation", { ...extraction.preparation });
  writeRecord(writer, "/parameters", extraction.parameters);
  writeRecord(writer, "/software", extraction.software);
  writeRecord(writer, "/plan", extraction.plan);
  writeMovieHeader(writer, extraction.movie);
  writer.text("/notes", exactJson(extraction.notes));
  if (timings) writeTimings(writer, extraction.timings);
}

function writeHead(writer: Hdf5Writer, extraction: Extraction): void {
  const { width, height, count } = extraction.footprints;
  writer.attribute("/", "format", RESULTS_FORMAT);
  writer.attribute("/", "format_version", RESULTS_FORMAT_VERSION);
  writer.attribute("/", "units", extraction.units);
  writer.attribute("/", "frame_rate", extraction.frameRate);
  writer.attribute("/", "ar_order", extraction.arOrder);
  writer.attribute("/", "cells", count);
  writer.attribute("/", "frames", extraction.movie.frames);
  writer.attribute("/", "height", height);
  writer.attribute("/", "width", width);
}

function writeFootprints(writer: Hdf5Writer, { footprints }: Extraction): void {
  const { width, height, count, starts, pixels, values } = footprints;
  writer.group("/footprints");
  writer.attribute("/footprints", "layout", "compressed sparse columns: pixels × cells");
  writer.attribute("/footprints", "pixel_order", "row-major: pixel = y * width + x");
  writer.attribute("/footprints", "normalisation", "unit L2 norm of each cell");
  writer.numbers("/footprints/data", [values.length], values);
  // Signed, because that is what scipy.sparse takes without converting.
  writer.numbers("/footprints/indices", [pixels.length], asInt32(pixels));
  writer.numbers("/footprints/indptr", [starts.length], asInt32(starts));
  writer.numbers("/footprints/shape", [2], Int32Array.of(width * height, count));
}

function writeTraces(writer: Hdf5Writer, extraction: Extraction): void {
  const { traces, arOrder, frameRate, units } = extraction;
  const cells = extraction.footprints.count, frames = extraction.movie.frames;
  writer.group("/traces");
  writer.attribute("/traces", "units", units);
  writer.numbers("/traces/raw", [cells, frames], traces.raw);
  writer.numbers("/traces/denoised", [cells, frames], traces.denoised);
  writer.numbers("/traces/spikes", [cells, frames], traces.spikes);
  writer.numbers("/traces/baseline", [cells], traces.baseline);
  writer.numbers("/traces/noise", [cells], traces.noise);
  writer.numbers("/traces/ar", [cells, arOrder], traces.ar);
  writer.numbers("/traces/time_constants", [cells, arOrder], timeConstants(traces.ar, arOrder, frameRate));
  writer.attribute("/traces/time_constants", "units", "seconds; decay, then rise");
}

function writeBackground(writer: Hdf5Writer, { b0, ring, footprints }: Extraction): void {
  writer.group("/background");
  writer.numbers("/background/b0", [footprints.height, footprints.width], b0);
  writer.attribute("/background/b0", "units", "counts");
  writer.group("/background/ring");
  const size = ring.offsets.length / 2;
  writer.attribute("/background/ring", "factor", ring.factor);
  writer.attribute("/background/ring", "radius", ring.radius);
  writer.attribute("/background/ring", "height", ring.height);
  writer.attribute("/background/ring", "width", ring.width);
  writer.numbers("/background/ring/offsets", [size, 2], ring.offsets);
  writer.numbers("/background/ring/weights", [size, ring.height, ring.width], ring.weights);
}

function writeSummary(writer: Hdf5Writer, { summary, footprints }: Extraction): void {
  writer.group("/summary");
  for (const name of ["mean", "max", "noise", "correlation", "pnr"] as const) {
    writer.numbers(`/summary/${name}`, [footprints.height, footprints.width], summary[name]);
    if (name !== "correlation" && name !== "pnr") writer.attribute(`/summary/${name}`, "units", "counts");
  }
}

function writeQuality(writer: Hdf5Writer, { quality, footprints: { count } }: Extraction): void {
  if (!quality) return;
  writer.group("/quality");
  for (const { field, name, unit, meaning } of QUALITY_MEASURES) {
    const values = quality[field];
    if (!values) continue;
    writer.numbers(`/quality/${name}`, [count], values);
    writer.attribute(`/quality/${name}`, "meaning", meaning);
    if (unit !== "") writer.attribute(`/quality/${name}`, "units", unit);
  }
  const { reasons, rule, thresholds } = quality;
  writer.text("/quality/json", exactJson({ reasons, rule, thresholds }));
}

function writeFieldQuality(writer: Hdf5Writer, { fieldQuality, footprints: { height, width } }: Extraction): void {
  if (!fieldQuality) return;
  const { correlation, pnr, ...others } = fieldQuality;
  writer.group("/field_quality");
  writer.numbers("/field_quality/correlation", [height, width], correlation);
  writer.numbers("/field_quality/pnr", [height, width], pnr);
  writer.text("/field_quality/json", exactJson(others));
}
