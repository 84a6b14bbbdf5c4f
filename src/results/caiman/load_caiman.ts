import { ResultsError } from "../../core/errors.ts";
import type { Extraction } from "../../core/extraction.ts";
import type { CellQuality } from "../../core/quality.ts";
import type { MovieHeader } from "../../core/movie.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import { readCaimanCells } from "./caiman_cells.ts";
import { readCaimanBackground, readCaimanField, readCaimanImages, readCaimanRing } from "./caiman_field.ts";
import { CaimanFile } from "./caiman_file.ts";
import { readCaimanParameters } from "./caiman_parameters.ts";
import { CAIMAN_EXTRA, CAIMAN_EXTRA_FORMAT, CAIMAN_EXTRA_VERSION } from "./caiman_extra.ts";
import { readUnits, withExtra } from "./with_extra.ts";

/** CaImAn's frame rate where a file has none, Hz. */
const USUAL_RATE = 30;

/** Whether an HDF5 file holds results of CaImAn. */
export function isCaiman(reader: Hdf5Reader, path: string): boolean {
  return CaimanFile.of(reader, path) !== undefined;
}

/**
 * Reads a results file of CaImAn (`CNMF.save`, all versions since 1.0) as results of annulus: footprints with unit norm and pixels row by row,
 * raw = C + YrA, denoised = C, spikes = S, in counts as CaImAn has them (its baseline included), W as the ring, b0 (or the mean of b f), what was
 * measured of the cells' quality, and the parameters under CaImAn's names. Summary images the file does not have are NaN. A file that annulus
 * exported reads back to the results it was made of.
 *
 * @param path Names the file in errors.
 * @throws {ResultsError} When it is not one, or is damaged.
 */
export function readCaiman(reader: Hdf5Reader, path: string): Extraction {
  const file = CaimanFile.of(reader, path);
  if (!file) throw new ResultsError(`Cannot load ${path}: it holds no results of CaImAn`);
  if (!reader.has(`${file.root}/C`)) throw file.error("its cells have no traces (C)");
  const { width, height } = readCaimanField(file), notes: string[] = [];
  const isOurs = hasExtra(reader);
  const units = isOurs ? unitsOf(reader, file) : undefined;
  const cells = readCaimanCells(file, width, height, units), { footprints, traces, arOrder, frames } = cells;
  const parameters = readCaimanParameters(file), ringFacts = isOurs ? ringFactsOf(reader) : {};
  const b0 = readCaimanBackground(file, width, height, notes);
  const ring = readCaimanRing(file, width, height, ringFacts, notes);
  const frameRate = rateOf(parameters, notes), quality = readQuality(file, footprints.count);
  const summary = readCaimanImages(file, width, height);
  const absent = Object.entries(summary).filter(([, image]) => image.every(Number.isNaN)).map(([name]) => name);
  if (absent.length > 0 && !isOurs) notes.push(`The file has no images of ${absent.join(", ")}: they are empty here`);
  const found: Extraction = {
    movie: movieOf(parameters, path, { width, height, frames, frameRate }),
    frameRate,
    footprints,
    traces,
    units: "dF",
    arOrder,
    b0,
    ring,
    summary,
    ...(quality ? { quality } : {}),
    parameters,
    software: { CaImAn: String(parameters.data?.caiman_version ?? "of unknown version") },
    plan: {},
    timings: [],
    notes: [...cells.notes, ...notes],
  };
  return isOurs ? withExtra(found, file) : found;
}

/** Whether annulus wrote the file, and put what CaImAn has no place for beside it. */
function hasExtra(reader: Hdf5Reader): boolean {
  return reader.typeOf(CAIMAN_EXTRA) === "group" && reader.hasAttribute(CAIMAN_EXTRA, "format") &&
    reader.attribute(CAIMAN_EXTRA, "format") === CAIMAN_EXTRA_FORMAT &&
    reader.attribute(CAIMAN_EXTRA, "format_version") === CAIMAN_EXTRA_VERSION;
}

/** Counts in a unit of each cell's traces. */
function unitsOf(reader: Hdf5Reader, file: CaimanFile): Float32Array | undefined {
  const { units, noise } = readUnits(reader, file.shape("C")[0]);
  return units === "dF" ? undefined : noise;
}

function ringFactsOf(reader: Hdf5Reader): { factor: number; radius: number } {
  const of = (name: string) => reader.numberAttribute(CAIMAN_EXTRA, name);
  return { factor: Math.max(1, of("ring_factor")), radius: of("ring_radius") };
}

function rateOf(parameters: Record<string, Record<string, unknown>>, notes: string[]): number {
  const rate = parameters.data?.fr;
  if (typeof rate === "number" && rate > 0 && rate <= 10_000) return rate;
  notes.push(`The file does not tell the frame rate: it is taken for ${USUAL_RATE} Hz, CaImAn's default`);
  return USUAL_RATE;
}

function movieOf(
  parameters: Record<string, Record<string, unknown>>,
  path: string,
  size: { width: number; height: number; frames: number; frameRate: number },
): MovieHeader {
  const names = parameters.data?.fnames, first = Array.isArray(names) ? names[0] : names;
  // The file does not tell the type of the movie's samples; CaImAn works in float32.
  return { ...size, sampleType: "float32", name: typeof first === "string" ? first : path, files: [] };
}

function readQuality(file: CaimanFile, count: number): CellQuality | undefined {
  const accepted = readAccepted(file, count);
  const measured = (name: string) => file.has(name) ? Float32Array.from(file.numbers(name, count)) : undefined;
  const snr = measured("SNR_comp"), rValue = measured("r_values");
  if (!accepted && !snr && !rValue) return undefined;
  return { ...(accepted ? { accepted } : {}), ...(snr ? { snr } : {}), ...(rValue ? { rValue } : {}) };
}

/** 1 for the cells in `idx_components`. */
function readAccepted(file: CaimanFile, count: number): Uint8Array | undefined {
  if (!file.has("idx_components")) return undefined;
  const { data } = file.reader.converted(`${file.root}/idx_components`, "float64", [-1]);
  const accepted = new Uint8Array(count);
  for (const k of data) {
    if (!(Number.isInteger(k) && k >= 0 && k < count)) {
      throw file.error(`idx_components names cell ${k}, but there are ${count} cells`);
    }
    accepted[k] = 1;
  }
  return accepted;
}
