import { ResultsError } from "../core/errors.ts";
import { LARGEST_NUMBER, type LoggedEdit } from "../core/edits.ts";
import type { Extraction, RingBackground, SummaryImages, Traces } from "../core/extraction.ts";
import type { Footprints } from "../core/footprints.ts";
import { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import { isCaiman, readCaiman } from "./caiman/load_caiman.ts";
import {
  readJson,
  readMovieHeader,
  readPreparation,
  readRecord,
  readRecordOf,
  readSize,
  readTexts,
  readTimings,
} from "./hdf5_records.ts";
import { readFieldQuality, readQuality } from "./load_quality.ts";
import { areNamedTexts, areNumbers, isLoggedEdit } from "./record_checks.ts";
import { RESULTS_FORMAT, RESULTS_FORMAT_VERSION } from "./save.ts";
import { asUint32 } from "./signed.ts";

/** Most frames per second that a movie can have: as the parameter says. */
const LARGEST_RATE = 10_000;

/**
 * Reads what `saveResults` wrote, bit for bit. `timings` is empty when the file was written without them. A results file of CaImAn's is read, too:
 * see `readCaiman`.
 * Rejects with a `ResultsError` when the file is missing, is no results file of annulus or CaImAn, is of a newer format, or is damaged.
 */
export async function loadResults(path: string): Promise<Extraction> {
  const reader = await Hdf5Reader.open(path);
  try {
    const isOurs = reader.hasAttribute("/", "format");
    if (!isOurs && isCaiman(reader, path)) return readCaiman(reader, path);
    checkFormat(reader, path);
    return readEverything(reader, path);
  } finally {
    reader.close();
  }
}

function checkFormat(reader: Hdf5Reader, path: string): void {
  if (!reader.hasAttribute("/", "format") || reader.textAttribute("/", "format") !== RESULTS_FORMAT) {
    throw new ResultsError(`Cannot load ${path}: it is an HDF5 file, but not one with annulus results`);
  }
  const version = reader.numberAttribute("/", "format_version");
  if (version !== RESULTS_FORMAT_VERSION) {
    const known = `this annulus reads version ${RESULTS_FORMAT_VERSION}`;
    throw new ResultsError(`Cannot load ${path}: its format version is ${version}; ${known}`);
  }
}

function readEverything(reader: Hdf5Reader, path: string): Extraction {
  const arOrder = reader.numberAttribute("/", "ar_order");
  if (arOrder !== 0 && arOrder !== 1 && arOrder !== 2) {
    throw new ResultsError(`Cannot load ${path}: ar_order is ${arOrder}; 0, 1 or 2 is right`);
  }
  const units = reader.textAttribute("/", "units");
  if (units !== "dF" && units !== "dF over noise") {
    throw new ResultsError(`Cannot load ${path}: units is "${units}"; "dF" or "dF over noise" is right`);
  }
  const height = readSize(reader, path, "/", "height"), width = readSize(reader, path, "/", "width");
  const movie = readMovieHeader(reader, path), frameRate = reader.numberAttribute("/", "frame_rate");
  if (!(frameRate > 0 && frameRate <= LARGEST_RATE)) {
    throw new ResultsError(
      `Cannot load ${path}: frame_rate is ${frameRate}; frames per second above 0 and at most ${LARGEST_RATE} are right`,
    );
  }
  if (movie.width !== width || movie.height !== height) {
    throw new ResultsError(
      `Cannot load ${path}: the movie has ${movie.width}×${movie.height} pixels, but the field has ${width}×${height}`,
    );
  }
  const footprints = readFootprints(reader, path, width, height);
  return {
    movie,
    frameRate,
    footprints,
    traces: readTraces(reader, footprints.count, movie.frames, arOrder),
    units,
    arOrder,
    b0: reader.numbers("/background/b0", "float32", [height, width]).data,
    ring: readRing(reader, path, width, height),
    summary: readSummary(reader, height, width),
    ...(reader.has("/numbers") ? { numbers: readNumbers(reader, path, footprints.count) } : {}),
    ...(reader.has("/quality") ? { quality: readQuality(reader, path, footprints.count) } : {}),
    ...(reader.has("/field_quality") ? { fieldQuality: readFieldQuality(reader, path, height, width) } : {}),
    ...(reader.has("/edits") ? { edits: readEdits(reader, path) } : {}),
    ...(reader.has("/preparation") ? { preparation: readPreparation(reader, path, "/preparation") } : {}),
    parameters: readRecord(reader, path, "/parameters"),
    software: readRecordOf(reader, path, "/software", areNamedTexts, "record of texts"),
    plan: readRecordOf(reader, path, "/plan", areNumbers, "record of numbers"),
    timings: readTimings(reader, path),
    notes: readTexts(reader, path, "/notes"),
  };
}

function readFootprints(reader: Hdf5Reader, path: string, width: number, height: number): Footprints {
  const { data: shape } = reader.numbers("/footprints/shape", "int32", [2]);
  const count = shape[1];
  const values = reader.numbers("/footprints/data", "float32", [-1]).data;
  const pixels = asUint32(reader.numbers("/footprints/indices", "int32", [values.length]).data);
  const starts = asUint32(reader.numbers("/footprints/indptr", "int32", [count + 1]).data);
  const ordered = starts.every((start, k) => k === 0 ? start === 0 : start >= starts[k - 1]);
  if (shape[0] !== width * height || !ordered || starts[count] !== values.length) {
    throw new ResultsError(`Cannot load ${path}: the footprints' columns do not fit together`);
  }
  if (pixels.some((pixel) => pixel >= width * height)) {
    throw new ResultsError(`Cannot load ${path}: a footprint has a pixel outside the field of ${width}×${height}`);
  }
  if (!values.every(Number.isFinite)) {
    throw new ResultsError(`Cannot load ${path}: a footprint has a weight that is not a finite number`);
  }
  return { width, height, count, starts, pixels, values };
}

function readTraces(reader: Hdf5Reader, cells: number, frames: number, arOrder: number): Traces {
  return {
    raw: reader.numbers("/traces/raw", "float32", [cells, frames]).data,
    denoised: reader.numbers("/traces/denoised", "float32", [cells, frames]).data,
    spikes: reader.numbers("/traces/spikes", "float32", [cells, frames]).data,
    baseline: reader.numbers("/traces/baseline", "float32", [cells]).data,
    noise: reader.numbers("/traces/noise", "float32", [cells]).data,
    ar: reader.numbers("/traces/ar", "float32", [cells, arOrder]).data,
  };
}

function readRing(reader: Hdf5Reader, path: string, columns: number, rows: number): RingBackground {
  const of = (name: string) => reader.numberAttribute("/background/ring", name);
  const width = of("width"), height = of("height"), factor = readSize(reader, path, "/background/ring", "factor");
  if (width !== Math.ceil(columns / factor) || height !== Math.ceil(rows / factor)) {
    throw new ResultsError(
      `Cannot load ${path}: the ring's grid of ${width}×${height} blocks of ${factor} pixels does not cover the field of ${columns}×${rows}`,
    );
  }
  const { data: offsets, shape } = reader.numbers("/background/ring/offsets", "int32", [-1, 2]);
  const { data: weights } = reader.numbers("/background/ring/weights", "float32", [shape[0], height, width]);
  return { factor, width, height, radius: of("radius"), offsets, weights };
}

function readSummary(reader: Hdf5Reader, height: number, width: number): SummaryImages {
  const image = (name: string) => reader.numbers(`/summary/${name}`, "float32", [height, width]).data;
  return {
    mean: image("mean"),
    max: image("max"),
    noise: image("noise"),
    correlation: image("correlation"),
    pnr: image("pnr"),
  };
}

function readNumbers(reader: Hdf5Reader, path: string, cells: number): Uint32Array {
  const numbers = asUint32(reader.numbers("/numbers", "int32", [cells]).data);
  if (numbers.some((number) => number > LARGEST_NUMBER)) {
    throw new ResultsError(`Cannot load ${path}: the cells' numbers are not all from 0 to ${LARGEST_NUMBER}`);
  }
  if (numbers.every((number, k) => k === 0 || number > numbers[k - 1])) return numbers;
  throw new ResultsError(`Cannot load ${path}: the cells' numbers do not ascend`);
}

function readEdits(reader: Hdf5Reader, path: string): LoggedEdit[] {
  const list = readJson(reader, path, "/edits");
  if (Array.isArray(list) && list.every(isLoggedEdit)) return list;
  throw new ResultsError(`Cannot load ${path}: /edits is not a list of logged edits`);
}
