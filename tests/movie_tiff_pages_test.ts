import assert from "node:assert/strict";
import zlib from "node:zlib";
import { type MovieHeader, type SampleArray, sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter, type TiffWriterOptions } from "../src/movie/tiff/tiff_writer.ts";
import {
  fillSamples,
  greyTags,
  plainPages,
  sampleBytes,
  type TestTags,
  tiffBytes,
  withFolder,
} from "./movie_tiff_bytes.ts";

const width = 6, height = 4, size = width * height;

async function read(path: string): Promise<{ header: MovieHeader; samples: SampleArray }> {
  const movie = await openMovie(path);
  const samples = sampleArray(movie.header.sampleType, movie.header.width * movie.header.height * movie.header.frames);
  await movie.read(0, movie.header.frames, samples);
  movie.close();
  return { header: movie.header, samples };
}

Deno.test("reduced versions, masks and colour thumbnails that say so are left out with a note; others are refused", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const samples = fillSamples(new Uint16Array(size * 3), 3);
    const frames = plainPages(samples, width, height);
    const thumbnail = (mark: TestTags) => plainPages(new Uint16Array(2), 2, 1, () => mark)[0];
    const colour = {
      tags: { ...greyTags(2, 1, new Uint8Array(0)), 254: 1, 258: [8, 8, 8], 277: 3 },
      blocks: [new Uint8Array(6)],
    };
    const mask = plainPages(new Uint8Array(size), width, height, () => ({ 254: 4 }))[0];
    const damaged = { tags: { ...greyTags(9, 9, samples), 254: 1, 259: 99 }, blocks: [new Uint8Array(3)] };
    const left = [thumbnail({ 254: 1 }), thumbnail({ 255: 2 }), colour, mask, damaged];
    for (const odd of left) {
      for (const at of [0, 1, 3]) {
        await Deno.writeFile(path, tiffBytes([...frames.slice(0, at), odd, ...frames.slice(at)]));
        const { header, samples: found } = await read(path);
        assert.deepEqual(found, samples);
        assert.match(header.notes!.join("\n"), /holds 1 image that is marked as a reduced version or mask/);
      }
    }
    // One after each frame.
    await Deno.writeFile(path, tiffBytes(frames.flatMap((frame) => [frame, thumbnail({ 254: 1 })])));
    const several = await read(path);
    assert.deepEqual(several.samples, samples);
    assert.match(several.header.notes!.join("\n"), /3 images that are marked/);
    // Unmarked, it might be a frame.
    for (const mark of [{}, { 254: 0 }, { 254: 2 }]) {
      await Deno.writeFile(path, tiffBytes([frames[0], thumbnail(mark as TestTags), frames[1]]));
      await assert.rejects(read(path), { name: "MovieError", message: /Page 2 .* is 2×1 uint16, but page 1 is 6×4/ });
    }
    // Marks on every page, or on pages of the frames' size, mean nothing.
    for (const marked of [0, 1]) {
      const pages = plainPages(samples, width, height, (i): TestTags => i >= marked ? { 254: 1 } : {});
      await Deno.writeFile(path, tiffBytes(pages));
      assert.deepEqual((await read(path)).samples, samples);
    }
    await Deno.writeFile(path, tiffBytes(plainPages(samples, width, height, () => ({ 330: 8 }))));
    assert.match((await read(path)).header.notes!.join("\n"), /SubIFDs/);
  });
});

/** Values of each stored type, as its bytes and as the movie has them. */
const STORED: readonly [
  string,
  number,
  number,
  (values: number[]) => ArrayLike<number | bigint> & ArrayBufferView,
  number[],
][] = [
  ["int8", 8, 2, (values) => Int8Array.from(values), [-128, 127, 0, -1]],
  ["uint32", 32, 1, (values) => Uint32Array.from(values), [0, 4294967295, 16777216, 7]],
  ["int32", 32, 2, (values) => Int32Array.from(values), [-2147483648, 2147483647, -1, 7]],
  ["uint64", 64, 1, (values) => BigUint64Array.from(values.map(BigInt)), [0, 2 ** 53, 1, 7]],
  ["int64", 64, 2, (values) => BigInt64Array.from(values.map(BigInt)), [-(2 ** 53), 2 ** 40, -1, 7]],
  ["float16", 16, 3, (values) => Float16Array.from(values), [-65504, 0.5, 1 / 1024, 7]],
  ["float64", 64, 3, (values) => Float64Array.from(values), [-1e30, 0.1, 1e-30, 7]],
];

