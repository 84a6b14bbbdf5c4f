/** Two components of the rows of a matrix: row i ≈ a_i · c + b_i · d with a, b ≥ 0. */
export interface TwoParts {
  /** Weight of the first component in each row. */
  readonly first: Float64Array;
  /** Weight of the second one. */
  readonly second: Float64Array;
  /** The components' series. */
  readonly series: readonly [Float32Array, Float32Array];
}

/** Alternations of the factorisation; it settles within a few dozen. */
const STEPS = 60;
/** Steps of the power iteration for the two leading directions. */
const POWER_STEPS = 50;

/**
 * Factors rows (pixels) into two non-negative footprints with series of any sign: semi-non-negative matrix factorisation (Ding, Li and Jordan
 * 2010, IEEE TPAMI 32:45), by alternating least squares on the rows' Gram alone. Rows start in one of two clusters, by the angle of their
 * series in the plane of the two leading directions: pixels of two cells lie around two directions, whatever their brightness.
 * The rows' own noise, from their differences between successive values, is taken off the Gram's diagonal.
 * @returns undefined when the rows have no second direction above the noise
 */
export function twoParts(rows: readonly Float32Array[]): TwoParts | undefined {
  const n = rows.length;
  if (n < 2) return undefined;
  const gram = gramOf(rows), start = clusters(gram, n);
  if (!start) return undefined;
  let [a, b] = start;
  for (let step = 0; step < STEPS; step++) {
    const inverse = inverseGram(a, b);
    if (!inverse) return undefined;
    // With C = (AᵀA)⁻¹AᵀY: the products Y Cᵀ = G A (AᵀA)⁻¹ and C Cᵀ = (AᵀA)⁻¹ Aᵀ G A (AᵀA)⁻¹.
    const ga = times(gram, a), gb = times(gram, b), [p, q, r] = inverse;
    const ya = ga.map((value, i) => p * value + q * gb[i]), yb = ga.map((value, i) => q * value + r * gb[i]);
    const aya = dot(a, ya), ayb = dot(a, yb), byb = dot(b, yb), bya = dot(b, ya);
    const cc = p * aya + q * bya, cd = p * ayb + q * byb, dd = q * ayb + r * byb;
    const next = [new Float64Array(n), new Float64Array(n)];
    for (let i = 0; i < n; i++) [next[0][i], next[1][i]] = nonNegative(cc, cd, dd, ya[i], yb[i]);
    [a, b] = next;
  }
  const inverse = inverseGram(a, b);
  if (!inverse) return undefined;
  const [p, q, r] = inverse, T = rows[0].length, series = [new Float32Array(T), new Float32Array(T)] as const;
  rows.forEach((row, i) => {
    const u = p * a[i] + q * b[i], v = q * a[i] + r * b[i];
    for (let t = 0; t < T; t++) {
      series[0][t] += u * row[t];
      series[1][t] += v * row[t];
    }
  });
  return { first: a, second: b, series };
}

/** Inner products of the rows around their means, each row's noise taken off its own. n×n. */
function gramOf(rows: readonly Float32Array[]): Float64Array {
  const n = rows.length, T = rows[0].length, gram = new Float64Array(n * n);
  const centred = rows.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / T;
    return row.map((value) => value - mean);
  });
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) gram[i * n + j] = gram[j * n + i] = dot(centred[i], centred[j]);
    let differences = 0;
    for (let t = 1; t < T; t++) differences += (centred[i][t] - centred[i][t - 1]) ** 2;
    gram[i * n + i] = Math.max(0, gram[i * n + i] - differences / 2);
  }
  return gram;
}

/** Rows in two groups by their angle in the plane of the Gram's two leading directions, weighted by their length there. */
function clusters(gram: Float64Array, n: number): [Float64Array, Float64Array] | undefined {
  const one = leading(gram, n, []), two = leading(gram, n, [one.direction]);
  if (!(one.value > 0) || !(two.value > 0)) return undefined;
  const sign = one.direction.reduce((sum, value) => sum + value, 0) < 0 ? -1 : 1;
  const points = Array.from({ length: n }, (_, i) => {
    const u = sign * one.direction[i] * Math.sqrt(one.value), v = two.direction[i] * Math.sqrt(two.value);
    return { i, angle: Math.atan2(v, Math.max(u, 0)), weight: u > 0 ? u * u + v * v : 0, length: Math.hypot(u, v) };
  }).sort((x, y) => x.angle - y.angle || x.i - y.i);
  // The cut between two groups that leaves the least variance of angles within them.
  let weight = 0, sum = 0;
  for (const point of points) {
    weight += point.weight;
    sum += point.weight * point.angle;
  }
  let cut = -1, best = 0, left = 0, leftSum = 0;
  points.slice(0, -1).forEach((point, rank) => {
    left += point.weight;
    leftSum += point.weight * point.angle;
    const right = weight - left;
    if (!(left > 0) || !(right > 0)) return;
    const between = left * right * (leftSum / left - (sum - leftSum) / right) ** 2;
    if (between > best) [best, cut] = [between, rank];
  });
  if (cut < 0) return undefined;
  const a = new Float64Array(n), b = new Float64Array(n);
  points.forEach((point, rank) => (rank <= cut ? a : b)[point.i] = point.length);
  return [a, b];
}

/** The leading direction of a symmetric matrix at right angles to others. */
function leading(gram: Float64Array, n: number, others: readonly Float64Array[]) {
  // Starts from the matrix's longest column: never at right angles to everything, and the same in each run.
  let column = 0;
  for (let i = 1; i < n; i++) if (gram[i * n + i] > gram[column * n + column]) column = i;
  let direction: Float64Array = gram.slice(column * n, (column + 1) * n), value = 0;
  if (others.length > 0) direction = direction.map((x, i) => x * (i % 2 === 0 ? 1 : -1) + (i === column ? 1 : 0));
  for (let step = 0; step < POWER_STEPS; step++) {
    for (const other of others) {
      const along = dot(direction, other);
      direction = direction.map((x, i) => x - along * other[i]);
    }
    const norm = Math.sqrt(dot(direction, direction));
    if (!(norm > 0)) return { direction, value: 0 };
    direction = direction.map((x) => x / norm);
    const image = times(gram, direction);
    value = dot(direction, image);
    if (step < POWER_STEPS - 1) direction = image;
  }
  return { direction, value };
}

/** (AᵀA)⁻¹ of two columns as its three numbers; undefined when one is none or both are the same. */
function inverseGram(a: Float64Array, b: Float64Array): [number, number, number] | undefined {
  const aa = dot(a, a), ab = dot(a, b), bb = dot(b, b), determinant = aa * bb - ab * ab;
  return determinant > 1e-9 * aa * bb ? [bb / determinant, -ab / determinant, aa / determinant] : undefined;
}

/** The non-negative x, y with the least (cc x² + 2 cd x y + dd y²) / 2 − yc x − yd y. */
function nonNegative(cc: number, cd: number, dd: number, yc: number, yd: number): [number, number] {
  const determinant = cc * dd - cd * cd;
  if (determinant > 0) {
    const x = (dd * yc - cd * yd) / determinant, y = (cc * yd - cd * yc) / determinant;
    if (x >= 0 && y >= 0) return [x, y];
  }
  const x = cc > 0 ? Math.max(0, yc / cc) : 0, y = dd > 0 ? Math.max(0, yd / dd) : 0;
  return x * yc >= y * yd ? [x, 0] : [0, y];
}

function times(gram: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length, out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += gram[i * n + j] * vector[j];
    out[i] = sum;
  }
  return out;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
