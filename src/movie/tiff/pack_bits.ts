/**
 * Decompresses PackBits (TIFF 6.0, section 9) into `into` and returns how many bytes it holds. Stops when `into` is full or the data
 * ends, so damaged data can cost neither memory nor time beyond its size.
 */
export function decompressPackBits(stored: Uint8Array, into: Uint8Array): number {
  let input = 0, output = 0;
  while (input < stored.length && output < into.length) {
    const head = stored[input++];
    if (head === 128) continue;
    if (head < 128) {
      const length = Math.min(head + 1, stored.length - input, into.length - output);
      into.set(stored.subarray(input, input + length), output);
      input += length;
      output += length;
    } else if (input < stored.length) {
      const length = Math.min(257 - head, into.length - output);
      into.fill(stored[input++], output, output + length);
      output += length;
    }
  }
  return output;
}
