import * as fs from "node:fs";

/** Blocks a header may consist of, and bytes of one: more than any honest dataset has. */
const MOST_BLOCKS = 32, LONGEST_BLOCK = 2 ** 16;
/** Types of messages. */
const LAYOUT = 0x08, CONTINUATION = 0x10;
const CONTIGUOUS = 1;

/** Where the data of a dataset are in its file. */
export interface DataPlace {
  /** Position in the file. */
  readonly start: number;
  readonly bytes: number;
}

/**
 * Where a contiguous dataset has its data, which the library does not tell: from the layout message of the dataset's object header, by the HDF5
 * File Format Specification 3.0. Undefined when the data are stored in another way, or the header is of a kind that is not looked at here: this
 * is for speed only, so nothing depends on it.
 * @param address of the object header, as references to the dataset have it
 */
export function contiguousPlace(path: string, address: number): DataPlace | undefined {
  const descriptor = fs.openSync(path, "r");
  try {
    const base = superblock(descriptor);
    return base === undefined ? undefined : layout(descriptor, base, address);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Position of the superblock, to which all addresses are relative; undefined when they are not of 8 bytes. */
function superblock(descriptor: number): number | undefined {
  for (let at = 0; at <= 2 ** 30; at = at === 0 ? 512 : 2 * at) {
    const bytes = block(descriptor, at, 16);
    if (!bytes) return undefined;
    if (bytes.getUint32(0) !== 0x89484446 || bytes.getUint32(4) !== 0x0d0a1a0a) continue;
    const sizes = bytes.getUint8(8) < 2 ? 13 : 9;
    return bytes.getUint8(sizes) === 8 && bytes.getUint8(sizes + 1) === 8 ? at : undefined;
  }
}

function layout(descriptor: number, base: number, address: number): DataPlace | undefined {
  const start = block(descriptor, base + address, 16);
  if (!start) return undefined;
  const isNew = start.getUint32(0) === 0x4f484452;
  if (!isNew && start.getUint8(0) !== 1) return undefined;
  const flags = isNew ? start.getUint8(5) : 0;
  // Times and numbers of attributes may come first, then the size of the first block of messages.
  const sizeAt = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0), sizeBytes = 1 << (flags & 3);
  const head = isNew ? block(descriptor, base + address, sizeAt + sizeBytes) : start;
  if (!head || sizeBytes > 4) return undefined;
  const first = isNew
    ? { at: base + address + sizeAt + sizeBytes, length: unsigned(head, sizeAt, sizeBytes) }
    : { at: base + address + 16, length: head.getUint32(8, true) };
  const blocks = [first], messageHead = isNew ? (flags & 4 ? 6 : 4) : 8;
  for (let i = 0; i < blocks.length && i < MOST_BLOCKS; i++) {
    const { at, length } = blocks[i], bytes = length <= LONGEST_BLOCK ? block(descriptor, at, length) : undefined;
    if (!bytes) return undefined;
    for (let message = 0; message + messageHead <= length;) {
      const type = isNew ? bytes.getUint8(message) : bytes.getUint16(message, true);
      const size = bytes.getUint16(message + (isNew ? 1 : 2), true), body = message + messageHead;
      if (body + size > length) break;
      if (type === LAYOUT) return size >= 18 ? placeIn(bytes, body, base) : undefined;
      if (type === CONTINUATION && size >= 16) {
        // Blocks of the new kind stand between a signature and a checksum.
        const frame = isNew ? 4 : 0;
        blocks.push({
          at: base + unsigned(bytes, body, 8) + frame,
          length: unsigned(bytes, body + 8, 8) - 2 * frame,
        });
      }
      message = body + size;
    }
  }
  return undefined;
}

function placeIn(bytes: DataView, at: number, base: number): DataPlace | undefined {
  const version = bytes.getUint8(at);
  if (version !== 3 && version !== 4 || bytes.getUint8(at + 1) !== CONTIGUOUS) return undefined;
  return { start: base + unsigned(bytes, at + 2, 8), bytes: unsigned(bytes, at + 10, 8) };
}

function unsigned(bytes: DataView, at: number, size: number): number {
  if (size === 8) return Number(bytes.getBigUint64(at, true));
  return size === 4 ? bytes.getUint32(at, true) : size === 2 ? bytes.getUint16(at, true) : bytes.getUint8(at);
}

/** Bytes of the file; undefined where it has none. */
function block(descriptor: number, position: number, length: number): DataView | undefined {
  if (!Number.isSafeInteger(position) || position < 0 || length < 0) return undefined;
  const bytes = new Uint8Array(length);
  return fs.readSync(descriptor, bytes, 0, length, position) === length ? new DataView(bytes.buffer) : undefined;
}
