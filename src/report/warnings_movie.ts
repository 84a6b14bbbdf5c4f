import type { Extraction } from "../core/extraction.ts";
import type { Motion } from "../core/motion.ts";
import { timestampHealth } from "../core/timestamps.ts";
import { counted, lasting, percent, shown } from "./numbers.ts";
import type { ReportWarning } from "./warning.ts";

/** Share of the pixels at the ceiling of the sensor that is too much. */
const SATURATED = 0.0005;
/** Frames, and seconds, below which a recording is short. */
const SHORT_FRAMES = 300, SHORT_SECONDS = 30;
/** Share of frames that were not registered well, from which it matters. */
const MANY_OUTLIERS = 0.02;
/** Residual flow, pixels, above which motion is left. */
const MUCH_FLOW = 0.5;
/** Drop of the mean correlation with the template that is no rounding. */
const WORSE = 0.001;
/** Diameter of a cell where no parameter tells it, pixels. */
const USUAL_DIAMETER = 13;

/** What is conspicuous about the recording and its registration. */
export function movieWarnings(extraction: Extraction, motion: Motion | undefined): ReportWarning[] {
  return [...recordingWarnings(extraction), ...motionWarnings(extraction, motion)];
}

function recordingWarnings(extraction: Extraction): ReportWarning[] {
  const { movie, frameRate } = extraction, warnings: ReportWarning[] = [];
  if (movie.frameRate === undefined && movie.timestamps === undefined) {
    warnings.push({
      level: "act",
      topic: "frame rate assumed",
      text: `The movie does not tell its frame rate: ${shown(frameRate)} frames per second were assumed.`,
      advice:
        "Every time, rate and decay on this page depends on it. Run again with --frame_rate if it is another one.",
    });
  }
  const seconds = movie.frames / frameRate;
  if (movie.frames < SHORT_FRAMES || seconds < SHORT_SECONDS) {
    warnings.push({
      level: "know",
      topic: "short",
      text: `The recording is short: ${counted(movie.frames, "frame")}, ${lasting(seconds)}.`,
      advice:
        "Cells that were silent in it cannot be found, and noise and decay times are uncertain. A few minutes are better.",
    });
  }
  const ceiling = saturationOf(extraction);
  if (ceiling !== undefined) {
    warnings.push({
      level: "act",
      topic: "saturated",
      text: `${counted(ceiling.pixels, "pixel")} (${percent(ceiling.share)} of the field) reach ${
        shown(ceiling.value, 6)
      }, the largest value of the movie: the sensor is saturated there.`,
      advice:
        "Transients are clipped in these places, and their background is wrong. Use less light or gain next time.",
    });
  }
  if (movie.timestamps) {
    const { missing, gaps, backward } = timestampHealth(movie.timestamps);
    if (backward > 0) {
      warnings.push({
        level: "act",
        topic: "timestamps go back",
        text: `Timestamps go back ${backward === 1 ? "once" : `${backward} times`}: frames may be out of order.`,
        advice: "Check the order of the files, and that no file is in the list twice.",
      });
    }
    if (gaps.length > 0) {
      warnings.push({
        level: missing > 0.01 * movie.frames ? "act" : "know",
        topic: "dropped frames",
        text: `Timestamps have ${counted(gaps.length, "gap")}: about ${counted(missing, "frame")} ${
          missing === 1 ? "is" : "are"
        } missing.`,
        advice:
          "Use the times in traces.csv, which follow the timestamps, and not the numbers of the frames, to align with behaviour.",
      });
    }
  }
  return warnings;
}

/** Pixels whose maximum is the largest value of the whole movie, when these are more than chance allows. */
function saturationOf(
  { movie, summary: { max }, preparation }: Extraction,
): { value: number; pixels: number; share: number } | undefined {
  const isAltered = (movie.history?.length ?? 0) > 0 || (preparation?.done.length ?? 0) > 0;
  if (movie.sampleType === "float32" || isAltered) return undefined;
  const value = max.reduce((a, b) => Math.max(a, b), -Infinity), pixels = max.filter((one) => one === value).length;
  const share = pixels / max.length;
  return value > 0 && pixels >= 5 && share > SATURATED ? { value, pixels, share } : undefined;
}

function motionWarnings({ preparation, movie, parameters }: Extraction, motion: Motion | undefined): ReportWarning[] {
  const known = preparation?.motion;
  if (!known) return [];
  const warnings: ReportWarning[] = [], { correlation, largest, outliers } = known;
  if (correlation.after < correlation.before - WORSE) {
    warnings.push({
      level: "act",
      topic: "registration worse",
      text: `The motion correction made frames less alike: their correlation with the template fell from ${
        correlation.before.toFixed(3)
      } to ${correlation.after.toFixed(3)}.`,
      advice:
        "Look at registration.png. If the movie lies still, run again with --motion off; else try a larger gSig_filt.",
    });
  }
  const diameter = typeof parameters.gSiz === "number" ? parameters.gSiz : USUAL_DIAMETER;
  if (largest > diameter) {
    warnings.push({
      level: "know",
      topic: "large motion",
      text: `The tissue moved by up to ${shown(largest)} pixels, more than a cell's diameter (${shown(diameter)}).`,
      advice:
        "Look at the shifts below: single jumps are often shocks to the camera, and their frames can be left out (--drop_frames).",
    });
  }
  const atLimit = outliers.filter(({ reason }) => reason === "shift at its limit").length;
  if (atLimit > 0) {
    warnings.push({
      level: "act",
      topic: "shift at limit",
      text: `${counted(atLimit, "frame")} moved as far as the search goes${
        typeof known.parameters.max_shifts === "number" ? ` (${shown(known.parameters.max_shifts)} pixels)` : ""
      }: ${atLimit === 1 ? "it" : "they"} may have moved farther.`,
      advice: "Run again with larger max_shifts.",
    });
  }
  if (outliers.length > MANY_OUTLIERS * movie.frames) {
    warnings.push({
      level: "act",
      topic: "outlier frames",
      text: `${counted(outliers.length, "frame")} of ${movie.frames} (${
        percent(outliers.length / movie.frames)
      }) were not registered well.`,
      advice:
        "They look unlike the others. Leave them out (--drop_frames), or try pw_rigid when parts of the field move on their own.",
    });
  }
  const flow = motion?.quality.residualFlow ?? new Float32Array(0), most = flow.reduce((a, b) => Math.max(a, b), 0);
  if (most > MUCH_FLOW) {
    warnings.push({
      level: "know",
      topic: "motion left",
      text: `Up to ${shown(most, 2)} pixels of motion are left within parts of the field.`,
      advice: "Piecewise correction (--pw_rigid true) follows parts of the field that move on their own.",
    });
  }
  return warnings;
}
