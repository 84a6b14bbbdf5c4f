import { lookup3 } from "../src/hdf5/lookup3.ts";

/** Where the samples begin. */
const SAMPLES = 2048;
/** "Nowhere" as an address. */
const NOWHERE = 2n ** 64n - 1n;

/**
 * What stands before the samples in an HDF5 file of one contiguous dataset `mov` of uint16 numbers, which annulus does not write itself: the
 * superblock (version 2), the root group and the dataset's header, by the HDF5 File Format Specification 3.0.
 */
export function contiguousHdf5(shape: readonly [number, number, number]): Uint8Array {
  const size = BigInt(2 * shape[0] * shape[1] * shape[2]),
    rootAt = 48,
    root = objectHeader([
      // No creation order, no table of links: they are messages.
      [0x02, [...bytes(0, 2), ...bytes(NOWHERE, 8), ...bytes(NOWHERE, 8)]],
      [0x0a, bytes(0, 2)],
      // A hard link with a name of 3 letters.
      [0x06, [1, 0, 3, ...new TextEncoder().encode("mov"), ...bytes(512, 8)]],
    ]);
  const dataset = objectHeader([
    [0x01, [2, 3, 0, 1, ...shape.flatMap((length) => bytes(length, 8))]],
    // An unsigned little-endian integer of 2 bytes and 16 bits.
    [0x03, [0x10, 0, 0, 0, ...bytes(2, 4), ...bytes(0, 2), ...bytes(16, 2)]],
    [0x05, [3, 0x0a]],
    [0x08, [3, 1, ...bytes(SAMPLES, 8), ...bytes(size, 8)]],
  ]);
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  const superblock = [...signature, 2, 8, 8, 0, ...bytes(0, 8), ...bytes(NOWHERE, 8)];
  superblock.push(...bytes(BigInt(SAMPLES) + size, 8), ...bytes(rootAt, 8));
  const file = new Uint8Array(SAMPLES);
  file.set(withChecksum(superblock));
  file.set(root, rootAt);
  file.set(dataset, 512);
  return file;
}

/** An object header of version 2 in one block. */
function objectHeader(messages: readonly (readonly [number, readonly number[]])[]): number[] {
  const all = messages.flatMap(([type, body]) => [type, ...bytes(body.length, 2), 0, ...body]);
  return withChecksum([...new TextEncoder().encode("OHDR"), 2, 0, all.length, ...all]);
}

function withChecksum(block: readonly number[]): number[] {
  return [...block, ...bytes(lookup3(Uint8Array.from(block)), 4)];
}

/** A number, little-endian. */
function bytes(value: number | bigint, count: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return [...new Uint8Array(view.buffer).subarray(0, count)];
}
