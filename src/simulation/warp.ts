import { type LocalShifts, type Shifts, splineAt } from "../core/shifts.ts";

/** Pole of the cubic B-spline's inverse filter, and after how many pixels it has died away in single precision. */
const POLE = Math.sqrt(3) - 2, REACH = 16;
/** Steps of the search for the place a pixel shows. Each divides the error by the steepness of the displacement (below 0.2). */
const STEPS = 5;

/** Moves tissue: takes the image of a scene at rest to what the field in its middle shows in a frame. */
export interface Warp {
  /**
   * Writes the field in one frame.
   * @param scene the tissue at rest, row-major with its margin on each side; it is overwritten
   * @param into width×height, row-major
   */
  apply(scene: Float32Array, frame: number, into: Float32Array): void;
}

/**
 * Moves a scene by displacements: into(y) = scene(p) with p + d(p) = y. The scene is interpolated with a cubic B-spline through its
 * pixels (Unser 1999, IEEE Signal Process. Mag. 16:22), which blurs far less than other kernels of four pixels. The margin has to be
 * two pixels more than the largest displacement.
 */
export function warpBy(shifts: Shifts, margin: number): Warp {
  const { width, height, local } = shifts;
  const sceneWidth = width + 2 * margin, sceneHeight = height + 2 * margin;
  if (!local) {
    const between = new Float32Array((height + 3) * width);
    return {
      apply(scene, frame, into) {
        splineCoefficients(scene, sceneWidth, sceneHeight);
        const x = margin - shifts.rigid[2 * frame], y = margin - shifts.rigid[2 * frame + 1];
        shiftAll(scene, sceneWidth, x, y, width, height, between, into);
      },
    };
  }
  const field = displacementField(local, width, height, margin);
  return {
    apply(scene, frame, into) {
      splineCoefficients(scene, sceneWidth, sceneHeight);
      const { dx, dy } = field(frame);
      for (let y = 0, pixel = 0; y < height; y++) {
        for (let x = 0; x < width; x++, pixel++) {
          into[pixel] = sampleMoved(scene, dx, dy, sceneWidth, sceneHeight, x + margin, y + margin);
        }
      }
    },
  };
}

/** Replaces an image by the coefficients of the cubic B-spline through it, mirrored at its borders (Unser 1999, box 2). */
export function splineCoefficients(image: Float32Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) inverseFilter(image, y * width, width, 1, 1, 0);
  inverseFilter(image, 0, height, width, width, 1);
}

/** Filters `lines` parallel lines of `length` pixels, `step` apart within a line and `next` from line to line. */
function inverseFilter(
  image: Float32Array,
  start: number,
  length: number,
  step: number,
  lines: number,
  next: number,
): void {
  if (length === 1) return;
  const period = 2 * length - 2, last = start + (length - 1) * step;
  for (let line = 0, i = start; line < lines; line++, i += next) {
    let sum = 0;
    for (let k = REACH; k >= 0; k--) {
      const mirrored = k % period, pixel = mirrored < length ? mirrored : period - mirrored;
      sum = POLE * sum + image[i + pixel * step];
    }
    image[i] = sum;
  }
  for (let k = 1; k < length; k++) {
    for (let line = 0, i = start + k * step; line < lines; line++, i += next) image[i] += POLE * image[i - step];
  }
  const end = POLE / (POLE * POLE - 1);
  for (let line = 0, i = last; line < lines; line++, i += next) image[i] = end * (image[i] + POLE * image[i - step]);
  for (let k = length - 2; k >= 0; k--) {
    for (let line = 0, i = start + k * step; line < lines; line++, i += next) {
      image[i] = POLE * (image[i + step] - image[i]);
    }
  }
  for (let k = 0; k < length; k++) {
    for (let line = 0, i = start + k * step; line < lines; line++, i += next) image[i] *= 6;
  }
}

/** Writes the width×height part of an image whose first pixel lies at (x0, y0), between pixels: the same weights everywhere. */
function shiftAll(
  coefficients: Float32Array,
  pitch: number,
  x0: number,
  y0: number,
  width: number,
  height: number,
  between: Float32Array,
  into: Float32Array,
): void {
  const left = Math.floor(x0), top = Math.floor(y0);
  const [a, b, c, d] = weights(x0 - left), [e, f, g, h] = weights(y0 - top);
  for (let y = 0; y < height + 3; y++) {
    for (let x = 0, i = (top - 1 + y) * pitch + left - 1, o = y * width; x < width; x++, i++, o++) {
      between[o] = a * coefficients[i] + b * coefficients[i + 1] + c * coefficients[i + 2] + d * coefficients[i + 3];
    }
  }
  for (let o = 0; o < width * height; o++) {
    into[o] = e * between[o] + f * between[o + width] + g * between[o + 2 * width] + h * between[o + 3 * width];
  }
}

