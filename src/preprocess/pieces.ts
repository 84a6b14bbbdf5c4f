import { type MovieHeader, type SampleArray, sampleArray, type SampleType } from "../core/movie.ts";

/** Pieces are not made larger than this, bytes: more does not make them faster. */
const PIECE_BYTES = 2 ** 23;
/** Share of the memory a piece of frames may take as floats: several views hold one, and filters several of them on the device. */
const SHARE = 1 / 48;

/** Frames that are read at a time so that a piece, as floats, keeps its share of the memory; at least one. */
export function pieceFrames({ width, height }: Pick<MovieHeader, "width" | "height">, memoryBytes: number): number {
  return Math.max(1, Math.floor(Math.min(PIECE_BYTES, memoryBytes * SHARE) / (width * height * 4)));
}

/** Samples that are used again by the next piece. */
export class Scratch {
  #samples: SampleArray | undefined;

  constructor(private readonly type: SampleType) {}

  /** An array of exactly so many samples; what it holds is left from before. */
  take(length: number): SampleArray {
    if (this.#samples === undefined || this.#samples.length < length) this.#samples = sampleArray(this.type, length);
    return this.#samples.subarray(0, length) as SampleArray;
  }
}
