import { LowAccumulator, type LowGrid, type LowVector } from "./low_grid.ts";

/** W as a linear operator on sparse vectors of the downsampled grid. */
export class RingOperator {
  readonly #accumulator: LowAccumulator;

  /**
   * @param offsets (dy, dx) pairs, 2·m
   * @param weights offset-major m × (width·height), unpadded
   */
  constructor(readonly grid: LowGrid, readonly offsets: Int32Array, readonly weights: Float32Array) {
    this.#accumulator = new LowAccumulator(grid.width * grid.height);
  }

  /** W x. */
  apply(x: LowVector): LowVector {
    const { width, height } = this.grid, n = width * height, m = this.offsets.length / 2;
    x.pixels.forEach((q, i) => {
      const qx = q % width, qy = (q - qx) / width;
      for (let j = 0; j < m; j++) {
        const py = qy - this.offsets[2 * j], px = qx - this.offsets[2 * j + 1];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const p = py * width + px;
        this.#accumulator.add(p, this.weights[j * n + p] * x.values[i]);
      }
    });
    return this.#accumulator.take();
  }

  /** Wᵀ x. */
  applyTransposed(x: LowVector): LowVector {
    const { width, height } = this.grid, n = width * height, m = this.offsets.length / 2;
    x.pixels.forEach((p, i) => {
      const px = p % width, py = (p - px) / width;
      for (let j = 0; j < m; j++) {
        const qy = py + this.offsets[2 * j], qx = px + this.offsets[2 * j + 1];
        if (qx < 0 || qy < 0 || qx >= width || qy >= height) continue;
        this.#accumulator.add(qy * width + qx, this.weights[j * n + p] * x.values[i]);
      }
    });
    return this.#accumulator.take();
  }

  /** (W x)(p) for one pixel p of the grid. @param x value of x at a pixel */
  at(p: number, x: (pixel: number) => number): number {
    const { width, height } = this.grid, n = width * height, m = this.offsets.length / 2;
    const px = p % width, py = (p - px) / width;
    let sum = 0;
    for (let j = 0; j < m; j++) {
      const qy = py + this.offsets[2 * j], qx = px + this.offsets[2 * j + 1];
      if (qx < 0 || qy < 0 || qx >= width || qy >= height) continue;
      sum += this.weights[j * n + p] * x(qy * width + qx);
    }
    return sum;
  }
}