Deno.test("types the engine does not have are read as the nearest it has, with a note", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    for (const [name, bits, format, make, values] of STORED) {
      const stored = make(values), type = name === "int8" ? "int16" : "float32";
      const plain = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
      for (const littleEndian of [true, false]) {
        for (const packed of [false, true]) {
          const bytes = plain.slice(), step = bits / 8;
          if (!littleEndian) { for (let i = 0; i < bytes.length; i += step) bytes.subarray(i, i + step).reverse(); }
          const tags: TestTags = {
            ...greyTags(2, 2, new Uint8Array(0)),
            258: bits,
            339: format,
            259: packed ? 8 : 1,
          };
          const page = { tags, blocks: [packed ? zlib.deflateSync(bytes) : bytes] };
          await Deno.writeFile(path, tiffBytes([page, page, page], { littleEndian }));
          const { header, samples } = await read(path);
          assert.equal(header.sampleType, type);
          assert.deepEqual(
            [...samples],
            [...values, ...values, ...values].map((v) => type === "int16" ? v : Math.fround(v)),
          );
          assert.match(header.notes!.join("\n"), new RegExp(`stored as ${name} and read as ${type}`));
        }
      }
    }
  });
});

Deno.test("the resolution is a pixel size where it is that of a microscope", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const samples = fillSamples(new Uint16Array(size), 3);
    const sizeWith = async (tags: TestTags) => {
      await Deno.writeFile(path, tiffBytes(plainPages(samples, width, height, () => tags)));
      return (await read(path)).header.pixelSize;
    };
    const imageJ = (unit: string) => `ImageJ=1.54f\nunit=${unit}\n`;
    const resolution = { 282: [2, 1], 283: [4, 1] };
    assert.deepEqual(await sizeWith({ ...resolution, 296: 1, 270: imageJ("micron") }), { x: 0.5, y: 0.25 });
    for (const unit of ["um", "µm", "\\u00B5m", "microns"]) {
      assert.deepEqual(await sizeWith({ ...resolution, 296: 1, 270: imageJ(unit) }), { x: 0.5, y: 0.25 });
    }
    assert.deepEqual(await sizeWith({ ...resolution, 296: 1, 270: imageJ("mm") }), { x: 500, y: 250 });
    assert.equal(await sizeWith({ ...resolution, 296: 1, 270: imageJ("pixel") }), undefined);
    assert.equal(await sizeWith({ 282: [10000, 1], 283: [10000, 1], 296: 3, 270: "ImageJ=1.54f\n" }), undefined);
    assert.deepEqual(await sizeWith({ 282: [10000, 1], 283: [8000, 1], 296: 3 }), { x: 1, y: 1.25 });
    assert.deepEqual(await sizeWith({ 282: [25400, 1], 283: [25400, 1], 296: 2 }), { x: 1, y: 1 });
    for (const dots of [72, 96, 300, 600]) {
      assert.equal(await sizeWith({ 282: [dots, 1], 283: [dots, 1], 296: 2 }), undefined);
    }
    for (const bad of [[0, 1], [1, 0], [0, 0]]) {
      assert.equal(await sizeWith({ 282: bad, 283: bad, 296: 3, 270: imageJ("um") }), undefined);
    }
    assert.equal(await sizeWith({ ...resolution, 296: 1 }), undefined);
  });
});

