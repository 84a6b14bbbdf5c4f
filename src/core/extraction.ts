import type { LoggedEdit } from "./edits.ts";
import type { Footprints } from "./footprints.ts";
import type { MovieHeader } from "./movie.ts";
import type { Preparation } from "./preparation.ts";
import type { CellQuality, FieldQuality } from "./quality.ts";

/** Summary images of a movie, each row-major height×width. */
export interface SummaryImages {
  /** Mean over time, counts. */
  readonly mean: Float32Array;
  /** Maximum over time, counts. */
  readonly max: Float32Array;
  /** Noise standard deviation of each pixel (power over the upper half of the band), counts. */
  readonly noise: Float32Array;
  /** Local correlation of the filtered movie, −1..1: what the initialiser sees. */
  readonly correlation: Float32Array;
  /** Peak-to-noise ratio of the filtered movie: what the initialiser sees. */
  readonly pnr: Float32Array;
}

/** A place where the initialiser would try to start a cell. */
export interface Seed {
  /** Column. */
  readonly x: number;
  /** Row. */
  readonly y: number;
  /** Local correlation there. */
  readonly correlation: number;
  /** Peak-to-noise ratio there. */
  readonly pnr: number;
}

/** The ring background: B = b0 + U W D (Y − A C − b0). */
export interface RingBackground {
  /** Block size s of the downsampled grid D. */
  readonly factor: number;
  /** Columns of the downsampled grid. */
  readonly width: number;
  /** Rows of the downsampled grid. */
  readonly height: number;
  /** Ring radius in pixels of the downsampled grid; with no offsets there is no ring, and B = b0. */
  readonly radius: number;
  /** Ring offsets as (dy, dx) pairs; length 2·m. */
  readonly offsets: Int32Array;
  /** Weights, offset-major: `weights[j * width * height + pixel]`; 0 where the ring leaves the field. */
  readonly weights: Float32Array;
}

/** Traces of K cells over T frames, cell-major. Units are stated by `Extraction.units`. */
export interface Traces {
  /** Raw traces: what the movie says of each cell after background and neighbours are removed. K×T. */
  readonly raw: Float32Array;
  /** Denoised calcium C. K×T. */
  readonly denoised: Float32Array;
  /** Deconvolved activity S ≥ 0. K×T. */
  readonly spikes: Float32Array;
  /** Baseline that was taken off each raw trace, in dF whatever the units of the traces. K. */
  readonly baseline: Float32Array;
  /** Noise s.d. of each raw trace (power over the upper half of the band), in dF whatever the units of the traces. K. */
  readonly noise: Float32Array;
  /** Autoregressive coefficients, cell-major K×p. */
  readonly ar: Float32Array;
}

/** What `extract` returns: everything `results.h5` holds. */
export interface Extraction {
  /** The movie it came from. */
  readonly movie: MovieHeader;
  /** Frames per second that was used. */
  readonly frameRate: number;
  /** Footprints A, unit L2 norm. */
  readonly footprints: Footprints;
  /** Traces; scaled to unit-norm footprints when units is "dF", divided by each trace's noise when "dF over noise". */
  readonly traces: Traces;
  /** Units of the traces. */
  readonly units: "dF" | "dF over noise";
  /** Order p of the autoregressive model. */
  readonly arOrder: 0 | 1 | 2;
  /** Constant background b0, row-major, counts. */
  readonly b0: Float32Array;
  /** Ring background W. */
  readonly ring: RingBackground;
  /** Summary images. */
  readonly summary: SummaryImages;
  /** Number of each cell, ascending, which it keeps when others are merged or deleted. K. Absent: 0, 1, … K − 1. */
  readonly numbers?: Uint32Array;
  /** How good each cell is; absent when nobody has measured it. */
  readonly quality?: CellQuality;
  /** How well the recording was explained; absent when nobody has measured it. */
  readonly fieldQuality?: FieldQuality;
  /** Changes that people made, in order; absent when there were none. */
  readonly edits?: readonly LoggedEdit[];
  /** What was done to the movie before; absent when that is not known. */
  readonly preparation?: Preparation;
  /** Every parameter of the extraction as used. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Version, backend, adapter. */
  readonly software: Readonly<Record<string, string>>;
  /** How the movie was cut into chunks, tiles and blocks, and what memory that was planned to need. */
  readonly plan: Readonly<Record<string, number>>;
  /** Seconds per stage, in order. */
  readonly timings: readonly { readonly stage: string; readonly seconds: number }[];
  /** What was dropped and merged, and why: sentences for people. */
  readonly notes: readonly string[];
}

/** Number of each cell, K: see `Extraction.numbers`. */
export function cellNumbers({ numbers, footprints }: Pick<Extraction, "numbers" | "footprints">): Uint32Array {
  return numbers ?? Uint32Array.from({ length: footprints.count }, (_, k) => k);
}
