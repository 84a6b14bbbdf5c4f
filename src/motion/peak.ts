/** A peak of a cross-correlation. */
export interface Peak {
  /** Lag along x. */
  readonly x: number;
  /** Lag along y. */
  readonly y: number;
}

/** Lags each way around the largest one that the interpolation sees. */
const AROUND = 6;
/** Newton steps at most, and the step that ends them. */
const STEPS = 12, SMALL = 1e-5;

/** The quintic B-spline and its first two derivatives. */
function spline(x: number): [number, number, number] {
  const a = Math.abs(x), sign = x < 0 ? -1 : 1;
  if (a >= 3) return [0, 0, 0];
  if (a < 1) {
    return [
      (66 + a * a * (-60 + a * a * (30 - 10 * a))) / 120,
      sign * a * (-120 + a * a * (120 - 50 * a)) / 120,
      (-120 + a * a * (360 - 200 * a)) / 120,
    ];
  }
  if (a < 2) {
    return [
      (51 + a * (75 + a * (-210 + a * (150 + a * (-45 + 5 * a))))) / 120,
      sign * (75 + a * (-420 + a * (450 + a * (-180 + 25 * a)))) / 120,
      (-420 + a * (900 + a * (-540 + 100 * a))) / 120,
    ];
  }
  const b = 3 - a;
  return [b ** 5 / 120, -sign * 5 * b ** 4 / 120, 20 * b ** 3 / 120];
}

/** Index n mirrored into 0, …, size − 1. */
function mirrored(n: number, size: number): number {
  const period = Math.max(1, 2 * (size - 1)), at = ((n % period) + period) % period;
  return at < size ? at : period - at;
}

const inverses = new Map<number, Float64Array>();

/** The matrix that makes spline coefficients of samples, size×size; ends are mirrored. */
function coefficientMatrix(size: number): Float64Array {
  let known = inverses.get(size);
  if (known) return known;
  // Gauss–Jordan on [M | I]; M is banded and diagonally dominant enough to need no pivoting.
  const rows = Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(2 * size);
    for (let k = -2; k <= 2; k++) row[mirrored(i + k, size)] += spline(k)[0];
    row[size + i] = 1;
    return row;
  });
  for (let i = 0; i < size; i++) {
    const pivot = rows[i][i];
    for (let c = 0; c < 2 * size; c++) rows[i][c] /= pivot;
    for (let r = 0; r < size; r++) {
      const factor = rows[r][i];
      if (r === i || factor === 0) continue;
      for (let c = 0; c < 2 * size; c++) rows[r][c] -= factor * rows[i][c];
    }
  }
  known = new Float64Array(size * size);
  rows.forEach((row, i) => known!.set(row.subarray(size), i * size));
  inverses.set(size, known);
  return known;
}

/**
 * The peak of a cross-correlation between its samples: the largest sample within the limit, and from there Newton's
 * method on the quintic spline through the samples around it (Unser 1999, IEEE Signal Process. Mag. 16:22). Where that
 * finds no maximum the sample itself is the answer.
 * @param window (2·reach + 1)² correlations, rows of lags along y
 * @param limit largest lag along an axis; at most reach
 */
export function findPeak(window: Float32Array, reach: number, limit: number): Peak {
  const side = 2 * reach + 1, whole = Math.floor(limit);
  // A flat correlation says nothing: the displacement is then none.
  let best = window[reach * side + reach], top = 0, left = 0;
  for (let y = -whole; y <= whole; y++) {
    for (let x = -whole; x <= whole; x++) {
      const value = window[(y + reach) * side + x + reach];
      if (value > best) [best, top, left] = [value, y, x];
    }
  }
  const x0 = Math.max(-reach, left - AROUND), x1 = Math.min(reach, left + AROUND), width = x1 - x0 + 1;
  const y0 = Math.max(-reach, top - AROUND), y1 = Math.min(reach, top + AROUND), height = y1 - y0 + 1;
  const coefficients = splineCoefficients(window, best, side, x0 + reach, y0 + reach, width, height);
  let x = left, y = top;
  for (let step = 0; step < STEPS; step++) {
    const [gx, gy, xx, xy, yy] = derivatives(coefficients, width, height, x - x0, y - y0);
    const determinant = xx * yy - xy * xy;
    if (!(xx < 0 && determinant > 0)) break;
    const dx = -(gx * yy - gy * xy) / determinant, dy = -(gy * xx - gx * xy) / determinant;
    const shrink = Math.min(1, 0.5 / Math.max(Math.abs(dx), Math.abs(dy), 1e-30));
    x += dx * shrink;
    y += dy * shrink;
    if (Math.abs(x - left) > 1.5 || Math.abs(y - top) > 1.5) return bounded(left, top, limit);
    if (Math.max(Math.abs(dx), Math.abs(dy)) < SMALL) break;
  }
  return bounded(x, y, limit);
}

function bounded(x: number, y: number, limit: number): Peak {
  return { x: Math.min(Math.max(x, -limit), limit), y: Math.min(Math.max(y, -limit), limit) };
}

/** Coefficients of the samples less a level, which keeps what rounding makes of a flat window from having slopes. */
function splineCoefficients(
  window: Float32Array,
  level: number,
  side: number,
  x0: number,
  y0: number,
  width: number,
  height: number,
): Float64Array {
  const across = coefficientMatrix(width), down = coefficientMatrix(height);
  const rows = new Float64Array(width * height), both = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let x = 0; x < width; x++) sum += across[i * width + x] * (window[(y0 + y) * side + x0 + x] - level);
      rows[y * width + i] = sum;
    }
  }
  for (let j = 0; j < height; j++) {
    for (let y = 0; y < height; y++) {
      const weight = down[j * height + y];
      for (let i = 0; i < width; i++) both[j * width + i] += weight * rows[y * width + i];
    }
  }
  return both;
}

/** Slopes and curvatures of the spline at a place: gx, gy, xx, xy, yy. */
function derivatives(
  coefficients: Float64Array,
  width: number,
  height: number,
  x: number,
  y: number,
): [number, number, number, number, number] {
  const wholeX = Math.floor(x), wholeY = Math.floor(y);
  let gx = 0, gy = 0, xx = 0, xy = 0, yy = 0;
  const across = [-2, -1, 0, 1, 2, 3].map((k) => spline(x - wholeX - k));
  for (let j = -2; j <= 3; j++) {
    const [dv, d1, d2] = spline(y - wholeY - j), row = mirrored(wholeY + j, height) * width;
    for (let i = -2; i <= 3; i++) {
      const c = coefficients[row + mirrored(wholeX + i, width)], [av, a1, a2] = across[i + 2];
      gx += c * a1 * dv;
      gy += c * av * d1;
      xx += c * a2 * dv;
      xy += c * a1 * d1;
      yy += c * av * d2;
    }
  }
  return [gx, gy, xx, xy, yy];
}
