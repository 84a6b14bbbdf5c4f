import type { Border, OutlierFrame } from "./motion.ts";

/** What was done to a movie before its cells were searched for. */
export interface Preparation {
  /** What was done, one sentence per step, in order. */
  readonly done: readonly string[];
  /** What came to light meanwhile (repairs counted, fits), one sentence each. */
  readonly found: readonly string[];
  /** Parameters of the preprocessing as used. */
  readonly preprocessing: Readonly<Record<string, unknown>>;
  /** The motion correction; absent when there was none. `shifts.h5` holds more of it. */
  readonly motion?: PreparationMotion;
}

/** A motion correction as the results tell of it. */
export interface PreparationMotion {
  /** Parameters as used. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Largest displacement of a frame, or of a part of it, pixels. */
  readonly largest: number;
  /** Mean correlation of the frames with the template before and after. */
  readonly correlation: { readonly before: number; readonly after: number };
  /** Crispness of the mean image before and after, counts per pixel. */
  readonly crispness: { readonly before: number; readonly after: number };
  /** Edges that no cell reaches into, pixels. */
  readonly border: Border;
  /** Frames that were not registered well. */
  readonly outliers: readonly OutlierFrame[];
  /** Things worth knowing. */
  readonly notes: readonly string[];
}
