import type { Extraction } from "../../core/extraction.ts";
import { recordingOf } from "../../core/movie.ts";
import { MatlabWriter } from "../../hdf5/matlab_writer.ts";
import { ringMatrix } from "../caiman/ring_matrix.ts";
import { exactJson } from "../exact_json.ts";
import { columnMajorFootprints, columnMajorImage } from "./column_major.ts";
import type { ExportFormat } from "./export_format.ts";
import { partAdvice } from "./part_advice.ts";

/** The structure that holds everything. */
const RESULTS = "/results";

/**
 * A MATLAB file with one structure, `results`, whose fields have the names of CNMF_E's neuron objects (github.com/zhoupc/CNMF_E,
 * `neuron.obj2struct`): A is sparse, pixels × cells; C, C_raw and S are cells × frames; b0, Cn, PNR, sn and mn are images; W, sparse, is on the
 * grid downsampled by `options.ssub`, so that the background is b0 + W (Y − A C − b0). `recording` tells of which movie the field is a part: its
 * `dims`, how many columns (`left`) and rows (`top`) lie before the field, and the side of the blocks of its pixels that were averaged (`binning`).
 */
export const matlab: ExportFormat = {
  name: "matlab",
  title: "MATLAB 7.3 file for users of CNMF_E (structure results: A, C, C_raw, S, …)",
  output: "results.mat",
  isFolder: false,
  advice: partAdvice,
  async write(path: string, extraction: Extraction): Promise<void> {
    await writeMatlabFile(path, (file) => writeEverything(file, extraction));
  },
};

/** Writes a MATLAB file; `write` puts everything into it. */
export async function writeMatlabFile(path: string, write: (file: MatlabWriter) => void): Promise<void> {
  const file = await MatlabWriter.create(path);
  try {
    write(file);
    file.close();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

function writeEverything(file: MatlabWriter, extraction: Extraction): void {
  const { footprints, movie, units, frameRate, quality, notes, software } = extraction, { width, height } = footprints;
  file.struct(RESULTS);
  file.sparse(`${RESULTS}/A`, [width * height, footprints.count], columnMajorFootprints(footprints));
  writeTraces(file, extraction);
  writeField(file, extraction);
  file.array(`${RESULTS}/dims`, [1, 2], [height, width]);
  file.number(`${RESULTS}/Fs`, frameRate);
  file.text(`${RESULTS}/units`, units);
  file.array(`${RESULTS}/timestamps`, movie.timestamps ? [movie.frames, 1] : [0, 0], movie.timestamps ?? []);
  // Along rows (down a column) first, as in dims; µm.
  const { pixelSize } = movie;
  file.array(`${RESULTS}/pixel_size`, pixelSize ? [1, 2] : [0, 0], pixelSize ? [pixelSize.y, pixelSize.x] : []);
  const { left, top, binning, ...whole } = recordingOf(movie), at = `${RESULTS}/recording`;
  file.struct(at);
  file.array(`${at}/dims`, [1, 2], [whole.height, whole.width]);
  file.number(`${at}/left`, left);
  file.number(`${at}/top`, top);
  file.number(`${at}/binning`, binning);
  const column = (name: string, values: Float32Array | undefined) =>
    values && file.array(`${RESULTS}/${name}`, [values.length, 1], values);
  if (quality?.accepted) file.truths(`${RESULTS}/accepted`, [quality.accepted.length, 1], quality.accepted);
  column("snr", quality?.snr);
  column("r_value", quality?.rValue);
  writeParameters(file, extraction);
  file.text(`${RESULTS}/movie`, movie.name);
  file.text(`${RESULTS}/start_time`, movie.startTime ?? "");
  file.text(`${RESULTS}/notes`, notes.join("\n"));
  file.text(`${RESULTS}/software`, Object.entries(software).map(([name, value]) => `${name} ${value}`).join("\n"));
}

function writeTraces(file: MatlabWriter, { footprints, movie: { frames }, traces, arOrder }: Extraction): void {
  const cells = footprints.count;
  for (const [name, data] of [["C", traces.denoised], ["C_raw", traces.raw], ["S", traces.spikes]] as const) {
    file.blocks(`${RESULTS}/${name}`, [cells, frames], (start, block) => {
      const some = Math.min(frames - start, block.length / cells);
      for (let k = 0; k < cells; k++) {
        for (let t = 0; t < some; t++) block[t * cells + k] = data[k * frames + start + t];
      }
    });
  }
  file.array(`${RESULTS}/baseline`, [cells, 1], traces.baseline);
  file.struct(`${RESULTS}/P`);
  file.array(`${RESULTS}/P/neuron_sn`, [cells, 1], traces.noise);
  const byOrder = Float64Array.from(traces.ar, (_, i) => traces.ar[i % cells * arOrder + Math.floor(i / cells)]);
  file.array(`${RESULTS}/P/kernel_pars`, [cells, arOrder], byOrder);
}

function writeField(file: MatlabWriter, { footprints, b0, ring, summary }: Extraction): void {
  const { width, height } = footprints;
  const images = {
    b0,
    Cn: summary.correlation,
    PNR: summary.pnr,
    sn: summary.noise,
    mn: summary.mean,
    max: summary.max,
  };
  for (const [name, image] of Object.entries(images)) {
    file.array(`${RESULTS}/${name}`, [height, width], columnMajorImage(image, width, height));
  }
  if (ring.offsets.length === 0) return file.array(`${RESULTS}/W`, [0, 0], []);
  const size = ring.width * ring.height;
  file.sparse(`${RESULTS}/W`, [size, size], ringMatrix(ring));
}

/** The parameters as a structure: numbers, lists of them, truth values and texts as such, anything else as JSON. */
function writeParameters(file: MatlabWriter, { parameters, ring }: Extraction): void {
  const at = `${RESULTS}/options`;
  file.struct(at);
  const all = { ...parameters, ssub: ring.factor };
  for (const [name, value] of Object.entries(all)) {
    if (!/^[A-Za-z]\w{0,62}$/.test(name)) continue;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (value === null || value === undefined) file.array(`${at}/${name}`, [0, 0], []);
    else if (list.every((one) => typeof one === "number")) {
      file.array(`${at}/${name}`, [1, list.length], list as number[]);
    } else if (typeof value === "boolean") file.truths(`${at}/${name}`, [1, 1], [Number(value)]);
    else file.text(`${at}/${name}`, typeof value === "string" ? value : exactJson(value));
  }
}
