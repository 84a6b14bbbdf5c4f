import type { Footprint } from "../core/footprints.ts";
import { bilinear } from "../kernels/upsample_subtract.ts";

/** A sparse vector on the downsampled grid; pixel indices are row-major and unpadded, in no particular order. */
export interface LowVector {
  readonly pixels: Int32Array;
  readonly values: Float64Array;
}

/** Builds sparse vectors by adding into a dense scratch. */
class LowAccumulator {
  readonly #dense: Float64Array;
  readonly #seen: Uint8Array;
  #touched: number[] = [];

  constructor(size: number) {
    this.#dense = new Float64Array(size);
    this.#seen = new Uint8Array(size);
  }
  /** Adds a value at a pixel. */
  add(pixel: number, value: number): void {
    if (!this.#seen[pixel]) {
      this.#seen[pixel] = 1;
      this.#touched.push(pixel);
    }
    this.#dense[pixel] += value;
  }
  /** The vector built so far; the accumulator is empty again. */
  take(): LowVector {
    const pixels = Int32Array.from(this.#touched), values = Float64Array.from(pixels, (p) => this.#dense[p]);
    for (const p of pixels) this.#dense[p] = this.#seen[p] = 0;
    this.#touched = [];
    return { pixels, values };
  }
}

/** The downsampled grid of the ring model: block means D and bilinear upsampling U between it and the field. */
export class LowGrid {
  readonly width: number;
  readonly height: number;
  readonly #accumulator: LowAccumulator;

  /** @param factor block size s */
  constructor(readonly fieldWidth: number, readonly fieldHeight: number, readonly factor: number) {
    this.width = Math.ceil(fieldWidth / factor);
    this.height = Math.ceil(fieldHeight / factor);
    this.#accumulator = new LowAccumulator(this.width * this.height);
  }

  /** D a. */
  down({ pixels, values }: Footprint): LowVector {
    const s = this.factor;
    for (let i = 0; i < pixels.length; i++) {
      const x = Math.floor(pixels[i] % this.fieldWidth / s),
        y = Math.floor(Math.floor(pixels[i] / this.fieldWidth) / s);
      const count = Math.min(s, this.fieldWidth - x * s) * Math.min(s, this.fieldHeight - y * s);
      this.#accumulator.add(y * this.width + x, values[i] / count);
    }
    return this.#accumulator.take();
  }

  /** The four downsampled pixels and weights whose sum is (U x) at a pixel of the field. */
  corners(pixel: number): { pixels: [number, number, number, number]; weights: [number, number, number, number] } {
    const x = bilinear(pixel % this.fieldWidth, this.factor, this.width);
    const y = bilinear(Math.floor(pixel / this.fieldWidth), this.factor, this.height);
    const w = this.width;
    return {
      pixels: [y.i0 * w + x.i0, y.i0 * w + x.i1, y.i1 * w + x.i0, y.i1 * w + x.i1],
      weights: [(1 - y.w1) * (1 - x.w1), (1 - y.w1) * x.w1, y.w1 * (1 - x.w1), y.w1 * x.w1],
    };
  }
}
