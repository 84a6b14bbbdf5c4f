/** Makes TIFF bytes by hand, so that readers are tested against something other than our own writer. */
import type { SampleArray } from "../src/core/movie.ts";

/** Values of tags, by their numbers. */
export type TestTags = Record<number, number | number[] | string>;

/** A page: its tags with values, and the stored bytes of its strips or tiles (their offsets and sizes are filled in). */
export interface TestPage {
  readonly tags: Readonly<Record<number, number | number[] | string>>;
  readonly blocks: readonly Uint8Array[];
  readonly tiled?: boolean;
}

/** How the file is laid out. */
export interface TestLayout {
  readonly littleEndian?: boolean;
  readonly big?: boolean;
  /** Bytes left free between blocks. Default 0. */
  readonly gap?: number;
}

/** Field types of tags that are neither text nor whole numbers: fractions, bytes. */
const NAMED_TYPES: Readonly<Record<number, number>> = { 282: 5, 283: 5, 347: 7, 33629: 5, 50838: 4, 50839: 1 };

/** A whole TIFF file: for each page its blocks, its longer values, then its directory. */
export function tiffBytes(pages: readonly TestPage[], layout: TestLayout = {}): Uint8Array {
  const { littleEndian = true, big = false, gap = 0 } = layout;
  const bytes: number[] = littleEndian ? [0x49, 0x49] : [0x4d, 0x4d];
  const put = (value: number, size: number, at = bytes.length) => {
    for (let i = 0; i < size; i++) {
      const place = littleEndian ? i : size - 1 - i;
      bytes[at + i] = Math.floor(value / 256 ** place) % 256;
    }
  };
  const pointer = big ? 8 : 4;
  put(big ? 43 : 42, 2);
  if (big) {
    put(8, 2);
    put(0, 2);
  }
  let link = bytes.length;
  put(0, pointer);
  for (const page of pages) {
    const offsets = page.blocks.map((block) => {
      for (let i = 0; i < gap; i++) bytes.push(0xee);
      const offset = bytes.length;
      for (const byte of block) bytes.push(byte);
      return offset;
    });
    const all: Record<number, number | number[] | string> = {
      [page.tiled ? 324 : 273]: offsets,
      [page.tiled ? 325 : 279]: page.blocks.map((block) => block.length),
      ...page.tags,
    };
    const entries = Object.keys(all).map(Number).sort((a, b) => a - b).map((tag) => {
      const value = all[tag];
      const values = typeof value === "string"
        ? [...new TextEncoder().encode(value), 0]
        : Array.isArray(value)
        ? value
        : [value];
      const pointers = tag === 273 || tag === 279 || tag === 324 || tag === 325 || values.some((v) => v > 65535);
      const type = NAMED_TYPES[tag] ?? (typeof value === "string" ? 2 : pointers ? (big ? 16 : 4) : 3);
      const size = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 7: 1, 16: 8 }[type]!;
      let position = -1;
      if (values.length * size > pointer) {
        position = bytes.length;
        for (const v of values) put(v, size);
      }
      return { tag, type, values, size, position };
    });
    put(bytes.length, pointer, link);
    put(entries.length, big ? 8 : 2);
    for (const { tag, type, values, size, position } of entries) {
      put(tag, 2);
      put(type, 2);
      // A fraction is two numbers; MetaMorph's entry states six for each of its values.
      put(values.length / (tag === 33629 ? 6 : type === 5 ? 2 : 1), pointer);
      const field = bytes.length;
      put(0, pointer);
      if (position >= 0) put(position, pointer, field);
      else values.forEach((v, i) => put(v, size, field + i * size));
    }
    link = bytes.length;
    put(0, pointer);
  }
  return Uint8Array.from(bytes);
}

