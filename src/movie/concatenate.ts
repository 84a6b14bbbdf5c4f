import { MovieError } from "../core/errors.ts";
import type { MovieHeader, MovieSource, SampleArray } from "../core/movie.ts";
import { rateOfTimestamps, timestampNotes } from "../core/timestamps.ts";
import { checkReadRange } from "./read_range.ts";

/** Relative difference of a given frame rate from that of the timestamps that is worth a word. */
const RATE_DIFFERENCE = 0.1;

/** Most frames per second that are believed: what the parameter frame_rate can be. */
const FASTEST = 10_000;

/** How `concatenate` names the whole and settles what the parts disagree on. */
export interface ConcatenateOptions {
  /** Name for people. Default: the first part's name and how many follow. */
  readonly name?: string;
  /** Frames per second of the whole. Default: what the parts say. */
  readonly frameRate?: number;
  /** What the samples of the whole are. Default: what the first part says. */
  readonly history?: readonly string[];
}

/**
 * Movies played one after another as one. The parts must have the same width, height and sample type, and those that state a frame
 * rate must agree within 1 %; otherwise a `MovieError` names the first part that differs. Closing the whole closes the parts.
 */
export function concatenate(parts: readonly MovieSource[], options: ConcatenateOptions = {}): MovieSource {
  if (parts.length === 0) throw new MovieError("There is no movie to join: the list of files is empty");
  const headers = parts.map(({ header }) => withSensibleRate(header)), first = headers[0];
  let frameRate: number | undefined = options.frameRate;
  let rateOf = "";
  for (const header of headers) {
    for (const what of ["width", "height", "sampleType"] as const) {
      if (header[what] === first[what]) continue;
      throw new MovieError(
        `Movie "${header.name}" cannot continue "${first.name}": it is ${shapeOf(header)}, the first is ${
          shapeOf(first)
        }`,
      );
    }
    if (options.frameRate !== undefined || header.frameRate === undefined) continue;
    if (frameRate === undefined) {
      frameRate = header.frameRate;
      rateOf = header.name;
    } else if (Math.abs(header.frameRate / frameRate - 1) > 0.01) {
      throw new MovieError(
        `Movie "${header.name}" says ${header.frameRate} frames per second but "${rateOf}" says ${frameRate}: ` +
          "state the frame rate of the whole (--frame_rate, or frameRate in the API) or leave one out",
      );
    }
  }
  /** First frame of each part, and the end. */
  const starts = [0];
  for (const part of parts) starts.push(starts[starts.length - 1] + part.header.frames);
  const facts = parts.length === 1 ? first : jointFacts(headers, frameRate);
  const notes = [...facts.notes ?? [], ...rateNote(facts.timestamps, options.frameRate)];
  const header: MovieHeader = {
    ...facts,
    ...(notes.length > 0 ? { notes } : {}),
    frames: starts[parts.length],
    ...(frameRate === undefined ? {} : { frameRate }),
    name: options.name ?? (parts.length === 1 ? first.name : `${first.name} and ${parts.length - 1} more`),
    files: parts.flatMap((part) => part.header.files),
    ...(options.history === undefined ? {} : { history: options.history }),
  };
  const size = header.width * header.height;
  return {
    header,
    async read(start: number, count: number, into: SampleArray): Promise<void> {
      checkReadRange(header, start, count, into);
      for (let k = partAt(starts, start); k < parts.length && starts[k] < start + count; k++) {
        const from = Math.max(start, starts[k]), to = Math.min(start + count, starts[k + 1]);
        if (to <= from) continue;
        await parts[k].read(from - starts[k], to - from, into.subarray((from - start) * size, (to - start) * size));
      }
    },
    close(): void {
      for (const part of parts) part.close();
    },
  };
}

/** Without a frame rate that no camera has: files that are damaged, or that state nothing, have such numbers. */
function withSensibleRate(header: MovieHeader): MovieHeader {
  const { frameRate, notes = [], ...rest } = header;
  if (frameRate === undefined || frameRate <= FASTEST) return header;
  return { ...rest, notes: [...notes, `"${header.name}" says ${frameRate} frames per second, which is left out`] };
}

/** What is to be said when timestamps contradict the frame rate that was asked for: they go on telling when frames were taken. */
function rateNote(timestamps: Float64Array | undefined, frameRate: number | undefined): string[] {
  const found = timestamps && frameRate !== undefined ? rateOfTimestamps(timestamps) : undefined;
  if (found === undefined || Math.abs(found / frameRate! - 1) <= RATE_DIFFERENCE) return [];
  return [`The frame rate is given as ${frameRate} per second, but the timestamps amount to ${found}`];
}

