import assert from "node:assert/strict";
import { sampleArray } from "../src/core/movie.ts";
import { Ffv1Decoder } from "../src/movie/avi/ffv1/ffv1_decoder.ts";
import { defaultTransitions } from "../src/movie/avi/ffv1/range_coder.ts";
import { openMovie } from "../src/movie/open.ts";
import { numbers, withFolder } from "./movie_tiff_bytes.ts";
import { refusalOf } from "./movie_damage.ts";

const fixture = (name: string) => new URL(`fixtures/avi/${name}`, import.meta.url).pathname;
const SIZE = 34 * 18;

/** Runs something as if no ffmpeg were installed. */
async function withoutFfmpeg(body: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("ANNULUS_FFMPEG");
  Deno.env.set("ANNULUS_FFMPEG", "/nowhere/ffmpeg");
  try {
    await body();
  } finally {
    if (before === undefined) Deno.env.delete("ANNULUS_FFMPEG");
    else Deno.env.set("ANNULUS_FFMPEG", before);
  }
}

/**
 * Version 3 with Golomb codes and slices; version 1 with range codes and colours; 16 bits, which are always range
 * coded.
 */
const MOVIES = [
  ["ffv1.avi", 16, "uint8"],
  ["ffv1_colour.avi", 16, "uint8"],
  ["ffv1_range.avi", 8, "uint8"],
  ["ffv1_16.avi", 4, "uint16"],
] as const;

for (const [name, frames, sampleType] of MOVIES) {
  Deno.test(`${name} is decoded without ffmpeg to the values that ffmpeg decodes, in any order`, async () => {
    await withoutFfmpeg(async () => {
      const bytes = await Deno.readFile(fixture(`${name}.grey`));
      const expected = sampleType === "uint8" ? bytes : new Uint16Array(bytes.buffer);
      const movie = await openMovie(fixture(name));
      assert.deepEqual([movie.header.frames, movie.header.sampleType, movie.header.format], [
        frames,
        sampleType,
        "AVI (FFV1)",
      ]);
      const whole = sampleArray(sampleType, SIZE * frames);
      await movie.read(0, frames, whole);
      assert.deepEqual(whole, expected);
      const next = numbers(frames + 1);
      await Promise.all(Array.from({ length: 12 }, async () => {
        const start = next() % frames, count = 1 + next() % Math.min(4, frames - start);
        const part = sampleArray(sampleType, count * SIZE);
        await movie.read(start, count, part);
        assert.deepEqual(
          part,
          expected.slice(start * SIZE, (start + count) * SIZE),
          `frames ${start} to ${start + count}`,
        );
      }));
      movie.close();
    });
  });
}

Deno.test("a damaged FFV1 picture is noticed by its checksum; those from the next key picture on are read", async () => {
  const bytes = await Deno.readFile(fixture("ffv1.avi")), text = new TextDecoder("latin1").decode(bytes);
  const from = text.indexOf("movi"),
    chunks = [...text.slice(from, text.indexOf("idx1")).matchAll(/00dc/g)].map(({ index }) => from + index);
  bytes[chunks[8] + 8 + 60] ^= 1;
  await withFolder((folder) =>
    withoutFfmpeg(async () => {
      await Deno.writeFile(`${folder}/a.avi`, bytes);
      const movie = await openMovie(`${folder}/a.avi`), into = new Uint8Array(SIZE * 16);
      await movie.read(0, 8, into);
      await assert.rejects(movie.read(6, 5, into), {
        name: "MovieError",
        message: /^Frame 9 of movie .*: its checksum is wrong$/,
      });
      await assert.rejects(movie.read(10, 1, into), { name: "MovieError", message: /^Frame 9 / });
      await movie.read(12, 4, into);
      assert.deepEqual(into.slice(0, 4 * SIZE), (await Deno.readFile(fixture("ffv1.avi.grey"))).slice(12 * SIZE));
      movie.close();
    })
  );
});

Deno.test("damaged FFV1 is read or refused: no crash, no hang", async () => {
  await withFolder((folder) =>
    withoutFfmpeg(async () => {
      const next = numbers(77), started = performance.now(), path = `${folder}/a.avi`;
      const victims = await Promise.all(MOVIES.map(([name]) => Deno.readFile(fixture(name))));
      let refused = 0, read = 0;
      for (let round = 0; round < 300 && performance.now() - started < 15000; round++) {
        const bytes = victims[round % victims.length].slice(),
          pictures = new TextDecoder("latin1").decode(bytes).indexOf("movi");
        // The picture format with the codec's header, and the pictures.
        for (
          let i = 0;
          i < 1 + next() % 4;
          i++
        ) bytes[next() % 3 ? pictures + next() % (bytes.length - pictures) : 170 + next() % 90] = next();
        await Deno.writeFile(path, bytes);
        const refusal = await refusalOf(round, () => openMovie(path), async (movie) => {
          const { width, height, frames } = movie.header;
          if (width * height > 2 ** 20) return;
          await movie.read(0, frames, sampleArray(movie.header.sampleType, width * height * frames));
          read++;
        });
        if (refusal !== undefined) refused++;
      }
      assert.ok(refused > 20 && read > 5, `${refused} refused, ${read} read`);
    })
  );
});

Deno.test("a picture that needs the one before is refused without it", async () => {
  const bytes = await Deno.readFile(fixture("ffv1_colour.avi")), text = new TextDecoder("latin1").decode(bytes);
  const view = new DataView(bytes.buffer), at = text.indexOf("00dc", text.indexOf("movi"));
  const second = at + 8 + view.getUint32(at + 4, true) + view.getUint32(at + 4, true) % 2;
  const decoder = new Ffv1Decoder(new Uint8Array(0), 34, 18);
  assert.throws(
    () =>
      decoder.decode(bytes.subarray(second + 8, second + 8 + view.getUint32(second + 4, true)), new Uint8Array(SIZE)),
    {
      name: "RangeError",
      message: /key picture before it is missing/,
    },
  );
});

Deno.test("the default transitions are those of the standard", () => {
  // RFC 9043, 3.8.1.5: the beginning of the table.
  const table = defaultTransitions();
  assert.deepEqual([...table.slice(0, 8)], [0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...table.slice(8, 24)], [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]);
  assert.equal(table.length, 256);
});