/** Samples as stored bytes of one byte order. Moves bytes, never numbers: a float may be no number at all. */
export function sampleBytes(samples: SampleArray, littleEndian: boolean): Uint8Array {
  const size = samples.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).slice();
  const hostIsLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (littleEndian !== hostIsLittle) {
    for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  }
  return bytes;
}

/** Tags of a page of one grey channel. */
export function greyTags(
  width: number,
  height: number,
  samples: SampleArray,
): Record<number, number | number[] | string> {
  const format = samples instanceof Float32Array ? 3 : samples instanceof Int16Array ? 2 : 1;
  return {
    256: width,
    257: height,
    258: samples.BYTES_PER_ELEMENT * 8,
    259: 1,
    262: 1,
    277: 1,
    278: height,
    339: format,
  };
}

/** Plain pages of a movie, each with the tags of grey samples and those that are given for it. */
export function plainPages(
  samples: SampleArray,
  width: number,
  height: number,
  tags: (frame: number) => TestTags = () => ({}),
): TestPage[] {
  const size = width * height;
  return Array.from({ length: samples.length / size }, (_, frame) => {
    const page = samples.subarray(frame * size, (frame + 1) * size);
    return { tags: { ...greyTags(width, height, page), ...tags(frame) }, blocks: [sampleBytes(page, true)] };
  });
}

/** Every `step`th frame from `first`, as one array. */
export function everyFrame<S extends SampleArray>(samples: S, size: number, first: number, step: number): S {
  const frames: number[] = [];
  for (let start = first * size; start < samples.length; start += step * size) {
    frames.push(...samples.subarray(start, start + size));
  }
  return (samples.constructor as unknown as { from(values: number[]): S }).from(frames);
}

/** Reproducible whole numbers from 0 to 2³² − 1 (xorshift32). */
export function numbers(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Fills an array with values that use the whole range of its type; floats get fractions and both signs. */
export function fillSamples<S extends SampleArray>(samples: S, seed: number): S {
  const next = numbers(seed);
  for (let i = 0; i < samples.length; i++) {
    const value = next();
    samples[i] = samples instanceof Float32Array ? (value - 2 ** 31) / 1024 : value;
  }
  return samples;
}

/** Runs `body` with an empty folder that is removed afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "annulus_movie_" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** LZW as TIFF wants it, plainly: a dictionary of strings. */
export function compressLzw(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  let bits = 0, held = 0, width = 9;
  const put = (code: number) => {
    bits = (bits << width) | code;
    held += width;
    while (held >= 8) {
      held -= 8;
      out.push((bits >>> held) & 255);
    }
    bits &= (1 << held) - 1;
  };
  let table = new Map<string, number>();
  const clear = () => {
    put(256);
    table = new Map(Array.from({ length: 256 }, (_, i) => [String.fromCharCode(i), i]));
    width = 9;
  };
  clear();
  let next = 258, text = "";
  for (const byte of bytes) {
    const longer = text + String.fromCharCode(byte);
    if (table.has(longer)) {
      text = longer;
      continue;
    }
    put(table.get(text)!);
    table.set(longer, next++);
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4095) {
      clear();
      next = 258;
    }
    text = String.fromCharCode(byte);
  }
  if (text) {
    put(table.get(text)!);
    next++;
    if (next === 512 || next === 1024 || next === 2048) width++;
  }
  put(257);
  if (held > 0) out.push((bits << (8 - held)) & 255);
  return Uint8Array.from(out);
}

/** A greyscale JPEG of 16×8 pixels of value 8·x + 4·y, quality 95; made with imagecodecs (libjpeg-turbo). */
export function smallJpeg(): Uint8Array {
  return Uint8Array.from(atob(JPEG_BASE64), (letter) => letter.charCodeAt(0));
}

const JPEG_BASE64 =
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDA" +
  "sKDAkKCgr/wAALCAAIABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIh" +
  "MUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhI" +
  "WGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APyn" +
  "/Zt+G3/Hv/o/p2r9AP2bfht/x7/6P6dq/9k=";
