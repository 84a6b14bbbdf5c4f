/** The first eight bytes of HDF5 data. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Whether a file holds HDF5 data: at its beginning, or behind a user block of 512, 1024, 2048, … bytes such as MATLAB's.
 * @param size the file's bytes
 * @param readAt fills an array from a position of the file
 */
export function hasSignature(size: number, readAt: (into: Uint8Array, position: number) => void): boolean {
  const bytes = new Uint8Array(SIGNATURE.length);
  for (let at = 0; at + bytes.length <= size; at = at === 0 ? 512 : 2 * at) {
    readAt(bytes, at);
    if (SIGNATURE.every((byte, i) => bytes[i] === byte)) return true;
  }
  return false;
}
