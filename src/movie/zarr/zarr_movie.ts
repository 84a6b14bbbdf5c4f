import { statSync } from "node:fs";
import { join } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { MovieHeader, MovieSource, SampleArray } from "../../core/movie.ts";
import { copyStrided } from "../../zarr/strided_copy.ts";
import { openZarrChunks } from "../../zarr/zarr_array.ts";
import { ZarrError } from "../../zarr/zarr_error.ts";
import type { ZarrArrayMetadata } from "../../zarr/zarr_metadata.ts";
import { storedFiles } from "../../zarr/zarr_tree.ts";
import { type ArrayAxes, arrayAxes, axesNotes } from "../array_axes.ts";
import type { FormatOptions } from "../format.ts";
import { checkReadRange } from "../read_range.ts";
import { isStoredType, sampleTypeOf, storedBytes, storedTypeNotes, toSamples } from "../stored_type.ts";
import { chooseArray, type ChosenArray } from "./choose_array.ts";
import { ChunkCache } from "./chunk_cache.ts";
import { namedAxes } from "./named_axes.ts";
import { PlainChunks } from "./plain_chunks.ts";
import { zarrFacts } from "./zarr_facts.ts";

/** Decoded chunks that are kept, bytes: neighbouring ranges of frames share chunks. */
const CACHE_BYTES = 2 ** 26;
/** Other arrays that are named in a note. */
const NAMED = 8;
/** Movies of which less than this part is stored are not believed. */
const LEAST_STORED = 1 / 1000;

/**
 * An array in a Zarr folder (version 2 or 3) as a movie. Axes go by their names where they have known ones, else frames × rows × columns.
 * Chunks are decoded when frames in them are read; those that hold whole frames plainly go straight into the caller's array. Rejects with
 * `MovieError` when the folder holds no movie.
 */
export async function openZarrMovie(folder: string, { dataset, axes }: FormatOptions): Promise<MovieSource> {
  const chosen = chooseArray(folder, dataset), { array, path } = chosen;
  const where = path === "" ? `Movie "${folder}"` : `Array "${path}" of movie "${folder}"`;
  const { type } = array;
  if (!isStoredType(type)) {
    throw new MovieError(
      `${where} holds ${type}, not samples: uint8, uint16, int16, float32 and other numbers can be read`,
    );
  }
  const found = axesOf(array, axes, where), sampleType = sampleTypeOf(type);
  const { t, y, x, width, height, frames } = found;
  const stored = within(where, () => storedFiles(array));
  if (stored.found === 0 || stored.found < stored.expected * LEAST_STORED) {
    throw new MovieError(
      `${where} is damaged or incomplete: ${stored.found} of the ${stored.expected} files that hold its ${
        array.shape.join("×")
      } samples are there`,
    );
  }
  const plainBytes = array.chunks.reduce((product, size) => product * size, storedBytes(type));
  if (array.isPlain && stored.bytes < stored.found * plainBytes) {
    throw new MovieError(
      `${where} is truncated or damaged: its ${stored.found} ${
        stored.found === 1 ? "file" : "files"
      } of ${plainBytes} bytes ` +
        `each have only ${stored.bytes} bytes`,
    );
  }
  const chunks = await openZarrChunks(array).catch((error) => {
    throw asMovieError(where, error);
  });
  const { notes: factNotes = [], ...facts } = await zarrFacts(chosen, frames, t);
  const missing = stored.expected - stored.found;
  const notes = [
    ...choiceNotes(chosen),
    ...storedTypeNotes(type),
    ...(axes === undefined && !namedAxes(array.dimensions) ? axesNotes(found) : []),
    ...(missing > 0
      ? [`${missing} of ${stored.expected} files of the array are not there: their samples are ${array.fill}`]
      : []),
    ...factNotes,
  ];
  const header: MovieHeader = {
    width,
    height,
    frames,
    sampleType,
    name: path === "" ? folder : `${folder}/${path}`,
    format: "Zarr",
    files: [{ path: folder, bytes: stored.bytes, modified: modifiedOf(array), frames }],
    ...facts,
    ...(notes.length > 0 ? { notes } : {}),
  };
  const cache = new ChunkCache(CACHE_BYTES, async (index) => {
    const chunk = await chunks.chunk(index).catch((error) => {
      throw asMovieError(where, error);
    });
    if (!chunk) return undefined;
    // Truth values are numbers behind a wrapping of the library's.
    const numbers = type === "bool" ? Uint8Array.from(chunk.data as ArrayLike<number>, Number) : chunk.data;
    return { data: toSamples(numbers as SampleArray, sampleType), strides: chunk.strides };
  });
  const plain = PlainChunks.of(array, found);
  return {
    header,
    async read(start, count, into) {
      checkReadRange(header, start, count, into);
      if (plain) return await plain.read(start, count, into);
      const size = width * height, perChunk = t === undefined ? 1 : array.chunks[t];
      for (let row = Math.floor(start / perChunk); row * perChunk < start + count; row++) {
        const from = Math.max(start, row * perChunk), to = Math.min(start + count, (row + 1) * perChunk);
        for (let j = 0; j * array.chunks[y] < height; j++) {
          for (let i = 0; i * array.chunks[x] < width; i++) {
            const index = array.shape.map((_, axis) => axis === t ? row : axis === y ? j : axis === x ? i : 0);
            const chunk = await cache.chunk(index, row);
            const top = j * array.chunks[y], left = i * array.chunks[x];
            const counts = [
              to - from,
              Math.min(array.chunks[y], height - top),
              Math.min(array.chunks[x], width - left),
            ];
            const target = { offset: (from - start) * size + top * width + left, strides: [size, width, 1] };
            if (!chunk) {
              fillStrided(into, array.fill, target.offset, counts, size, width);
              continue;
            }
            const { data, strides } = chunk, step = t === undefined ? 0 : strides[t];
            const source = { offset: (from - row * perChunk) * step, strides: [step, strides[y], strides[x]] };
            copyStrided(data, source, into, target, counts);
          }
        }
      }
    },
    close: () => cache.clear(),
  };
}

