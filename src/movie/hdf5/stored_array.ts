import * as fs from "node:fs";
import { dirname, resolve } from "node:path";
import { MovieError } from "../../core/errors.ts";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import { sizeOf } from "../../hdf5/hdf5_types.ts";
import type { Hdf5Description } from "../../hdf5/hdf5_values.ts";
import type { Axis, FrameArray } from "./frame_array.ts";
import { plainStart } from "./plain_start.ts";
import { sampleTypeOfNumbers } from "./stored_numbers.ts";

/** Largest frame, bytes. */
const LARGEST_FRAME = 2 ** 31;
/** Largest chunk that is unpacked, bytes. */
const LARGEST_CHUNK = 2 ** 28;
/** No filter that is known here makes anything smaller than this many times. */
const SMALLEST = 1032;
/** Filters the library brings with it: deflate, shuffle, Fletcher's checksum, N-bit, scale-offset. */
const KNOWN_FILTERS = [1, 2, 3, 5, 6];
/** Filters people meet, by their registered numbers. */
const FILTERS: Readonly<Record<number, string>> = {
  4: "SZIP",
  307: "bzip2",
  32000: "LZF",
  32001: "Blosc",
  32004: "LZ4",
  32008: "bitshuffle",
  32013: "ZFP",
  32015: "Zstandard",
  32026: "Blosc2",
};

/**
 * What has to be known to read the frames of a dataset. Throws `MovieError` for every reason why they cannot be read: another type, absurd
 * sizes, a filter the library lacks, files that are missing.
 * @param size rows and columns, when the pixels of a frame are along one axis
 */
export function storedArray(
  reader: Hdf5Reader,
  path: string,
  dataset: string,
  description: Hdf5Description,
  axes: readonly Axis[],
  size?: readonly [number, number],
): FrameArray {
  const { kind, shape = [], chunks, signed } = description,
    refuse = (why: string) => {
      throw new MovieError(`Dataset ${dataset} of "${path}" ${why}`);
    };
  if (kind !== "integer" && kind !== "float") refuse("does not hold numbers, so it is no movie");
  const stored = { kind, signed, size: description.size };
  const along = (axis: Axis) => axes.includes(axis) ? shape[axes.indexOf(axis)] : 1;
  const [height, width] = size ?? [along("Y"), along("X")], frames = along("T");
  if (sizeOf(shape) === 0) refuse(`is empty: its shape is ${shape.join("×")}`);
  if (size && height * width !== along("P")) {
    refuse(`has ${along("P")} pixels per frame, which are not ${height} rows of ${width}`);
  }
  if (!Number.isSafeInteger(sizeOf(shape) * stored.size)) {
    refuse(`claims the shape ${shape.join("×")}, which no file holds`);
  }
  if (width * height * Math.max(stored.size, 4) > LARGEST_FRAME) {
    refuse(`has frames of ${width}×${height} pixels; at most 2 GiB per frame can be read`);
  }
  const virtual = reader.virtualSources(dataset);
  for (const source of virtual) {
    if (source === "." || source.includes("%")) continue;
    if (!fs.existsSync(resolve(dirname(path), source))) refuse(`takes its frames from "${source}", which is not there`);
  }
  const file = fileOf(reader, path, dataset), filters = chunks ? reader.filters(dataset) : [];
  const unknown = filters.find(({ id }) => !KNOWN_FILTERS.includes(id));
  if (unknown) {
    const name = FILTERS[unknown.id] ?? (unknown.name || "a filter that is not known here");
    refuse(
      `is packed with ${name} (HDF5 filter ${unknown.id}), which cannot be unpacked here: ` +
        "repack it first, for example with h5repack -f GZIP=4 (and HDF5_PLUGIN_PATH set to the filter's plugin)",
    );
  }
  const ratio = filters.length > 0 ? SMALLEST : 1;
  if (virtual.length === 0) {
    const bytes = sizeOf(shape) * stored.size, has = fs.statSync(file).size;
    if (bytes > has * ratio) {
      refuse(
        `claims ${bytes} bytes, but its file has only ${has}: it is damaged, was never filled, or keeps its data elsewhere`,
      );
    }
    const chunkBytes = chunks ? sizeOf(chunks) * stored.size : 0;
    if (filters.length > 0 && (chunkBytes > LARGEST_CHUNK || chunkBytes > has * ratio)) {
      refuse(
        `is packed in chunks of ${chunkBytes} bytes; at most ${LARGEST_CHUNK} can be unpacked: ` +
          "repack it in smaller ones, for example with h5repack -l CHUNK=…",
      );
    }
    // One sample shows whether chunks can be unpacked at all.
    if (filters.length > 0) reader.block(dataset, shape.map(() => 0), shape.map(() => 1), stored.size, () => {});
  }
  const array: FrameArray = {
    dataset,
    axes,
    shape,
    ...(chunks ? { chunks } : {}),
    stored,
    sampleType: sampleTypeOfNumbers(stored),
    fileBytes: fs.statSync(path).size,
    frames,
    height,
    width,
  };
  const start = file === path ? plainStart(reader, path, array) : undefined;
  return start === undefined ? array : { ...array, start };
}

/** The file that a dataset is in: another one when a link on the way leads there. */
function fileOf(reader: Hdf5Reader, path: string, dataset: string, hops = 0): string {
  if (hops > 8) throw new MovieError(`Dataset ${dataset} of "${path}" is a link to a link to a link`);
  const names = dataset.split("/").filter((name) => name !== "");
  for (let i = 1; i <= names.length; i++) {
    const prefix = `/${names.slice(0, i).join("/")}`, rest = names.slice(i);
    const away = reader.externalLink(prefix);
    if (away) return resolve(dirname(path), away.file);
    const here = reader.softLink(prefix);
    if (here !== undefined) {
      const target = here.startsWith("/") ? here : `/${names.slice(0, i - 1).join("/")}/${here}`;
      return fileOf(reader, path, [target, ...rest].join("/"), hops + 1);
    }
  }
  return path;
}
