/** Micrometres in each unit of length that programs write, by its lower-case name. */
const MICROMETRES: Readonly<Record<string, number>> = {
  "µm": 1,
  um: 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  micrometre: 1,
  pm: 1e-6,
  "å": 1e-4,
  nm: 1e-3,
  mm: 1e3,
  cm: 1e4,
  m: 1e6,
  inch: 25400,
  in: 25400,
};

/** Seconds in each unit of time. */
const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  secs: 1,
  second: 1,
  seconds: 1,
  ms: 1e-3,
  msec: 1e-3,
  millisecond: 1e-3,
  milliseconds: 1e-3,
  "µs": 1e-6,
  us: 1e-6,
  usec: 1e-6,
  microseconds: 1e-6,
  ns: 1e-9,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hour: 3600,
  hours: 3600,
  d: 86400,
};

/** Micrometres of a unit of length; undefined when it is none (pixels, say). */
export function micrometres(unit: string): number | undefined {
  return lookUp(MICROMETRES, unit);
}

/** Seconds of a unit of time; undefined when it is none. */
export function seconds(unit: string): number | undefined {
  return lookUp(SECONDS, unit);
}

function lookUp(units: Readonly<Record<string, number>>, unit: string): number | undefined {
  // ImageJ escapes µ; there are two characters that look like it, and the Greek one is its lower case.
  const name = unit.trim().replaceAll("\\u00B5", "µ").replaceAll("\\u00b5", "µ").toLowerCase().replaceAll("μ", "µ");
  return Object.hasOwn(units, name) ? units[name] : undefined;
}
