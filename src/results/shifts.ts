import { ResultsError } from "../core/errors.ts";
import type { Motion, MotionQuality, OutlierFrame } from "../core/motion.ts";
import type { MotionParameters } from "../core/motion_parameters.ts";
import type { Shifts } from "../core/shifts.ts";
import { exactJson } from "./exact_json.ts";
import { writeHdf5File } from "../hdf5/hdf5_file.ts";
import { Hdf5Reader } from "../hdf5/hdf5_reader.ts";
import {
  readMovieHeader,
  readRecord,
  readTexts,
  readTimings,
  writeMovieHeader,
  writeRecord,
  writeTimings,
} from "./hdf5_records.ts";
import type { Hdf5Writer } from "../hdf5/hdf5_writer.ts";

/** What the `format` attribute of every file with displacements says. */
export const SHIFTS_FORMAT = "annulus shifts";

/** Version of the layout of `saveShifts`. A reader refuses another one. */
export const SHIFTS_FORMAT_VERSION = 1;

/** The convention of `Shifts`, in words for those who read the file with other programs. */
const SIGN_CONVENTION =
  "What lies at a place p of the template lies at p + (x, y) in the frame; x points to the right (columns), " +
  "y down (rows). Correcting a frame takes every pixel p from p + (x, y), that is, it moves the frame by (-x, -y).";

const OUTLIER_REASONS: readonly OutlierFrame["reason"][] = ["shift at its limit", "low correlation"];

/**
 * Writes a motion correction into one HDF5 file. The file appears under its name only when it is complete; one that is there is
 * replaced. Equal input gives equal bytes. Rejects with a `ResultsError` when it cannot be written.
 *
 * Layout (format version 1; T frames, height×width pixels, images row-major, float32 where nothing else is said):
 *
 * | object | content |
 * |---|---|
 * | `/` | attributes `format`, `format_version`, `units` ("pixels"), `sign_convention` (a sentence), `frames`, `height`, `width` |
 * | `rigid` | T×2: (x, y) of each frame as a whole |
 * | `local/{x,y,values}` | only when piecewise: x of the nodes' columns, y of their rows, and T×rows×columns×2 whole displacements (x, y) |
 * | `local/{patches_x,patches_y}` | centres of the patches the displacements were measured in, where they were measured |
 * | `template` | height×width, counts; attribute `given` (1) when it was not made from the movie |
 * | `quality` | attributes `crispness_before`, `crispness_after`, `flow_bin` (frames per value of `residual_flow`) |
 * | `quality/{correlation_before,correlation_after}` | T |
 * | `quality/residual_flow` | one value per `flow_bin` frames, pixels |
 * | `quality/{mean_before,mean_after}` | height×width, counts |
 * | `quality/outliers/{frame,reason}` | int32 numbers of frames, from 0, and a JSON list of reasons |
 * | `quality/border` | attributes `left`, `top`, `right`, `bottom`: columns and rows to exclude |
 * | `parameters`, `software` | one attribute per entry, and `json` with all of them exactly |
 * | `movie` | attributes `name`, `width`, `height`, `frames`, `sample_type`, `frame_rate` (where the file has one); `files`: JSON list of path, bytes, modified, frames; `history`: JSON list of what was done to the samples, where something was |
 * | `notes` | JSON list of sentences |
 * | `timings/{seconds,stages}` | float64 seconds and a JSON list of the stages' names |
 */
export async function saveShifts(path: string, motion: Motion): Promise<void> {
  await writeHdf5File(path, (writer) => {
    writeShifts(writer, motion.shifts);
    writer.numbers("/template", [motion.shifts.height, motion.shifts.width], motion.template);
    writer.attribute("/template", "units", "counts");
    if (motion.givenTemplate) writer.attribute("/template", "given", true);
    writeQuality(writer, motion);
    writeRecord(writer, "/parameters", { ...motion.parameters });
    writeRecord(writer, "/software", motion.software);
    writeMovieHeader(writer, motion.movie);
    writer.text("/notes", exactJson(motion.notes));
    writeTimings(writer, motion.timings);
  });
}

