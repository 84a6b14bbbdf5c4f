import { median } from "../core/sorted.ts";
import { ParameterError } from "../core/errors.ts";
import { meanDisplacement } from "../core/mean_displacement.ts";
import { displacementAt, type Shifts } from "../core/shifts.ts";

/** How far estimated displacements are from true ones, pixels. */
export interface ShiftErrors {
  /** Root of the mean over frames (and places) and both axes of the squared error. */
  readonly rmse: number;
  /** 99th percentile (nearest rank) of the length of the error. */
  readonly percentile99: number;
  /** Largest length of the error. */
  readonly largest: number;
  /** What was taken from the estimates first, (x, y): the template they are measured from lies anywhere. */
  readonly offset: readonly [number, number];
}

/** How good the shifts of a movie are. */
export interface ShiftScore {
  /** Frames. */
  readonly frames: number;
  /** Of the displacement of each frame as a whole; where the truth is local, against its mean over the field. */
  readonly rigid: ShiftErrors;
  /** Frames in which the displacement as a whole is wrong by more than one pixel, ascending. */
  readonly wrongFrames: readonly number[];
  /** At the centres of the estimate's patches, where it is local; at its nodes where it names no patches. */
  readonly local?: {
    /** Patches. */
    readonly places: number;
    /** Of the local displacements. */
    readonly errors: ShiftErrors;
    /** What the errors there would be with the displacement of the frame as a whole everywhere. */
    readonly rigidOnly: ShiftErrors;
  };
}

/** A frame whose displacement is wrong by more than this, pixels, is counted as wrong. */
const WRONG = 1;

/**
 * Compares displacements with true ones. The place of the template is arbitrary, so that a constant is taken away first: for each axis
 * the median over frames (and nodes) of the difference, one number for the whole field.
 * Throws `ParameterError` when the field or the frames differ, or a displacement is no number.
 */
export function scoreShifts(found: Shifts, truth: Shifts): ShiftScore {
  const { width, height, frames, local } = found;
  if (width !== truth.width || height !== truth.height) {
    throw new ParameterError(
      `The shifts are of a movie of ${width}×${height} pixels, the truth of ${truth.width}×${truth.height}`,
    );
  }
  if (frames !== truth.frames) {
    throw new ParameterError(`The shifts are of a movie of ${frames} frames, the truth of ${truth.frames}`);
  }
  checkFinite(found.rigid, frames);
  const mean = meanDisplacement(truth);
  const rigid = pairs(
    frames,
    (t) => [found.rigid[2 * t] - mean[2 * t], found.rigid[2 * t + 1] - mean[2 * t + 1]],
  );
  const { errors, lengths } = measure(rigid);
  const wrongFrames: number[] = [];
  lengths.forEach((length, t) => {
    if (length > WRONG) wrongFrames.push(t);
  });
  if (!local) return { frames, rigid: errors, wrongFrames };

  checkFinite(local.values, frames);
  const places = local.patches ?? local, columns = places.x.length, count = columns * places.y.length;
  const at = (shifts: Shifts) =>
    pairs(frames * count, (i) => {
      const place = i % count;
      return displacementAt(
        shifts,
        Math.floor(i / count),
        places.x[place % columns],
        places.y[Math.floor(place / columns)],
      );
    });
  const trueAt = at(truth);
  const atPlaces = at(found).map((value, i) => value - trueAt[i]);
  const rigidOnly = trueAt.map((value, i) => found.rigid[2 * Math.floor(i / (2 * count)) + i % 2] - value);
  return {
    frames,
    rigid: errors,
    wrongFrames,
    local: { places: count, errors: measure(atPlaces).errors, rigidOnly: measure(rigidOnly).errors },
  };
}

function checkFinite(values: Float32Array, frames: number): void {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong === -1) return;
  throw new ParameterError(
    `The shifts of frame ${Math.floor(wrong / (values.length / frames))} hold ${
      values[wrong]
    }, which is no displacement`,
  );
}

/** Pairs (x, y), one after the other. */
function pairs(count: number, pair: (i: number) => readonly number[]): Float64Array {
  const values = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) values.set(pair(i), 2 * i);
  return values;
}

/** Errors of differences (x, y), and the length of each without the constant. */
function measure(values: Float64Array): { errors: ShiftErrors; lengths: Float64Array } {
  const count = values.length / 2;
  const offset = [0, 1].map((axis) => median(values.filter((_, i) => i % 2 === axis))) as [number, number];
  const lengths = new Float64Array(count);
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const x = values[2 * i] - offset[0], y = values[2 * i + 1] - offset[1];
    squares += x * x + y * y;
    lengths[i] = Math.hypot(x, y);
  }
  const sorted = lengths.toSorted();
  return {
    errors: {
      rmse: Math.sqrt(squares / (2 * count)),
      percentile99: sorted[Math.max(0, Math.ceil(0.99 * count) - 1)],
      largest: sorted[count - 1],
      offset,
    },
    lengths,
  };
}
