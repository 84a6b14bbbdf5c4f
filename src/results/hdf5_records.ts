/** What several kinds of HDF5 files hold alike: records, lists, timings, and the identity of a movie. */
import { ResultsError } from "../core/errors.ts";
import type { Preparation } from "../core/preparation.ts";
import type { MovieFile, MovieHeader, Recording, SampleType } from "../core/movie.ts";
import { exactJson, parseExactJson } from "./exact_json.ts";
import type { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";
import { isPreparation, isRecord, isWhole } from "./record_checks.ts";

const SAMPLE_TYPES: readonly SampleType[] = ["uint8", "uint16", "int16", "float32"];

/** Seconds of each stage of a computation, in order. */
type Timings = readonly { readonly stage: string; readonly seconds: number }[];

/** Writes a group with one attribute per entry for people and scripts, and all of them exactly as `json`. */
export function writeRecord(writer: Hdf5Writer, path: string, record: Readonly<Record<string, unknown>>): void {
  writer.group(path);
  writer.text(`${path}/json`, exactJson(record));
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    const plain = typeof value === "number" || typeof value === "string" || typeof value === "boolean";
    writer.attribute(path, name, plain ? value : exactJson(value));
  }
}

/** Reads the exact JSON of a record that `writeRecord` wrote. `file` names the file in errors. */
export function readRecord(reader: Hdf5Reader, file: string, path: string): Record<string, unknown> {
  return readObject(reader, file, `${path}/json`);
}

/** Reads a record whose entries are all of one kind. `what` says in errors what it should be. */
export function readRecordOf<T>(
  reader: Hdf5Reader,
  file: string,
  path: string,
  is: (value: unknown) => value is T,
  what: string,
): T {
  const record = readRecord(reader, file, path);
  if (is(record)) return record;
  throw new ResultsError(`Cannot load ${file}: ${path} is no ${what}`);
}

/** Reads a record that was written as JSON. */
export function readObject(reader: Hdf5Reader, file: string, path: string): Record<string, unknown> {
  const record = readJson(reader, file, path);
  if (isRecord(record)) return record;
  throw new ResultsError(`Cannot load ${file}: ${path} is a list; a record is right`);
}

/** Reads an attribute that is a size: a whole number from 1. */
export function readSize(reader: Hdf5Reader, file: string, at: string, name: string): number {
  const size = reader.numberAttribute(at, name);
  if (isWhole(size, 1)) return size;
  throw new ResultsError(`Cannot load ${file}: ${name} of ${at} is ${size}; a whole number from 1 is right`);
}

/** Reads a list of texts that was written as JSON. */
export function readTexts<T extends string>(reader: Hdf5Reader, file: string, path: string): T[] {
  return readList(reader, file, path, (one): one is T => typeof one === "string", "texts");
}

/** Reads a list that was written as JSON, and checks every entry. `what` names the entries in errors. */
function readList<T>(
  reader: Hdf5Reader,
  file: string,
  path: string,
  isEntry: (one: unknown) => one is T,
  what: string,
): T[] {
  const list = readJson(reader, file, path);
  if (!Array.isArray(list)) throw new ResultsError(`Cannot load ${file}: ${path} is not a list`);
  if (!list.every(isEntry)) throw new ResultsError(`Cannot load ${file}: ${path} is not a list of ${what}`);
  return list;
}

function isMovieFile(one: unknown): one is MovieFile {
  if (!isRecord(one)) return false;
  const { path, bytes, frames, modified = "" } = one;
  return typeof path === "string" && isWhole(bytes) && isWhole(frames) && typeof modified === "string";
}

/** Writes which movie something belongs to, as the group `movie`, or as another one. */
export function writeMovieHeader(writer: Hdf5Writer, movie: MovieHeader, at = "/movie"): void {
  writer.group(at);
  writer.attribute(at, "name", movie.name);
  writer.attribute(at, "width", movie.width);
  writer.attribute(at, "height", movie.height);
  writer.attribute(at, "frames", movie.frames);
  writer.attribute(at, "sample_type", movie.sampleType);
  if (movie.frameRate !== undefined) writer.attribute(at, "frame_rate", movie.frameRate);
  writer.text(`${at}/files`, exactJson(movie.files));
  if (movie.history !== undefined) writer.text(`${at}/history`, exactJson(movie.history));
  if (movie.format !== undefined) writer.attribute(at, "format", movie.format);
  if (movie.startTime !== undefined) writer.attribute(at, "start_time", movie.startTime);
  if (movie.pixelSize !== undefined) {
    writer.attribute(at, "pixel_size_x", movie.pixelSize.x);
    writer.attribute(at, "pixel_size_y", movie.pixelSize.y);
  }
  if (movie.timestamps !== undefined) {
    writer.numbers(`${at}/timestamps`, [movie.timestamps.length], movie.timestamps);
    writer.attribute(`${at}/timestamps`, "units", "seconds");
  }
  if (movie.metadata !== undefined) writer.text(`${at}/metadata`, exactJson(movie.metadata));
  if (movie.notes !== undefined) writer.text(`${at}/notes`, exactJson(movie.notes));
  if (movie.recording === undefined) return;
  const { timestamps, ...recording } = movie.recording;
  writeRecord(writer, `${at}/recording`, recording);
  if (timestamps !== undefined) writer.numbers(`${at}/recording/timestamps`, [timestamps.length], timestamps);
}

