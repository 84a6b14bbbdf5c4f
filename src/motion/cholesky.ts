/** A symmetric positive definite matrix, decomposed as L·Lᵀ, to be solved for many right-hand sides. */
export class Cholesky {
  readonly #lower: Float64Array;

  /** @param matrix size×size, row-major; only the lower triangle is read */
  constructor(matrix: Float64Array, readonly size: number) {
    const lower = this.#lower = matrix.slice();
    for (let i = 0; i < size; i++) {
      const rowI = i * size;
      for (let j = 0; j <= i; j++) {
        const rowJ = j * size;
        let rest = lower[rowI + j];
        for (let k = 0; k < j; k++) rest -= lower[rowI + k] * lower[rowJ + k];
        if (j < i) lower[rowI + j] = rest / lower[rowJ + j];
        else if (rest > 0) lower[rowI + i] = Math.sqrt(rest);
        else throw new RangeError("The matrix is not positive definite");
      }
    }
  }

  /** Replaces b by the solution x of matrix·x = b. */
  solve(b: Float64Array): void {
    const { size } = this, lower = this.#lower;
    for (let i = 0; i < size; i++) {
      let rest = b[i];
      for (let k = 0; k < i; k++) rest -= lower[i * size + k] * b[k];
      b[i] = rest / lower[i * size + i];
    }
    for (let i = size - 1; i >= 0; i--) {
      const value = b[i] / lower[i * size + i];
      b[i] = value;
      for (let k = 0; k < i; k++) b[k] -= lower[i * size + k] * value;
    }
  }
}
