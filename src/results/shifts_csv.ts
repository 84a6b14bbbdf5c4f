import type { Motion } from "../core/motion.ts";
import { secondsOfFrame } from "../core/timestamps.ts";
import { type CsvCell, writeCsv } from "./csv_file.ts";
import { secondsText } from "./number_text.ts";

/** Columns of `shifts.csv`. */
const FRAME_COLUMNS = ["frame", "time_s", "x", "y", "correlation_before", "correlation_after", "outlier"];

/** Columns of `shifts_local.csv`. */
const NODE_COLUMNS = ["frame", "node_x", "node_y", "x", "y"];

/**
 * Writes a row per frame: its number (from 0), seconds since the first frame (by the movie's timestamps or frame rate; empty when it has
 * neither), displacement x and y in pixels, correlation with the template before and after the correction, and why it is an outlier (empty when it is none).
 * Displacements have the sign of `Shifts`: what lies at p in the template lies at p + (x, y) in the frame.
 */
export async function writeShiftsCsv(path: string, { shifts, quality, movie }: Motion): Promise<void> {
  const reasons = new Map<number, string>();
  for (const { frame, reason } of quality.outliers) {
    const other = reasons.get(frame);
    reasons.set(frame, other === undefined ? reason : `${other}; ${reason}`);
  }
  const timed = movie.timestamps !== undefined || movie.frameRate !== undefined;
  function* rows(): Generator<readonly CsvCell[]> {
    for (let t = 0; t < shifts.frames; t++) {
      yield [
        String(t),
        timed ? secondsText(secondsOfFrame(movie, movie.frameRate ?? NaN, t)) : undefined,
        shifts.rigid[2 * t],
        shifts.rigid[2 * t + 1],
        quality.correlationBefore[t],
        quality.correlationAfter[t],
        reasons.get(t),
      ];
    }
  }
  await writeCsv(path, FRAME_COLUMNS, rows());
}

/**
 * Writes the displacements of piecewise motion in long form, a row per frame and node: the frame's number, the node's place in the template,
 * and the whole displacement there, pixels. Nodes go row by row. Without local displacements only the names of the columns are written.
 */
export async function writeLocalShiftsCsv(path: string, { shifts: { frames, local } }: Motion): Promise<void> {
  function* rows(): Generator<readonly CsvCell[]> {
    if (local === undefined) return;
    let at = 0;
    for (let t = 0; t < frames; t++) {
      const frame = String(t);
      for (const y of local.y) {
        for (const x of local.x) {
          yield [frame, x, y, local.values[at], local.values[at + 1]];
          at += 2;
        }
      }
    }
  }
  await writeCsv(path, NODE_COLUMNS, rows());
}
