import assert from "node:assert/strict";
import zlib from "node:zlib";
import { bytesPerSample, type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { decompressLzw } from "../src/movie/tiff/lzw.ts";
import { openMovie } from "../src/movie/open.ts";
import { decompressPackBits } from "../src/movie/tiff/pack_bits.ts";
import {
  compressLzw,
  fillSamples,
  greyTags,
  numbers,
  sampleBytes,
  smallJpeg,
  type TestPage,
  tiffBytes,
  withFolder,
} from "./movie_tiff_bytes.ts";

/** PackBits with runs only where three bytes repeat. */
function compressPackBits(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < bytes.length;) {
    let run = 1;
    while (run < 128 && i + run < bytes.length && bytes[i + run] === bytes[i]) run++;
    if (run > 2) out.push(257 - run, bytes[i]);
    else out.push(run - 1, ...bytes.subarray(i, i + run));
    i += run;
  }
  return Uint8Array.from(out);
}

const CODECS: [name: string, tag: number, compress: (bytes: Uint8Array) => Uint8Array][] = [
  ["none", 1, (bytes) => bytes],
  ["LZW", 5, compressLzw],
  ["deflate", 8, (bytes) => zlib.deflateSync(bytes)],
  ["old deflate", 32946, (bytes) => zlib.deflateSync(bytes)],
  ["PackBits", 32773, compressPackBits],
  ["zstd", 50000, (bytes) => zlib.zstdCompressSync(bytes)],
];

/** Differences each sample to its left neighbour, as predictor 2 stores them; byte order is applied afterwards. */
function differenced(block: SampleArray, width: number): SampleArray {
  const Words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[block.BYTES_PER_ELEMENT]!;
  const copy = block.slice();
  const words = new Words(copy.buffer as ArrayBuffer);
  for (let i = words.length - 1; i >= 0; i--) if (i % width > 0) words[i] -= words[i - 1];
  return copy;
}

/** The bytes of float32 rows as predictor 3 stores them. */
function floatDifferenced(block: Float32Array, width: number): Uint8Array {
  const bytes = sampleBytes(block, false);
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row < block.length; row += width) {
    for (let x = 0; x < width; x++) {
      for (let b = 0; b < 4; b++) out[4 * row + b * width + x] = bytes[4 * (row + x) + b];
    }
    for (let i = 4 * width - 1; i > 0; i--) out[4 * row + i] -= out[4 * row + i - 1];
  }
  return out;
}

/** A frame's blocks: strips of whole rows, or tiles filled up with zeros. */
function cut(
  frame: SampleArray,
  width: number,
  height: number,
  block: [number, number],
  tiled: boolean,
): SampleArray[] {
  const [w, h] = block, blocks: SampleArray[] = [];
  for (let top = 0; top < height; top += h) {
    for (let left = 0; left < width; left += w) {
      const rows = tiled ? h : Math.min(h, height - top);
      const part = frame.slice(0, 0).constructor as { new (length: number): SampleArray };
      const piece = new part(rows * w);
      for (let y = 0; y < Math.min(rows, height - top); y++) {
        const from = (top + y) * width + left;
        piece.set(frame.subarray(from, from + Math.min(w, width - left)), y * w);
      }
      blocks.push(piece);
    }
  }
  return blocks;
}

Deno.test("compressed, predicted and tiled pages of every type and byte order read to the samples", async () => {
  await withFolder(async (folder) => {
    const width = 21, height = 19, frames = 2, size = width * height;
    const path = `${folder}/movie.tif`;
    let variants = 0;
    for (const type of ["uint8", "uint16", "int16", "float32"] as SampleType[]) {
      const samples = fillSamples(sampleArray(type, size * frames), 8);
      // A smooth half, so that compression finds something to do.
      for (let i = size; i < samples.length; i++) samples[i] = Math.floor(i / 5) % 100;
      for (const [name, compression, compress] of CODECS) {
        for (
          const predictor of name === "none" || name === "PackBits" ? [1] : type === "float32" ? [1, 2, 3] : [1, 2]
        ) {
          for (const [tiled, block] of [[false, [width, 8]], [false, [width, height]], [true, [16, 16]]] as const) {
            for (const littleEndian of [true, false]) {
              const pages = Array.from({ length: frames }, (_, f): TestPage => {
                const blocks = cut(samples.subarray(f * size, (f + 1) * size), width, height, [...block], tiled)
                  .map((piece) => {
                    if (predictor === 3) return compress(floatDifferenced(piece as Float32Array, block[0]));
                    return compress(sampleBytes(predictor === 2 ? differenced(piece, block[0]) : piece, littleEndian));
                  });
                const { 278: _rows, ...tags } = greyTags(width, height, samples);
                const layout: Record<number, number> = tiled ? { 322: block[0], 323: block[1] } : { 278: block[1] };
                return { tags: { ...tags, 259: compression, 317: predictor, ...layout }, blocks, tiled };
              });
              await Deno.writeFile(path, tiffBytes(pages, { littleEndian, big: tiled }));
              const movie = await openMovie(path);
              const into = sampleArray(type, size * frames);
              await movie.read(0, frames, into);
              const second = sampleArray(type, size);
              await movie.read(1, 1, second);
              movie.close();
              const what = `${type} ${name}, predictor ${predictor}, blocks ${block}, ${
                littleEndian ? "little" : "big"
              } endian`;
              assert.deepEqual(new Uint8Array(into.buffer), new Uint8Array(samples.buffer), what);
              assert.deepEqual(second, samples.slice(size), what);
              variants++;
            }
          }
        }
      }
    }
    assert.ok(variants > 200, `${variants} variants`);
  });
});

