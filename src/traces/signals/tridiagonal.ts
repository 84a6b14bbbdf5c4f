/** A symmetric tridiagonal matrix. */
export interface Tridiagonal {
  /** The diagonal, n. */
  readonly diagonal: Float64Array;
  /** What is beside it, n − 1; none of it 0. */
  readonly beside: Float64Array;
}

/** Bisections until an interval of doubles is as narrow as it gets. */
const BISECTIONS = 128;
/** Rounds of inverse iteration: each one gains what separates an eigenvalue from the others. */
const ROUNDS = 4;

/**
 * The `count` largest eigenvalues, descending, by bisection on the number of eigenvalues above a value (Sturm's sequence; Golub and Van Loan,
 * Matrix Computations, section 8.4.1).
 */
export function largestEigenvalues(matrix: Tridiagonal, count: number): Float64Array {
  const { diagonal, beside } = matrix, n = diagonal.length;
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < n; i++) {
    const reach = Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0);
    least = Math.min(least, diagonal[i] - reach);
    most = Math.max(most, diagonal[i] + reach);
  }
  return Float64Array.from({ length: count }, (_, k) => {
    let low = least, high = most;
    for (let round = 0; round < BISECTIONS; round++) {
      const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      if (eigenvaluesAbove(matrix, middle) > k) low = middle;
      else high = middle;
    }
    return low;
  });
}

/** Eigenvalues above a value: positive terms of Sturm's sequence. */
function eigenvaluesAbove({ diagonal, beside }: Tridiagonal, value: number): number {
  let above = 0, pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const left = i === 0 ? 0 : beside[i - 1] * beside[i - 1] / pivot;
    pivot = diagonal[i] - value - left;
    // A pivot of 0 counts as a very small one.
    if (pivot === 0) pivot = -Number.EPSILON * (Math.abs(value) + 1);
    if (pivot > 0) above++;
  }
  return above;
}

/** The eigenvector of an eigenvalue, unit L2 norm and of either sign, by inverse iteration. The eigenvalue has to be a single one. */
export function eigenvector({ diagonal, beside }: Tridiagonal, eigenvalue: number): Float64Array {
  const n = diagonal.length;
  // A start that is neither even nor odd, so that it holds something of every vector.
  let vector = Float64Array.from({ length: n }, (_, i) => 1 + 0.5 * Math.cos(1.7 * i) + i / n);
  for (let round = 0; round < ROUNDS; round++) {
    vector = solved(diagonal, beside, eigenvalue, vector);
    let norm = 0;
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let i = 0; i < n; i++) norm += (vector[i] /= largest) ** 2;
    norm = Math.sqrt(norm);
    for (let i = 0; i < n; i++) vector[i] /= norm;
  }
  return vector;
}

/** (T − λ)⁻¹ v by elimination with exchange of rows; the matrix is as good as singular, which is what makes the iteration fast. */
function solved(
  diagonal: Float64Array,
  beside: Float64Array,
  eigenvalue: number,
  vector: Float64Array,
): Float64Array<ArrayBuffer> {
  const n = diagonal.length, x = Float64Array.from(vector);
  // Rows of the upper triangle: the diagonal and two values to its right.
  const first = new Float64Array(n), second = new Float64Array(n), third = new Float64Array(n);
  let a = diagonal[0] - eigenvalue, b = n > 1 ? beside[0] : 0;
  const tiny = Number.EPSILON * (Math.abs(eigenvalue) + 1);
  for (let i = 0; i < n - 1; i++) {
    const below = beside[i], next = diagonal[i + 1] - eigenvalue, after = i + 2 < n ? beside[i + 1] : 0;
    if (Math.abs(below) > Math.abs(a)) {
      const factor = a / below, own = x[i];
      first[i] = below, second[i] = next, third[i] = after;
      x[i] = x[i + 1];
      x[i + 1] = own - factor * x[i];
      a = b - factor * next, b = -factor * after;
    } else {
      const pivot = a === 0 ? tiny : a, factor = below / pivot;
      first[i] = pivot, second[i] = b;
      x[i + 1] -= factor * x[i];
      a = next - factor * b, b = after;
    }
  }
  first[n - 1] = a === 0 ? tiny : a;
  for (let i = n - 1; i >= 0; i--) {
    x[i] = (x[i] - second[i] * (x[i + 1] ?? 0) - third[i] * (x[i + 2] ?? 0)) / first[i];
  }
  return x;
}