Deno.test("pages that should be shown otherwise than they are stored are read as they are stored, with a note", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const samples = fillSamples(new Uint8Array(size), 3);
    const cases: [TestTags, RegExp][] = [[{ 262: 0 }, /0 as white/], [{ 262: 3 }, /palette/], [
      { 274: 8 },
      /Orientation 8/,
    ]];
    for (const [tags, note] of cases) {
      await Deno.writeFile(path, tiffBytes(plainPages(samples, width, height, () => tags)));
      const { header, samples: found } = await read(path);
      assert.deepEqual(found, samples);
      assert.match(header.notes!.join("\n"), note);
    }
  });
});

Deno.test("who made a file, with what and when, is kept", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const samples = fillSamples(new Uint16Array(size * 2), 3);
    const tags = {
      270: "Gain 2, mouse 7",
      271: "Maker",
      272: "Scope",
      305: "Grabber 3",
      306: "2024:05:06 07:08:09",
      315: "A. Person",
    };
    await Deno.writeFile(path, tiffBytes(plainPages(samples, width, height, (i): TestTags => i === 0 ? tags : {})));
    assert.deepEqual((await read(path)).header.metadata, {
      Make: "Maker",
      Model: "Scope",
      Software: "Grabber 3",
      DateTime: "2024:05:06 07:08:09",
      Artist: "A. Person",
      ImageDescription: "Gain 2, mouse 7",
    });
  });
});

Deno.test("tiffWriter keeps rate, pixel size and beginning, and says nothing it does not know", async () => {
  await withFolder(async (folder) => {
    const samples = fillSamples(new Uint16Array(size * 5), 3);
    const roundTrip = async (options: Partial<TiffWriterOptions>) => {
      const path = `${folder}/movie.tif`;
      const writer = await tiffWriter(path, { width, height, sampleType: "uint16", ...options });
      await writer.write(samples);
      await writer.close();
      const { header, samples: found } = await read(path);
      assert.deepEqual(found, samples);
      return { header, bytes: await Deno.readFile(path) };
    };
    const facts = { frameRate: 12.5, pixelSize: { x: 2.5, y: 0.654321 }, startTime: "2024-05-06T07:08:09Z" };
    for (const largestPlainTiff of [undefined, 0]) {
      const options = { ...facts, ...(largestPlainTiff === undefined ? {} : { largestPlainTiff }) };
      const { header, bytes } = await roundTrip(options);
      assert.deepEqual(
        { frameRate: header.frameRate, pixelSize: header.pixelSize, startTime: header.startTime },
        facts,
      );
      assert.deepEqual((await roundTrip(options)).bytes, bytes, "two runs write the same bytes");
    }
    const bare = (await roundTrip({})).header;
    assert.deepEqual([bare.frameRate, bare.pixelSize, bare.startTime, bare.notes], [
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const regular = Float64Array.of(3, 3.05, 3.1, 3.15, 3.2);
    assert.equal((await roundTrip({ timestamps: regular })).header.frameRate, 20);
    assert.equal(
      (await roundTrip({ timestamps: Float64Array.of(3, 3.05, 3.5, 3.55, 3.6) })).header.frameRate,
      undefined,
    );
    assert.equal((await roundTrip({ timestamps: regular, frameRate: 19 })).header.frameRate, 19);
    // Line breaks cannot smuggle settings into the description.
    const sly = (await roundTrip({ startTime: "x\nfinterval=1" })).header;
    assert.deepEqual([sly.startTime, sly.frameRate], ["x finterval=1", undefined]);
    for (const side of [0, NaN, 1e-9, 1e9]) {
      assert.equal((await roundTrip({ pixelSize: { x: side, y: 1 } })).header.pixelSize, undefined);
    }
  });
});

Deno.test("64-bit numbers in strips of the other byte order read to their values", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.tif`;
    const values = Float64Array.from({ length: 12 }, (_, i) => i + 0.25);
    const bytes = sampleBytes(values as unknown as SampleArray, false);
    const tags = { ...greyTags(3, 4, new Uint8Array(0)), 258: 64, 339: 3, 278: 2 };
    await Deno.writeFile(
      path,
      tiffBytes([{ tags, blocks: [bytes.subarray(0, 48), bytes.subarray(48)] }], { littleEndian: false, gap: 4 }),
    );
    assert.deepEqual([...(await read(path)).samples], [...values]);
  });
});