/** Reads what `writeMovieHeader` wrote. */
export function readMovieHeader(reader: Hdf5Reader, file: string, at = "/movie"): MovieHeader {
  const rate = reader.hasAttribute(at, "frame_rate") ? { frameRate: reader.numberAttribute(at, "frame_rate") } : {};
  const text = (name: string) => reader.hasAttribute(at, name) ? reader.textAttribute(at, name) : undefined;
  const format = text("format"), startTime = text("start_time"), frames = readSize(reader, file, at, "frames");
  return {
    width: readSize(reader, file, at, "width"),
    height: readSize(reader, file, at, "height"),
    frames,
    sampleType: readSampleType(reader, file, at),
    ...rate,
    name: reader.textAttribute(at, "name"),
    files: readList(reader, file, `${at}/files`, isMovieFile, "files"),
    ...(reader.has(`${at}/history`) ? { history: readTexts(reader, file, `${at}/history`) } : {}),
    ...(format === undefined ? {} : { format }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(reader.hasAttribute(at, "pixel_size_x")
      ? {
        pixelSize: {
          x: reader.numberAttribute(at, "pixel_size_x"),
          y: reader.numberAttribute(at, "pixel_size_y"),
        },
      }
      : {}),
    ...(reader.has(`${at}/timestamps`) ? { timestamps: readTimestamps(reader, file, `${at}/timestamps`, frames) } : {}),
    ...(reader.has(`${at}/metadata`) ? { metadata: readObject(reader, file, `${at}/metadata`) } : {}),
    ...(reader.has(`${at}/notes`) ? { notes: readTexts(reader, file, `${at}/notes`) } : {}),
    ...(reader.has(`${at}/recording`) ? { recording: readRecording(reader, file, `${at}/recording`) } : {}),
  };
}

function readSampleType(reader: Hdf5Reader, file: string, at: string): SampleType {
  const type = reader.textAttribute(at, "sample_type"), known = SAMPLE_TYPES.find((one) => one === type);
  if (known) return known;
  throw new ResultsError(
    `Cannot load ${file}: sample_type of ${at} is "${type}"; ${SAMPLE_TYPES.slice(0, -1).join(", ")} or ${
      SAMPLE_TYPES.at(-1)
    } is right`,
  );
}

/** Reads which recording a movie is a part of. */
function readRecording(reader: Hdf5Reader, file: string, at: string): Recording {
  const recording = readRecord(reader, file, at) as unknown as Recording, path = `${at}/timestamps`;
  const least = { width: 1, height: 1, frames: 1, left: 0, top: 0, binning: 1 } as const;
  for (const name of Object.keys(least) as (keyof typeof least)[]) {
    if (Number.isInteger(recording[name]) && recording[name] >= least[name]) continue;
    throw new ResultsError(
      `Cannot load ${file}: ${name} in ${at} is ${recording[name]}; a whole number from ${least[name]} is right`,
    );
  }
  return reader.has(path)
    ? { ...recording, timestamps: readTimestamps(reader, file, path, recording.frames) }
    : recording;
}

function readTimestamps(reader: Hdf5Reader, file: string, path: string, frames: number): Float64Array {
  const { data } = reader.numbers(path, "float64", [frames]),
    wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new ResultsError(`Cannot load ${file}: the timestamp of frame ${wrong} is ${data[wrong]}`);
  return data;
}

/** Reads what was done to a movie, written by `writeRecord`. */
export function readPreparation(reader: Hdf5Reader, file: string, path: string): Preparation {
  return readRecordOf(reader, file, path, isPreparation, "record of what was done to a movie");
}

/** Writes how long each stage took, as the group `timings`. */
export function writeTimings(writer: Hdf5Writer, timings: Timings): void {
  writer.group("/timings");
  writer.text("/timings/stages", exactJson(timings.map(({ stage }) => stage)));
  writer.numbers("/timings/seconds", [timings.length], Float64Array.from(timings, ({ seconds }) => seconds));
}

/** Reads what `writeTimings` wrote; empty when the file was written without. */
export function readTimings(reader: Hdf5Reader, file: string): { stage: string; seconds: number }[] {
  if (!reader.has("/timings")) return [];
  const stages = readTexts(reader, file, "/timings/stages");
  const { data } = reader.numbers("/timings/seconds", "float64", [stages.length]);
  return stages.map((stage, i) => ({ stage, seconds: data[i] }));
}

/** Reads a list or a record that was written as JSON. */
export function readJson(reader: Hdf5Reader, file: string, path: string): object {
  let value: unknown;
  try {
    value = parseExactJson(reader.text(path));
  } catch (error) {
    if (error instanceof ResultsError) throw error;
    throw new ResultsError(`Cannot load ${file}: ${path} is not valid JSON`);
  }
  if (typeof value !== "object" || value === null) {
    throw new ResultsError(`Cannot load ${file}: ${path} is neither a list nor a record`);
  }
  return value;
}
