import { MovieError } from "../../core/errors.ts";
import type { MovieHeader, MovieSource, PixelSize, SampleType } from "../../core/movie.ts";
import { timestampNotes } from "../../core/timestamps.ts";
import { arrayAxes } from "../array_axes.ts";
import type { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { readStoredSamples, type StoredSamples } from "../stored_samples.ts";
import { storedBytes } from "../stored_type.ts";
import { isxdClock } from "./isxd_clock.ts";
import { countAt, isObject, type IsxdFooter, type Json, ratioAt, valueAt } from "./isxd_footer.ts";
import { isxdGaps, timesOfFrames } from "./isxd_frames.ts";

/** What the numbers of Inscopix's kinds of data mean. */
const KINDS = [
  "a movie",
  "a cell set",
  "a behaviour movie",
  "GPIO signals",
  "an image",
  "events",
  "metrics",
  "motion sensor data",
  "a vessel set",
];
const MOVIE = 0, IMAGE = 4;
/** What the numbers of Inscopix's types of samples mean; others are colours. */
const TYPES: readonly SampleType[] = ["uint16", "float32", "uint8"];
/** Bytes of the two lines of 1280 numbers that some recordings keep before each frame, and as many after it. */
const LINES_BYTES = 2 * 1280 * 2;

/**
 * An Inscopix movie (.isxd): frames one after another, then a description. Frames that were dropped, cut out or blank are not stored and leave
 * a gap in the timestamps. Takes over the file: closing the movie closes it. Throws `MovieError` when the file is no movie.
 */
export function openIsxdMovie(file: PositionalFile, { json, dataBytes }: IsxdFooter): MovieSource {
  const where = `Movie "${file.path}"`;
  if (json.type !== MOVIE && json.type !== IMAGE && !/^(movie|image)$/i.test(String(json.type))) {
    throw new MovieError(
      `"${file.path}" is an Inscopix file that holds ${
        named(KINDS, json.type) ?? "something unknown"
      }, not a movie: give the recording itself`,
    );
  }
  const type = named(TYPES, json.dataType);
  if (!type) {
    const stated = JSON.stringify(json.dataType)?.slice(0, 40);
    throw new MovieError(
      `${where} ${
        stated === undefined ? "does not state the type of its samples" : `holds samples of Inscopix's type ${stated}`
      }: uint16 (0), float32 (1) and uint8 (2) can be read`,
    );
  }
  const width = countAt(file, json, 1, "spacingInfo", "numPixels", "x");
  const height = countAt(file, json, 1, "spacingInfo", "numPixels", "y");
  const numTimes = countAt(file, json, 1, "timingInfo", "numTimes");
  arrayAxes([numTimes, height, width], undefined, where, storedBytes(type));
  const hasLines = json.hasFrameHeaderFooter === true && Number(json.fileVersion ?? 0) > 0;
  const margin = hasLines ? LINES_BYTES : 0, frameStep = width * height * storedBytes(type) + 2 * margin;
  const gaps = isxdGaps(file, json, numTimes), { frames } = gaps;
  if (frames === 0) {
    throw new MovieError(`${where} has no frames: all ${numTimes} are listed as dropped, cut out or blank`);
  }
  // Other programs store something for every time, also where there is no picture.
  const stored = Math.floor(dataBytes / frameStep), isWhole = stored >= numTimes && frames < numTimes;
  if (stored < frames || dataBytes % frameStep !== 0) throw truncated(file, frames, frameStep, dataBytes);
  const times = timesOfFrames(gaps);
  const framePosition = (frame: number) => (isWhole ? times[frame] : frame) * frameStep + margin;
  const layout: StoredSamples = {
    ...{ type, littleEndian: true, width, height, frames, position: margin, order: "frames" },
    ...(hasLines || isWhole ? { framePosition } : {}),
  };
  const clock = isxdClock(file, json, times, hasLines ? (frame) => framePosition(frame) - margin : undefined);
  const notes = [...gaps.notes, ...(clock.timestamps ? timestampNotes(clock.timestamps) : [])];
  const header: MovieHeader = {
    width,
    height,
    frames,
    sampleType: type,
    name: file.path,
    format: "Inscopix ISXD",
    files: [{ path: file.path, bytes: file.bytes, modified: file.modified, frames }],
    ...clock,
    ...pixelSize(json),
    ...metadata(json),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return {
    header,
    async read(start, count, into) {
      checkReadRange(header, start, count, into);
      await readStoredSamples(file, layout, start, count, into);
    },
    close: () => file.close(),
  };
}

/** What a number means; undefined for other numbers, and for what is no number. */
function named<T>(meanings: readonly T[], number: unknown): T | undefined {
  return typeof number === "number" ? meanings[number] : undefined;
}

function truncated(file: PositionalFile, frames: number, frameBytes: number, dataBytes: number): MovieError {
  return new MovieError(
    `Movie "${file.path}" is truncated or damaged: ${frames} ${frames === 1 ? "frame takes" : "frames take"} ${
      frames * frameBytes
    } bytes, and ${dataBytes} come before its description`,
  );
}

function pixelSize(json: Json): { pixelSize?: PixelSize } {
  const [x, y] = ["x", "y"].map((axis) => ratioAt(json, "spacingInfo", "pixelSize", axis));
  return x !== undefined && y !== undefined && x > 0 && y > 0 && x < Infinity && y < Infinity
    ? { pixelSize: { x, y } }
    : {};
}

/** What the file says of the recording: the microscope's and the animal's properties, and the program that wrote it. */
function metadata(json: Json): { metadata?: Json } {
  const extra = json.extraProperties, producer = json.producer;
  const name = valueAt(producer, "name"), version = valueAt(producer, "version");
  const program = typeof name === "string"
    ? `${name} ${Array.isArray(version) ? version.join(".") : ""}`.trim()
    : undefined;
  const all = { ...(isObject(extra) ? extra : {}), ...(program === undefined ? {} : { software: program }) };
  return Object.keys(all).length > 0 ? { metadata: all } : {};
}
