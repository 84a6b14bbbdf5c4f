import type { Traces } from "../../core/extraction.ts";
import { type Footprint, type Footprints, packFootprints } from "../../core/footprints.ts";
import { rowMajorPixel, sortedBy } from "../exports/column_major.ts";
import type { CaimanFile } from "./caiman_file.ts";

/** Norms this near to 1 are 1: the rounding of float32 is no reason to scale. */
const UNIT = 1e-5;

/** The cells of a CaImAn file. */
export interface CaimanCells {
  readonly footprints: Footprints;
  readonly traces: Traces;
  readonly arOrder: 0 | 1 | 2;
  readonly frames: number;
  readonly notes: readonly string[];
}

/**
 * Reads footprints, which get unit norm, and traces, which are scaled by what the footprints had.
 *
 * @param units Counts in a unit of each cell's traces; default 1.
 */
export function readCaimanCells(file: CaimanFile, width: number, height: number, units?: Float32Array): CaimanCells {
  const { footprints, norms } = readFootprints(file, width, height), { count } = footprints, notes: string[] = [];
  if (!file.has("C")) throw file.error("its cells have no traces (C)");
  const [cells, frames] = file.shape("C");
  if (file.shape("C").length !== 2 || cells !== count) {
    throw file.error(`there are ${count} footprints, but C has the shape ${file.shape("C").join("×")}`);
  }
  const names = ["C", "S", "YrA"].filter((name) => file.has(name));
  for (const name of names) {
    if (file.shape(name).join() !== `${count},${frames}`) {
      throw file.error(`${name} has the shape ${file.shape(name).join("×")}; ${count}×${frames} is right`);
    }
    file.reader.checkSize(`${file.root}/${name}`);
  }
  const missing = ["S", "YrA"].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const what = { S: "spikes, which are 0 here", YrA: "residual traces: raw traces are the denoised ones here" };
    notes.push(...missing.map((name) => `The file has no ${what[name as "S" | "YrA"]}`));
  }
  const length = count * frames;
  const raw = new Float32Array(length), denoised = new Float32Array(length), spikes = new Float32Array(length);
  for (let k = 0; k < count; k++) {
    const row = (name: string) => names.includes(name) ? file.reader.rows(`${file.root}/${name}`, k, 1) : undefined;
    const c = row("C")!, s = row("S"), residual = row("YrA"), at = k * frames;
    const unit = units && units[k] > 0 ? units[k] / norms[k] : 1 / norms[k];
    for (let t = 0; t < frames; t++) {
      denoised[at + t] = c[t] / unit;
      raw[at + t] = residual ? (c[t] + residual[t]) / unit : denoised[at + t];
      if (s) spikes[at + t] = s[t] / unit;
    }
  }
  const noise = file.has("neurons_sn") ? file.numbers("neurons_sn", count) : new Float64Array(count).fill(NaN);
  const { ar, arOrder } = readAr(file, count, notes);
  const traces: Traces = {
    raw,
    denoised,
    spikes,
    // CaImAn keeps the baseline in C: nothing was taken off.
    baseline: new Float32Array(count),
    noise: Float32Array.from(noise, (value, k) => value * norms[k]),
    ar,
  };
  return { footprints, traces, arOrder, frames, notes };
}

function readFootprints(
  file: CaimanFile,
  width: number,
  height: number,
): { footprints: Footprints; norms: Float64Array } {
  const { data, indices, starts, rows, columns } = readMatrix(file);
  if (rows !== width * height) throw file.error(`A has ${rows} pixels, but the field has ${width}×${height}`);
  const norms = new Float64Array(columns), cells: Footprint[] = [];
  for (let k = 0; k < columns; k++) {
    let energy = 0;
    for (let i = starts[k]; i < starts[k + 1]; i++) {
      if (!Number.isFinite(data[i])) throw file.error(`the footprint of cell ${k} has a value that is no number`);
      energy += data[i] * data[i];
    }
    const norm = Math.sqrt(energy), isUnit = norm === 0 || Math.abs(norm - 1) < UNIT;
    norms[k] = isUnit ? 1 : norm;
    const pixelOf = (i: number) => rowMajorPixel(indices[i], width, height);
    const entries = sortedBy(starts[k], starts[k + 1], pixelOf).filter((i) => data[i] !== 0),
      pixels = entries.map(pixelOf);
    const twice = pixels.findIndex((pixel, at) => at > 0 && pixel === pixels[at - 1]);
    if (twice >= 0) {
      throw file.error(`the footprint of cell ${k} has a pixel twice, row ${indices[entries[twice]]} of A`);
    }
    cells.push({ pixels, values: Float32Array.from(entries, (i) => data[i] / norms[k]) });
  }
  return { footprints: packFootprints(width, height, cells), norms };
}

/** A, which older files may hold as a full matrix. */
function readMatrix(file: CaimanFile): ReturnType<CaimanFile["sparse"]> {
  if (file.reader.typeOf(`${file.root}/A`) === "group") return file.sparse("A");
  const { data, shape: [rows, columns] } = file.reader.converted(`${file.root}/A`, "float64", [-1, -1]);
  const values: number[] = [], indices: number[] = [], starts = new Int32Array(columns + 1);
  for (let k = 0; k < columns; k++) {
    for (let row = 0; row < rows; row++) {
      const value = data[row * columns + k];
      if (value !== 0) values.push(value), indices.push(row);
    }
    starts[k + 1] = values.length;
  }
  return { data: Float64Array.from(values), indices: Int32Array.from(indices), starts, rows, columns };
}

/** Autoregressive coefficients; none when they are not one row of one or two numbers per cell. */
function readAr(file: CaimanFile, count: number, notes: string[]): { ar: Float32Array; arOrder: 0 | 1 | 2 } {
  if (!file.has("g")) return { ar: new Float32Array(0), arOrder: 0 };
  const [cells, order = 1] = file.shape("g");
  if (cells !== count || file.shape("g").length > 2 || (order !== 1 && order !== 2)) {
    notes.push(`The file's autoregressive coefficients (g) are not one or two per cell: they are left out`);
    return { ar: new Float32Array(0), arOrder: 0 };
  }
  return { ar: Float32Array.from(file.numbers("g", count * order)), arOrder: order };
}
