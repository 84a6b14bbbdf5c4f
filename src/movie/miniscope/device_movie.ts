import { join } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { MovieHeader, MovieSource } from "../../core/movie.ts";
import { timestampNotes } from "../../core/timestamps.ts";
import { type AviMovie, countAviFrames, openAviMovie } from "../avi/avi_movie.ts";
import { concatenate } from "../concatenate.ts";
import { fileStatus, PositionalFile } from "../positional_file.ts";
import { type Device, numberOf } from "./devices.ts";
import { frameRateOf, startTimeOf } from "./metadata.ts";
import { deviceTimestamps, typicalRate } from "./timestamps.ts";

/** Relative difference of two frame rates that is worth a word. */
const RATE_DIFFERENCE = 0.1;

/**
 * What a device recorded, as one movie with its timestamps.
 * @param path name for people
 * @param only one of its files; its part of the timestamps is used then. Default: all
 */
export async function openDevice(device: Device, path: string, only?: string): Promise<MovieSource> {
  const notes = [...device.notes], wanted = only === undefined ? usableFiles(device, notes) : [only];
  const parts: AviMovie[] = [];
  try {
    for (const name of wanted) {
      const file = new PositionalFile(join(device.folder, name));
      try {
        parts.push(await openAviMovie(file, parts[0]?.pixels));
      } catch (error) {
        file.close();
        throw error;
      }
    }
    const whole = concatenate(parts, { name: path });
    const before = only === undefined ? 0 : framesBefore(device, only);
    const header = deviceHeader(device, whole.header, before, only === undefined, notes);
    return { header, read: (start, count, into) => whole.read(start, count, into), close: () => whole.close() };
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

/** The files that hold frames. Throws `MovieError` when there is none or one is missing between others. */
function usableFiles(device: Device, notes: string[]): string[] {
  const { folder, files, version } = device, prefix = version === "V3" ? device.name : "";
  if (files.length === 0) {
    throw new MovieError(
      `Miniscope recording "${folder}" holds no movie: there is no file like ${
        version === "V3" ? "msCam1.avi" : "0.avi"
      } in it`,
    );
  }
  const numbers = files.map((name) => numberOf(name, prefix)!), from = firstNumber(numbers, version);
  numbers.forEach((number, i) => {
    if (number === from + i) return;
    const missing = `${prefix}${from + i}.avi`;
    throw new MovieError(
      number < from + i
        ? `Miniscope recording "${folder}" has two files with the number ${number}: ${files[i - 1]} and ${files[i]}`
        : `Miniscope recording "${folder}" lacks ${missing}: ${files[i]} comes ${
          i === 0 ? "first" : `after ${files[i - 1]}`
        }, so its frames cannot be told from the timestamps; name the files to use one by one`,
    );
  });
  const last = files[files.length - 1];
  if (files.length > 1 && fileStatus(join(folder, last)).size === 0) {
    notes.push(`"${join(folder, last)}" is empty (0 bytes) and is left out`);
    return files.slice(0, -1);
  }
  return [...files];
}

/**
 * Frames of the recording that come before a file: those of the files before it, where all are there, else as many as
 * the recorder puts into each. Undefined when neither is known.
 */
function framesBefore({ folder, files, metadata, version, name }: Device, only: string): number | undefined {
  const prefix = version === "V3" ? name : "", numbers = files.map((file) => numberOf(file, prefix)!);
  const at = files.indexOf(only), first = firstNumber(numbers, version), count = numbers[at] - first;
  if (count !== at) {
    const each = Number(metadata.framesPerFile);
    return Number.isInteger(each) && each > 0 ? count * each : undefined;
  }
  let frames = 0;
  for (const name of files.slice(0, at)) {
    const file = new PositionalFile(join(folder, name));
    try {
      frames += countAviFrames(file);
    } finally {
      file.close();
    }
  }
  return frames;
}

/** The number that the first file of a recording has: V4 counts from 0; V3 from 1, or sometimes from 0. */
function firstNumber(numbers: readonly number[], version: Device["version"]): number {
  return version === "V4" ? 0 : Math.min(1, numbers[0]);
}

/** What is known of the movie: the frames' from the AVI files, the rest from what the recorder wrote beside them. */
function deviceHeader(
  device: Device,
  avi: MovieHeader,
  before: number | undefined,
  isWhole: boolean,
  earlier: readonly string[],
): MovieHeader {
  const { metadata, folder } = device, { timestamps: _, frameRate: ofAvi, ...known } = avi;
  const { timestamps, notes: ofTable } = deviceTimestamps(device, before, avi.frames, isWhole);
  const notes = [...earlier, ...avi.notes ?? [], ...ofTable];
  if (timestamps) notes.push(...timestampNotes(timestamps));
  const stated = frameRateOf(metadata.frameRate), typical = timestamps && typicalRate(timestamps);
  if (stated !== undefined && typical !== undefined && Math.abs(stated / typical - 1) > RATE_DIFFERENCE) {
    notes.push(
      `metaData.json of "${folder}" says ${stated} frames per second but the timestamps amount to ${typical}`,
    );
  }
  const frameRate = stated ?? typical ?? ofAvi, startTime = startTimeOf(metadata.recordingStartTime);
  return {
    ...known,
    ...(frameRate === undefined ? {} : { frameRate }),
    format: `UCLA Miniscope ${device.version}, ${avi.format}`,
    ...(timestamps ? { timestamps } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    metadata: { ...avi.metadata, ...metadata, device: device.name },
    ...(notes.length > 0 ? { notes } : {}),
  };
}
