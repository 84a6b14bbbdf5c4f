import assert from "node:assert/strict";
import { type SampleArray, sampleArray, type SampleType } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import {
  fillSamples,
  greyTags,
  numbers,
  sampleBytes,
  type TestPage,
  tiffBytes,
  withFolder,
} from "./movie_tiff_bytes.ts";

const TYPES: SampleType[] = ["uint8", "uint16", "int16", "float32"];

async function readAll(path: string): Promise<SampleArray> {
  const movie = await openMovie(path);
  const { width, height, frames, sampleType } = movie.header;
  const samples = sampleArray(sampleType, width * height * frames);
  await movie.read(0, frames, samples);
  movie.close();
  return samples;
}

/** Pages of uncompressed strips. */
function stripPages(
  samples: SampleArray,
  width: number,
  height: number,
  rows: number,
  littleEndian: boolean,
): TestPage[] {
  const size = width * height;
  return Array.from({ length: samples.length / size }, (_, f) => {
    const blocks: Uint8Array[] = [];
    for (let y = 0; y < height; y += rows) {
      const end = f * size + Math.min(y + rows, height) * width;
      blocks.push(sampleBytes(samples.subarray(f * size + y * width, end), littleEndian));
    }
    return { tags: { ...greyTags(width, height, samples), 278: rows }, blocks };
  });
}

Deno.test("plain TIFF and BigTIFF of every type, byte order and strip layout read to the samples", async () => {
  await withFolder(async (folder) => {
    const width = 7, height = 5, frames = 4;
    for (const type of TYPES) {
      const samples = fillSamples(sampleArray(type, width * height * frames), 7);
      for (const littleEndian of [true, false]) {
        for (const big of [false, true]) {
          for (const [rows, gap] of [[height, 0], [height, 3], [2, 0], [2, 5], [1, 1]]) {
            const path = `${folder}/movie.tif`;
            const pages = stripPages(samples, width, height, rows, littleEndian);
            await Deno.writeFile(path, tiffBytes(pages, { littleEndian, big, gap }));
            const what = `${type} ${littleEndian ? "little" : "big"} endian, ${
              big ? "BigTIFF" : "TIFF"
            }, ${rows} rows, gap ${gap}`;
            assert.deepEqual(await readAll(path), samples, what);
          }
        }
      }
    }
  });
});

Deno.test("tiffWriter writes what openMovie reads, in odd sizes, as TIFF and BigTIFF", async () => {
  await withFolder(async (folder) => {
    for (const type of TYPES) {
      for (const [width, height, frames] of [[1, 1, 1], [1, 1, 9], [3, 1, 2], [13, 17, 6]]) {
        for (const largestPlainTiff of [undefined, 0]) {
          const path = `${folder}/${type}.tif`;
          const samples = fillSamples(sampleArray(type, width * height * frames), frames);
          const writer = await tiffWriter(path, {
            width,
            height,
            sampleType: type,
            frameRate: 49,
            ...(largestPlainTiff === undefined ? {} : { largestPlainTiff }),
          });
          const size = width * height;
          // One frame, then the rest at once.
          await writer.write(samples.subarray(0, size));
          if (frames > 1) await writer.write(samples.subarray(size));
          await writer.close();
          assert.equal((await Deno.readFile(path))[2], largestPlainTiff === 0 ? 43 : 42);
          const movie = await openMovie(path);
          assert.deepEqual({ ...movie.header, files: movie.header.files.length }, {
            width,
            height,
            frames,
            sampleType: type,
            frameRate: 49,
            name: path,
            format: "TIFF",
            metadata: { Software: "annulus" },
            files: 1,
          });
          movie.close();
          assert.deepEqual(await readAll(path), samples);
        }
      }
    }
    assert.deepEqual([...Deno.readDirSync(folder)].filter((entry) => entry.name.endsWith(".partial")), []);
  });
});

