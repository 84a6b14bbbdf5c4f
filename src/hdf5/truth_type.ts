import { lookup3 } from "./lookup3.ts";
import type { Hdf5Type } from "./hdf5_library.ts";
import { hdf5Type } from "./hdf5_library.ts";

/**
 * Truth values are an enumeration of the bytes FALSE and TRUE in HDF5 files of h5py, and the library in use cannot create enumerations. So such a
 * dataset is created with a compound type whose description takes exactly as many bytes, and once the file is closed, the description of the
 * enumeration is written over it (and the checksum of the header it is in is put right).
 */
const PLACEHOLDER = "FALSE,TRUE.";

/** How HDF5 describes a signed byte. */
const BYTE = [0x10, 0x08, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
/** How the library describes the placeholder: a compound (class 6, version 3) of one member in 1 byte. */
const COMPOUND = [0x36, 1, 0, 0, 1, 0, 0, 0, ...ascii(`${PLACEHOLDER}\0`), 0, ...BYTE];
/** How h5py describes truth values: an enumeration (class 8, version 3) of two members in 1 byte. */
const ENUMERATION = [0x38, 2, 0, 0, 1, 0, 0, 0, ...BYTE, ...ascii("FALSE\0TRUE\0"), 0, 1];

/** The type to create a dataset of truth values with; `markTruthValues` has to follow. */
export function placeholderOfTruth(): Hdf5Type {
  const byte = hdf5Type("<b");
  return {
    ...byte,
    type: 6,
    compound_type: { nmembers: 1, members: [{ ...byte, name: PLACEHOLDER, offset: 0 }] },
  } as unknown as Hdf5Type;
}

/**
 * Makes datasets with the placeholder's type datasets of truth values, in a file that is closed.
 *
 * @param addresses Where the objects' headers begin in the file, bytes.
 * @throws {Error} When there is no such dataset at an address.
 */
export function markTruthValues(path: string, addresses: readonly number[]): void {
  if (addresses.length === 0) return;
  using file = Deno.openSync(path, { read: true, write: true });
  for (const address of addresses) {
    const header = readHeader(file, address), at = find(header, COMPOUND);
    if (at < 0) throw new Error(`no dataset of truth values at byte ${address}`);
    header.set(ENUMERATION, at);
    const end = header.length - 4;
    new DataView(header.buffer).setUint32(end, lookup3(header.subarray(0, end)), true);
    file.seekSync(address, Deno.SeekMode.Start);
    for (let done = 0; done < header.length;) done += file.writeSync(header.subarray(done));
  }
}

/** The first chunk of an object header of version 2, checksum included. A dataset's type is always in it. */
function readHeader(file: Deno.FsFile, address: number): Uint8Array {
  const start = readBytes(file, address, 6), flags = start[5];
  if (!ascii("OHDR").every((byte, i) => start[i] === byte)) throw new Error(`no object header at byte ${address}`);
  // Flags: width of the size field; 0x10, two limits of attributes are stored; 0x20, four times are.
  const width = 1 << (flags & 3), sizeAt = 6 + (flags & 0x10 ? 4 : 0) + (flags & 0x20 ? 16 : 0);
  const field = readBytes(file, address + sizeAt, width);
  const size = field.reduceRight((sum, byte) => 256 * sum + byte, 0);
  return readBytes(file, address, sizeAt + width + size + 4);
}

function readBytes(file: Deno.FsFile, position: number, length: number): Uint8Array {
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

function ascii(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
