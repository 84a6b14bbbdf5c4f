import { bytesPerSample, type MovieHeader, type MovieSource, type SampleArray, sampleArray } from "../../core/movie.ts";
import type { FormatOptions } from "../format.ts";
import { externalMovie } from "../nwb/external_movie.ts";
import { PositionalFile } from "../positional_file.ts";
import { checkReadRange } from "../read_range.ts";
import { Hdf5Service, PIECE_BYTES } from "./hdf5_service.ts";
import type { FrameArray } from "./frame_array.ts";
import type { MovieFacts } from "./messages.ts";

/**
 * The movie in an HDF5 file: a dataset of CaImAn, MATLAB v7.3, or anyone, or a series of an NWB file. Frames are read in a worker, at random,
 * straight from disk. Rejects with `MovieError` of one sentence when there is none that can be read.
 */
export async function openHdf5Movie(path: string, options: FormatOptions): Promise<MovieSource> {
  const file = new PositionalFile(path), service = new Hdf5Service();
  let found;
  try {
    found = await service.inspect(path, options);
  } catch (error) {
    service.close(path);
    throw error;
  }
  if ("array" in found) {
    const { array, facts } = found, { start } = array;
    return start === undefined
      ? arrayMovie(service, file, array, facts)
      : plainMovie(service, file, array, start, facts);
  }
  service.close(path);
  return await externalMovie(file, found.files, found.facts, options);
}

function headerOf({ path, bytes, modified }: PositionalFile, array: FrameArray, facts: MovieFacts): MovieHeader {
  const { width, height, frames, sampleType } = array;
  return { width, height, frames, sampleType, ...facts, name: path, files: [{ path, bytes, modified, frames }] };
}

/**
 * A movie whose frames lie in the file one after another from `position` on: they are read without the library. It keeps its share in the worker
 * all the same, so that the next file of a recording need not start another one.
 */
function plainMovie(
  service: Hdf5Service,
  file: PositionalFile,
  array: FrameArray,
  position: number,
  facts: MovieFacts,
): MovieSource {
  const header = headerOf(file, array, facts), { width, height, sampleType } = array;
  const frameBytes = width * height * bytesPerSample(sampleType);
  return {
    header,
    read: async (start, count, into) => {
      checkReadRange(header, start, count, into);
      const bytes = new Uint8Array(into.buffer, into.byteOffset, count * frameBytes);
      await file.read(bytes, position + start * frameBytes);
    },
    close: () => {
      file.close();
      service.close(file.path);
    },
  };
}

/** A movie whose frames the worker reads. */
function arrayMovie(service: Hdf5Service, file: PositionalFile, array: FrameArray, facts: MovieFacts): MovieSource {
  const header = headerOf(file, array, facts), { path } = file;
  const { width, height, sampleType } = array, size = width * height;
  const frameBytes = size * bytesPerSample(sampleType), step = Math.max(1, Math.floor(PIECE_BYTES / frameBytes));
  const like = sampleArray(sampleType, 0).constructor as Uint8ArrayConstructor;

  async function read(start: number, count: number, into: SampleArray): Promise<void> {
    checkReadRange(header, start, count, into);
    const ask = (from: number) => {
      const many = Math.min(step, count - from);
      return service.read(path, array, start + from, many, many * frameBytes);
    };
    let next = count > 0 ? ask(0) : undefined;
    for (let from = 0; next; from += step) {
      const buffer: ArrayBuffer = await next;
      // The worker goes on while this piece is put into place.
      next = from + step < count ? ask(from + step) : undefined;
      into.set(new like(buffer, 0, Math.min(step, count - from) * size), from * size);
      service.giveBack(buffer);
    }
  }
  return { header, read, close: () => service.close(path) };
}