/** Cubic B-splines at the four pixels around a place that lies `u` behind the second of them. */
function weights(u: number): [number, number, number, number] {
  const v = 1 - u;
  return [v * v * v / 6, 2 / 3 - u * u * (2 - u) / 2, 2 / 3 - v * v * (2 - v) / 2, u * u * u / 6];
}

/** The value of the tissue that lies at a pixel of the scene in a frame. */
function sampleMoved(
  coefficients: Float32Array,
  dx: Float32Array,
  dy: Float32Array,
  width: number,
  height: number,
  x: number,
  y: number,
): number {
  let px = x, py = y;
  for (let step = 0; step < STEPS; step++) {
    const left = Math.min(Math.max(Math.floor(px), 0), width - 2);
    const top = Math.min(Math.max(Math.floor(py), 0), height - 2);
    const u = Math.min(Math.max(px - left, 0), 1), v = Math.min(Math.max(py - top, 0), 1);
    const i = top * width + left;
    const a = (1 - u) * (1 - v), b = u * (1 - v), c = (1 - u) * v, d = u * v;
    px = x - (a * dx[i] + b * dx[i + 1] + c * dx[i + width] + d * dx[i + width + 1]);
    py = y - (a * dy[i] + b * dy[i + 1] + c * dy[i + width] + d * dy[i + width + 1]);
  }
  const left = Math.min(Math.max(Math.floor(px), 1), width - 3);
  const top = Math.min(Math.max(Math.floor(py), 1), height - 3);
  const u = px - left, v = py - top, u1 = 1 - u, v1 = 1 - v;
  const a = u1 * u1 * u1 / 6, b = 2 / 3 - u * u * (2 - u) / 2, c = 2 / 3 - u1 * u1 * (2 - u1) / 2, d = u * u * u / 6;
  const e = v1 * v1 * v1 / 6, f = 2 / 3 - v * v * (2 - v) / 2, g = 2 / 3 - v1 * v1 * (2 - v1) / 2, h = v * v * v / 6;
  let i = (top - 1) * width + left - 1;
  const p = a * coefficients[i] + b * coefficients[i + 1] + c * coefficients[i + 2] + d * coefficients[i + 3];
  i += width;
  const q = a * coefficients[i] + b * coefficients[i + 1] + c * coefficients[i + 2] + d * coefficients[i + 3];
  i += width;
  const r = a * coefficients[i] + b * coefficients[i + 1] + c * coefficients[i + 2] + d * coefficients[i + 3];
  i += width;
  const s = a * coefficients[i] + b * coefficients[i + 1] + c * coefficients[i + 2] + d * coefficients[i + 3];
  return e * p + f * q + g * r + h * s;
}

/** Displacement of every pixel of the scene, frame by frame: the same as `displacementAt`, with the splines' weights at hand. */
function displacementField(
  local: LocalShifts,
  width: number,
  height: number,
  margin: number,
): (frame: number) => { dx: Float32Array; dy: Float32Array } {
  const sceneWidth = width + 2 * margin, sceneHeight = height + 2 * margin;
  const across = Array.from({ length: sceneWidth }, (_, i) => splineAt(local.x, i - margin));
  const down = Array.from({ length: sceneHeight }, (_, i) => splineAt(local.y, i - margin));
  const nodes = Int32Array.from(across.flatMap(({ nodes }) => [...nodes]));
  const shares = Float64Array.from(across.flatMap(({ weights }) => [...weights]));
  const columns = local.x.length, rows = local.y.length;
  const dx = new Float32Array(sceneWidth * sceneHeight), dy = new Float32Array(sceneWidth * sceneHeight);
  const lineX = new Float64Array(columns), lineY = new Float64Array(columns);
  return (frame) => {
    for (let y = 0, pixel = 0; y < sceneHeight; y++) {
      lineX.fill(0);
      lineY.fill(0);
      for (let j = 0; j < 4; j++) {
        const weight = down[y].weights[j], first = 2 * (frame * rows + down[y].nodes[j]) * columns;
        for (let column = 0; column < columns; column++) {
          lineX[column] += weight * local.values[first + 2 * column];
          lineY[column] += weight * local.values[first + 2 * column + 1];
        }
      }
      for (let x = 0; x < sceneWidth; x++, pixel++) {
        let sumX = 0, sumY = 0;
        for (let k = 4 * x; k < 4 * x + 4; k++) {
          sumX += shares[k] * lineX[nodes[k]];
          sumY += shares[k] * lineY[nodes[k]];
        }
        dx[pixel] = sumX;
        dy[pixel] = sumY;
      }
    }
    return { dx, dy };
  };
}
