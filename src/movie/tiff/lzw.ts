/** First code that is not a byte: empties the table. */
const CLEAR = 256;
/** Ends the data. */
const END = 257;
/** Codes are at most 12 bits wide. */
const TABLE = 4096;

/**
 * Decompresses TIFF's LZW (TIFF 6.0, section 13: most significant bit first, codes widen one entry early) into `into` and returns
 * how many bytes it holds. Stops when `into` is full, so damaged data can cost neither memory nor time beyond its size.
 * Throws `RangeError` for a code the data has not defined.
 *
 * Every string of the table is a piece of the output already written (the previous string and one more byte), so the table only
 * remembers where each begins and how long it is.
 */
export function decompressLzw(stored: Uint8Array, into: Uint8Array): number {
  const starts = new Uint32Array(TABLE);
  const lengths = new Uint32Array(TABLE);
  let next = END + 1, width = 9;
  let bits = 0, held = 0, input = 0, output = 0;
  /** Where the previous string begins; its length is 0 after a clear. */
  let previousStart = 0, previousLength = 0;
  while (output < into.length) {
    while (held < width) {
      if (input === stored.length) return output;
      bits = ((bits << 8) | stored[input++]) & 0xffffff;
      held += 8;
    }
    held -= width;
    const code = (bits >>> held) & ((1 << width) - 1);
    if (code === END) return output;
    if (code === CLEAR) {
      next = END + 1;
      width = 9;
      previousLength = 0;
      continue;
    }
    if (previousLength > 0 && next < TABLE) {
      // The previous string and the first byte of this one, which is the byte written next.
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next + 1 >= 1 << width && width < 12) width++;
    }
    const begin = output;
    if (code < CLEAR) {
      into[output++] = code;
    } else {
      if (code >= next || previousLength === 0) throw new RangeError(`LZW code ${code} is not in the table`);
      const from = starts[code];
      const length = Math.min(lengths[code], into.length - output);
      // Byte by byte: the string may run into what is being written.
      for (let i = 0; i < length; i++) into[output + i] = into[from + i];
      output += length;
    }
    previousStart = begin;
    previousLength = output - begin;
  }
  return output;
}
