import assert from "node:assert/strict";
import zlib from "node:zlib";
import { bytesPerSample, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { arrayBytes, checkArrays, refusalOf, shifted } from "./movie_damage.ts";
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

/** Small movies of every layout: what the damage is done to. */
function victims(): Uint8Array[] {
  const width = 9, height = 6;
  const samples = fillSamples(new Uint16Array(width * height), 1);
  const bytes = sampleBytes(samples, true);
  const halves = [bytes.subarray(0, 54), bytes.subarray(54)];
  const page = (changes: Record<number, number | string>, blocks: Uint8Array[], tiled = false): TestPage => ({
    tags: { ...greyTags(width, height, samples), ...changes },
    blocks,
    tiled,
  });
  const tile = new Uint8Array(16 * 16 * 2);
  const pages = [
    page({}, [bytes]),
    page({ 278: 3 }, halves),
    page({ 259: 8, 317: 2 }, [zlib.deflateSync(bytes)]),
    page({ 259: 5 }, [compressLzw(bytes)]),
    page({ 256: 16, 257: 8, 258: 8, 259: 7, 278: 8 }, [smallJpeg()]),
    page({ 259: 32773, 278: 3 }, halves.map((half) => Uint8Array.of(53, ...half))),
    page({ 259: 50000 }, [zlib.zstdCompressSync(bytes)]),
    page({ 322: 16, 323: 16, 259: 8 }, [zlib.deflateSync(tile)], true),
    page({ 270: "ImageJ=1.53t\nimages=2\nfinterval=0.1\n", 279: 108 }, [Uint8Array.of(...bytes, ...bytes)]),
  ];
  return pages.flatMap((one) => [
    tiffBytes([one, ...("270" in one.tags ? [] : [one])]),
    tiffBytes([one], { big: true, littleEndian: false }),
  ]);
}

Deno.test("damaged files are read or refused: no crash, no hang, no memory beyond their means", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const next = numbers(20240607);
    const started = performance.now();
    let refused = 0, read = 0, slowest = 0;
    const all = victims();
    // A fixed number of rounds, so that every run does the same; the clock only guards against slow machines.
    for (let round = 0; round < 4000 && performance.now() - started < 15000; round++) {
      let bytes = all[round % all.length].slice();
      const kind = next() % 8;
      if (kind === 6) bytes = shifted(bytes, next);
      const flips = kind === 0 ? 0 : 1 + next() % (kind < 5 ? 3 : 12);
      for (let i = 0; i < flips; i++) {
        // Where extreme values hurt most as often as anywhere: single bits, 0, 255.
        const at = next() % bytes.length, how = next() % 4;
        bytes[at] = how === 0 ? 0 : how === 1 ? 255 : how === 2 ? bytes[at] ^ 1 << next() % 8 : next();
      }
      if (kind === 0 || kind === 7) bytes = bytes.slice(0, next() % bytes.length);
      await Deno.writeFile(path, bytes);
      const before = performance.now(), arrays = arrayBytes();
      const refusal = await refusalOf(round, () => openMovie(path), async (movie) => {
        const { width, height, frames, sampleType } = movie.header;
        const size = width * height;
        // Even a lying header cannot ask for more than its codec could have packed into the file.
        assert.ok(size * bytesPerSample(sampleType) <= 4096 * bytes.length + 50000 * bytes.length);
        if (size < 2 ** 22) {
          const into = sampleArray(sampleType, size);
          for (const frame of new Set([0, frames - 1])) await movie.read(frame, 1, into);
          read++;
        }
      });
      if (refusal !== undefined) refused++;
      slowest = Math.max(slowest, performance.now() - before);
      checkArrays(arrays);
    }
    assert.ok(refused > 100 && read > 100, `${refused} refused, ${read} read`);
    assert.ok(slowest < 5000, `one file took ${slowest} ms`);
  });
});
