import type { Extraction } from "../../core/extraction.ts";
import type { Motion } from "../../core/motion.ts";
import type { NwbWriter } from "../../nwb/nwb_writer.ts";
import { type Timing, timingOf } from "../../nwb/timing.ts";

/**
 * Writes what each frame was moved by. NWB's own place for it (MotionCorrection) wants the corrected movie as well, which nobody keeps, so they
 * are plain series, with the name that place has for them.
 * @param timing of the frames that were analysed, which are the registered ones unless frames were averaged or left out in between
 */
export function writeMotion(
  nwb: NwbWriter,
  module: string,
  { shifts, movie }: Motion,
  extraction: Extraction,
  timing: Timing,
): void {
  const { frames, rigid, local } = shifts;
  const isSame = frames === extraction.movie.frames;
  const own = isSame
    ? timing
    : timingOf(movie.timestamps, movie.timestamps ? undefined : movie.frameRate ?? extraction.frameRate)!;
  const path = `${module}/xy_translation`;
  const sign = "x to the right, y down; what lies at a place p of the frame lies at p plus this after the correction";
  nwb.series(path, "TimeSeries", {
    description: `What each frame was moved by as a whole: [frame][x, y]; ${sign}`,
    timing: own,
  });
  nwb.file.numbers(`${path}/data`, [frames, 2], negated(rigid));
  nwb.describeData(path, "pixels");
  if (local === undefined) return;
  const rows = local.y.length, columns = local.x.length, at = `${module}/local_translation`;
  nwb.series(at, "TimeSeries", {
    description: `What each frame was moved by at the nodes of a grid: [frame][row][column][x, y]; ${sign}`,
    comments: `Nodes, pixels: x ${[...local.x].join(", ")}; y ${[...local.y].join(", ")}`,
    timing: "timestamps" in own ? { like: path } : own,
  });
  nwb.file.numbers(`${at}/data`, [frames, rows, columns, 2], negated(local.values));
  nwb.describeData(at, "pixels");
}

/** Displacements say where the tissue is; frames are moved the other way. */
function negated(displacements: Float32Array): Float32Array {
  return displacements.map((value) => 0 - value);
}
