import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { avi } from "../src/movie/avi/format.ts";
import { openMovie } from "../src/movie/open.ts";
import { aviBytes, type TestAvi, testPictures } from "./movie_avi_bytes.ts";
import { arrayBytes, checkArrays, refusalOf, shifted } from "./movie_damage.ts";
import { numbers, withFolder } from "./movie_tiff_bytes.ts";

const WIDTH = 7, HEIGHT = 5, FRAMES = 6;
const pictures = testPictures(WIDTH, HEIGHT, FRAMES);
const plain: TestAvi = { width: WIDTH, height: HEIGHT, codec: "Y800", pictures };

/** Opens bytes as an AVI file and hands the movie over. */
async function withMovie(bytes: Uint8Array, body: (movie: MovieSource, path: string) => Promise<void> | void) {
  await withFolder(async (folder) => {
    const path = `${folder}/movie.avi`;
    await Deno.writeFile(path, bytes);
    const movie = await openMovie(path);
    try {
      await body(movie, path);
    } finally {
      movie.close();
    }
  });
}

/** Checks that a movie is these 8-bit pictures, frame by frame, as a whole, and by reads that run at the same time. */
async function assertPictures(movie: MovieSource, expected: readonly Uint8Array[]): Promise<void> {
  const { width, height, frames, sampleType } = movie.header, size = width * height;
  assert.deepEqual([frames, sampleType], [expected.length, "uint8"]);
  const whole = new Uint8Array(size * frames), single = new Uint8Array(size * frames);
  const reads = [movie.read(0, frames, whole)];
  for (let i = frames - 1; i >= 0; i--) reads.push(movie.read(i, 1, single.subarray(i * size, (i + 1) * size)));
  await Promise.all(reads);
  for (let i = 0; i < frames; i++) {
    assert.deepEqual(whole.subarray(i * size, (i + 1) * size), expected[i], `frame ${i}`);
  }
  assert.deepEqual(single, whole);
}

/** Pads every row to a multiple of four bytes. */
function padded(picture: Uint8Array, rowBytes: number): Uint8Array {
  const stride = (rowBytes + 3) & ~3, rows = picture.length / rowBytes, into = new Uint8Array(stride * rows).fill(99);
  for (let y = 0; y < rows; y++) into.set(picture.subarray(y * rowBytes, (y + 1) * rowBytes), y * stride);
  return into;
}

/** The rows in the opposite order. */
function turned(picture: Uint8Array, rowBytes: number): Uint8Array {
  const rows = picture.length / rowBytes, into = new Uint8Array(picture.length);
  for (let y = 0; y < rows; y++) {
    into.set(picture.subarray(y * rowBytes, (y + 1) * rowBytes), (rows - 1 - y) * rowBytes);
  }
  return into;
}

for (const index of ["plain", "absolute", "opendml", "field", "none"] as const) {
  for (const records of [false, true]) {
    for (const audio of [false, true]) {
      Deno.test(`frames are found: ${index} index${records ? ", rec lists" : ""}${audio ? ", audio" : ""}`, async () => {
        await withMovie(aviBytes({ ...plain, index, records, audio }), async (movie) => {
          await assertPictures(movie, pictures);
          assert.equal(movie.header.frameRate, 20);
          assert.equal(movie.header.format, "AVI (grey (Y800))");
          const found = (movie.header.notes ?? []).filter((note) => /found one by one/.test(note));
          assert.equal(found.length, index === "none" ? 1 : 0);
        });
      });
    }
  }
}

Deno.test("segments of OpenDML files follow each other, with and without their index", async () => {
  for (const index of ["opendml", "field", "none"] as const) {
    await withMovie(aviBytes({ ...plain, index, perSegment: 2 }), (movie) => assertPictures(movie, pictures));
  }
});

