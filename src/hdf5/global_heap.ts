/** What a collection of HDF5's global heap begins with: "GCOL", version 1, three reserved bytes. */
const SIGNATURE = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0];
/** Bytes of the head of a collection, and of each object in it. */
const HEAD = 16;
/** The library makes no collection smaller than this, and this many bytes are what it reads of one first. */
const LEAST = 4096;

/**
 * What is wrong with a collection of the global heap, where texts and lists of variable length lie; undefined when the library comes to its end.
 * Objects follow each other: index, 2 bytes; references, 2; reserved, 4; size, 8; then their bytes, filled up to a multiple of 8. Index 0 is the
 * space that is left, and its size includes its head; where fewer than 16 bytes are left there is no such object (HDF5 File Format
 * Specification 3.0, III.E). The library walks on by these sizes unchecked, from an empty index 0 to itself, for ever. It takes the lower 32
 * bits of each: as much as its memory has.
 *
 * @param bytes the whole collection
 */
export function heapDamage(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), end = bytes.length;
  for (let at = HEAD; at + HEAD <= end;) {
    const index = view.getUint16(at, true), size = view.getUint32(at + 8, true);
    if (index === 0 && size < HEAD) return `the space left at byte ${at} of it has ${size} bytes`;
    const next = at + (index === 0 ? size : HEAD + Math.ceil(size / 8) * 8);
    if (next > end) return `object ${index} at byte ${at} of it has ${size} bytes, more than there are`;
    at = next;
  }
  return undefined;
}

/**
 * Looks for collections of the global heap that begin in what the library reads, and says what is wrong with the first that is damaged.
 *
 * @param bytes what was read
 * @param position where it lies in the file
 * @param readAt reads from a position of the file as many bytes as there are, up to the array's length, and returns how many
 */
export function damageInRead(
  bytes: Uint8Array,
  position: number,
  readAt: (into: Uint8Array, position: number) => number,
): string | undefined {
  for (const start of beginnings(bytes)) {
    const address = position + start, head = new Uint8Array(HEAD);
    if (address < 0 || readAt(head, address) < HEAD || SIGNATURE.some((byte, i) => head[i] !== byte)) continue;
    const size = new DataView(head.buffer).getUint32(8, true), last = new Uint8Array(1);
    // What no collection can be is other data, or is refused by the library.
    if (size < LEAST || readAt(last, address + size - 1) < 1) continue;
    const collection = new Uint8Array(size);
    if (readAt(collection, address) < size) continue;
    const damage = heapDamage(collection);
    if (damage !== undefined) return `the file is damaged: of its global heap at byte ${address}, ${damage}`;
  }
  return undefined;
}

/** Where "GCOL" begins; negative where only its end was read, because the library had its beginning already. */
function* beginnings(bytes: Uint8Array): Generator<number> {
  for (let before = 1; before < 4; before++) {
    if (SIGNATURE.slice(before, 4).every((byte, i) => bytes[i] === byte)) yield -before;
  }
  for (let at = bytes.indexOf(SIGNATURE[0]); at >= 0; at = bytes.indexOf(SIGNATURE[0], at + 1)) {
    const known = Math.min(4, bytes.length - at);
    if (SIGNATURE.slice(0, known).every((byte, i) => bytes[at + i] === byte)) yield at;
  }
}
