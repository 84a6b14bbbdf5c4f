import { filterPixels, solveFilter } from "../cnmfe/cell_filter.ts";
import type { Cell } from "../cnmfe/cells.ts";
import { binnedCentred } from "../cnmfe/covariance.ts";
import type { LowGrid, LowVector } from "../cnmfe/low_grid.ts";
import type { BasicStatistics } from "../cnmfe/statistics.ts";
import type { DeviceBuffer } from "../gpu/compute.ts";
import { cellFrame, packRows } from "../kernels/cell_frame.ts";
import type { StackShape } from "../kernels/stack.ts";
import type { ChunkStream } from "../stream/chunks.ts";

/**
 * The local covariances of the residual D(Y − A C) that the filters of a few cells are made from, summed while the movie passes. The
 * extraction reads them out of its Gram of the whole field; for a few cells that table would hold thirty times as many pairs as are needed.
 * The pixels are those of `cellFilters`, for footprints that may grow by a block.
 */
export class LocalCovariances {
  /** Pixels of each cell's filter. */
  readonly #sets: readonly Int32Array[];
  /** Σ_t x_i x_j of each cell's pixels, lower triangle. */
  readonly #products: readonly Float64Array[];
  /** Every pixel of any set, and the place of each set's pixels among them. */
  readonly #pixels: Int32Array;
  readonly #places: readonly Int32Array[];
  /** Σ_t x_i of every pixel. */
  readonly #sums: Float64Array;
  /** D a and trace of the cells, to be taken off. */
  readonly #cells: readonly { readonly places: readonly (readonly [number, number])[]; readonly trace: Float32Array }[];
  readonly #rows: { readonly starts: DeviceBuffer; readonly blocks: DeviceBuffer; readonly weights: DeviceBuffer };
  readonly #stride: number;
  readonly #series: DeviceBuffer;

  /**
   * @param low D a of the cells whose filters are wanted
   * @param all every cell of the window
   * @param radius ring radius on the downsampled grid
   */
  constructor(
    private readonly stream: ChunkStream,
    private readonly statistics: BasicStatistics,
    low: readonly LowVector[],
    all: readonly Cell[],
    radius: number,
  ) {
    const { compute, chunkFrames } = stream, { grid, bin } = statistics, { width, height } = grid;
    this.#sets = low.map((vector) => filterPixels(widened(vector, grid), width, height, radius + 1).pixels);
    this.#products = this.#sets.map(({ length }) => new Float64Array(length * length));
    this.#pixels = Int32Array.from(new Set(this.#sets.flatMap((set) => [...set]))).sort();
    const place = new Map(Array.from(this.#pixels, (pixel, i) => [pixel, i]));
    this.#places = this.#sets.map((set) => set.map((pixel) => place.get(pixel)!));
    this.#sums = new Float64Array(this.#pixels.length);
    this.#cells = all.flatMap((cell) => {
      const { pixels, values } = grid.down(cell.footprint);
      const places = Array.from(pixels, (pixel, i) => [place.get(pixel) ?? -1, values[i]] as const);
      const inside = places.filter(([at]) => at >= 0);
      return inside.length > 0 ? [{ places: inside, trace: binnedCentred(cell.trace, bin) }] : [];
    });
    const packed = packRows(
      width,
      height,
      Array.from(this.#pixels, (pixel) => ({ pixels: Uint32Array.of(pixel), values: Float32Array.of(1) })),
    );
    this.#rows = {
      starts: compute.upload("filter pixels: starts", packed.starts),
      blocks: compute.upload("filter pixels: blocks", packed.blocks),
      weights: compute.upload("filter pixels: weights", packed.weights),
    };
    this.#stride = Math.ceil(chunkFrames / bin);
    this.#series = compute.allocate("series of filter pixels", Math.max(1, this.#pixels.length) * this.#stride * 4);
  }

  /** Takes a chunk of downsampled, averaged frames. */
  readonly visit = async (stack: DeviceBuffer, shape: StackShape, first: number): Promise<void> => {
    const { compute } = this.stream, count = this.#pixels.length, { frames } = shape, stride = this.#stride;
    compute.clear(this.#series);
    cellFrame(compute, stack, this.#rows, this.#series, shape, stride, 0, count);
    const all = new Float32Array((await compute.read(this.#series))[0]);
    const rows = Array.from({ length: count }, (_, i) => all.subarray(i * stride, i * stride + frames));
    for (const { places, trace } of this.#cells) {
      for (const [at, weight] of places) {
        const row = rows[at];
        for (let t = 0; t < frames; t++) row[t] -= weight * trace[first + t];
      }
    }
    rows.forEach((row, i) => {
      let sum = 0;
      for (let t = 0; t < frames; t++) sum += row[t];
      this.#sums[i] += sum;
    });
    this.#places.forEach((places, k) => addProducts(this.#products[k], places, rows));
  };

  /** The filter of a cell with its present footprint. @param low D a of it */
  filter(k: number, low: LowVector): LowVector {
    const places = this.#places[k], n = places.length, { binnedFrames } = this.statistics;
    const matrix = this.#products[k];
    const covariance = new Float32Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        covariance[i * n + j] = matrix[i * n + j] - this.#sums[places[i]] * this.#sums[places[j]] / binnedFrames;
      }
    }
    return solveFilter(covariance, n, this.#sets[k], low, this.statistics);
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [this.#series, ...Object.values(this.#rows)]) buffer.release();
  }
}

/** Adds Σ_t x_i x_j of a chunk, lower triangle: four rows at a time, so that each row is read a quarter as often. */
function addProducts(products: Float64Array, places: Int32Array, rows: readonly Float32Array[]): void {
  const n = places.length, frames = rows[0]?.length ?? 0;
  for (let i = 0; i < n; i++) {
    const x = rows[places[i]];
    let j = 0;
    for (; j + 3 <= i; j += 4) {
      const a = rows[places[j]], b = rows[places[j + 1]], c = rows[places[j + 2]], d = rows[places[j + 3]];
      let pa = 0, pb = 0, pc = 0, pd = 0;
      for (let t = 0; t < frames; t++) {
        const value = x[t];
        pa += value * a[t];
        pb += value * b[t];
        pc += value * c[t];
        pd += value * d[t];
      }
      products[i * n + j] += pa;
      products[i * n + j + 1] += pb;
      products[i * n + j + 2] += pc;
      products[i * n + j + 3] += pd;
    }
    for (; j <= i; j++) {
      const y = rows[places[j]];
      let sum = 0;
      for (let t = 0; t < frames; t++) sum += x[t] * y[t];
      products[i * n + j] += sum;
    }
  }
}

/** A footprint on the downsampled grid with the blocks around it, which weigh too little to move its centre. */
function widened({ pixels, values }: LowVector, { width, height }: LowGrid): LowVector {
  const known = new Map(Array.from(pixels, (pixel, i) => [pixel, values[i]]));
  for (const pixel of pixels) {
    const x = pixel % width, y = Math.floor(pixel / width);
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        if (!known.has(v * width + u)) known.set(v * width + u, 0);
      }
    }
  }
  return { pixels: Int32Array.from(known.keys()), values: Float64Array.from(known.values()) };
}
