import * as fs from "node:fs";
import { MovieError } from "../../core/errors.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { FormatOptions } from "../format.ts";
import { inspectNwb } from "../nwb/inspect_nwb.ts";
import { storedTypeNotes } from "../stored_type.ts";
import { checkAxes, findAxes, movieAxes } from "./axes.ts";
import { namedDataset, onlyDataset } from "./candidates.ts";
import { findFacts, plainDataset } from "./facts.ts";
import type { Axis } from "./frame_array.ts";
import type { Hdf5Found } from "./messages.ts";
import { storedArray } from "./stored_array.ts";
import { storedTypeOf } from "./stored_numbers.ts";

/** Finds the movie in an HDF5 file. Throws `MovieError` when there is none that can be read. */
export function inspectHdf5(reader: Hdf5Reader, path: string, options: FormatOptions): Hdf5Found {
  if (reader.hasAttribute("/", "nwb_version")) return inspectNwb(reader, path, options);
  const isMatlab = isMatlabFile(path);
  if (options.dataset === undefined) refuseResults(reader, path);
  const dataset = options.dataset === undefined
    ? onlyDataset(reader, path, isMatlab)
    : namedDataset(reader, path, options.dataset);
  const description = reader.describe(dataset), shape = description.shape ?? [];
  checkAxes(path, dataset, shape);
  const flat = isMatlab && shape.length === 2 && dataset === "/Y" ? plainDataset(reader, "/Ysiz") : undefined;
  const size = Array.isArray(flat) && flat.length >= 2 ? [Number(flat[0]), Number(flat[1])] as const : undefined;
  const { axes, note } = size
    ? { axes: ["T", "P"] as Axis[], note: `${dataset} has its pixels along one axis: Ysiz says ${size.join("×")}` }
    : findAxes(reader, dataset, description, {
      ...(options.axes === undefined ? {} : { wanted: options.axes }),
      isMatlab: isMatlab || reader.hasAttribute(dataset, "MATLAB_class"),
    });
  const array = storedArray(reader, path, dataset, description, axes, size);
  const { notes, metadata, ...facts } = findFacts(reader, dataset, array.frames);
  const said = [...(note === undefined ? [] : [note]), ...storedTypeNotes(storedTypeOf(array.stored)), ...notes];
  return {
    array,
    facts: {
      format: isMatlab ? "MATLAB v7.3" : "HDF5",
      ...facts,
      metadata: { ...metadata, dataset, ...(isUsual(axes, shape) ? {} : { axes: axes.join("") }) },
      ...(said.length > 0 ? { notes: said } : {}),
    },
  };
}

function isUsual(axes: readonly Axis[], shape: readonly number[]): boolean {
  const kept = movieAxes(shape)!.map((axis) => axes[axis]).join("");
  return kept === "TYX" || kept === "YX";
}

/** Results are no movie: says what the file is. */
function refuseResults(reader: Hdf5Reader, path: string): void {
  const format = reader.hasAttribute("/", "format") ? reader.attribute("/", "format") : undefined;
  if (typeof format === "string" && format.startsWith("annulus")) {
    throw new MovieError(`"${path}" is no movie: it holds ${format}`);
  }
  if (reader.typeOf("/estimates") === "group" && reader.typeOf("/params") === "group") {
    throw new MovieError(`"${path}" is no movie: it holds results of CaImAn`);
  }
}

/** MATLAB begins its files with a text that says so. */
function isMatlabFile(path: string): boolean {
  const words = "MATLAB 7.3", start = new Uint8Array(words.length), descriptor = fs.openSync(path, "r");
  try {
    fs.readSync(descriptor, start, 0, start.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  return new TextDecoder().decode(start) === words;
}
