import type { Footprints } from "./footprints.ts";
import type { Shifts } from "./shifts.ts";

/** What is known of a simulated movie: the cells that are in it, and the background they lie on. */
export interface Truth {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames. */
  readonly frames: number;
  /** Frames per second, where known. */
  readonly frameRate?: number;
  /** True footprints; each cell's largest value is 1. */
  readonly footprints: Footprints;
  /** True calcium C of each cell at its brightest pixel, counts. K×T, cell-major. */
  readonly calcium: Float32Array;
  /** True activity S that drives the calcium, counts. K×T, cell-major. */
  readonly spikes: Float32Array;
  /** Order p of the autoregressive model that made the calcium. */
  readonly arOrder: 1 | 2;
  /** Autoregressive coefficients: c(t) = Σ g_i c(t − i) + s(t). K×p, cell-major. */
  readonly ar: Float64Array;
  /** Peak signal-to-noise ratio of each cell: its largest calcium over `noise` at its brightest pixel. K. */
  readonly snr: Float64Array;
  /** Constant background, row-major height×width, counts. */
  readonly b0: Float64Array;
  /** Standard deviation of the noise of each pixel, row-major height×width, counts. */
  readonly noise: Float64Array;
  /** Where the tissue lies in each frame, where it moves. Everything else is told for tissue at rest. */
  readonly motion?: Shifts;
}
