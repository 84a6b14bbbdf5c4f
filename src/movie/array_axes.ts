import { MovieError } from "../core/errors.ts";

/** A last axis more than this many times as long as each of the others is suspicious. */
const SUSPICIOUS = 4;
/** Largest frame, in bytes: what one array and one request can hold everywhere. */
const LARGEST_FRAME = 2 ** 31 - 1;
/** Most frames: what can be counted everywhere. */
const MOST_FRAMES = 2 ** 31 - 1;

/** Which axis of an array is which. */
export interface ArrayAxes {
  /** Numbers of the axes in the array's own shape; `t` is undefined for a single picture. */
  readonly t: number | undefined;
  readonly y: number;
  readonly x: number;
  /** Sizes along them. */
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Which axis of an array of pictures is which. Axes of length 1 beyond three are left out; two axes are one picture.
 * @param shape Elements along each axis.
 * @param axes "TYX", "YXT", "TXY" or "XYT", as the user said; default TYX.
 * @param where How errors begin: `Array "mov" of movie "a.zarr"`.
 * @param sampleBytes Bytes of a sample, to refuse impossible frames.
 * @throws {MovieError} When the array cannot be a movie.
 */
export function arrayAxes(
  shape: readonly number[],
  axes: string | undefined,
  where: string,
  sampleBytes: number,
): ArrayAxes {
  let used = shape.map((_, axis) => axis);
  if (shape.length > 3) used = used.filter((axis) => shape[axis] !== 1);
  // A movie of one frame has an axis of length 1 itself.
  for (let axis = 0; used.length < 3 && shape.length > 3 && axis < shape.length; axis++) {
    if (shape[axis] === 1) used = [...used, axis].sort((a, b) => a - b);
  }
  const isPicture = used.length === 2 && axes === undefined;
  if (used.length !== 3 && !isPicture) {
    throw new MovieError(
      `${where} has ${shape.length} ${shape.length === 1 ? "axis" : "axes"} (${
        shape.join("×")
      }): a movie has three, frames, rows and columns`,
    );
  }
  const [t, y, x] = isPicture
    ? [undefined, ...used]
    : [..."TYX"].map((letter) => used[(axes ?? "TYX").indexOf(letter)]);
  const frames = t === undefined ? 1 : shape[t], height = shape[y!], width = shape[x!];
  if (!(frames >= 1 && height >= 1 && width >= 1)) {
    throw new MovieError(`${where} is empty: it is ${shape.join("×")}`);
  }
  if (height * width * sampleBytes > LARGEST_FRAME || frames > MOST_FRAMES) {
    throw new MovieError(
      `${where} is said to be ${frames} frames of ${width}×${height} pixels: a frame may have at most 2 GiB, a movie ` +
        `${MOST_FRAMES} frames`,
    );
  }
  return { t, y: y!, x: x!, frames, height, width };
}

/** A note for people when the frames of an array, whose axes nobody named, are more likely the last axis than the first. */
export function axesNotes({ frames, height, width }: ArrayAxes): string[] {
  const isLong = width > SUSPICIOUS * height && width > SUSPICIOUS * frames;
  // Frames as many as rows, and columns of another number, are more likely a square field with its frames last.
  const isSquare = frames === height && width !== height;
  if (!isLong && !isSquare) return [];
  return [
    `The array is read as ${frames} frames of ${width}×${height} pixels; if it is ${width} frames of ${height}×${frames} ` +
    "pixels, say so (--axes YXT or XYT)",
  ];
}