Deno.test("frames beyond 4 GB are read to the last, by the index of OpenDML and without one", async () => {
  // Two chunks of nothing between the segments, of which only the beginnings take room.
  const junk = 2_200_000_000, distance = 2 * (8 + junk);
  for (const index of ["opendml", "none"] as const) {
    const bytes = aviBytes({ ...plain, index, perSegment: 3 }), view = new DataView(bytes.buffer);
    const letters = new TextDecoder("latin1").decode(bytes), second = letters.lastIndexOf("RIFF");
    assert.ok(second > 0);
    if (index === "opendml") {
      // Where the second segment's index is, and what its positions count from.
      for (const at of [letters.indexOf("indx") + 8 + 24 + 16, letters.lastIndexOf("ix00") + 8 + 12]) {
        view.setBigUint64(at, view.getBigUint64(at, true) + BigInt(distance), true);
      }
    }
    await withFolder(async (folder) => {
      const path = `${folder}/long.avi`, head = new Uint8Array(8);
      head.set(new TextEncoder().encode("JUNK"));
      new DataView(head.buffer).setUint32(4, junk, true);
      const parts = [
        [0, bytes.subarray(0, second)],
        [second, head],
        [second + 8 + junk, head],
        [second + distance, bytes.subarray(second)],
      ] as const;
      {
        using file = await Deno.open(path, { write: true, create: true });
        for (const [position, part] of parts) {
          await file.seek(position, Deno.SeekMode.Start);
          assert.equal(await file.write(part), part.length);
        }
      }
      const movie = await openMovie(path);
      try {
        assert.ok(movie.header.files[0].bytes > 2 ** 32);
        // With the index, nothing had to be looked for.
        assert.equal(/were found one by one/.test(movie.header.notes?.join() ?? ""), index === "none");
        await assertPictures(movie, pictures);
      } finally {
        movie.close();
      }
    });
  }
});

Deno.test("an index that points elsewhere is not believed", async () => {
  const bytes = aviBytes(plain), idx1 = bytes.length - 16 * FRAMES;
  for (const [entry, field, value] of [[0, 8, 40], [2, 8, 1], [5, 8, 2 ** 30], [5, 12, 34], [3, 12, 2 ** 31]]) {
    const damaged = bytes.slice();
    new DataView(damaged.buffer).setUint32(idx1 + 16 * entry + field, value, true);
    await withMovie(damaged, async (movie) => {
      await assertPictures(movie, pictures);
      assert.match(movie.header.notes![0], /index of .* is missing or damaged/);
    });
  }
});

Deno.test("grey with and without a palette, either way up, padded to four bytes", async () => {
  const grey = Uint8Array.from({ length: 1024 }, (_, i) => i % 4 === 3 ? 0 : i >> 2);
  for (const palette of [new Uint8Array(0), grey]) {
    for (const down of [false, true]) {
      const stored = pictures.map((picture) => padded(down ? picture : turned(picture, WIDTH), WIDTH));
      const bytes = aviBytes({
        ...plain,
        codec: "\0\0\0\0",
        palette,
        pictures: stored,
        signedHeight: down ? -HEIGHT : HEIGHT,
      });
      await withMovie(bytes, (movie) => assertPictures(movie, pictures));
    }
  }
  // Rows that need no padding are read straight into place and turned there.
  const wide = testPictures(8, HEIGHT, 3);
  const bytes = aviBytes({ width: 8, height: HEIGHT, pictures: wide.map((picture) => turned(picture, 8)) });
  await withMovie(bytes, (movie) => assertPictures(movie, wide));
});

Deno.test("a palette and colours become luminance, exactly where they are grey", async () => {
  const palette = Uint8Array.from({ length: 1024 }, (_, i) => i % 4 === 3 ? 0 : 255 - (i >> 2));
  const bytes = aviBytes({
    ...plain,
    codec: "\0\0\0\0",
    palette,
    pictures: pictures.map((p) => padded(turned(p, WIDTH), WIDTH)),
  });
  await withMovie(
    bytes,
    (movie) => assertPictures(movie, pictures.map((picture) => picture.map((value) => 255 - value))),
  );
  for (const bits of [24, 32]) {
    const step = bits / 8;
    const colour = pictures.map((picture) => {
      const pixels = Uint8Array.from({ length: picture.length * step }, (_, i) => picture[Math.floor(i / step)]);
      // One pixel is pure red, one pure green, one pure blue.
      for (let i = 0; i < 3; i++) pixels.set([i === 2 ? 255 : 0, i === 1 ? 255 : 0, i === 0 ? 255 : 0], i * step);
      return padded(turned(pixels, WIDTH * step), WIDTH * step);
    });
    const expected = pictures.map((picture) => {
      const copy = picture.slice();
      // 0.299, 0.587 and 0.114 of 255.
      copy.set([77, 149, 29]);
      return copy;
    });
    await withMovie(
      aviBytes({ ...plain, codec: "\0\0\0\0", bits, pictures: colour }),
      (movie) => assertPictures(movie, expected),
    );
  }
});

