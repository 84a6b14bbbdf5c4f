import type { Motion } from "../core/motion.ts";

/** What a report is made of besides the results. */
export interface ReportOptions {
  /** The registration of the movie, for its curves. Default: only what the results tell of it is shown. */
  readonly motion?: Motion;
}
