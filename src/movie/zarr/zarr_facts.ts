import type { MovieHeader, PixelSize } from "../../core/movie.ts";
import { rateOfTimestamps, timestampNotes } from "../../core/timestamps.ts";
import { zarrNumbers } from "../../zarr/zarr_array.ts";
import { ZarrError } from "../../zarr/zarr_error.ts";
import type { ZarrArrayMetadata } from "../../zarr/zarr_metadata.ts";
import type { ChosenArray } from "./choose_array.ts";

/** Attributes that say how fast a movie is, and what they are called elsewhere. */
const RATES = ["frame_rate", "framerate", "fps", "fr", "sampling_rate"];
/** Names of arrays beside a movie that are its timestamps, whatever else they say. */
const TIMES = ["timestamps", "timestamp", "time", "times", "seconds"];
/** Units of time, in seconds. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(s|secs?|seconds?)( since .*)?$/i, 1],
  [/^(ms|msecs?|milliseconds?)( since .*)?$/i, 1e-3],
  [/^(us|µs|usecs?|microseconds?)( since .*)?$/i, 1e-6],
  [/^(ns|nanoseconds?)( since .*)?$/i, 1e-9],
];
/** Attributes that say something about the array or that become facts of their own. */
const OWN = [
  "_ARRAY_DIMENSIONS",
  ...RATES,
  "pixel_size_um",
  "start_time",
  "metadata",
  "coordinates",
  "_FillValue",
];

/** What is known of a movie beyond its samples. */
export type ZarrFacts = Pick<
  MovieHeader,
  "frameRate" | "timestamps" | "startTime" | "pixelSize" | "metadata" | "notes"
>;

/** Gathers what the attributes and the coordinates beside the array say of the movie. */
export async function zarrFacts(chosen: ChosenArray, frames: number, timeAxis: number | undefined): Promise<ZarrFacts> {
  const attributes = { ...chosen.attributes, ...chosen.array.attributes };
  const { timestamps, notes } = await timestampsBeside(chosen, frames, timeAxis);
  const frameRate = RATES.map((name) => attributes[name]).find(isPositive) ??
    (timestamps ? rateOfTimestamps(timestamps) : undefined);
  const { start_time: start, metadata: given } = attributes;
  const metadata = Object.fromEntries([
    ...Object.entries(attributes).filter(([name]) => !OWN.includes(name)),
    ...(typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : []),
  ]);
  return {
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(timestamps ? { timestamps } : {}),
    ...(typeof start === "string" && !Number.isNaN(Date.parse(start)) ? { startTime: start } : {}),
    ...pixelSize(attributes.pixel_size_um),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Timestamps: an array beside the movie along its time axis that is named or has units of time. */
async function timestampsBeside(
  { array, beside }: ChosenArray,
  frames: number,
  timeAxis: number | undefined,
): Promise<{ timestamps?: Float64Array; notes: string[] }> {
  const axisName = timeAxis === undefined ? undefined : array.dimensions?.[timeAxis];
  for (const [name, coordinate] of beside) {
    const { shape, dimensions } = coordinate;
    if (shape.length !== 1 || dimensions && axisName && dimensions[0] !== axisName) continue;
    const scale = secondsPerUnit(coordinate) ?? (TIMES.includes(name.toLowerCase()) ? 1 : undefined);
    if (scale === undefined) continue;
    if (shape[0] !== frames) {
      return { notes: [`Timestamps in ${name} are left out: there are ${shape[0]} for ${frames} frames`] };
    }
    try {
      const timestamps = (await zarrNumbers(coordinate)).map((time) => time * scale);
      if (timestamps.every(Number.isFinite)) return { timestamps, notes: timestampNotes(timestamps) };
      return { notes: [`Timestamps in ${name} are left out: some are no numbers`] };
    } catch (error) {
      if (!(error instanceof ZarrError)) throw error;
      return { notes: [`Timestamps are left out: array ${name} ${error.message}`] };
    }
  }
  return { notes: [] };
}

function secondsPerUnit({ attributes }: ZarrArrayMetadata): number | undefined {
  const units = attributes.units ?? attributes.unit;
  return typeof units === "string" ? UNITS.find(([pattern]) => pattern.test(units))?.[1] : undefined;
}

function pixelSize(value: unknown): { pixelSize?: PixelSize } {
  const [x, y] = Array.isArray(value) && value.length === 2 ? value : [value, value];
  return isPositive(x) && isPositive(y) ? { pixelSize: { x, y } } : {};
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}
