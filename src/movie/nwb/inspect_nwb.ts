import { MovieError } from "../../core/errors.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { FormatOptions } from "../format.ts";
import { checkAxes, type FoundAxes, movieAxes } from "../hdf5/axes.ts";
import { brokenLink } from "../hdf5/candidates.ts";
import { plainDataset } from "../hdf5/facts.ts";
import type { Axis } from "../hdf5/frame_array.ts";
import type { ExternalFiles, Hdf5Found } from "../hdf5/messages.ts";
import { storedArray } from "../hdf5/stored_array.ts";
import { storedTypeOf } from "../hdf5/stored_numbers.ts";
import { storedTypeNotes } from "../stored_type.ts";
import { isByAnnulus, nwbFacts } from "./nwb_facts.ts";
import { chooseSeries, imageSeries, type NwbSeries } from "./nwb_series.ts";

/** Files a series may name: thousands of single frames. */
const MOST_FILES = 100_000;

/**
 * Finds the movie in an NWB file: a series whose frames are in the file, reached by a link, or in other files. Throws `MovieError` when there
 * is none that can be read.
 */
export function inspectNwb(reader: Hdf5Reader, path: string, options: FormatOptions): Hdf5Found {
  const { series, note } = chooseSeries(imageSeries(reader), path, options.dataset);
  const files = externalFiles(reader, path, series);
  if (files) {
    const facts = nwbFacts(reader, series, files.frames);
    return { files, facts: { format: "NWB", ...facts, notes: [...(note ? [note] : []), ...facts.notes] } };
  }
  const dataset = `${series.path}/data`, type = reader.typeOf(dataset);
  if (type === "link") throw new MovieError(brokenLink(reader, path, dataset));
  if (type !== "dataset") {
    throw new MovieError(`Series ${series.path} of "${path}" has neither data nor external files`);
  }
  const description = reader.describe(dataset), shape = description.shape ?? [];
  checkAxes(path, dataset, shape);
  if (shape.length < 3) {
    throw new MovieError(`Dataset ${dataset} of "${path}" has 2 axes; a series of images has three`);
  }
  const { axes, note: turned } = nwbAxes(shape, dimensionOf(reader, series), options.axes, series.path);
  const array = storedArray(reader, path, dataset, description, axes);
  const stamps = plainCount(reader, `${series.path}/timestamps`);
  if (stamps !== undefined && stamps !== array.frames && stamps === shape.at(-1) && options.axes === undefined) {
    throw new MovieError(
      `Series ${series.path} of "${path}" has ${stamps} timestamps, which fit its last axis (${shape.join("×")}): ` +
        "say --axes YXT or XYT if its frames come last",
    );
  }
  const facts = nwbFacts(reader, series, array.frames);
  // Of the series in our own files there is no doubt; those they link to may be others'.
  const isSure = options.axes === undefined && isByAnnulus(reader) && reader.typeOf(series.path) === "group";
  const notes = [note, isSure ? undefined : turned, ...storedTypeNotes(storedTypeOf(array.stored)), ...facts.notes]
    .filter((one) => one !== undefined);
  return {
    array,
    facts: {
      format: "NWB",
      ...facts,
      metadata: { ...facts.metadata, axes: axes.join("") },
      ...(notes.length > 0 ? { notes } : { notes: undefined }),
    },
  };
}

/**
 * NWB stores frames × columns × rows, and many writers store frames × rows × columns all the same. What the user says counts; else
 * `dimension`, which states columns and rows, when it fits one way only; else the standard, with a note.
 */
function nwbAxes(
  shape: readonly number[],
  dimension: readonly [number, number] | undefined,
  wanted: string | undefined,
  name: string,
): FoundAxes {
  const kept = movieAxes(shape)!;
  const order = (letters: string) =>
    shape.map((_, axis) => kept.includes(axis) ? letters[kept.indexOf(axis)] as Axis : "1");
  if (wanted !== undefined) {
    return { axes: order(wanted), note: `${name} is read in the order ${wanted}, as --axes says` };
  }
  const [, first, second] = kept.map((axis) => shape[axis]);
  if (dimension && first !== second) {
    const [columns, rows] = dimension;
    if (columns === first && rows === second) return { axes: order("TXY") };
    if (columns === second && rows === first) {
      return {
        axes: order("TYX"),
        note:
          `${name} is stored rows first, unlike NWB's standard: its dimension says ${columns} columns and ${rows} rows`,
      };
    }
  }
  return {
    axes: order("TXY"),
    note: `${name} is read as ${first} columns and ${second} rows, the order NWB's standard asks for; ` +
      "say --axes TYX if its writer stored rows first (the picture is then turned over its diagonal)",
  };
}

function dimensionOf(reader: Hdf5Reader, { path }: NwbSeries): readonly [number, number] | undefined {
  const value = plainDataset(reader, `${path}/dimension`);
  return Array.isArray(value) && value.length >= 2 ? [Number(value[0]), Number(value[1])] : undefined;
}

function plainCount(reader: Hdf5Reader, path: string): number | undefined {
  return reader.typeOf(path) === "dataset" ? reader.describe(path).shape?.[0] : undefined;
}

/** The files a series names; undefined when its frames are in the file. */
function externalFiles(reader: Hdf5Reader, path: string, { path: series }: NwbSeries): ExternalFiles | undefined {
  const dataset = `${series}/external_file`;
  if (reader.typeOf(dataset) !== "dataset") return undefined;
  const { kind, shape = [1] } = reader.describe(dataset), count = shape.reduce((product, n) => product * n, 1);
  if (kind !== "text" || count === 0 || count > MOST_FILES) {
    throw new MovieError(
      `Series ${series} of "${path}" is said to be in other files, but names ${count} ${kind} entries`,
    );
  }
  const { starting_frame: starts } = allNumbers(reader, dataset),
    frames = plainDataset(reader, `${series}/num_samples`);
  const dimension = dimensionOf(reader, { path: series, type: "" });
  return {
    series,
    paths: reader.texts(dataset),
    ...(starts ? { startingFrames: starts } : {}),
    ...(typeof frames === "number" ? { frames } : {}),
    ...(dimension ? { dimension } : {}),
  };
}

function allNumbers(reader: Hdf5Reader, dataset: string): { starting_frame?: number[] } {
  const name = "starting_frame";
  if (!reader.hasAttribute(dataset, name)) return {};
  const value = reader.attribute(dataset, name), list = Array.isArray(value) ? value : [value];
  return list.every((one) => typeof one === "number") ? { starting_frame: list as number[] } : {};
}
