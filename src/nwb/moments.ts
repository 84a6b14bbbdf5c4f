/** A date, or a date and time, in ISO 8601's extended form: year, month, day, time, offset. */
const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?(Z|[+-]\d{2}(?::?\d{2})?))?)?$/i;
const PART = String.raw`\d+(?:\.\d+)?`;
const DURATION = new RegExp(
  `^P(?!$)(${PART}Y)?(${PART}M)?(${PART}W)?(${PART}D)?(T(?=\\d)(${PART}H)?(${PART}M)?(${PART}S)?)?$`,
);

/** The start of a session of which nobody knows it: NWB wants one, and this one cannot be mistaken for a true one. */
export const UNKNOWN_START = "1970-01-01T00:00:00+00:00";

/** A moment as NWB wants it. */
export interface Moment {
  /** ISO 8601 with an offset or Z: "2024-05-06T07:08:09.250+02:00". */
  readonly text: string;
  /** Whether its time zone was stated; else UTC is taken. */
  readonly isZoned: boolean;
}

/** Whether a text is a date, or a date and time, that exists, in ISO 8601. */
export function isMoment(text: string): boolean {
  return momentOf(text) !== undefined;
}

/**
 * A date, or a date and time, in the one way NWB's validator accepts: down to the second, with an offset or Z. A date alone is its midnight; without
 * a time zone it is taken as UTC, and says so. Undefined when the text is no such thing, or there is no such day or hour.
 */
export function momentOf(text: string): Moment | undefined {
  const match = MOMENT.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone] = match;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const exists = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
  if (!exists || Number(year) === 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return undefined;
  }
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  // Readers in Python take up to microseconds.
  const rest = fraction === "" ? "" : `.${fraction.slice(0, 6).padEnd(fraction.length > 3 ? 6 : 3, "0")}`;
  return { text: `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}${offset}`, isZoned: zone !== undefined };
}

/** The moment a number of seconds before another, to the millisecond, in UTC; undefined when that is in no year from 1 to 9999. */
export function secondsBefore(moment: Moment, seconds: number): Moment | undefined {
  const shifted = new Date(new Date(moment.text).getTime() - Math.round(seconds * 1000));
  const found = Number.isNaN(shifted.getTime()) ? undefined : momentOf(shifted.toISOString());
  return found && { ...found, isZoned: moment.isZoned };
}

/** Whether a text is an ISO 8601 duration: "P90D", "P1Y2M", "P3W". */
export function isDuration(text: string): boolean {
  return DURATION.test(text);
}

function offsetOf(zone: string | undefined): string | undefined {
  if (zone === undefined) return "+00:00";
  if (zone.toUpperCase() === "Z") return "Z";
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  if (Number(digits.slice(0, 2)) > 14 || Number(digits.slice(2)) > 59) return undefined;
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