/** What is known of the whole: what the first part says, the timestamps of all, and the notes of all. */
function jointFacts(headers: readonly MovieHeader[], frameRate: number | undefined): MovieHeader {
  const { timestamps: _, notes: __, ...first } = headers[0],
    { timestamps, notes: found } = jointTimestamps(headers, frameRate);
  const notes = headers.flatMap((header) => {
    const own = header.notes ?? [];
    if (timestamps === undefined || header.timestamps === undefined) return own;
    // What they say of a part's timestamps is said of those of the whole, with its frames' numbers.
    const ofPart = timestampNotes(header.timestamps);
    return own.filter((note) => !ofPart.includes(note));
  });
  const all = [...new Set([...notes, ...found, ...pixelSizeNote(headers)])];
  return { ...first, ...(timestamps ? { timestamps } : {}), ...(all.length > 0 ? { notes: all } : {}) };
}

/** What is to be said when parts state pixels of different sizes: the first one's count. */
function pixelSizeNote([first, ...others]: readonly MovieHeader[]): string[] {
  const one = first.pixelSize;
  const other = others.find(({ pixelSize: size }) => one && size && (size.x !== one.x || size.y !== one.y));
  const said = ({ name, pixelSize }: MovieHeader) =>
    `"${name}" says that a pixel is ${pixelSize!.x}×${pixelSize!.y} µm`;
  return other ? [`${said(other)}, ${said(first)}, which counts`] : [];
}

/**
 * Timestamps of movies played one after another, where all have some. A part goes on with the clock of the part before when its own does;
 * a part whose clock starts again is placed by when it began, where both say so, else one interval after the frame before.
 */
function jointTimestamps(
  headers: readonly MovieHeader[],
  frameRate: number | undefined,
): { timestamps?: Float64Array; notes: string[] } {
  const without = headers.filter(({ timestamps }) => timestamps === undefined).map(({ name }) => name);
  if (without.length === headers.length) return { notes: [] };
  if (without.length > 0) {
    return { notes: [`Timestamps are left out: ${listed(without)} ${without.length > 1 ? "have" : "has"} none`] };
  }
  const all = new Float64Array(headers.reduce((sum, { frames }) => sum + frames, 0));
  const firstBegan = Date.parse(headers[0].startTime ?? ""), placed: string[] = [], following: string[] = [];
  let at = 0, interval = 1 / (frameRate ?? 1), before: { name: string; startTime?: string } | undefined;
  for (const { timestamps, startTime, name } of headers) {
    const own = timestamps!, last = at > 0 ? all[at - 1] : -Infinity;
    if (frameRate === undefined) interval = 1 / (rateOfTimestamps(own) ?? 1 / interval);
    let offset = 0;
    if (own[0] <= last && before !== undefined && startTime !== undefined && before.startTime === startTime) {
      throw new MovieError(
        `Movie "${name}" begins before "${before.name}" ends, and both are of one recording: list its files in playing ` +
          "order, or give their folder",
      );
    }
    before = { name, startTime };
    if (own[0] <= last) {
      const apart = (Date.parse(startTime ?? "") - firstBegan) / 1000, isPlaced = own[0] + apart > last;
      offset = isPlaced ? apart : last + interval - own[0];
      (isPlaced ? placed : following).push(name);
    }
    for (let i = 0; i < own.length; i++) all[at + i] = own[i] + offset;
    at += own.length;
  }
  return {
    timestamps: all,
    notes: [
      ...restartNote(placed, `placed by when ${placed.length === 1 ? "it" : "they"} began`),
      ...restartNote(following, "taken to follow those before without a gap"),
      ...timestampNotes(all),
    ],
  };
}

function restartNote(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  return [
    names.length === 1
      ? `The clock of ${listed(names)} starts again: its frames are ${what}`
      : `The clocks of ${listed(names)} start again: their frames are ${what}`,
  ];
}

/** '"a" and 2 more'. */
function listed(names: readonly string[]): string {
  return `"${names[0]}"${names.length > 1 ? ` and ${names.length - 1} more` : ""}`;
}

/** The last part that begins at or before a frame. */
function partAt(starts: readonly number[], frame: number): number {
  let low = 0, high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}

function shapeOf(header: MovieHeader): string {
  return `${header.width}×${header.height} ${header.sampleType}`;
}
