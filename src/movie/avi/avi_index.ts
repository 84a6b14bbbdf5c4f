import type { AviParts } from "./avi_header.ts";
import { type FileWindow, fourCharacters } from "./file_window.ts";
import { FrameList, isPicture } from "./frame_list.ts";

/** Entries of an index that are read at a time. */
const ENTRIES_AT_ONCE = 4096;

/**
 * The frames by the file's own index: that of OpenDML (files of more than 1 GB), or the plain one. Undefined when there
 * is none, or when it is not sound: its entries must lie in the file one after another, and the first and the last must
 * point at chunks of this stream.
 */
export function indexedFrames(window: FileWindow, parts: AviParts): FrameList | undefined {
  const { index, number } = parts.stream;
  const mine = String(number).padStart(2, "0");
  const ways = [
    () => index && openDmlFrames(window, index),
    // Offsets of the plain index count from the word "movi", or from the start of the file.
    () => plainFrames(window, parts, mine, parts.lists[0].start - 4),
    () => plainFrames(window, parts, mine, 0),
  ];
  for (const find of ways) {
    const list = find();
    if (list && list.slots > 0 && isSound(window, list, mine)) return list;
  }
  return undefined;
}

/** Whether all pictures lie in the file, in order and apart, and the first and last are what the index says. */
function isSound(window: FileWindow, list: FrameList, mine: string): boolean {
  let free = 0;
  for (let i = 0; i < list.frames; i++) {
    if (list.position(i) < free + 8) return false;
    free = list.position(i) + list.size(i);
  }
  if (free > window.file.bytes) return false;
  return [0, list.frames - 1].every((i) =>
    i < 0 || i >= list.frames || isChunk(window, list.position(i) - 8, mine, list.size(i))
  );
}

/** Whether a chunk of the stream, of this size, lies at a position. */
function isChunk(window: FileWindow, position: number, mine: string, size: number): boolean {
  if (!(position >= 0 && position + 8 <= window.file.bytes)) return false;
  const head = window.view(position, 8, "a frame");
  return isPicture(fourCharacters(head, 0), mine) && head.getUint32(4, true) === size;
}

/** The `idx1` chunk: 16 bytes per chunk of any stream. */
function plainFrames(window: FileWindow, parts: AviParts, mine: string, base: number): FrameList | undefined {
  const { plainIndex, lists } = parts, list = new FrameList();
  // Segments behind the first are in no plain index.
  if (!plainIndex || lists.length > 1) return undefined;
  for (let at = plainIndex.start; at + 16 <= plainIndex.end;) {
    const count = Math.min(ENTRIES_AT_ONCE, Math.floor((plainIndex.end - at) / 16));
    const view = window.view(at, count * 16, "its index");
    for (let i = 0; i < count; i++) {
      if (!isPicture(fourCharacters(view, 16 * i), mine)) continue;
      list.add(base + view.getUint32(16 * i + 8, true) + 8, view.getUint32(16 * i + 12, true));
    }
    at += 16 * count;
  }
  return list;
}

/**
 * The `indx` chunk of OpenDML: a list of `ix##` chunks, each of which lists pictures; short files list the pictures in
 * it.
 */
function openDmlFrames(window: FileWindow, index: { position: number; bytes: number }): FrameList | undefined {
  const list = new FrameList();
  if (index.bytes < 24) return undefined;
  const head = window.view(index.position, 24, "its index");
  if (head.getUint8(3) === 1) return addPictures(window, index.position, index.bytes, list) ? list : undefined;
  const used = head.getUint32(4, true);
  if (head.getUint8(3) !== 0 || head.getUint16(0, true) !== 4 || 24 + 16 * used > index.bytes) return undefined;
  for (let i = 0; i < used; i++) {
    const entry = window.view(index.position + 24 + 16 * i, 12, "its index");
    const position = Number(entry.getBigUint64(0, true)), bytes = entry.getUint32(8, true);
    if (position + bytes > window.file.bytes || bytes < 32) return undefined;
    if (!addPictures(window, position + 8, bytes - 8, list)) return undefined;
  }
  return list;
}

/** Adds the pictures that one index of pictures lists. False when it is none. */
function addPictures(window: FileWindow, position: number, bytes: number, list: FrameList): boolean {
  if (position + 24 > window.file.bytes) return false;
  const head = window.view(position, 24, "its index");
  // Indices of interlaced pictures have a third number per entry, the position of the second field.
  const entryBytes = 4 * head.getUint16(0, true), used = head.getUint32(4, true);
  const base = Number(head.getBigUint64(12, true));
  if (head.getUint8(3) !== 1 || entryBytes < 8 || entryBytes > 12 || 24 + entryBytes * used > bytes) return false;
  for (let i = 0; i < used;) {
    const count = Math.min(ENTRIES_AT_ONCE, used - i), at = position + 24 + i * entryBytes;
    // An index that lists the same pictures again and again would otherwise grow without end.
    if (at + count * entryBytes > window.file.bytes || 8 * list.slots > window.file.bytes) return false;
    const view = window.view(at, count * entryBytes, "its index");
    for (let k = 0; k < count; k++) {
      // The highest bit of the size says that the picture needs the ones before it.
      list.add(base + view.getUint32(k * entryBytes, true), view.getUint32(k * entryBytes + 4, true) & 0x7fffffff);
    }
    i += count;
  }
  return true;
}