Deno.test("tiffWriter leaves no file behind when it is given up, starved or miscounted", async () => {
  await withFolder(async (folder) => {
    const shape = { width: 4, height: 3, sampleType: "uint16" as const };
    const path = `${folder}/movie.tif`;
    const abandoned = await tiffWriter(path, shape);
    await abandoned.write(new Uint16Array(12));
    await abandoned.abort();
    const empty = await tiffWriter(path, shape);
    await assert.rejects(empty.close(), { name: "ResultsError", message: /needs at least one frame/ });
    const short = await tiffWriter(path, { ...shape, frames: 3 });
    await short.write(new Uint16Array(24));
    await assert.rejects(short.close(), { name: "ResultsError", message: /got 2 frames, but 3 were announced/ });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const strict = await tiffWriter(path, shape);
    await assert.rejects(strict.write(new Uint16Array(13)), RangeError);
    await assert.rejects(strict.write(new Int16Array(12)), TypeError);
    await strict.abort();
    await assert.rejects(tiffWriter(`${folder}/none/movie.tif`, shape), { name: "ResultsError", message: /folder/ });
    await assert.rejects(tiffWriter(path, { ...shape, width: 0 }), { name: "ResultsError", message: /width/ });
  });
});

Deno.test("a description of one's own reaches the file, and two runs write the same bytes", async () => {
  await withFolder(async (folder) => {
    const write = async (name: string) => {
      const options = { width: 2, height: 2, sampleType: "uint8" as const, description: "seed=3" };
      const writer = await tiffWriter(`${folder}/${name}`, options);
      await writer.write(new Uint8Array(8));
      await writer.close();
      return await Deno.readFile(`${folder}/${name}`);
    };
    const first = await write("a.tif");
    assert.deepEqual(await write("b.tif"), first);
    assert.match(new TextDecoder().decode(first), /seed=3\0/);
  });
});

Deno.test("frames are read at random, also by many reads at once", async () => {
  await withFolder(async (folder) => {
    const width = 11, height = 6, frames = 60, size = width * height;
    const samples = fillSamples(new Uint16Array(size * frames), 3);
    const path = `${folder}/movie.tif`;
    await Deno.writeFile(path, tiffBytes(stripPages(samples, width, height, 4, false), { littleEndian: false }));
    const movie = await openMovie(path);
    const next = numbers(5);
    await Promise.all(Array.from({ length: 100 }, async () => {
      const start = next() % frames, count = next() % (frames - start + 1);
      const into = new Uint16Array(count * size + 3).fill(9);
      await movie.read(start, count, into);
      assert.deepEqual(into.subarray(0, count * size), samples.subarray(start * size, (start + count) * size));
      assert.deepEqual([...into.subarray(count * size)], [9, 9, 9], "nothing is written behind the frames");
    }));
    // Into the middle of a larger array, at an odd place.
    const large = new Uint16Array(5 + 3 * size);
    await movie.read(7, 2, large.subarray(5, 5 + 2 * size));
    assert.deepEqual(large.subarray(5, 5 + 2 * size), samples.subarray(7 * size, 9 * size));
    await assert.rejects(movie.read(59, 2, large), RangeError);
    await assert.rejects(movie.read(-1, 1, large), RangeError);
    await assert.rejects(movie.read(0, 1, new Uint16Array(size - 1)), RangeError);
    await assert.rejects(movie.read(0, 1, new Int16Array(size)), TypeError);
    movie.close();
    movie.close();
    await assert.rejects(movie.read(0, 1, large), { name: "MovieError", message: /closed/ });
  });
});

Deno.test("frames longer than one span and frames with wide gaps are read to the samples", async () => {
  await withFolder(async (folder) => {
    // 300 KB frames are read directly; 60 KB frames are gathered over several 4 MB spans.
    for (const [width, height, frames] of [[500, 300, 3], [250, 120, 150]]) {
      const samples = fillSamples(new Uint16Array(width * height * frames), 11);
      const path = `${folder}/movie.tif`;
      const pages = stripPages(samples, width, height, height, true);
      await Deno.writeFile(path, tiffBytes(pages, { gap: 40 }));
      assert.deepEqual(await readAll(path), samples);
    }
  });
});