Deno.test("luminance of YUY2, UYVY and I420 is taken as it is stored", async () => {
  for (const [codec, first] of [["YUY2", 0], ["UYVY", 1]] as const) {
    const stored = pictures.map((picture) => {
      const rows = new Uint8Array(16 * HEIGHT).fill(128);
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) rows[16 * y + 2 * x + first] = picture[y * WIDTH + x];
      }
      return rows;
    });
    await withMovie(
      aviBytes({ ...plain, codec, bits: 16, pictures: stored }),
      (movie) => assertPictures(movie, pictures),
    );
  }
  const planes = pictures.map((picture) => Uint8Array.of(...picture, ...new Array(2 * 4 * 3).fill(128)));
  await withMovie(
    aviBytes({ ...plain, codec: "I420", bits: 12, pictures: planes }),
    (movie) => assertPictures(movie, pictures),
  );
});

Deno.test("Y16 is uint16", async () => {
  const samples = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * 1871);
  const stored = new Uint8Array(samples.buffer);
  await withMovie(aviBytes({ ...plain, codec: "Y16 ", bits: 16, pictures: [stored, stored] }), async (movie) => {
    assert.equal(movie.header.sampleType, "uint16");
    const into = new Uint16Array(samples.length);
    await movie.read(1, 1, into);
    assert.deepEqual(into, samples);
  });
});

Deno.test("empty slots are no frames: the rate and the timestamps are those of the frames", async () => {
  const none = new Uint8Array(0);
  for (const index of ["plain", "opendml", "none"] as const) {
    const bytes = aviBytes({ ...plain, pictures: pictures.flatMap((picture) => [picture, none]), index });
    await withMovie(bytes, async (movie) => {
      await assertPictures(movie, pictures);
      assert.equal(movie.header.frameRate, 10);
      assert.deepEqual([...movie.header.timestamps!], [0, 0.1, 0.2, 0.3, 0.4, 0.5]);
      assert(movie.header.notes!.some((note) => /6 of the 12 slots .* are empty/.test(note)));
    });
  }
});

Deno.test("a recording that was never finished is read up to its last whole frame, and says so", async () => {
  const whole = aviBytes({ ...plain, promised: 0, unfinished: true, index: "none" });
  await withMovie(whole, (movie) => assertPictures(movie, pictures));
  await withMovie(whole.slice(0, whole.length - 20), async (movie) => {
    await assertPictures(movie, pictures.slice(0, 5));
    assert(movie.header.notes!.some((note) => /ends in the middle of frame 6, which is left out/.test(note)));
  });
});

Deno.test("each kind of bad AVI file is refused with a sentence that says what is wrong", async () => {
  const good = aviBytes(plain), movi = String.fromCharCode(...good).indexOf("movi");
  const change = (text: string, offset: number, value: number) => {
    const bytes = good.slice(), at = String.fromCharCode(...good).indexOf(text);
    new DataView(bytes.buffer).setUint32(at + offset, value, true);
    return bytes;
  };
  const cases: [RegExp, Uint8Array][] = [
    [/AVI header is missing or truncated/, good.slice(0, 12)],
    [/truncated or damaged: its AVI header does not say what its pictures are/, good.slice(0, 150)],
    [/truncated.*AVI header is not followed by frames/, good.slice(0, movi - 8)],
    [/truncated.*promises 6 frames but the file ends in frame 1/, good.slice(0, movi + 20)],
    [/truncated.*promises 6 frames but the file ends in frame 4/, good.slice(0, movi + 4 + 3 * 44 + 20)],
    [/no frames/, aviBytes({ ...plain, pictures: [], promised: 0 })],
    [/describes no stream of pictures/, change("vids", 0, 0x73747874)],
    [/0×5 pixels/, aviBytes({ ...plain, width: 0 })],
    [
      /frame 3 has 20 bytes where 35 belong/,
      aviBytes({ ...plain, pictures: pictures.map((p, i) => i === 2 ? p.slice(0, 20) : p) }),
    ],
    // Height -1: one row, from the top.
    [
      /frame 1 has 1200 bytes where 40 belong/,
      aviBytes({ ...plain, width: 40, height: 30, signedHeight: -1, pictures: [new Uint8Array(1200)] }),
    ],
    [/frame 1 has 35 bytes where 900000000 belong/, aviBytes({ ...plain, width: 30000, height: 30000 })],
    [/70000×70000 pixels/, aviBytes({ ...plain, width: 70000, height: 70000 })],
    [
      /30000×30000 pixels, more than 35 bytes of JPEG can hold/,
      aviBytes({ ...plain, codec: "MJPG", width: 30000, height: 30000 }),
    ],
    [/65535×65535 pixels; at most 2 GiB/, aviBytes({ ...plain, codec: "FFV1", width: 65535, height: 65535 })],
    [/Frame 1 .* is no valid JPEG picture: it does not begin/, aviBytes({ ...plain, codec: "MJPG" })],
  ];
  await withFolder(async (folder) => {
    const path = `${folder}/movie.avi`;
    for (const [expected, bytes] of cases) {
      await Deno.writeFile(path, bytes);
      const error = await openMovie(path).then((movie) => movie.close(), (error) => error);
      assert.ok(error instanceof MovieError, `${expected}: ${error}`);
      assert.match(error.message, expected);
      assert.ok(
        error.message.includes(path) && !/undefined|NaN|\n|\.$/.test(error.message.replace(path, "")),
        error.message,
      );
    }
  });
});

