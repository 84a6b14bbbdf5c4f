import assert from "node:assert/strict";
import zlib from "node:zlib";
import { type SampleArray, sampleArray } from "../src/core/movie.ts";
import type { MovieHeader } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import {
  everyFrame,
  fillSamples,
  greyTags,
  plainPages,
  sampleBytes,
  type TestPage,
  type TestTags,
  tiffBytes,
  withFolder,
} from "./movie_tiff_bytes.ts";

const width = 5, height = 4, size = width * height;

async function read(path: string, channel?: number): Promise<{ header: MovieHeader; samples: SampleArray }> {
  const movie = await openMovie(path, channel === undefined ? {} : { channel });
  const samples = sampleArray(movie.header.sampleType, size * movie.header.frames);
  await movie.read(0, movie.header.frames, samples);
  movie.close();
  return { header: movie.header, samples };
}

/** Images of a hyperstack, as pages of their own or behind one directory. */
function hyperstack(samples: Uint16Array, description: string, together: boolean): Uint8Array {
  if (!together) {
    return tiffBytes(plainPages(samples, width, height, (i): TestTags => i === 0 ? { 270: description } : {}));
  }
  const tags = { ...greyTags(width, height, samples), 270: description, 279: size * 2 };
  return tiffBytes([{ tags, blocks: [sampleBytes(samples, true)] }]);
}

Deno.test("one channel of an ImageJ hyperstack is a movie, in every order of its axes", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/stack.tif`, channels = 3, frames = 4;
    const samples = fillSamples(new Uint16Array(size * channels * frames), 3);
    for (const together of [false, true]) {
      for (const order of [undefined, "czt", "tzc", "ctz", "zct"]) {
        const description = `ImageJ=1.54f\nimages=12\nchannels=3\nframes=4\nhyperstack=true\n${
          order ? `order=${order}\n` : ""
        }`;
        await Deno.writeFile(path, hyperstack(samples, description, together));
        const timeIsFastest = order === "tzc";
        for (let channel = 1; channel <= channels; channel++) {
          const wanted = timeIsFastest
            ? samples.slice((channel - 1) * frames * size, channel * frames * size)
            : everyFrame(samples, size, channel - 1, channels);
          const { header, samples: found } = await read(path, channel);
          assert.equal(header.frames, frames);
          assert.deepEqual(found, wanted, `order ${order}, channel ${channel}, together ${together}`);
        }
        await assert.rejects(read(path), {
          name: "MovieError",
          message: /has 3 channels: say which one to read with --channel 1 to 3/,
        });
        await assert.rejects(read(path, 4), {
          name: "MovieError",
          message: /has 3 channels, so there is no channel 4/,
        });
      }
    }
  });
});

Deno.test("slices alone are a movie, and channels of them; slices over time are refused", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/stack.tif`;
    const samples = fillSamples(new Uint16Array(size * 6), 5);
    await Deno.writeFile(path, hyperstack(samples, "ImageJ=1.54f\nimages=6\nslices=6\n", false));
    assert.deepEqual((await read(path)).samples, samples);
    assert.deepEqual((await read(path, 1)).samples, samples);
    await assert.rejects(read(path, 2), { name: "MovieError", message: /has 1 channel, so there is no channel 2/ });
    await Deno.writeFile(path, hyperstack(samples, "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\n", false));
    assert.deepEqual((await read(path, 2)).samples, everyFrame(samples, size, 1, 2));
    await Deno.writeFile(path, hyperstack(samples, "ImageJ=1.54f\nimages=6\nslices=3\nframes=2\n", false));
    await assert.rejects(read(path), { name: "MovieError", message: /3 planes in depth at each of 2 times/ });
  });
});