Deno.test("an ImageJ stack behind one directory is a movie, with its frame interval", async () => {
  await withFolder(async (folder) => {
    const width = 6, height = 4, frames = 5, size = width * height;
    const samples = fillSamples(new Uint16Array(size * frames), 2);
    const path = `${folder}/stack.tif`;
    const stack = (description: string, extra: Record<number, number> = {}) => {
      const blocks = [sampleBytes(samples, false)];
      const tags = { ...greyTags(width, height, samples), 270: description, 279: size * 2, ...extra };
      return Deno.writeFile(path, tiffBytes([{ tags, blocks }], { littleEndian: false }));
    };
    const rateOf = async () => {
      const movie = await openMovie(path);
      movie.close();
      return movie.header.frameRate;
    };
    await stack("ImageJ=1.53t\nimages=5\nslices=5\nfinterval=0.05\n");
    assert.deepEqual(await readAll(path), samples);
    assert.equal(await rateOf(), 20);
    await stack("ImageJ=1.53t\nimages=5\nframes=5\nfps=7.5\n");
    assert.equal(await rateOf(), 7.5);
    await stack("ImageJ=1.53t\nimages=5\nframes=5\nfinterval=40\ntunit=ms\n");
    assert.equal(await rateOf(), 25);
    const overruled = await openMovie(path, { frameRate: 12 });
    overruled.close();
    assert.equal(overruled.header.frameRate, 12);
    await stack("ImageJ=1.53t\nimages=99\nframes=99\n");
    await assert.rejects(openMovie(path), { name: "MovieError", message: /truncated.*99 frames.*after \d whole/ });
    await stack("ImageJ=1.53t\nimages=5\nchannels=5\n");
    await assert.rejects(openMovie(path), { name: "MovieError", message: /5 channels/ });
    await stack("ImageJ=1.53t\nimages=6\nslices=3\nframes=2\n");
    await assert.rejects(openMovie(path), { name: "MovieError", message: /3 planes in depth/ });
  });
});

Deno.test("an ImageJ stack beyond 4 GB reads to its last frame", async () => {
  await withFolder(async (folder) => {
    // A file with a hole: only the header and the last frame take room.
    const width = 1024, height = 1024, frames = 2200, size = width * height;
    const path = `${folder}/long.tif`;
    const head = tiffBytes([{
      tags: {
        ...greyTags(width, height, new Uint16Array(0)),
        270: `ImageJ=1.53t\nimages=${frames}\n`,
        273: 4096,
        279: size * 2,
      },
      blocks: [],
    }]);
    const last = fillSamples(new Uint16Array(size), 4);
    {
      using file = await Deno.open(path, { write: true, create: true });
      await file.write(head);
      await file.seek(4096 + (frames - 1) * size * 2, Deno.SeekMode.Start);
      for (let bytes = sampleBytes(last, true); bytes.length > 0;) bytes = bytes.subarray(await file.write(bytes));
    }
    const movie = await openMovie(path);
    assert.equal(movie.header.frames, frames);
    assert.ok(movie.header.files[0].bytes > 2 ** 32);
    const into = new Uint16Array(2 * size);
    await movie.read(frames - 2, 2, into);
    movie.close();
    assert.ok(into.subarray(0, size).every((value) => value === 0));
    assert.deepEqual(into.subarray(size), last);
  });
});

Deno.test("30 000 pages open in a moment", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/many.tif`;
    const writer = await tiffWriter(path, { width: 4, height: 3, sampleType: "uint8" });
    const samples = fillSamples(new Uint8Array(12 * 30000), 6);
    await writer.write(samples);
    await writer.close();
    const before = performance.now();
    const movie = await openMovie(path);
    const seconds = (performance.now() - before) / 1000;
    assert.equal(movie.header.frames, 30000);
    // About 0.06 s on one core; far more would mean a request per page.
    assert.ok(seconds < 3, `opening took ${seconds} s`);
    const into = new Uint8Array(12);
    await movie.read(29999, 1, into);
    movie.close();
    assert.deepEqual(into, samples.subarray(12 * 29999));
  });
});
