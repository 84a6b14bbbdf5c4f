import { ResultsError } from "../../core/errors.ts";
import type { PixelSize } from "../../core/movie.ts";
import { rateOfTimestamps, timestampNotes } from "../../core/timestamps.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { Hdf5Value } from "../../hdf5/hdf5_values.ts";

/** Names of the frame rate, as attributes of the dataset, of a group above it, or as datasets beside it. */
const RATES = ["fr", "frame_rate", "frameRate", "framerate", "FrameRate", "fps", "FPS", "Fs", "imaging_rate"];
/** Names of the beginning. */
const STARTS = ["start_time", "startTime", "session_start_time", "acquisition_date", "date"];
/** Attributes that belong to HDF5's conventions, MATLAB or Python's pickles: nothing for people. */
const TECHNICAL = /^(MATLAB_|H5PATH$|DIMENSION_|REFERENCE_LIST$|CLASS$|NAME$|TITLE$|VERSION$|PYTABLES_|FLAVOR$|\.)/;
/** What is kept of a file's own words. */
const LONGEST_TEXT = 4096, LONGEST_LIST = 64, MOST_ATTRIBUTES = 200;
/** Seconds of a unit of time. */
const SECONDS: Readonly<Record<string, number>> = { s: 1, sec: 1, second: 1, seconds: 1, ms: 1e-3, milliseconds: 1e-3 };

/** What attributes and neighbours of a dataset say. */
export interface Facts {
  readonly frameRate?: number;
  readonly timestamps?: Float64Array;
  readonly startTime?: string;
  readonly pixelSize?: PixelSize;
  readonly metadata: Record<string, unknown>;
  readonly notes: readonly string[];
}

/** Reads what a dataset's attributes, those of the groups above it, and the datasets beside it say of a movie. */
export function findFacts(reader: Hdf5Reader, dataset: string, frames: number): Facts {
  const group = dataset.slice(0, dataset.lastIndexOf("/")) || "/";
  const attributes = new Map<string, unknown>();
  for (const path of new Set([dataset, ...above(dataset)])) {
    for (const [name, value] of Object.entries(plainAttributes(reader, path))) {
      if (!attributes.has(name)) attributes.set(name, value);
    }
  }
  const beside = (name: string) => `${group === "/" ? "" : group}/${name}`;
  const rate = RATES.map((name) => positive(attributes.get(name)) ?? positive(plainDataset(reader, beside(name)))).find(
    (value) => value !== undefined,
  );
  const start = STARTS.map((name) => attributes.get(name)).find(isDate);
  const { timestamps, notes } = findTimestamps(reader, [`${dataset}_timestamps`, beside("timestamps")], frames);
  const pixelSize = pixelSizeOf(attributes), frameRate = rate ?? (timestamps && rateOfTimestamps(timestamps));
  return {
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(timestamps ? { timestamps } : {}),
    ...(start === undefined ? {} : { startTime: start }),
    ...(pixelSize ? { pixelSize } : {}),
    metadata: Object.fromEntries(attributes),
    notes,
  };
}

/**
 * Timestamps from the first of these datasets that is there, in seconds.
 * @param usual the unit of those that state none. Default: seconds, with a note
 */
export function findTimestamps(
  reader: Hdf5Reader,
  paths: readonly string[],
  frames: number,
  usual?: string,
): { timestamps?: Float64Array; notes: string[] } {
  const path = paths.find((one) => reader.typeOf(one) === "dataset");
  if (path === undefined) return { notes: [] };
  const { kind, shape = [] } = reader.describe(path), count = shape.reduce((product, n) => product * n, 1);
  if (kind !== "float" && kind !== "integer" || shape.filter((n) => n !== 1).length > 1) return { notes: [] };
  if (count !== frames) {
    return { notes: [`${path} has ${count} timestamps for ${frames} frames: they are not used`] };
  }
  const { data } = reader.converted(path, "float64", shape), attributes = plainAttributes(reader, path);
  const unit = [attributes.unit, attributes.units].find((value) => typeof value === "string") ?? usual;
  const scale = unit === undefined ? 1 : SECONDS[(unit as string).toLowerCase()];
  if (scale === undefined) return { notes: [`${path} is in "${unit}", not in seconds: it is not used`] };
  if (!data.every(Number.isFinite)) return { notes: [`${path} has timestamps that are no numbers: they are not used`] };
  if (scale !== 1) data.forEach((value, i) => data[i] = value * scale);
  const notes = unit === undefined ? [`${path} does not state a unit; its timestamps are taken as seconds`] : [];
  return { timestamps: data, notes: [...notes, ...timestampNotes(data)] };
}

/** The attributes of an object that are plain: short texts, numbers, truth values, and short lists of them. */
export function plainAttributes(reader: Hdf5Reader, path: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of reader.attributeNames(path).slice(0, MOST_ATTRIBUTES)) {
    if (TECHNICAL.test(name)) continue;
    const value = plain(() => reader.attribute(path, name));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** What a small dataset holds when that is plain; undefined when it is not, or not there. */
export function plainDataset(reader: Hdf5Reader, path: string): unknown {
  if (reader.typeOf(path) !== "dataset") return undefined;
  const { shape = [], kind } = reader.describe(path);
  if (kind === "other" || kind === "reference" || shape.reduce((product, n) => product * n, 1) > LONGEST_LIST) return;
  return plain(() => reader.value(path));
}

function plain(read: () => Hdf5Value): unknown {
  let value: Hdf5Value;
  try {
    value = read();
  } catch (error) {
    // What cannot be read is left out: it is not what the movie is about.
    if (error instanceof ResultsError) return undefined;
    throw error;
  }
  if (Array.isArray(value)) {
    if (value.length === 0 || value.length > LONGEST_LIST || !value.every(isPlain)) return undefined;
    return value.length === 1 ? value[0] : value;
  }
  return isPlain(value) ? value : undefined;
}

function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "boolean") return true;
  // deno-lint-ignore no-control-regex
  return typeof value === "string" && value.length <= LONGEST_TEXT && !/[\x00-\x08\x0e-\x1f\ufffd]/.test(value);
}

/** The groups above a path, the nearest first. */
function above(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return [...names.map((_, i) => `/${names.slice(0, names.length - i).join("/")}`), "/"];
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}

/** Whether a value is a date as ISO 8601 writes it. */
export function isDate(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value));
}

/** Size of a pixel, µm, from our own attributes or from those of ImageJ's HDF5 plugins (z, y, x). */
function pixelSizeOf(attributes: ReadonlyMap<string, unknown>): PixelSize | undefined {
  const x = positive(attributes.get("pixel_size_x")), y = positive(attributes.get("pixel_size_y"));
  if (x && y) return { x, y };
  const element = attributes.get("element_size_um");
  if (!Array.isArray(element) || element.length < 2) return undefined;
  const [rows, columns] = element.slice(-2).map(positive);
  return rows && columns ? { x: columns, y: rows } : undefined;
}
