import type { LowGrid } from "./low_grid.ts";

/** W as an operator on the downsampled grid. */
export class RingOperator {
  /**
   * @param offsets (dy, dx) pairs, 2·m
   * @param weights offset-major m × (width·height), unpadded
   */
  constructor(readonly grid: LowGrid, readonly offsets: Int32Array, readonly weights: Float32Array) {}

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
