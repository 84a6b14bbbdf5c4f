/** What several kinds of HDF5 files hold alike: records, lists, timings, and the identity of a movie. */
import { ResultsError } from "../core/errors.ts";
import type { MovieFile, MovieHeader, SampleType } from "../core/movie.ts";
import { exactJson, parseExactJson } from "./exact_json.ts";
import type { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";

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
  return readJson(reader, file, `${path}/json`) as Record<string, unknown>;
}

/** Reads a list that was written as JSON. */
export function readList<T>(reader: Hdf5Reader, file: string, path: string): T[] {
  const list = readJson(reader, file, path);
  if (!Array.isArray(list)) throw new ResultsError(`Cannot load ${file}: ${path} is not a list`);
  return list as T[];
}

/** Writes which movie something belongs to, as the group `movie`. */
export function writeMovieHeader(writer: Hdf5Writer, movie: MovieHeader): void {
  writer.group("/movie");
  writer.attribute("/movie", "name", movie.name);
  writer.attribute("/movie", "width", movie.width);
  writer.attribute("/movie", "height", movie.height);
  writer.attribute("/movie", "frames", movie.frames);
  writer.attribute("/movie", "sample_type", movie.sampleType);
  if (movie.frameRate !== undefined) writer.attribute("/movie", "frame_rate", movie.frameRate);
  writer.text("/movie/files", exactJson(movie.files));
  if (movie.history !== undefined) writer.text("/movie/history", exactJson(movie.history));
  if (movie.format !== undefined) writer.attribute("/movie", "format", movie.format);
  if (movie.startTime !== undefined) writer.attribute("/movie", "start_time", movie.startTime);
  if (movie.pixelSize !== undefined) {
    writer.attribute("/movie", "pixel_size_x", movie.pixelSize.x);
    writer.attribute("/movie", "pixel_size_y", movie.pixelSize.y);
  }
  if (movie.timestamps !== undefined) {
    writer.numbers("/movie/timestamps", [movie.timestamps.length], movie.timestamps);
    writer.attribute("/movie/timestamps", "units", "seconds");
  }
  if (movie.metadata !== undefined) writer.text("/movie/metadata", exactJson(movie.metadata));
  if (movie.notes !== undefined) writer.text("/movie/notes", exactJson(movie.notes));
}

/** Reads what `writeMovieHeader` wrote. */
export function readMovieHeader(reader: Hdf5Reader, file: string): MovieHeader {
  const rate = reader.hasAttribute("/movie", "frame_rate")
    ? { frameRate: reader.numberAttribute("/movie", "frame_rate") }
    : {};
  const text = (name: string) => reader.hasAttribute("/movie", name) ? reader.textAttribute("/movie", name) : undefined;
  const format = text("format"), startTime = text("start_time"), frames = reader.numberAttribute("/movie", "frames");
  return {
    width: reader.numberAttribute("/movie", "width"),
    height: reader.numberAttribute("/movie", "height"),
    frames,
    sampleType: reader.textAttribute("/movie", "sample_type") as SampleType,
    ...rate,
    name: reader.textAttribute("/movie", "name"),
    files: readList<MovieFile>(reader, file, "/movie/files"),
    ...(reader.has("/movie/history") ? { history: readList<string>(reader, file, "/movie/history") } : {}),
    ...(format === undefined ? {} : { format }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(reader.hasAttribute("/movie", "pixel_size_x")
      ? {
        pixelSize: {
          x: reader.numberAttribute("/movie", "pixel_size_x"),
          y: reader.numberAttribute("/movie", "pixel_size_y"),
        },
      }
      : {}),
    ...(reader.has("/movie/timestamps")
      ? { timestamps: reader.numbers("/movie/timestamps", "float64", [frames]).data }
      : {}),
    ...(reader.has("/movie/metadata")
      ? { metadata: readJson(reader, file, "/movie/metadata") as Record<string, unknown> }
      : {}),
    ...(reader.has("/movie/notes") ? { notes: readList<string>(reader, file, "/movie/notes") } : {}),
  };
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
  const stages = readList<string>(reader, file, "/timings/stages");
  const { data } = reader.numbers("/timings/seconds", "float64", [stages.length]);
  return stages.map((stage, i) => ({ stage, seconds: data[i] }));
}

function readJson(reader: Hdf5Reader, file: string, path: string): object {
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
