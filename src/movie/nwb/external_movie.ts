import * as fs from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { MovieHeader, MovieSource } from "../../core/movie.ts";
import type { FormatOptions } from "../format.ts";
import { Hdf5Service } from "../hdf5/hdf5_service.ts";
import type { ExternalFiles, MovieFacts } from "../hdf5/messages.ts";
import { hasSignature } from "../../hdf5/signature.ts";
import { PositionalFile } from "../positional_file.ts";

/**
 * The movie of a series whose frames are in other files, which are opened as any movie is and play one after another. What the NWB file says of
 * time and place counts; the samples are the files' own. Rejects with `MovieError` when a file is missing or they do not fit the series.
 */
export async function externalMovie(
  file: PositionalFile,
  { series, paths, startingFrames, frames, dimension }: ExternalFiles,
  facts: MovieFacts,
  { axes }: FormatOptions,
): Promise<MovieSource> {
  const places = paths.map((path) => placeOf(file.path, series, path));
  for (const place of places) await refuseChain(file.path, series, place);
  // Opening movies leads here, so that is loaded when it is needed.
  const { openMovie } = await import("../open.ts");
  const movie = await openMovie(places, axes === undefined ? {} : { axes });
  try {
    const { header } = movie,
      refuse = (why: string) => {
        throw new MovieError(
          `Series ${series} of "${file.path}" does not fit its files: ${why}; open the files themselves`,
        );
      };
    if (frames !== undefined && frames !== header.frames) {
      refuse(`they hold ${header.frames} frames, and it states ${frames}`);
    }
    if (startingFrames && header.files.length === places.length) {
      let first = 0;
      header.files.forEach((one, i) => {
        if (startingFrames[i] !== first) {
          refuse(`"${paths[i]}" begins with frame ${first}, and it states ${startingFrames[i] ?? "nothing"}`);
        }
        first += one.frames;
      });
    }
    const notes = [...facts.notes ?? [], ...header.notes ?? []];
    if (dimension && !(dimension[0] === header.width && dimension[1] === header.height)) {
      notes.push(
        `${series} states ${dimension[0]} columns and ${dimension[1]} rows; its files have ${header.width} and ` +
          `${header.height}, and they count`,
      );
    }
    const { timestamps, ...others } = facts;
    const fitting = timestamps?.length === header.frames ? timestamps : undefined;
    if (timestamps && !fitting) {
      notes.push(`${series} has ${timestamps.length} timestamps for ${header.frames} frames: they are not used`);
    }
    const { notes: _, ...known } = { ...header, ...others };
    const whole: MovieHeader = {
      ...known,
      format: `NWB, frames in ${header.format ?? "other files"}`,
      ...(fitting ? { timestamps: fitting } : {}),
      name: file.path,
      metadata: { ...header.metadata, ...facts.metadata },
      ...(notes.length > 0 ? { notes } : {}),
    };
    return { header: whole, read: movie.read.bind(movie), close: () => movie.close() };
  } catch (error) {
    movie.close();
    throw error;
  }
}

/** Where a file that a series names lies. */
function placeOf(path: string, series: string, named: string): string {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(named)) {
    throw new MovieError(`Series ${series} of "${path}" is at ${named}: download it and open the file itself`);
  }
  const slashed = named.replaceAll("\\", "/"), place = isAbsolute(slashed) ? slashed : join(dirname(path), slashed);
  if (!fs.existsSync(place)) {
    throw new MovieError(
      `Series ${series} of "${path}" takes its frames from "${named}", which is not there: it has to lie at "${place}"`,
    );
  }
  return place;
}

/** A file that leads to another one, and that one back to the first, would have no end: only the first may lead to others. */
async function refuseChain(path: string, series: string, place: string): Promise<void> {
  if (!fs.statSync(place).isFile()) return;
  const file = new PositionalFile(place);
  try {
    if (!hasSignature(file.bytes, (into, at) => file.readSync(into, at))) return;
  } finally {
    file.close();
  }
  const service = new Hdf5Service();
  try {
    const found = await service.inspect(place, {});
    if (!("files" in found)) return;
  } finally {
    service.close(place);
  }
  throw new MovieError(
    `Series ${series} of "${path}" takes its frames from "${place}", which takes them from other files: open that one`,
  );
}
