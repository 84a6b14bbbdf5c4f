import { median } from "../core/sorted.ts";
import { join } from "node:path";
import type { Motion, OutlierFrame } from "../core/motion.ts";
import type { Output } from "./output.ts";
import { duration } from "./progress.ts";

/** Displacements from the usual place that count as motion, pixels. */
const MOVED = 0.5;

/** Differences of mean correlation or crispness (relative) that are no worsening yet: a still movie changes by rounding. */
const UNCHANGED = 0.001;

/** A motion correction in a few numbers. */
export interface MotionFacts {
  /** Frames. */
  readonly frames: number;
  /** Largest displacement of a frame, or of a node of it, pixels. */
  readonly largest: number;
  /** Share of the frames that lie more than half a pixel from where the movie usually is. */
  readonly moved: number;
  /** Mean correlation with the template before and after. */
  readonly correlation: { readonly before: number; readonly after: number };
  /** Crispness of the mean before and after. */
  readonly crispness: { readonly before: number; readonly after: number };
  /** Frames whose displacement lies at its limit. */
  readonly atLimit: number;
  /** Frames that are much less like the template than the others. */
  readonly unlike: number;
}

/** The few numbers that tell how a registration went. */
export function motionFacts({ shifts: { frames, rigid, local }, quality }: Motion): MotionFacts {
  const usual = [0, 1].map((axis) => median(Float64Array.from({ length: frames }, (_, t) => rigid[2 * t + axis])));
  let moved = 0, largest = 0;
  for (let t = 0; t < frames; t++) {
    if (Math.hypot(rigid[2 * t] - usual[0], rigid[2 * t + 1] - usual[1]) > MOVED) moved++;
  }
  const all = local?.values ?? rigid;
  for (let i = 0; i < all.length; i += 2) largest = Math.max(largest, Math.hypot(all[i], all[i + 1]));
  const outliers = (why: OutlierFrame["reason"]) => quality.outliers.filter(({ reason }) => reason === why).length;
  return {
    frames,
    largest,
    moved: moved / frames,
    correlation: { before: meanOf(quality.correlationBefore), after: meanOf(quality.correlationAfter) },
    crispness: { before: quality.crispnessBefore, after: quality.crispnessAfter },
    atLimit: outliers("shift at its limit"),
    unlike: outliers("low correlation"),
  };
}

/** What a user should know before trusting a registration: that it made things worse. Its notes tell of frames at the limit. */
export function motionWarnings({ correlation, crispness }: MotionFacts): string[] {
  const warnings: string[] = [];
  const worse = [
    ...(correlation.after < correlation.before - UNCHANGED ? ["frames are less like the template"] : []),
    ...(crispness.after < crispness.before * (1 - UNCHANGED) ? ["their mean is less crisp"] : []),
  ];
  if (worse.length > 0) {
    warnings.push(
      `The correction made things worse (${worse.join(", ")}): look at the pictures, ` +
        "and use the movie as it is unless they show otherwise",
    );
  }
  return warnings;
}

/** Tells how a registration went, and warns of what is suspicious. `more` joins the record and the lines for people. */
export function reportMotion(
  motion: Motion,
  folder: string,
  output: Output,
  more: { readonly record?: Readonly<Record<string, unknown>>; readonly lines?: readonly string[] } = {},
): void {
  const { quality: { outliers, border }, notes, software, timings, shifts } = motion;
  const facts = motionFacts(motion), warnings = motionWarnings(facts);
  const seconds = timings.reduce((sum, stage) => sum + stage.seconds, 0);
  for (const { stage, seconds } of timings) output.detail(`${stage}: ${duration(seconds)}`);
  for (const warning of warnings) output.notice(`Warning: ${warning}`);
  const pictures = ["shifts.png", "registration.png", "template.png"].map((name) => join(folder, name));
  output.result(
    {
      motion: folder,
      ...facts,
      piecewise: shifts.local !== undefined,
      outliers,
      border,
      seconds,
      notes,
      warnings,
      software,
      ...more.record,
    },
    [
      ...motionLines(motion, facts),
      ...notes,
      ...more.lines ?? [],
      `The displacements are in ${join(folder, "shifts.h5")} and ${join(folder, "shifts.csv")}`,
      `Look at ${pictures[0]}, ${pictures[1]} and ${pictures[2]}`,
    ].join("\n"),
  );
}

/** The facts as sentences. */
function motionLines({ quality: { border } }: Motion, facts: MotionFacts): string[] {
  const { frames, largest, moved, correlation, crispness, atLimit, unlike } = facts;
  const { left, top, right, bottom } = border;
  return [
    `${frames} frames, displaced by up to ${largest.toFixed(2)} pixels; ${
      percent(moved)
    } of them by more than half a pixel`,
    `Correlation with the template ${correlation.before.toFixed(4)} before, ${correlation.after.toFixed(4)} after`,
    `Crispness of the mean ${short(crispness.before)} before, ${short(crispness.after)} after`,
    ...(atLimit + unlike === 0 ? ["No outliers"] : []),
    left + top + right + bottom === 0
      ? "No border to exclude"
      : `Border to exclude: left ${left}, top ${top}, right ${right}, bottom ${bottom} pixels`,
  ];
}

/** A share for people; never 0 % or 100 % of what is not none or all. */
function percent(share: number): string {
  if (share > 0 && share < 0.01) return "less than 1 %";
  return `${Math.min(Math.round(100 * share), share < 1 ? 99 : 100)} %`;
}

/** Four significant digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
