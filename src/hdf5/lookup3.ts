/** Bob Jenkins' hash lookup3 (little-endian bytes, initial value 0): the checksum HDF5 puts behind its metadata. */
export function lookup3(bytes: Uint8Array): number {
  const rotate = (x: number, by: number) => x << by | x >>> (32 - by);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let a = 0xdeadbeef + bytes.length | 0, b = a, c = a, at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = a + words.getInt32(at, true) | 0;
    b = b + words.getInt32(at + 4, true) | 0;
    c = c + words.getInt32(at + 8, true) | 0;
    a = a - c ^ rotate(c, 4), c = c + b | 0;
    b = b - a ^ rotate(a, 6), a = a + c | 0;
    c = c - b ^ rotate(b, 8), b = b + a | 0;
    a = a - c ^ rotate(c, 16), c = c + b | 0;
    b = b - a ^ rotate(a, 19), a = a + c | 0;
    c = c - b ^ rotate(b, 4), b = b + a | 0;
  }
  if (at === bytes.length) return c >>> 0;
  const rest = new Uint8Array(12), last = new DataView(rest.buffer);
  rest.set(bytes.subarray(at));
  a = a + last.getInt32(0, true) | 0;
  b = b + last.getInt32(4, true) | 0;
  c = c + last.getInt32(8, true) | 0;
  c = (c ^ b) - rotate(b, 14) | 0;
  a = (a ^ c) - rotate(c, 11) | 0;
  b = (b ^ a) - rotate(a, 25) | 0;
  c = (c ^ b) - rotate(b, 16) | 0;
  a = (a ^ c) - rotate(c, 4) | 0;
  b = (b ^ a) - rotate(a, 14) | 0;
  c = (c ^ b) - rotate(b, 24) | 0;
  return c >>> 0;
}