Deno.test("a file that shrinks while it is open is refused at reading", async () => {
  await withMovie(aviBytes(plain), async (movie, path) => {
    await Deno.truncate(path, 300);
    await assert.rejects(movie.read(5, 1, new Uint8Array(35)), { name: "MovieError", message: /ends early/ });
  });
});

Deno.test("damaged AVI files are read or refused: no crash, no hang, no memory beyond their means", async () => {
  const none = new Uint8Array(0);
  const victims = [
    aviBytes(plain),
    aviBytes({ ...plain, audio: true, records: true }),
    aviBytes({ ...plain, index: "opendml", perSegment: 2 }),
    aviBytes({
      ...plain,
      codec: "\0\0\0\0",
      pictures: pictures.map((p) => padded(p, WIDTH)),
      palette: new Uint8Array(64),
    }),
    aviBytes({ ...plain, pictures: [pictures[0], none, pictures[1]], index: "field" }),
    aviBytes({ ...plain, index: "none", unfinished: true, promised: 0 }),
    await Deno.readFile(new URL("fixtures/avi/motion_jpeg.avi", import.meta.url)),
  ];
  await withFolder(async (folder) => {
    const path = `${folder}/movie.avi`, next = numbers(20240915), started = performance.now();
    let refused = 0, read = 0, slowest = 0;
    const unavailable = /annulus decodes through the ffmpeg program|through ffmpeg/;
    Deno.env.set("ANNULUS_FFMPEG", "/nowhere/ffmpeg");
    try {
      for (let round = 0; round < 2000 && performance.now() - started < 15000; round++) {
        let bytes = victims[round % victims.length].slice();
        const kind = next() % 8, flips = kind === 0 ? 0 : 1 + next() % (kind < 5 ? 3 : 12);
        if (kind === 6) bytes = shifted(bytes, next);
        for (let i = 0; i < flips; i++) {
          // The structure is where it hurts: half the damage goes there.
          const at = next() % (next() % 2 ? bytes.length : Math.min(bytes.length, 400)), how = next() % 4;
          bytes[at] = how === 0 ? 0 : how === 1 ? 255 : how === 2 ? bytes[at] ^ 1 << next() % 8 : next();
        }
        if (kind === 0 || kind === 7) bytes = bytes.slice(0, next() % bytes.length);
        await Deno.writeFile(path, bytes);
        const before = performance.now(), arrays = arrayBytes();
        const refusal = await refusalOf(round, () => avi.open(path, {}), async (movie) => {
          const { width, height, frames } = movie.header, size = width * height;
          assert.ok(size <= 300 * bytes.length && frames <= bytes.length, `${width}×${height}×${frames}`);
          const into = new (movie.header.sampleType === "uint16" ? Uint16Array : Uint8Array)(size);
          for (const frame of new Set([0, frames - 1])) await movie.read(frame, 1, into);
          read++;
        });
        if (refusal !== undefined && !unavailable.test(refusal)) refused++;
        slowest = Math.max(slowest, performance.now() - before);
        checkArrays(arrays);
      }
    } finally {
      Deno.env.delete("ANNULUS_FFMPEG");
    }
    assert.ok(refused > 50 && read > 50, `${refused} refused, ${read} read`);
    assert.ok(slowest < 5000, `one file took ${slowest} ms`);
  });
});
