import type { PositionalFile } from "../positional_file.ts";

/** The first eight bytes of HDF5 data. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file holds HDF5 data: at its beginning, or behind a user block of 512, 1024, 2048, … bytes such as MATLAB's. */
export function hasSignature(file: PositionalFile): boolean {
  const bytes = new Uint8Array(SIGNATURE.length);
  for (let at = 0; at + bytes.length <= file.bytes; at = at === 0 ? 512 : 2 * at) {
    file.readSync(bytes, at);
    if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return true;
  }
  return false;
}