function writeShifts(writer: Hdf5Writer, { width, height, frames, rigid, local }: Shifts): void {
  writer.attribute("/", "format", SHIFTS_FORMAT);
  writer.attribute("/", "format_version", SHIFTS_FORMAT_VERSION);
  writer.attribute("/", "units", "pixels");
  writer.attribute("/", "sign_convention", SIGN_CONVENTION);
  writer.attribute("/", "frames", frames);
  writer.attribute("/", "height", height);
  writer.attribute("/", "width", width);
  writer.numbers("/rigid", [frames, 2], rigid);
  writer.attribute("/rigid", "units", "pixels");
  writer.attribute("/rigid", "axes", "frame, (x, y)");
  if (local === undefined) return;
  const columns = local.x.length, rows = local.y.length;
  writer.group("/local");
  writer.attribute("/local", "units", "pixels");
  writer.attribute(
    "/local",
    "layout",
    "whole displacements at the nodes of a grid, not differences from the rigid ones",
  );
  writer.numbers("/local/x", [columns], local.x);
  writer.numbers("/local/y", [rows], local.y);
  writer.numbers("/local/values", [frames, rows, columns, 2], local.values);
  writer.attribute("/local/values", "axes", "frame, row of nodes, column of nodes, (x, y)");
  if (local.patches === undefined) return;
  writer.numbers("/local/patches_x", [local.patches.x.length], local.patches.x);
  writer.numbers("/local/patches_y", [local.patches.y.length], local.patches.y);
}

function writeQuality(writer: Hdf5Writer, { quality, shifts: { width, height, frames } }: Motion): void {
  writer.group("/quality");
  writer.attribute("/quality", "crispness_before", quality.crispnessBefore);
  writer.attribute("/quality", "crispness_after", quality.crispnessAfter);
  writer.attribute("/quality", "crispness_units", "counts per pixel: norm of the gradient of the mean image");
  writer.attribute("/quality", "flow_bin", quality.flowBin);
  writer.numbers("/quality/correlation_before", [frames], quality.correlationBefore);
  writer.numbers("/quality/correlation_after", [frames], quality.correlationAfter);
  writer.numbers("/quality/residual_flow", [quality.residualFlow.length], quality.residualFlow);
  writer.attribute("/quality/residual_flow", "units", "pixels");
  writer.numbers("/quality/mean_before", [height, width], quality.meanBefore);
  writer.numbers("/quality/mean_after", [height, width], quality.meanAfter);
  writer.group("/quality/outliers");
  const { outliers } = quality;
  writer.numbers("/quality/outliers/frame", [outliers.length], Int32Array.from(outliers, ({ frame }) => frame));
  writer.text("/quality/outliers/reason", exactJson(outliers.map(({ reason }) => reason)));
  writer.group("/quality/border");
  for (const side of ["left", "top", "right", "bottom"] as const) {
    writer.attribute("/quality/border", side, quality.border[side]);
  }
}

/**
 * Reads a motion correction that `saveShifts` wrote, bit for bit.
 * Rejects with a `ResultsError` when the file is missing, holds no displacements of annulus, is of another format version, or is damaged.
 */
export async function loadMotion(path: string): Promise<Motion> {
  return await read(path, (reader) => {
    const shifts = readShifts(reader, path), { width, height } = shifts;
    const movie = readMovieHeader(reader, path);
    if (movie.width !== width || movie.height !== height || movie.frames !== shifts.frames) {
      throw new ResultsError(`Cannot load ${path}: its movie and its displacements are of different sizes`);
    }
    return {
      movie,
      shifts,
      template: reader.numbers("/template", "float32", [height, width]).data,
      ...(reader.hasAttribute("/template", "given") ? { givenTemplate: true } : {}),
      quality: readQuality(reader, path, shifts),
      parameters: readRecord(reader, path, "/parameters") as unknown as MotionParameters,
      software: readRecord(reader, path, "/software") as Motion["software"],
      timings: readTimings(reader, path),
      notes: readTexts(reader, path, "/notes"),
    };
  });
}