Deno.test("a description that speaks of other images than the file has is refused, or noted where it may be old", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/stack.tif`;
    const samples = fillSamples(new Uint16Array(size * 6), 5);
    const refused: [string, RegExp][] = [
      ["ImageJ=1.54f\nimages=8\nframes=8\n", /incomplete.*says 8 images, but it has 6/],
      ["ImageJ=1.54f\nimages=8\nchannels=2\nframes=4\n", /incomplete.*8 images \(2 channels of each\), but it has 6/],
      ["ImageJ=1.54f\nimages=6\nchannels=2\nframes=4\n", /contradicts itself.*6 images, but 2 channels.*4 frames/],
      ['{"shape": [7, 4, 5]}', /incomplete.*says 7 images, but it has 6/],
      ['{"shape": [3, 3, 4, 5], "axes": "TCYX"}', /incomplete.*says 9 images \(3 channels/],
      ['{"shape": [3, 2, 4, 5], "axes": "TZYX"}', /2 planes in depth at each of 3 times/],
      ['{"shape": [3, 2, 4, 5], "axes": "TCYX"}', /2 channels: say which one/],
    ];
    for (const [description, message] of refused) {
      await Deno.writeFile(path, hyperstack(samples, description, false));
      await assert.rejects(read(path), { name: "MovieError", message });
    }
    const noted: [string, number | undefined, number, RegExp][] = [
      ["ImageJ=1.54f\nimages=4\nframes=4\n", undefined, 6, /holds 6 images where its description says 4: all are read/],
      ["ImageJ=1.54f\nimages=4\nchannels=2\nframes=2\n", 1, 3, /6 images where its description says 4/],
      ["ImageJ=1.54f\nimages=5\nchannels=5\n", 1, 1, /says 5: the others are left out/],
      ["ImageJ=1.54f\nimages=4\nchannels=2\nframes=2\norder=tzc\n", 1, 2, /the others are left out/],
      ['{"shape": [3, 2, 4, 5]}', undefined, 6, /array of 3×2×4×5: its 6 images are read as frames/],
    ];
    for (const [description, channel, frames, note] of noted) {
      await Deno.writeFile(path, hyperstack(samples, description, false));
      const { header } = await read(path, channel);
      assert.equal(header.frames, frames, description);
      assert.match(header.notes?.join("\n") ?? "", note);
    }
  });
});

Deno.test("axes in tifffile's description choose a channel, wherever it stands", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/stack.tif`;
    const samples = fillSamples(new Uint16Array(size * 6), 9);
    await Deno.writeFile(path, hyperstack(samples, '{"shape": [3, 2, 4, 5], "axes": "TCYX"}', false));
    assert.deepEqual((await read(path, 2)).samples, everyFrame(samples, size, 1, 2));
    await Deno.writeFile(path, hyperstack(samples, '{"shape": [2, 3, 4, 5], "axes": "CTYX"}', false));
    assert.deepEqual((await read(path, 2)).samples, samples.slice(3 * size));
    const truncated = '{"shape": [3, 2, 4, 5], "axes": "TCYX", "truncated": true}';
    await Deno.writeFile(path, hyperstack(samples, truncated, true));
    assert.deepEqual((await read(path, 1)).samples, everyFrame(samples, size, 0, 2));
  });
});

Deno.test("channels within a page are chosen, apart or pixel by pixel, plain, in tiles and predicted", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/colour.tif`, channels = 3, frames = 2;
    for (const type of ["uint8", "uint16", "float32"] as const) {
      const samples = fillSamples(sampleArray(type, size * channels * frames), 4);
      const sampleSize = samples.BYTES_PER_ELEMENT;
      const tags = (extra: Record<number, number | number[]>) => ({
        ...greyTags(width, height, samples),
        258: Array(channels).fill(8 * sampleSize),
        277: channels,
        ...extra,
      });
      /** Row by row, from sample to sample `channels` further. */
      const differenced = (pixels: SampleArray): Uint8Array => {
        const words = sampleSize === 1 ? new Uint8Array(pixels) : new Uint16Array(pixels);
        const row = width * channels;
        for (let i = words.length - 1; i >= 0; i--) if (i % row >= channels) words[i] -= words[i - channels];
        return new Uint8Array(words.buffer);
      };
      const cases: [string, (pixels: SampleArray, planes: SampleArray) => TestPage][] = [
        ["pixel by pixel", (pixels) => ({ tags: tags({}), blocks: [sampleBytes(pixels, true)] })],
        ["strips", (pixels) => {
          const half = size / 2 * channels;
          const blocks = [pixels.subarray(0, half), pixels.subarray(half)].map((part) => sampleBytes(part, true));
          return { tags: tags({ 278: 2 }), blocks };
        }],
        ["apart", (_, planes) => {
          const plane = (k: number) => sampleBytes(planes.subarray(k * size, (k + 1) * size), true);
          return { tags: tags({ 284: 2 }), blocks: [plane(0), plane(1), plane(2)] };
        }],
        ["deflate", (pixels) => ({ tags: tags({ 259: 8 }), blocks: [zlib.deflateSync(sampleBytes(pixels, true))] })],
      ];
      if (type !== "float32") {
        cases.push(["predicted", (pixels) => ({
          tags: tags({ 259: 8, 317: 2 }),
          blocks: [zlib.deflateSync(differenced(pixels))],
        })]);
      }
      for (const [what, make] of cases) {
        const pages = Array.from({ length: frames }, (_, frame) => {
          const planes = samples.subarray(frame * channels * size, (frame + 1) * channels * size);
          const pixels = sampleArray(type, planes.length);
          for (let i = 0; i < planes.length; i++) pixels[i] = planes[(i % channels) * size + Math.floor(i / channels)];
          return make(pixels, planes);
        });
        await Deno.writeFile(path, tiffBytes(pages));
        for (let channel = 0; channel < channels; channel++) {
          const found = (await read(path, channel + 1)).samples;
          assert.deepEqual(found, everyFrame(samples, size, channel, channels), `${what}, ${type}, channel ${channel}`);
        }
        await assert.rejects(read(path), { name: "MovieError", message: /3 channels: say which one/ });
        await assert.rejects(read(path, 4), { name: "MovieError", message: /no channel 4/ });
      }
    }
  });
});
