import { pitchOf, unpad } from "../kernels/stack.ts";

/** Which neighbours of a pixel count: those that share a side with it, or those that share a corner, too. */
export type Neighbours = 4 | 8;

/** What the device summed over a block of frames. Images are padded. */
export interface BlockSums {
  /** Frames that were summed. */
  readonly frames: number;
  /** What z is counted from, as deviations from the stream's centre. */
  readonly centre: Float32Array;
  /** Sums of z, z² and z·z′ with the neighbours E, SW, S and SE, as `correlationSums` makes them. */
  readonly sums: Float32Array;
  /** Smallest and largest deviation from the stream's centre. */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** A neighbour of every pixel: its place, and its plane in the block's sums. */
interface Pairing {
  readonly dx: number;
  readonly dy: number;
  readonly plane: number;
  readonly products: Float64Array;
}

/**
 * Mean, extremes, variance and the covariances with the neighbours of every pixel over a run of frames, put together from blocks of frames
 * in float64 by the pairwise formula (Chan, Golub & LeVeque 1983): neither the length of the movie nor a drift costs precision.
 * Values are deviations from the stream's centre image.
 */
export class FieldStatistics {
  /** Frames so far. */
  frames = 0;
  /** Mean of each pixel, padded. */
  readonly mean: Float64Array;
  /** Sum of squared differences from the mean, padded. */
  readonly squares: Float64Array;
  /** Smallest value, padded. */
  readonly low: Float32Array;
  /** Largest value, padded. */
  readonly high: Float32Array;
  readonly #pairings: readonly Pairing[];
  readonly #pitch: number;

  constructor(private readonly width: number, private readonly height: number, neighbours: Neighbours) {
    this.#pitch = pitchOf(width);
    const size = this.#pitch * height;
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
    this.low = new Float32Array(size).fill(Infinity);
    this.high = new Float32Array(size).fill(-Infinity);
    const pairing = (dx: number, dy: number, plane: number) => ({ dx, dy, plane, products: new Float64Array(size) });
    this.#pairings = neighbours === 4
      ? [pairing(1, 0, 2), pairing(0, 1, 4)]
      : [pairing(1, 0, 2), pairing(-1, 1, 3), pairing(0, 1, 4), pairing(1, 1, 5)];
  }

  /** Adds a block of frames. */
  add({ frames, centre, sums, low, high }: BlockSums): void {
    const size = this.mean.length, total = this.frames + frames, weight = this.frames * frames / total;
    const step = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      step[i] = centre[i] + sums[i] / frames - this.mean[i];
      // Rounding must not let a pixel vary that does not.
      const own = low[i] < high[i] ? Math.max(0, sums[size + i] - sums[i] * sums[i] / frames) : 0;
      this.squares[i] += own + step[i] * step[i] * weight;
      if (low[i] < this.low[i]) this.low[i] = low[i];
      if (high[i] > this.high[i]) this.high[i] = high[i];
    }
    for (const { plane, products, ...pairing } of this.#pairings) {
      const first = plane * size;
      this.#eachPair(pairing, (i, j) => {
        products[i] += sums[first + i] - sums[i] * sums[j] / frames + step[i] * step[j] * weight;
      });
    }
    for (let i = 0; i < size; i++) this.mean[i] += step[i] * frames / total;
    this.frames = total;
  }

  /** Standard deviation over the frames (divided by their number), padded. */
  standardDeviation(): Float64Array {
    return this.squares.map((squares) => Math.sqrt(squares / this.frames));
  }

  /**
   * Mean Pearson correlation of each pixel with its neighbours that exist, row-major height×width, −1..1. A pair in which one pixel never
   * varies counts as 0, and so does a pixel without neighbours. Source: CaImAn's `local_correlations_fft`.
   */
  correlation(): Float32Array {
    const size = this.mean.length, totals = new Float64Array(size), counts = new Uint8Array(size);
    const scale = this.squares.map((squares, i) => {
      return this.low[i] < this.high[i] && squares > 0 ? 1 / Math.sqrt(squares) : 0;
    });
    for (const { products, ...pairing } of this.#pairings) {
      this.#eachPair(pairing, (i, j) => {
        const correlation = products[i] * scale[i] * scale[j];
        totals[i] += correlation;
        totals[j] += correlation;
        counts[i]++;
        counts[j]++;
      });
    }
    return unpad(Float32Array.from(totals, (sum, i) => counts[i] > 0 ? sum / counts[i] : 0), this.width, this.height);
  }

  /** Calls `visit` with every pixel that has the neighbour, and the neighbour. */
  #eachPair({ dx, dy }: Pick<Pairing, "dx" | "dy">, visit: (i: number, j: number) => void): void {
    for (let y = 0; y + dy < this.height; y++) {
      const last = Math.min(this.width, this.width - dx);
      for (let x = Math.max(0, -dx); x < last; x++) {
        const i = y * this.#pitch + x;
        visit(i, i + dy * this.#pitch + dx);
      }
    }
  }
}
