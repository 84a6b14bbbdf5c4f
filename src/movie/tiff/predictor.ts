import { hostIsLittleEndian } from "../byte_order.ts";

/**
 * Undoes horizontal differencing (TIFF 6.0, section 14) in place: every sample was stored as its difference to its left neighbour.
 * `bytes` holds whole rows of `width` samples in this machine's byte order, aligned to `sampleBytes` (1, 2 or 4).
 */
export function undoHorizontalDifference(bytes: Uint8Array, width: number, sampleBytes: number): void {
  const count = Math.floor(bytes.length / sampleBytes);
  const samples = sampleBytes === 1
    ? bytes
    : sampleBytes === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  for (let row = 0; row + width <= samples.length; row += width) {
    for (let x = row + 1; x < row + width; x++) samples[x] += samples[x - 1];
  }
}

/**
 * Undoes the floating-point predictor (TIFF Technical Note 3) in place: each row holds the most significant bytes of all its float32
 * samples, then the next bytes, and so on, differenced byte by byte. The result is in this machine's byte order.
 */
export function undoFloatingPointDifference(bytes: Uint8Array, width: number): void {
  const rowBytes = width * 4;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let i = 0, sum = 0; i < rowBytes; i++) planes[i] = sum = (sum + bytes[row + i]) & 255;
    for (let significance = 0; significance < 4; significance++) {
      const place = hostIsLittleEndian ? 3 - significance : significance;
      for (let x = 0; x < width; x++) bytes[row + 4 * x + place] = planes[significance * width + x];
    }
  }
}
