import type { Deconvolved, DeconvolveOptions } from "./deconvolve.ts";

/** What a worker is asked: deconvolve consecutive cells. */
export interface DeconvolutionRequest {
  /** Number of the request. */
  readonly id: number;
  /** Traces of the cells, cell-major, `frames` numbers each. */
  readonly traces: Float32Array;
  /** Frames of a trace. */
  readonly frames: number;
  /** Settings for every cell. */
  readonly options: DeconvolveOptions;
}

/** What a worker answers: one result per cell, or why there is none. */
export type DeconvolutionReply =
  | { readonly id: number; readonly cells: readonly Deconvolved[] }
  | { readonly id: number; readonly failure: string };
