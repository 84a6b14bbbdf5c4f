import type { Extraction } from "../../core/extraction.ts";
import { Hdf5Writer } from "../../hdf5/hdf5_writer.ts";
import { CAIMAN_EXTRA, CAIMAN_EXTRA_FORMAT, CAIMAN_EXTRA_VERSION } from "../caiman/caiman_extra.ts";
import { ringMatrix } from "../caiman/ring_matrix.ts";
import { exactJson } from "../exact_json.ts";
import { writeMovieHeader, writeRecord } from "../hdf5_records.ts";
import { writeCaimanParameters } from "./caiman_parameters.ts";
import { columnMajorFootprints, columnMajorImage, type SparseColumns } from "./column_major.ts";
import { partAdvice } from "./part_advice.ts";
import type { ExportFormat, ExportOptions } from "./export_format.ts";

/** What CaImAn writes for Python's None. */
const NONE = "NoneType";

/**
 * CaImAn's results file, as its `CNMF.save` writes it and its `load_CNMF` reads it (github.com/flatironinstitute/CaImAn: cnmf.py, utils.py). Pixels
 * are numbered column by column; C + YrA are the raw traces; the background is b0 + W (Y − A C − b0), W on the grid downsampled by `ssub_B`.
 * Traces are in counts whatever the units of the results, as A C has to be.
 *
 * What the results do not have is left out where None would be read as the bytes b"NoneType" and taken for data (newer h5py do that to
 * CaImAn): CaImAn's own objects begin with None. What CaImAn has no place for is in the group `annulus`, which it passes over.
 */
export const caiman: ExportFormat = {
  name: "caiman",
  title: "CaImAn's HDF5 (load_CNMF)",
  output: "caiman.hdf5",
  isFolder: false,
  advice: partAdvice,
  async write(path: string, extraction: Extraction, options: ExportOptions): Promise<void> {
    const writer = await Hdf5Writer.create(path);
    try {
      writeEverything(writer, extraction, options);
      writer.close();
    } catch (error) {
      writer.abandon();
      throw error;
    }
  },
};

function writeEverything(writer: Hdf5Writer, extraction: Extraction, options: ExportOptions): void {
  const { footprints: { width, height } } = extraction;
  for (const name of ["dview", "mmap_file"]) writer.text(`/${name}`, NONE);
  writer.numbers("/dims", [2], Int32Array.of(height, width));
  writer.truths("/remove_very_bad_comps", [], Uint8Array.of(0));
  writer.truths("/skip_refinement", [], Uint8Array.of(0));
  writer.group("/estimates");
  writeCells(writer, extraction);
  writeField(writer, extraction);
  writeQuality(writer, extraction);
  writeCaimanParameters(writer, extraction, options);
  writeExtra(writer, extraction);
}

function writeCells(writer: Hdf5Writer, extraction: Extraction): void {
  const { footprints, traces, arOrder } = extraction, { width, height, count } = footprints;
  writeSparse(writer, "/estimates/A", columnMajorFootprints(footprints), [width * height, count]);
  const { raw, denoised, spikes } = traces;
  writeTraces(writer, extraction, "C", (i) => denoised[i]);
  writeTraces(writer, extraction, "S", (i) => spikes[i]);
  writeTraces(writer, extraction, "YrA", (i) => raw[i] - denoised[i]);
  writer.numbers("/estimates/nr", [], Int32Array.of(count));
  writer.numbers("/estimates/neurons_sn", [count], Float64Array.from(traces.noise));
  // CaImAn's C includes the baseline and the decay of what was there before the first frame; ours has neither.
  writer.numbers("/estimates/bl", [count], new Float64Array(count));
  writer.numbers("/estimates/c1", [count], new Float64Array(count));
  if (arOrder > 0) writer.numbers("/estimates/g", [count, arOrder], Float64Array.from(traces.ar));
}