Deno.test("LZW survives full tables and its own strings, and is bounded by its output", () => {
  // TIFF 6.0, section 13: the example string 7 7 7 8 8 7 7 6 6 codes as Clear 7 258 8 8 258 6 6 EOI.
  const example = [256, 7, 258, 8, 8, 258, 6, 6, 257];
  const text = example.map((code) => code.toString(2).padStart(9, "0")).join("").padEnd(88, "0");
  const coded = Uint8Array.from(text.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
  const into = new Uint8Array(9);
  assert.equal(decompressLzw(coded, into), 9);
  assert.deepEqual([...into], [7, 7, 7, 8, 8, 7, 7, 6, 6]);
  const next = numbers(21);
  for (const range of [1, 2, 5, 256]) {
    const bytes = Uint8Array.from({ length: 30000 }, () => next() % range);
    const back = new Uint8Array(bytes.length);
    assert.equal(decompressLzw(compressLzw(bytes), back), bytes.length);
    assert.deepEqual(back, bytes, `bytes below ${range}`);
    assert.equal(decompressLzw(compressLzw(bytes), back.subarray(0, 100)), 100);
  }
  assert.throws(() => decompressLzw(Uint8Array.of(0x80, 0x7f, 0xff, 0xff), new Uint8Array(9)), RangeError);
});

Deno.test("PackBits reads the example of its definition and stops at both ends", () => {
  // Apple Technical Note TN1023.
  const packed = Uint8Array.of(
    ...[0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa],
  );
  const plain = [0xaa, 0xaa, 0xaa, 0x80, 0, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0, 0x2a, 0x22, ...Array(10).fill(0xaa)];
  const into = new Uint8Array(24);
  assert.equal(decompressPackBits(packed, into), 24);
  assert.deepEqual([...into], plain);
  assert.equal(decompressPackBits(packed, new Uint8Array(5)), 5);
  assert.equal(decompressPackBits(Uint8Array.of(5, 1, 2), into), 2);
  assert.equal(decompressPackBits(Uint8Array.of(200), into), 0);
});

Deno.test("a greyscale JPEG page is decoded", async () => {
  const jpeg = smallJpeg();
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const page = (bytes: Uint8Array, height: number) => {
      const tags = { ...greyTags(16, height, new Uint8Array(0)), 259: 7 };
      return Deno.writeFile(path, tiffBytes([{ tags, blocks: [bytes] }]));
    };
    await page(jpeg, 8);
    const movie = await openMovie(path);
    const into = new Uint8Array(128);
    await movie.read(0, 1, into);
    movie.close();
    const worst = into.reduce((most, value, i) => Math.max(most, Math.abs(value - (8 * (i % 16) + 4 * (i >> 4)))), 0);
    assert.ok(worst <= 3, `largest difference ${worst}`);
    // A picture header that promises 65 535 rows must not be believed.
    const hostile = jpeg.slice();
    const frame = hostile.findIndex((byte, i) => byte === 0xff && hostile[i + 1] === 0xc0);
    hostile.set([0xff, 0xff], frame + 5);
    await page(hostile, 8);
    const wrong = await openMovie(path);
    await assert.rejects(wrong.read(0, 1, into), { name: "MovieError", message: /page 1.*not valid JPEG.*16×65535/ });
    wrong.close();
  });
});

Deno.test("a block that decodes to too much, too little or nothing is named", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const samples = new Uint16Array(64 * 64);
    const open = async (stored: Uint8Array, compression = 8) => {
      const good = {
        tags: { ...greyTags(64, 64, samples), 259: 8 },
        blocks: [zlib.deflateSync(sampleBytes(samples, true))],
      };
      const page = { tags: { ...greyTags(64, 64, samples), 259: compression }, blocks: [stored] };
      await Deno.writeFile(path, tiffBytes([good, page]));
      return await openMovie(path);
    };
    const bytes = samples.length * bytesPerSample("uint16");
    for (
      const [stored, message] of [
        [zlib.deflateSync(new Uint8Array(10_000_000)), /Strip 1 of page 2 .* not valid deflate/],
        [zlib.deflateSync(new Uint8Array(bytes - 1)), /Strip 1 of page 2 .* decodes to 8191 bytes where 8192 belong/],
        [new TextEncoder().encode("this is not deflate"), /Strip 1 of page 2 .* not valid deflate/],
        [
          zlib.deflateSync(fillSamples(new Uint8Array(bytes), 1)).subarray(0, 4000),
          /Strip 1 of page 2 .* not valid deflate/,
        ],
      ] as const
    ) {
      const movie = await open(stored);
      await movie.read(0, 1, samples);
      await assert.rejects(movie.read(0, 2, new Uint16Array(2 * samples.length)), { name: "MovieError", message });
      movie.close();
    }
    await assert.rejects(open(Uint8Array.of(1), 5), { name: "MovieError", message: /8192 bytes in 1 bytes of LZW/ });
    await assert.rejects(open(new Uint8Array(100), 34887), { name: "MovieError", message: /LERC/ });
    await assert.rejects(open(new Uint8Array(100), 4711), { name: "MovieError", message: /method 4711/ });
  });
});