/** Reads only the displacements of a file that `saveShifts` wrote. Rejects as `loadMotion` does. */
export async function loadShifts(path: string): Promise<Shifts> {
  return await read(path, (reader) => readShifts(reader, path));
}

async function read<T>(path: string, content: (reader: Hdf5Reader) => T): Promise<T> {
  const reader = await Hdf5Reader.open(path);
  try {
    if (!reader.hasAttribute("/", "format") || reader.textAttribute("/", "format") !== SHIFTS_FORMAT) {
      throw new ResultsError(`Cannot load ${path}: it is an HDF5 file, but not one with annulus shifts`);
    }
    const version = reader.numberAttribute("/", "format_version");
    if (version !== SHIFTS_FORMAT_VERSION) {
      const known = `this annulus reads version ${SHIFTS_FORMAT_VERSION}`;
      throw new ResultsError(`Cannot load ${path}: its format version is ${version}; ${known}`);
    }
    return content(reader);
  } finally {
    reader.close();
  }
}

function readShifts(reader: Hdf5Reader, path: string): Shifts {
  const [width, height, frames] = (["width", "height", "frames"] as const).map((name) => {
    const size = reader.numberAttribute("/", name);
    if (Number.isInteger(size) && size >= 1) return size;
    throw new ResultsError(`Cannot load ${path}: its ${name} is ${size}; a whole number of at least 1 is right`);
  });
  const rigid = reader.numbers("/rigid", "float32", [frames, 2]).data;
  if (!reader.has("/local")) return { width, height, frames, rigid };
  const x = reader.numbers("/local/x", "float32", [-1]).data, y = reader.numbers("/local/y", "float32", [-1]).data;
  const ascending = (nodes: Float32Array) => nodes.length > 0 && nodes.every((n, i) => i === 0 || n > nodes[i - 1]);
  if (!ascending(x) || !ascending(y)) {
    throw new ResultsError(`Cannot load ${path}: the nodes of its local displacements do not ascend`);
  }
  const values = reader.numbers("/local/values", "float32", [frames, y.length, x.length, 2]).data;
  if (!reader.has("/local/patches_x")) return { width, height, frames, rigid, local: { x, y, values } };
  const patches = {
    x: reader.numbers("/local/patches_x", "float32", [-1]).data,
    y: reader.numbers("/local/patches_y", "float32", [-1]).data,
  };
  return { width, height, frames, rigid, local: { x, y, values, patches } };
}

function readQuality(reader: Hdf5Reader, path: string, { width, height, frames }: Shifts): MotionQuality {
  const attribute = (name: string) => reader.numberAttribute("/quality", name);
  const border = (side: string) => reader.numberAttribute("/quality/border", side);
  const trace = (name: string, length: number) => reader.numbers(`/quality/${name}`, "float32", [length]).data;
  const image = (name: string) => reader.numbers(`/quality/${name}`, "float32", [height, width]).data;
  return {
    correlationBefore: trace("correlation_before", frames),
    correlationAfter: trace("correlation_after", frames),
    crispnessBefore: attribute("crispness_before"),
    crispnessAfter: attribute("crispness_after"),
    residualFlow: trace("residual_flow", -1),
    flowBin: attribute("flow_bin"),
    outliers: readOutliers(reader, path, frames),
    border: { left: border("left"), top: border("top"), right: border("right"), bottom: border("bottom") },
    meanBefore: image("mean_before"),
    meanAfter: image("mean_after"),
  };
}

function readOutliers(reader: Hdf5Reader, path: string, frames: number): OutlierFrame[] {
  const reasons = readTexts<OutlierFrame["reason"]>(reader, path, "/quality/outliers/reason");
  const { data } = reader.numbers("/quality/outliers/frame", "int32", [reasons.length]);
  return reasons.map((reason, i) => {
    if (OUTLIER_REASONS.includes(reason) && data[i] >= 0 && data[i] < frames) return { frame: data[i], reason };
    throw new ResultsError(`Cannot load ${path}: outlier ${i} is frame ${data[i]}, "${reason}", which cannot be`);
  });
}
