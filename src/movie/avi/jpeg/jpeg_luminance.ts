import { BitReader, unstuffed } from "./bit_reader.ts";
import type { HuffmanTable } from "./huffman.ts";
import { inverseDct } from "./inverse_dct.ts";
import { type JpegHeader, JpegKindError, readJpegHeader } from "./jpeg_header.ts";

/** Where the coefficients of a block, in the order of the file, belong: along the diagonals, to and fro. */
const PLACES = Uint8Array.from({ length: 64 }, (_, i) => i)
  .map((_, i) => {
    let diagonal = 0, before = 0;
    for (; before + diagonalLength(diagonal) <= i; diagonal++) before += diagonalLength(diagonal);
    const along = i - before, low = Math.max(0, diagonal - 7), high = Math.min(7, diagonal);
    const row = diagonal % 2 === 1 ? low + along : high - along;
    return 8 * row + diagonal - row;
  });

function diagonalLength(diagonal: number): number {
  return diagonal < 8 ? diagonal + 1 : 15 - diagonal;
}

/**
 * Decodes the luminance of one baseline JPEG picture (grey or colour, any sampling) of exactly `width`×`height` pixels
 * into `into` (`width * height` bytes). The values are FFmpeg's. Throws `JpegKindError` when the picture is of another
 * kind or size, and `RangeError` when its data is damaged or ends early. Memory: the picture's bytes once.
 */
export function decodeLuminance(jpeg: Uint8Array, width: number, height: number, into: Uint8Array): void {
  const header = readJpegHeader(jpeg);
  if (header.width !== width || header.height !== height) {
    throw new JpegKindError(`it is ${header.width}×${header.height} pixels where ${width}×${height} belong`);
  }
  const { scan, restart } = header, [luminance] = header.channels;
  const alone = scan.channels.length === 1;
  const steps = header.steps[luminance.steps];
  if (!steps) throw new RangeError("it has no table of steps");
  const blocks = unitBlocks(header);
  const across = alone ? 1 : luminance.across, down = alone ? 1 : luminance.down;
  const unitsAcross = Math.ceil(width / (8 * across)), units = unitsAcross * Math.ceil(height / (8 * down));
  const means = new Int32Array(scan.channels.length), block = new Int32Array(64);
  let at = scan.start, reader: BitReader | undefined;
  for (let unit = 0; unit < units; unit++) {
    if (!reader || (restart > 0 && unit % restart === 0)) {
      const end = intervalEnd(jpeg, at);
      reader = new BitReader(unstuffed(jpeg.subarray(at, end)));
      at = end + 2;
      means.fill(0);
    }
    const left = 8 * across * (unit % unitsAcross), top = 8 * down * Math.floor(unit / unitsAcross);
    for (const { channel, x, y, mean, detail } of blocks) {
      const size = reader.symbol(mean);
      if (size > 15) throw new RangeError("its codes make no sense");
      means[channel] += reader.number(size);
      if (x < 0) {
        skipDetails(reader, detail);
        continue;
      }
      block.fill(0);
      // 1024 is 8 times the middle of the range, which JPEG leaves out.
      block[0] = means[channel] * steps[0] + 1024;
      readDetails(reader, detail, steps, block);
      const columns = Math.min(8, width - left - x), rows = Math.min(8, height - top - y);
      if (columns > 0 && rows > 0) inverseDct(block, into, (top + y) * width + left + x, width, columns, rows);
    }
  }
}

/**
 * The blocks of a unit in order: the channel's place in the scan, and where luminance belongs in the unit (-1: not
 * luminance).
 */
function unitBlocks({ scan, tables, channels: [luminance] }: JpegHeader) {
  return scan.channels.flatMap(({ channel, mean, detail }, i) => {
    const means = tables[mean], details = tables[detail];
    if (!means || !details) throw new RangeError("a Huffman table of it is missing");
    const alone = scan.channels.length === 1, across = alone ? 1 : channel.across, down = alone ? 1 : channel.down;
    return Array.from({ length: across * down }, (_, k) => ({
      channel: i,
      x: channel === luminance ? 8 * (k % across) : -1,
      y: 8 * Math.floor(k / across),
      mean: means,
      detail: details,
    }));
  });
}

/** Reads the coefficients of a block behind the first. */
function readDetails(reader: BitReader, table: HuffmanTable, steps: Uint16Array, block: Int32Array): void {
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(table), size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) return;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) throw new RangeError("its codes make no sense");
    block[PLACES[k]] = reader.number(size) * steps[k];
  }
}

/** Reads over the coefficients of a block behind the first. */
function skipDetails(reader: BitReader, table: HuffmanTable): void {
  for (let k = 1; k < 64; k++) {
    const symbol = reader.symbol(table), size = symbol & 15;
    if (size === 0 && symbol !== 0xf0) return;
    k += symbol >> 4;
    if (k > 63) throw new RangeError("its codes make no sense");
    reader.number(size);
  }
}

/** Where the codes from `at` end: at the next marker, or with the data. */
function intervalEnd(jpeg: Uint8Array, at: number): number {
  for (let end = jpeg.indexOf(255, at); end >= 0; end = jpeg.indexOf(255, end + 2)) {
    if (end + 1 < jpeg.length && jpeg[end + 1] !== 0) return end;
  }
  return jpeg.length;
}