/** Traces of all cells, K×T, in counts. */
function writeTraces(writer: Hdf5Writer, extraction: Extraction, name: string, value: (i: number) => number): void {
  const { footprints: { count }, movie: { frames } } = extraction;
  writer.rows(`/estimates/${name}`, count, [frames], new Float64Array(frames), (k, row) => {
    const scale = countsPerUnit(extraction, k);
    for (let t = 0; t < frames; t++) row[t] = value(k * frames + t) * scale;
  });
}

/** Counts in a unit of a cell's traces. */
function countsPerUnit({ units, traces }: Extraction, k: number): number {
  return units === "dF over noise" && traces.noise[k] > 0 ? traces.noise[k] : 1;
}

function writeField(writer: Hdf5Writer, { footprints: { width, height }, b0, ring, summary }: Extraction): void {
  writer.numbers("/estimates/dims", [2], Int32Array.of(height, width));
  writer.numbers("/estimates/b0", [width * height], columnMajorImage(b0, width, height));
  writer.numbers("/estimates/sn", [width * height], columnMajorImage(summary.noise, width, height));
  writer.numbers("/estimates/Cn", [height, width], summary.correlation);
  if (ring.offsets.length > 0) {
    const size = ring.width * ring.height;
    writeSparse(writer, "/estimates/W", ringMatrix(ring), [size, size]);
  }
  writer.numbers("/estimates/shifts", [0], new Float64Array(0));
  writer.text("/estimates/discarded_components", NONE);
}

function writeSparse(
  writer: Hdf5Writer,
  path: string,
  { data, indices, starts }: SparseColumns,
  shape: [number, number],
): void {
  writer.group(path);
  writer.numbers(`${path}/data`, [data.length], data);
  writer.numbers(`${path}/indices`, [indices.length], indices);
  writer.numbers(`${path}/indptr`, [starts.length], starts);
  writer.numbers(`${path}/shape`, [2], Int32Array.from(shape));
}

function writeQuality(writer: Hdf5Writer, { quality, footprints: { count } }: Extraction): void {
  if (quality?.accepted) {
    const cells = Array.from(quality.accepted.keys()), { accepted } = quality;
    for (const [name, is] of [["idx_components", 1], ["idx_components_bad", 0]] as const) {
      const chosen = BigInt64Array.from(cells.filter((k) => accepted[k] === is), BigInt);
      writer.numbers(`/estimates/${name}`, [chosen.length], chosen);
    }
  }
  if (quality?.snr) writer.numbers("/estimates/SNR_comp", [count], Float64Array.from(quality.snr));
  if (quality?.rValue) writer.numbers("/estimates/r_values", [count], Float64Array.from(quality.rValue));
}

/** What CaImAn has no place for, so that the file reads back to the same results. */
function writeExtra(writer: Hdf5Writer, extraction: Extraction): void {
  const { footprints: { count, width, height }, traces, summary, ring } = extraction, at = CAIMAN_EXTRA;
  writer.group(at);
  writer.attribute(at, "format", CAIMAN_EXTRA_FORMAT);
  writer.attribute(at, "format_version", CAIMAN_EXTRA_VERSION);
  writer.attribute(at, "units", extraction.units);
  writer.attribute(at, "frame_rate", extraction.frameRate);
  writer.attribute(at, "ring_factor", ring.factor);
  writer.attribute(at, "ring_radius", ring.radius);
  writer.numbers(`${at}/baseline`, [count], traces.baseline);
  writer.numbers(`${at}/noise`, [count], traces.noise);
  for (const name of ["mean", "max", "pnr"] as const) writer.numbers(`${at}/${name}`, [height, width], summary[name]);
  if (extraction.preparation) writeRecord(writer, `${at}/preparation`, { ...extraction.preparation });
  writeRecord(writer, `${at}/parameters`, extraction.parameters);
  writeRecord(writer, `${at}/software`, extraction.software);
  writeRecord(writer, `${at}/plan`, extraction.plan);
  writeMovieHeader(writer, extraction.movie, `${at}/movie`);
  writer.text(`${at}/notes`, exactJson(extraction.notes));
}
