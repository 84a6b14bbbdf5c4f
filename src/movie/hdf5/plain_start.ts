import * as fs from "node:fs";
import type { Hdf5Reader } from "../../hdf5/hdf5_reader.ts";
import type { FrameArray } from "./frame_array.ts";
import { contiguousPlace } from "./object_header.ts";
import { storedTypeOf } from "./stored_numbers.ts";

/** Bytes at the beginning and at the end of the data that are compared with what the library reads there. */
const COMPARED = 2 ** 14;

/**
 * Where the frames of a movie begin when they lie in its file one after another exactly as they are handed out, so that they can be read
 * without the library; else undefined. Believed only when the library reads the same bytes in the first and in the last frame.
 */
export function plainStart(reader: Hdf5Reader, path: string, array: FrameArray): number | undefined {
  const { dataset, axes, shape, stored, sampleType, frames, width, height } = array;
  const isPlain = axes.filter((axis) => axis !== "1").join("") === "TYX" && storedTypeOf(stored) === sampleType;
  if (array.chunks || !isPlain || reader.virtualSources(dataset).length > 0) return undefined;
  const address = reader.address(dataset), place = address === undefined ? undefined : contiguousPlace(path, address);
  const rowBytes = width * stored.size, frameBytes = rowBytes * height;
  if (place?.bytes !== frames * frameBytes || place.start + place.bytes > array.fileBytes) return undefined;
  const rows = Math.max(1, Math.min(height, Math.floor(COMPARED / rowBytes)));
  const corners = [{ frame: 0, row: 0 }, { frame: frames - 1, row: height - rows }];
  const descriptor = fs.openSync(path, "r");
  try {
    for (const { frame, row } of corners) {
      const bytes = new Uint8Array(rows * rowBytes);
      fs.readSync(descriptor, bytes, 0, bytes.length, place.start + frame * frameBytes + row * rowBytes);
      const offsets = shape.map((_, axis) => axes[axis] === "T" ? frame : axes[axis] === "Y" ? row : 0);
      const counts = shape.map((_, axis) => axes[axis] === "Y" ? rows : axes[axis] === "X" ? width : 1);
      let isSame = false;
      reader.block(
        dataset,
        offsets,
        counts,
        stored.size,
        (right) => isSame = bytes.every((byte, i) => byte === right[i]),
      );
      if (!isSame) return undefined;
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return place.start;
}
