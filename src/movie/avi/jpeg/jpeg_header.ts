import { type HuffmanTable, huffmanTable, standardTables } from "./huffman.ts";

/** One channel of a JPEG picture. */
export interface JpegChannel {
  readonly id: number;
  /** Blocks per unit along x and y. */
  readonly across: number;
  readonly down: number;
  /** Number of its table of steps. */
  readonly steps: number;
}

/** A scan: which channels it holds and where its codes begin. */
export interface JpegScan {
  /** Channels, with the numbers of their Huffman tables. */
  readonly channels: readonly { readonly channel: JpegChannel; readonly mean: number; readonly detail: number }[];
  /** Where the codes begin. */
  readonly start: number;
}

/** What stands before the codes of a JPEG picture. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: readonly JpegChannel[];
  /** Step of each of 64 coefficients, in the order of the file, by number. */
  readonly steps: readonly (Uint16Array | undefined)[];
  /** Huffman tables: of the means at 0 to 3, of the details at 4 to 7. */
  readonly tables: readonly (HuffmanTable | undefined)[];
  /** Units between restarts; 0 for none. */
  readonly restart: number;
  /** The scan that holds the first channel. */
  readonly scan: JpegScan;
}

/** What a baseline picture cannot be; ffmpeg may know it. */
export class JpegKindError extends RangeError {}

/**
 * Reads the header of a baseline JPEG picture up to its scan of luminance. Pictures without Huffman tables (Motion
 * JPEG) get the standard ones. Throws `JpegKindError` for pictures of another kind (progressive, 12 bits, CMYK),
 * `RangeError` for damaged ones.
 */
export function readJpegHeader(jpeg: Uint8Array): JpegHeader {
  if (jpeg[0] !== 255 || jpeg[1] !== 0xd8) throw new RangeError("it does not begin as a JPEG picture does");
  const [mean0, mean1, detail0, detail1] = standardTables();
  const tables: (HuffmanTable | undefined)[] = [mean0, mean1, , , detail0, detail1, , ,];
  const steps: (Uint16Array | undefined)[] = [];
  let frame: { width: number; height: number; channels: JpegChannel[] } | undefined, restart = 0;
  for (let at = 2;;) {
    while (jpeg[at] === 255 && jpeg[at + 1] === 255) at++;
    if (at + 4 > jpeg.length || jpeg[at] !== 255) throw new RangeError("its header is damaged or cut off");
    const marker = jpeg[at + 1], length = jpeg[at + 2] << 8 | jpeg[at + 3];
    if (length < 2 || at + 2 + length > jpeg.length) throw new RangeError("its header is cut off");
    const part = jpeg.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xdb) readSteps(part, steps);
    else if (marker === 0xc4) readTables(part, tables);
    else if (marker === 0xdd && part.length >= 2) restart = part[0] << 8 | part[1];
    else if (marker === 0xc0 || marker === 0xc1) frame = readFrame(part);
    else if (marker >= 0xc2 && marker <= 0xcf) throw new JpegKindError("it is no baseline JPEG picture");
    else if (marker === 0xee && part[11] === 0 && String.fromCharCode(...part.subarray(0, 5)) === "Adobe") {
      if (!frame || frame.channels.length > 1) throw new JpegKindError("its colours are not stored as luminance first");
    } else if (marker === 0xda) {
      if (!frame) throw new RangeError("its header does not say how large it is");
      const scan = { channels: scanChannels(part, frame.channels), start: at };
      if (scan.channels.some(({ channel }) => channel === frame!.channels[0])) {
        return { ...frame, steps, tables, restart, scan };
      }
      throw new JpegKindError("its luminance does not come first");
    }
  }
}

function readSteps(part: Uint8Array, steps: (Uint16Array | undefined)[]): void {
  for (let at = 0; at < part.length;) {
    const wide = part[at] >> 4 !== 0, number = part[at] & 15, bytes = wide ? 128 : 64;
    if (number > 3 || at + 1 + bytes > part.length) throw new RangeError("a table of steps in it is damaged");
    steps[number] = Uint16Array.from(
      { length: 64 },
      (_, i) => wide ? part[at + 1 + 2 * i] << 8 | part[at + 2 + 2 * i] : part[at + 1 + i],
    );
    at += 1 + bytes;
  }
}

function readTables(part: Uint8Array, tables: (HuffmanTable | undefined)[]): void {
  for (let at = 0; at < part.length;) {
    const kind = part[at] >> 4, number = part[at] & 15, counts = part.subarray(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    if (kind > 1 || number > 3 || counts.length < 16 || at + 17 + symbols > part.length || symbols > 256) {
      throw new RangeError("a Huffman table in it is damaged");
    }
    tables[4 * kind + number] = huffmanTable(counts, part.subarray(at + 17, at + 17 + symbols));
    at += 17 + symbols;
  }
}

function readFrame(part: Uint8Array) {
  const channels: JpegChannel[] = [], count = part[5];
  if (part.length < 6 || part.length < 6 + 3 * count) throw new RangeError("its header is cut off");
  if (part[0] !== 8 || (count !== 1 && count !== 3)) {
    throw new JpegKindError(`it has ${count} channels of ${part[0]} bits`);
  }
  for (let i = 0; i < count; i++) {
    const [id, sampling, number] = part.subarray(6 + 3 * i, 9 + 3 * i);
    const across = sampling >> 4, down = sampling & 15;
    if (across < 1 || across > 4 || down < 1 || down > 4) throw new RangeError("its header is damaged");
    channels.push({ id, across, down, steps: number & 3 });
  }
  const [first] = channels;
  if (channels.some(({ across, down }) => across > first.across || down > first.down)) {
    throw new JpegKindError("its luminance is coarser than its colours");
  }
  return { width: part[3] << 8 | part[4], height: part[1] << 8 | part[2], channels };
}

function scanChannels(part: Uint8Array, channels: readonly JpegChannel[]): JpegScan["channels"] {
  const count = part[0];
  if (!(count >= 1 && count <= 4) || part.length < 1 + 2 * count) throw new RangeError("its header is damaged");
  return Array.from({ length: count }, (_, i) => {
    const channel = channels.find(({ id }) => id === part[1 + 2 * i]), numbers = part[2 + 2 * i];
    if (!channel) throw new RangeError("its header is damaged");
    return { channel, mean: numbers >> 4 & 3, detail: 4 + (numbers & 3) };
  });
}
