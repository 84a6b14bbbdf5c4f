/**
 * √2 cos(iπ/16) in units of 2^-14; the fourth is one less than its value, 16384, as in the decoder this is to equal.
 */
const W1 = 22725, W2 = 21407, W3 = 19266, W4 = 16383, W5 = 12873, W6 = 8867, W7 = 4520;
/** Bits dropped after the rows and after the columns. */
const ROW_SHIFT = 11, COLUMN_SHIFT = 20;
/** Added to the mean before the columns: one half of what is dropped, in its units. */
const HALF = Math.trunc(2 ** (COLUMN_SHIFT - 1) / W4);

/**
 * Inverse discrete cosine transform of one 8×8 block in whole numbers, with the precision and rounding of FFmpeg's
 * decoders ("simple" IDCT), so that both give the same pictures. Writes pixels, cut to 0…255. `block` (64, row-major)
 * is used up.
 * @param columns,rows how much of the block lies in the picture
 */
export function inverseDct(
  block: Int32Array,
  into: Uint8Array,
  at: number,
  stride: number,
  columns: number,
  rows: number,
): void {
  for (let i = 0; i < 64; i += 8) {
    const s1 = block[i + 1], s2 = block[i + 2], s3 = block[i + 3], s4 = block[i + 4];
    const s5 = block[i + 5], s6 = block[i + 6], s7 = block[i + 7];
    if ((s1 | s2 | s3 | s4 | s5 | s6 | s7) === 0) {
      block.fill(block[i] << 3, i, i + 8);
      continue;
    }
    const mean = W4 * block[i] + (1 << ROW_SHIFT - 1);
    const a0 = mean + W2 * s2 + W4 * s4 + W6 * s6, a1 = mean + W6 * s2 - W4 * s4 - W2 * s6;
    const a2 = mean - W6 * s2 - W4 * s4 + W2 * s6, a3 = mean - W2 * s2 + W4 * s4 - W6 * s6;
    const b0 = W1 * s1 + W3 * s3 + W5 * s5 + W7 * s7, b1 = W3 * s1 - W7 * s3 - W1 * s5 - W5 * s7;
    const b2 = W5 * s1 - W1 * s3 + W7 * s5 + W3 * s7, b3 = W7 * s1 - W5 * s3 + W3 * s5 - W1 * s7;
    block[i] = a0 + b0 >> ROW_SHIFT;
    block[i + 7] = a0 - b0 >> ROW_SHIFT;
    block[i + 1] = a1 + b1 >> ROW_SHIFT;
    block[i + 6] = a1 - b1 >> ROW_SHIFT;
    block[i + 2] = a2 + b2 >> ROW_SHIFT;
    block[i + 5] = a2 - b2 >> ROW_SHIFT;
    block[i + 3] = a3 + b3 >> ROW_SHIFT;
    block[i + 4] = a3 - b3 >> ROW_SHIFT;
  }
  for (let x = 0; x < 8; x++) {
    const s1 = block[x + 8], s2 = block[x + 16], s3 = block[x + 24], s4 = block[x + 32];
    const s5 = block[x + 40], s6 = block[x + 48], s7 = block[x + 56];
    const mean = W4 * (block[x] + HALF);
    const a0 = mean + W2 * s2 + W4 * s4 + W6 * s6, a1 = mean + W6 * s2 - W4 * s4 - W2 * s6;
    const a2 = mean - W6 * s2 - W4 * s4 + W2 * s6, a3 = mean - W2 * s2 + W4 * s4 - W6 * s6;
    const b0 = W1 * s1 + W3 * s3 + W5 * s5 + W7 * s7, b1 = W3 * s1 - W7 * s3 - W1 * s5 - W5 * s7;
    const b2 = W5 * s1 - W1 * s3 + W7 * s5 + W3 * s7, b3 = W7 * s1 - W5 * s3 + W3 * s5 - W1 * s7;
    block[x] = a0 + b0 >> COLUMN_SHIFT;
    block[x + 56] = a0 - b0 >> COLUMN_SHIFT;
    block[x + 8] = a1 + b1 >> COLUMN_SHIFT;
    block[x + 48] = a1 - b1 >> COLUMN_SHIFT;
    block[x + 16] = a2 + b2 >> COLUMN_SHIFT;
    block[x + 40] = a2 - b2 >> COLUMN_SHIFT;
    block[x + 24] = a3 + b3 >> COLUMN_SHIFT;
    block[x + 32] = a3 - b3 >> COLUMN_SHIFT;
  }
  for (let y = 0; y < rows; y++, at += stride) {
    for (let x = 0; x < columns; x++) {
      const value = block[8 * y + x];
      into[at + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
