import type { MovieHeader } from "../core/movie.ts";
import { secondsOfFrame } from "../core/timestamps.ts";

/** Part of a frame's duration by which times may be off before they are told one by one. */
const TOLERANCE = 0.25;
/** Parts of a second that are told. */
const PARTS = 1e4;

/** Seconds of the frames since the first, where the frame rate does not tell them; undefined where it does. */
export function irregularSeconds(
  movie: Pick<MovieHeader, "frames" | "timestamps">,
  frameRate: number,
): readonly number[] | undefined {
  if (movie.timestamps === undefined) return undefined;
  const seconds = Array.from({ length: movie.frames }, (_, frame) => secondsOfFrame(movie, frameRate, frame));
  if (seconds.every((at, frame) => Math.abs(at * frameRate - frame) <= TOLERANCE)) return undefined;
  return seconds.map((at) => Math.round(at * PARTS) / PARTS);
}
