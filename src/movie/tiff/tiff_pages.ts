import { MovieError } from "../../core/errors.ts";
import { bytesPerSample, type SampleType } from "../../core/movie.ts";
import type { PositionalFile } from "../positional_file.ts";
import { parseTiffDescription, type TiffDescription } from "./tiff_description.ts";
import { TiffDirectories } from "./tiff_directories.ts";
import { contiguousStart, readTiffPage, type TiffPage } from "./tiff_page.ts";
import { COMPRESSION, TAG } from "./tiff_tags.ts";

/** Longest description that is looked at. */
const LONGEST_DESCRIPTION = 2 ** 20;

/** Every page of a TIFF movie: two numbers each, so that 30 000 pages stay small. */
export interface TiffPages {
  /** Pixels per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Type of a sample. */
  readonly sampleType: SampleType;
  /** Frames per second, where the description says so. */
  readonly frameRate?: number;
  /** Byte order of the samples. */
  readonly littleEndian: boolean;
  /** Where each frame's samples begin when they are plain and in one piece, else -1. Length: frames. */
  readonly starts: Float64Array;
  /** Reads the directory of a frame whose start is -1. */
  page(frame: number): TiffPage;
}

/**
 * Walks all directories of a TIFF and checks that they are frames of one movie: same size and type, all within the file, no loop.
 * Throws `MovieError` naming the page that is wrong.
 */
export function readTiffPages(file: PositionalFile): TiffPages {
  const directories = new TiffDirectories(file);
  if (directories.first === 0) throw new MovieError(`Movie "${file.path}" holds no pages`);
  const positions: number[] = [], starts: number[] = [];
  const seen = new Set<number>();
  let first: TiffPage | undefined;
  let description: TiffDescription = {};
  for (let position = directories.first; position !== 0;) {
    const number = positions.length + 1;
    if (seen.has(position)) {
      throw new MovieError(
        `Movie "${file.path}" is damaged: its list of pages runs in a circle after page ${number - 1}`,
      );
    }
    seen.add(position);
    const directory = directories.directory(position, number);
    const page = readTiffPage(directories, directory, file.path, file.bytes, number);
    if (!first) {
      first = page;
      const values = directory.entries.get(TAG.description);
      if (values) {
        const bytes = directories.bytes(values, LONGEST_DESCRIPTION, "the description of page 1");
        description = parseTiffDescription(new TextDecoder().decode(bytes), page.width, page.height);
      }
    } else if (page.width !== first.width || page.height !== first.height || page.sampleType !== first.sampleType) {
      throw new MovieError(
        `Page ${number} of movie "${file.path}" is ${page.width}×${page.height} ${page.sampleType}, but page 1 is ` +
          `${first.width}×${first.height} ${first.sampleType}: all frames of a movie must be alike`,
      );
    }
    positions.push(position);
    starts.push(contiguousStart(page));
    position = directory.next;
  }
  if (!first) throw new MovieError(`Movie "${file.path}" holds no pages`);
  for (const [what, count] of [["channels", description.channels], ["planes in depth", description.depth]] as const) {
    if (count === undefined) continue;
    throw new MovieError(
      `Movie "${file.path}" has ${count} ${what} for each frame: save one of them as a movie of its own`,
    );
  }
  const stack = positions.length === 1 ? stackStarts(file, first, starts[0], description.stackFrames ?? 1) : undefined;
  return {
    width: first.width,
    height: first.height,
    sampleType: first.sampleType,
    ...(description.frameRate === undefined ? {} : { frameRate: description.frameRate }),
    littleEndian: directories.littleEndian,
    starts: stack ?? Float64Array.from(starts),
    page: (frame) =>
      readTiffPage(directories, directories.directory(positions[frame], frame + 1), file.path, file.bytes, frame + 1),
  };
}

/** Frames that follow each other behind a single directory: how ImageJ writes stacks beyond 4 GB, and tifffile when asked to. */
function stackStarts(file: PositionalFile, page: TiffPage, start: number, frames: number): Float64Array | undefined {
  if (frames === 1) return undefined;
  if (page.compression !== COMPRESSION.none || start < 0) {
    throw new MovieError(
      `Movie "${file.path}" is said to hold ${frames} frames but has one page, and that one is not stored plainly: ` +
        "the other frames cannot be found",
    );
  }
  const frameBytes = page.width * page.height * bytesPerSample(page.sampleType);
  if (start + frames * frameBytes > file.bytes) {
    throw new MovieError(
      `Movie "${file.path}" is truncated: its description says ${frames} frames, but the file ends after ` +
        `${Math.floor((file.bytes - start) / frameBytes)} whole ones`,
    );
  }
  return Float64Array.from({ length: frames }, (_, frame) => start + frame * frameBytes);
}
