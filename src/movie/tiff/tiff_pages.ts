import { MovieError } from "../../core/errors.ts";
import type { PositionalFile } from "../positional_file.ts";
import type { StoredType } from "../stored_type.ts";
import { TiffDirectories, type TiffDirectory } from "./tiff_directories.ts";
import { contiguousStart, readTiffPage, type TiffPage } from "./tiff_page.ts";
import { COMPRESSION, TAG } from "./tiff_tags.ts";

/** Marks in the subfile type tag: a smaller version of another page, and a mask of one. */
const REDUCED = 1, MASK = 4;

/** What `TiffPages.starts` says of a page that cannot be a frame. */
export const NO_FRAME = -2;

/** The pages of one TIFF file: two numbers each, so that 30 000 pages stay small. */
export interface TiffPages {
  readonly file: PositionalFile;
  /** Reads further entries of the file. */
  readonly directories: TiffDirectories;
  /** Directory of the first page that is a frame. */
  readonly first: TiffDirectory;
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Type of a sample as it is stored. */
  readonly stored: StoredType;
  /** Channels of each page. */
  readonly channels: number;
  /** Byte order of the samples. */
  readonly littleEndian: boolean;
  /** Where each page's samples begin when they are plain and in one piece, else -1, or `NO_FRAME`. */
  readonly starts: Float64Array;
  /** The pages that are frames, in order: all but those marked as reduced versions or masks of others. */
  readonly frames: Uint32Array;
  /** Reads the directory of a page, from 0. Throws `MovieError` for one that is not like the first frame. */
  page(index: number): TiffPage;
  /** The directory of a page, from 0. */
  directory(index: number): TiffDirectory;
}

/**
 * Walks all directories of a TIFF. Throws `MovieError` for a list of pages that is cut off or runs in a circle. A page that could not be a
 * frame of the same movie as the first is only marked `NO_FRAME`, because it may be none: `page` says what is wrong with it.
 * @param channel the one to read, from 0, where pages have several
 */
export function readTiffPages(file: PositionalFile, channel = 0): TiffPages {
  const directories = new TiffDirectories(file);
  // Some writers mark every page: then the marks mean nothing.
  const { first, firstIndex, positions, starts, frames } = walk(file, directories, channel, true) ??
    walk(file, directories, channel, false)!;
  const directory = (index: number) => directories.directory(positions[index], index + 1);
  return {
    file,
    directories,
    first: directory(firstIndex),
    width: first.width,
    height: first.height,
    stored: first.stored,
    channels: first.channels,
    littleEndian: directories.littleEndian,
    starts: Float64Array.from(starts),
    frames: Uint32Array.from(frames),
    directory,
    page(index) {
      const page = readTiffPage(directories, directory(index), file.path, file.bytes, index + 1, channel);
      if (isAlike(page, first)) return page;
      throw new MovieError(
        `Page ${index + 1} of movie "${file.path}" is ${shapeOf(page)}, but page ${firstIndex + 1} is ${
          shapeOf(first)
        }: all frames of a movie must be alike`,
      );
    },
  };
}

interface Walked {
  readonly first: TiffPage;
  readonly firstIndex: number;
  readonly positions: number[];
  readonly starts: number[];
  readonly frames: number[];
}

/** One pass over all directories; undefined when no page is left because all are marked. */
function walk(
  file: PositionalFile,
  directories: TiffDirectories,
  channel: number,
  heedMarks: boolean,
): Walked | undefined {
  if (directories.first === 0) throw new MovieError(`Movie "${file.path}" holds no pages`);
  const positions: number[] = [], starts: number[] = [], frames: number[] = [], seen = new Set<number>();
  let first: TiffPage | undefined, firstIndex = -1;
  for (let position = directories.first; position !== 0;) {
    const index = positions.length;
    if (seen.has(position)) {
      throw new MovieError(
        `Movie "${file.path}" is damaged: its list of pages runs in a circle after page ${index}`,
      );
    }
    seen.add(position);
    positions.push(position);
    const directory = directories.directory(position, index + 1);
    position = directory.next;
    const mark = heedMarks ? markOf(directories, directory, index + 1) : 0;
    let start = NO_FRAME;
    if (mark === 0 || (mark === REDUCED && first)) {
      const page = attempt(
        () => readTiffPage(directories, directory, file.path, file.bytes, index + 1, channel),
        !first,
      );
      if (page && !first) {
        first = page;
        firstIndex = index;
      }
      if (page && isAlike(page, first!)) start = contiguousStart(page);
    }
    starts.push(start);
    // What is as large as the frames is no reduced version of one.
    if (mark === 0 || start !== NO_FRAME) frames.push(index);
  }
  return first && { first, firstIndex, positions, starts, frames };
}

function isAlike(page: TiffPage, first: TiffPage): boolean {
  return page.width === first.width && page.height === first.height && page.stored === first.stored &&
    page.channels === first.channels;
}

function shapeOf({ width, height, stored, channels }: TiffPage): string {
  return `${width}×${height} ${stored}${channels > 1 ? ` of ${channels} channels` : ""}`;
}

/** Whether a page is marked as a reduced version or a mask of another; 0 when it is neither. */
function markOf(directories: TiffDirectories, { entries }: TiffDirectory, number: number): number {
  const values = entries.get(TAG.subfileType), old = entries.get(TAG.oldSubfileType);
  const what = `the kind of page ${number}`;
  if (values && values.count > 0) {
    const kind = directories.numbers(values, 1, what)[0];
    return kind & MASK ? MASK : kind & REDUCED;
  }
  return old && old.count > 0 && directories.numbers(old, 1, what)[0] === 2 ? REDUCED : 0;
}

/** A page, or undefined when it cannot be one of a movie and `must` not be. */
function attempt(read: () => TiffPage, must: boolean): TiffPage | undefined {
  try {
    return read();
  } catch (error) {
    if (!must && error instanceof MovieError) return undefined;
    throw error;
  }
}

/**
 * The same file with `count` frames that follow each other behind its only directory: how ImageJ writes stacks beyond 4 GB, MetaMorph all
 * of its own, and tifffile when asked to. Throws `MovieError` when the file does not have them.
 */
export function stackBehindPage(pages: TiffPages, count: number): TiffPages {
  const { file, starts, frames } = pages;
  const page = pages.page(frames[0]), start = starts[frames[0]];
  if (page.compression !== COMPRESSION.none || start < 0) {
    throw new MovieError(
      `Movie "${file.path}" is said to hold ${count} frames but has one page, and that one is not stored plainly: ` +
        "the other frames cannot be found",
    );
  }
  const frameBytes = page.width * page.height * page.sampleBytes;
  if (start + count * frameBytes > file.bytes) {
    throw new MovieError(
      `Movie "${file.path}" is truncated: its description says ${count} frames, but the file ends after ` +
        `${Math.floor((file.bytes - start) / frameBytes)} whole ones`,
    );
  }
  return {
    ...pages,
    starts: Float64Array.from({ length: count }, (_, frame) => start + frame * frameBytes),
    frames: Uint32Array.from({ length: count }, (_, frame) => frame),
    page: () => page,
  };
}