/** A note for people when other arrays could have been the movie as well. */
function choiceNotes({ path, others }: ChosenArray): string[] {
  if (others.length === 0) return [];
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : "";
  return [`${path} is read; --dataset picks another one: ${others.slice(0, NAMED).join(", ")}${more}`];
}

/** Fills a block of frames, rows and columns with a value. */
function fillStrided(
  into: SampleArray,
  value: number,
  offset: number,
  [frames, rows, columns]: readonly number[],
  frameStep: number,
  rowStep: number,
): void {
  for (let frame = 0; frame < frames; frame++) {
    for (let row = 0; row < rows; row++) {
      const at = offset + frame * frameStep + row * rowStep;
      into.fill(value, at, at + columns);
    }
  }
}

/** Which axis is which: as the user said, else by their names, else frames first. */
function axesOf(array: ZarrArrayMetadata, axes: string | undefined, where: string): ArrayAxes {
  const bytes = storedBytes(array.type as Parameters<typeof storedBytes>[0]), named = namedAxes(array.dimensions);
  const extra = named ? array.shape.findIndex((size, axis) => !named.includes(axis) && size !== 1) : -1;
  if (axes !== undefined || !named || extra >= 0) return arrayAxes(array.shape, axes, where, bytes);
  const [t, y, x] = named;
  const { frames, height, width } = arrayAxes([t, y, x].map((axis) => array.shape[axis]), undefined, where, bytes);
  return { t, y, x, frames, height, width };
}

function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asMovieError(where, error);
  }
}

function asMovieError(where: string, error: unknown): unknown {
  return error instanceof ZarrError ? new MovieError(`${where} ${error.message}`) : error;
}

function modifiedOf({ folder, version }: ZarrArrayMetadata): string {
  return statSync(join(folder, version === 2 ? ".zarray" : "zarr.json")).mtime.toISOString();
}
