import type { PositionalFile } from "../positional_file.ts";
import { type Json, ratioAt, valueAt } from "./isxd_footer.ts";

/** Starts before this many seconds of 1970 are no dates: what Inscopix's software writes when it does not know the date. */
const FIRST_DATE = 365 * 86400;
/** Intervals of the microscope's clock that differ by more from the stated ones are not believed. */
const LARGEST_DISAGREEMENT = 0.1;
/** Where the first line of a frame holds the microscope's clock: eight numbers that hold eight bits each, shifted by four. */
const CLOCK = { offset: 1272 * 2, numbers: 8 };

/** When frames were taken. */
export interface IsxdClock {
  readonly frameRate?: number;
  readonly startTime?: string;
  readonly timestamps?: Float64Array;
}

/**
 * When the frames of a recording were taken: on a regular grid from its start, with gaps where pictures are missing. Where frames carry the
 * microscope's clock, the interval is that between the first and the last of them, as in Inscopix's own software, else the stated period.
 * @param times For each frame, its place on the regular grid of times.
 * @param lineAt Where the line before a frame begins in the file; undefined when frames have none.
 */
export function isxdClock(
  file: PositionalFile,
  json: Json,
  times: Float64Array,
  lineAt: ((frame: number) => number) | undefined,
): IsxdClock {
  const stated = ratioAt(json, "timingInfo", "period");
  if (stated === undefined || !(stated > 0 && stated < Infinity)) return {};
  const last = times.length - 1;
  let period = stated;
  if (lineAt && last > 0 && carriesClock(json)) {
    const seconds = (microseconds(file, lineAt(last)) - microseconds(file, lineAt(0))) / 1e6;
    const measured = seconds / (times[last] - times[0]);
    if (Math.abs(measured / stated - 1) <= LARGEST_DISAGREEMENT) period = measured;
  }
  const start = ratioAt(json, "timingInfo", "start", "secsSinceEpoch") ?? 0, isDate = start >= FIRST_DATE;
  // Where the start is no date, it still says where parts of a recording belong.
  const origin = isDate || !Number.isFinite(start) ? 0 : start;
  return {
    frameRate: Number((1 / period).toPrecision(9)),
    ...(isDate ? startTime(start, valueAt(json, "timingInfo", "start", "utcOffset")) : {}),
    // To the nanosecond, so that 30.1 s and one interval of 0.1 s are 30.2 s.
    timestamps: times.map((time) => Math.round((origin + time * period) * 1e9) / 1e9),
  };
}

/** Since version 1.1.1 of the recording software, frames with lines around them carry the microscope's clock. */
function carriesClock(json: Json): boolean {
  const version = valueAt(json, "extraProperties", "producer", "version");
  if (typeof version !== "string") return false;
  const parts = version.split(".").map((part) => parseInt(part, 10) || 0);
  for (const [i, least] of [1, 1, 1].entries()) {
    if ((parts[i] ?? 0) !== least) return (parts[i] ?? 0) > least;
  }
  return true;
}

/** The microscope's clock in the line before a frame: pairs of numbers hold 16 bits each, the lowest first. */
function microseconds(file: PositionalFile, line: number): number {
  const bytes = new Uint8Array(CLOCK.numbers * 2);
  file.readSync(bytes, line + CLOCK.offset);
  const view = new DataView(bytes.buffer);
  let time = 0;
  for (let i = 0; i < CLOCK.numbers; i += 2) {
    const low = view.getUint16(2 * i, true), high = view.getUint16(2 * i + 2, true);
    time += (((high << 4) | (low >> 4)) & 0xffff) * 65536 ** (i / 2);
  }
  return time;
}

/** A date with the time zone it was recorded in. */
function startTime(seconds: number, utcOffset: unknown): { startTime?: string } {
  const offset = typeof utcOffset === "number" && Math.abs(utcOffset) <= 86400 ? Math.round(utcOffset / 60) : 0;
  const local = new Date((seconds + offset * 60) * 1000);
  if (Number.isNaN(local.getTime())) return {};
  const two = (value: number) => String(value).padStart(2, "0"), size = Math.abs(offset);
  const zone = offset === 0 ? "Z" : `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return { startTime: local.toISOString().replace("Z", zone) };
}
