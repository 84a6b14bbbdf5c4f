import type { Extraction } from "../core/extraction.ts";
import { movieFacts } from "../core/movie.ts";
import { timestampHealth } from "../core/timestamps.ts";
import { exactJson } from "./exact_json.ts";

/**
 * The content of `run.json`: what happened when, for people and scripts. It is the one file that is expected to differ between two identical
 * runs; everything that depends on the clock is here.
 *
 * @param now Time of writing.
 */
export function runJson(extraction: Extraction, now: Date): string {
  const { quality } = extraction, accepted = quality?.accepted?.reduce((sum, value) => sum + value, 0);
  const { movie, footprints, units, frameRate, software, preparation, parameters, plan, timings, notes } = extraction;
  // One number per frame is for results.h5; here stands how regular they are.
  const { timestamps } = movie;
  const report = {
    written: now.toISOString(),
    seconds: timings.reduce((sum, { seconds }) => sum + seconds, 0),
    timings,
    cells: footprints.count,
    ...(accepted === undefined ? {} : { accepted, rule: quality?.rule }),
    units,
    frame_rate: frameRate,
    movie: { ...movieFacts(movie), ...(timestamps ? { timestamps: timestampHealth(timestamps) } : {}) },
    software,
    ...(preparation ? { preparation } : {}),
    parameters,
    plan,
    notes,
  };
  return JSON.stringify(JSON.parse(exactJson(report)), undefined, 2) + "\n";
}
