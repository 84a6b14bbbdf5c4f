import { MovieError } from "../../core/errors.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { Hdf5Description } from "../../hdf5/hdf5_values.ts";
import type { Axis } from "./frame_array.ts";

/** The axes of a dataset, and why they are taken to be these. */
export interface FoundAxes {
  /** One per axis of the dataset. */
  readonly axes: readonly Axis[];
  /** What people have to know when they are not frames × rows × columns, or may not be; else undefined. */
  readonly note?: string;
}

/** Words for axes in labels of datasets, in lower case. */
const WORDS: Readonly<Record<string, Axis>> = {
  t: "T",
  time: "T",
  frame: "T",
  frames: "T",
  y: "Y",
  row: "Y",
  rows: "Y",
  height: "Y",
  x: "X",
  column: "X",
  columns: "X",
  col: "X",
  cols: "X",
  width: "X",
};
/** Where an axis of length 1 is left out when there are four: channels come last or second, planes first. */
const SINGLE_FIRST = [3, 1, 0, 2];
/** Axes in words. */
const IN_WORDS: Readonly<Record<Axis, string>> = { T: "frames", Y: "rows", X: "columns", P: "pixels", "1": "1" };

/** The dataset's axes that are not single: three, or two of a single frame; undefined when it cannot be a movie. */
export function movieAxes(shape: readonly number[]): number[] | undefined {
  const all = shape.map((_, axis) => axis);
  if (shape.length === 2 || shape.length === 3) return all;
  const single = shape.length === 4 ? SINGLE_FIRST.find((axis) => shape[axis] === 1) : undefined;
  return single === undefined ? undefined : all.filter((axis) => axis !== single);
}

/**
 * What the axes of a dataset run over: what the user says; else what the labels of its axes or its attribute `axes` say; else columns before
 * rows in MATLAB's files, which keep the transpose; else frames last when every chunk is a whole frame in the first two axes and one deep in
 * the last; else frames × rows × columns. The lengths of axes prove nothing.
 */
export function findAxes(
  reader: Hdf5Reader,
  path: string,
  { shape = [], chunks }: Hdf5Description,
  { wanted, isMatlab }: { wanted?: string; isMatlab: boolean },
): FoundAxes {
  const kept = movieAxes(shape)!;
  const order = (letters: string): Axis[] =>
    shape.map((_, axis) => kept.includes(axis) ? letters[kept.indexOf(axis)] as Axis : "1");
  const found = (letters: string, why: string): FoundAxes => {
    const axes = order(letters);
    const words = axes.filter((axis) => axis !== "1").map((axis) => IN_WORDS[axis]).join(" × ");
    return { axes, ...(letters === "TYX" || letters === "YX" ? {} : { note: `${path} is read as ${words}: ${why}` }) };
  };
  if (kept.length === 2) {
    if (wanted !== undefined) return found(wanted.replace("T", ""), `--axes says ${wanted}`);
    return isMatlab ? { axes: order("XY") } : found("YX", "");
  }
  if (wanted !== undefined) return found(wanted, `--axes says ${wanted}`);
  const labels = labelled(reader, path, shape.length);
  if (labels) {
    const letters = kept.map((axis) => labels[axis]).join("");
    if ([...letters].sort().join("") === "TXY") return found(letters, "its labels say so");
  }
  // Nothing to doubt, and so nothing to say: rows × columns × frames in MATLAB are frames × columns × rows in its file.
  if (isMatlab) return { axes: order("TXY") };
  const chunk = kept.map((axis) => chunks?.[axis]), size = kept.map((axis) => shape[axis]);
  if (size[2] > 1 && chunk[0] === size[0] && chunk[1] === size[1] && chunk[2] === 1) {
    return found("YXT", "its chunks are single frames when the last axis is time (--axes TYX if that is wrong)");
  }
  const isSuspicious = size[0] === size[1] && size[2] !== size[1];
  return {
    axes: order("TYX"),
    ...(isSuspicious
      ? {
        note: `${path} is read as ${size[0]} frames of ${size[1]} rows and ${size[2]} columns; ` +
          `if it holds ${size[2]} frames of ${size[0]}×${size[1]} pixels, say --axes YXT`,
      }
      : {}),
  };
}

/** What the labels of a dataset's axes say, or its attribute `axes`, one per axis; undefined when they do not name all three. */
function labelled(reader: Hdf5Reader, path: string, rank: number): (Axis | undefined)[] | undefined {
  const words = reader.hasAttribute(path, "DIMENSION_LABELS") ? reader.axisLabels(path) : letters(reader, path);
  if (words.length !== rank) return undefined;
  return words.map((word) => WORDS[(word ?? "").toLowerCase()]);
}

function letters(reader: Hdf5Reader, path: string): string[] {
  const value = reader.hasAttribute(path, "axes") ? reader.attribute(path, "axes") : undefined;
  if (typeof value === "string") return [...value];
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value as string[] : [];
}

/** Refuses axes that make no movie of a dataset. */
export function checkAxes(path: string, name: string, shape: readonly number[]): void {
  if (movieAxes(shape)) return;
  const has = shape.length < 2 ? `${shape.length === 1 ? "1 axis" : "no axes"}` : `${shape.length} axes`;
  throw new MovieError(
    `Dataset ${name} of "${path}" has ${has}${
      shape.length > 0 ? ` (${shape.join("×")})` : ""
    }, but a movie has three: ` +
      "frames, rows and columns" + (shape.length > 3 ? "; save one channel or plane of it as a movie of its own" : ""),
  );
}
