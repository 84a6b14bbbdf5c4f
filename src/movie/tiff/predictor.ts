import { hostIsLittleEndian } from "../byte_order.ts";

/**
 * Undoes horizontal differencing (TIFF 6.0, section 14) in place: every sample was stored as its difference to its left neighbour, which is
 * `stride` samples away where several channels alternate. `bytes` holds whole rows of `width` samples in this machine's byte order,
 * aligned to `sampleBytes` (1, 2, 4 or 8).
 */
export function undoHorizontalDifference(bytes: Uint8Array, width: number, sampleBytes: number, stride: number): void {
  const count = Math.floor(bytes.length / sampleBytes);
  if (sampleBytes === 8) {
    const long = new BigUint64Array(bytes.buffer, bytes.byteOffset, count);
    for (let row = 0; row + width <= count; row += width) {
      for (let x = row + stride; x < row + width; x++) long[x] += long[x - stride];
    }
    return;
  }
  const samples = sampleBytes === 1
    ? bytes
    : sampleBytes === 2
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, count)
    : new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  for (let row = 0; row + width <= samples.length; row += width) {
    for (let x = row + stride; x < row + width; x++) samples[x] += samples[x - stride];
  }
}

/**
 * Undoes the floating-point predictor (TIFF Technical Note 3) in place: each row holds the most significant bytes of all its samples of
 * `sampleBytes` (2, 4 or 8), then the next bytes, and so on, differenced byte by byte as above. The result is in this machine's byte order.
 */
export function undoFloatingPointDifference(
  bytes: Uint8Array,
  width: number,
  sampleBytes: number,
  stride: number,
): void {
  const rowBytes = width * sampleBytes;
  const planes = new Uint8Array(rowBytes);
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let i = 0; i < rowBytes; i++) planes[i] = bytes[row + i] + (i < stride ? 0 : planes[i - stride]);
    for (let significance = 0; significance < sampleBytes; significance++) {
      const place = hostIsLittleEndian ? sampleBytes - 1 - significance : significance;
      for (let x = 0; x < width; x++) bytes[row + sampleBytes * x + place] = planes[significance * width + x];
    }
  }
}
