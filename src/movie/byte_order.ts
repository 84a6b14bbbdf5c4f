/** Whether this machine stores the least significant byte first (practically every machine does). */
export const hostIsLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reverses the bytes of every sample in place: between big and little endian.
 * `sampleBytes` is 1 (nothing happens), 2, 4 or 8; a trailing part of a sample is left alone.
 */
export function swapByteOrder(bytes: Uint8Array, sampleBytes: number): void {
  if (sampleBytes === 1) return;
  const whole = bytes.length - bytes.length % sampleBytes;
  // Four bytes at a time where the memory is aligned, which the arrays of a movie always are.
  const words = bytes.byteOffset % 4 === 0 && sampleBytes <= 4
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, whole >>> 2)
    : undefined;
  if (words && sampleBytes === 2) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      words[i] = ((word & 0x00ff00ff) << 8) | ((word >>> 8) & 0x00ff00ff);
    }
  } else if (words) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      words[i] = (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
    }
  }
  for (let i = words ? words.length * 4 : 0; i < whole; i += sampleBytes) {
    bytes.subarray(i, i + sampleBytes).reverse();
  }
}
