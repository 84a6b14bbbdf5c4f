import { lookup3 } from "./lookup3.ts";

/** Where things are in HDF5's superblock of version 2 or 3, bytes. */
const SUPERBLOCK = { version: 8, base: 12, end: 28, checksum: 44 } as const;

/**
 * Puts a user block (512, 1024, 2048, … bytes that HDF5 passes over) before an HDF5 file that is closed, which is small. Addresses in the file
 * count from where HDF5 begins, so only the superblock has to tell where that is.
 *
 * @throws {Error} When the file is of another version of the format.
 */
export function prependUserBlock(path: string, block: Uint8Array): void {
  if (block.length < 512 || !Number.isInteger(Math.log2(block.length))) {
    throw new Error(`a user block has 512, 1024, 2048, … bytes, not ${block.length}`);
  }
  const body = Deno.readFileSync(path), view = new DataView(body.buffer);
  if (body[SUPERBLOCK.version] !== 2 && body[SUPERBLOCK.version] !== 3) {
    throw new Error("a user block goes before files of version 2 or 3 only");
  }
  const start = BigInt(block.length);
  view.setBigUint64(SUPERBLOCK.base, start, true);
  view.setBigUint64(SUPERBLOCK.end, view.getBigUint64(SUPERBLOCK.end, true) + start, true);
  view.setUint32(SUPERBLOCK.checksum, lookup3(body.subarray(0, SUPERBLOCK.checksum)), true);
  const whole = new Uint8Array(block.length + body.length);
  whole.set(block);
  whole.set(body, block.length);
  Deno.writeFileSync(path, whole);
}
