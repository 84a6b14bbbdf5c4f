import { lookup3 } from "./lookup3.ts";

/** Bytes of an object's header that are to become others of the same number. */
export interface HeaderPatch {
  /** Where the header begins in the file. */
  readonly address: number;
  /** What is there, once. */
  readonly from: readonly number[];
  /** What is to be there. */
  readonly to: readonly number[];
}

/** Number of the message that says where a header goes on. */
const CONTINUATION = 0x10;
/** Parts a header can have; more are those of a damaged file. */
const MOST_PARTS = 64;

/**
 * Replaces bytes in the headers (of version 2) of objects in a file that is closed, and puts their checksums right. This is how types get into a
 * file that the library cannot create.
 *
 * @param start Where HDF5 begins in the file.
 * @throws {Error} When the bytes are not there.
 */
export function patchHeaders(path: string, start: number, patches: readonly HeaderPatch[]): void {
  if (patches.length === 0) return;
  using file = Deno.openSync(path, { read: true, write: true });
  for (const patch of patches) {
    if (!patchHeader(file, start, patch)) throw new Error(`the header at byte ${patch.address} is not as expected`);
  }
}

function patchHeader(file: Deno.FsFile, start: number, { address, from, to }: HeaderPatch): boolean {
  const parts = [firstPart(file, start + address)];
  for (let i = 0; i < parts.length && parts.length < MOST_PARTS; i++) {
    const { position, bytes, messages, tracksOrder } = parts[i], at = find(bytes, from), end = bytes.length - 4;
    if (at >= 0) {
      bytes.set(to, at);
      new DataView(bytes.buffer).setUint32(end, lookup3(bytes.subarray(0, end)), true);
      file.seekSync(position, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      return true;
    }
    parts.push(...continuations(file, start, bytes.subarray(messages, end), tracksOrder));
  }
  return false;
}

/** One part of a header, its checksum included. */
interface Part {
  readonly position: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the messages begin. */
  readonly messages: number;
  readonly tracksOrder: boolean;
}

function firstPart(file: Deno.FsFile, position: number): Part {
  const head = readBytes(file, position, 6), flags = head[5];
  if (String.fromCharCode(...head.subarray(0, 4)) !== "OHDR") throw new Error(`no object header at byte ${position}`);
  // Flags: width of the size field; 0x10, two limits of attributes are stored; 0x20, four times are.
  const width = 1 << (flags & 3), sizeAt = 6 + (flags & 0x10 ? 4 : 0) + (flags & 0x20 ? 16 : 0);
  const size = readBytes(file, position + sizeAt, width).reduceRight((sum, byte) => 256 * sum + byte, 0);
  const bytes = readBytes(file, position, sizeAt + width + size + 4);
  return { position, bytes, messages: sizeAt + width, tracksOrder: (flags & 4) !== 0 };
}

/** The parts that a part's messages lead to. */
function continuations(file: Deno.FsFile, start: number, messages: Uint8Array, tracksOrder: boolean): Part[] {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.length), head = tracksOrder ? 6 : 4;
  const parts: Part[] = [];
  for (let at = 0; at + head <= messages.length; at += head + view.getUint16(at + 1, true)) {
    if (messages[at] !== CONTINUATION) continue;
    const position = start + Number(view.getBigUint64(at + head, true));
    const length = Number(view.getBigUint64(at + head + 8, true));
    parts.push({ position, bytes: readBytes(file, position, length), messages: "OCHK".length, tracksOrder });
  }
  return parts;
}

function readBytes(file: Deno.FsFile, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(position, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Error(`the file ends within an object header, at byte ${position + done}`);
    done += count;
  }
  return bytes;
}

function find(bytes: Uint8Array, pattern: readonly number[]): number {
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
