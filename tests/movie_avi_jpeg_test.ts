import assert from "node:assert/strict";
import type { MovieSource } from "../src/core/movie.ts";
import { decodeLuminance } from "../src/movie/avi/jpeg/jpeg_luminance.ts";
import { openMovie } from "../src/movie/open.ts";
import { aviBytes } from "./movie_avi_bytes.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const WIDTH = 34, HEIGHT = 18;
const fixture = (name: string) => new URL(`fixtures/avi/${name}`, import.meta.url).pathname;

/** The JPEG pictures in an AVI file, as they lie there. */
function picturesIn(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [], text = new TextDecoder("latin1").decode(bytes), view = new DataView(bytes.buffer);
  for (let at = text.indexOf("movi"); (at = text.indexOf("00dc", at)) >= 0 && bytes[at + 8] === 255;) {
    const size = view.getUint32(at + 4, true);
    found.push(bytes.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return found;
}

/** A picture without its Huffman tables, as many cameras store it. */
function withoutTables(jpeg: Uint8Array): Uint8Array {
  const kept: number[] = [255, 0xd8];
  for (let at = 2;;) {
    const length = 2 + (jpeg[at + 2] << 8 | jpeg[at + 3]), marker = jpeg[at + 1];
    if (marker !== 0xc4) kept.push(...jpeg.subarray(at, at + length));
    at += length;
    if (marker === 0xda) return Uint8Array.of(...kept, ...jpeg.subarray(at));
  }
}

async function wholeOf(movie: MovieSource): Promise<Uint8Array> {
  const into = new Uint8Array(movie.header.width * movie.header.height * movie.header.frames);
  await movie.read(0, movie.header.frames, into);
  movie.close();
  return into;
}

for (const name of ["motion_jpeg.avi", "motion_jpeg_422.avi"]) {
  Deno.test(`${name} gives the values that ffmpeg decodes, in any order`, async () => {
    const expected = await Deno.readFile(fixture(`${name}.grey`)), size = WIDTH * HEIGHT;
    const movie = await openMovie(fixture(name));
    assert.deepEqual([movie.header.width, movie.header.height, movie.header.frames], [WIDTH, HEIGHT, 5]);
    assert.deepEqual([movie.header.format, movie.header.frameRate], ["AVI (Motion JPEG)", 20]);
    const frame = new Uint8Array(size);
    for (const i of [4, 0, 2]) {
      await movie.read(i, 1, frame);
      assert.deepEqual(frame, expected.slice(i * size, (i + 1) * size));
    }
    assert.deepEqual(await wholeOf(movie), expected);
  });
}

Deno.test("pictures without Huffman tables have the standard ones", async () => {
  const expected = await Deno.readFile(fixture("motion_jpeg.avi.grey"));
  const pictures = picturesIn(await Deno.readFile(fixture("motion_jpeg.avi"))), bare = pictures.map(withoutTables);
  assert.equal(pictures.length, 5);
  assert(bare.every((picture, i) => picture.length < pictures[i].length - 400));
  await withFolder(async (folder) => {
    await Deno.writeFile(
      `${folder}/a.avi`,
      aviBytes({ width: WIDTH, height: HEIGHT, codec: "MJPG", bits: 24, pictures: bare }),
    );
    assert.deepEqual(await wholeOf(await openMovie(`${folder}/a.avi`)), expected);
  });
});

Deno.test("a picture that is cut off or damaged is refused, never filled up", async () => {
  const [picture] = picturesIn(await Deno.readFile(fixture("motion_jpeg.avi")));
  const into = new Uint8Array(WIDTH * HEIGHT);
  decodeLuminance(picture, WIDTH, HEIGHT, into);
  for (
    const [length, why] of [[3, /cut off/], [100, /cut off/], [picture.length >> 1, /ends early|no sense|cut off/], [
      picture.length - 40,
      /ends early|no sense/,
    ]] as const
  ) {
    assert.throws(() => decodeLuminance(picture.slice(0, length), WIDTH, HEIGHT, into), {
      name: "RangeError",
      message: why,
    });
  }
  assert.throws(() => decodeLuminance(picture, WIDTH, HEIGHT + 1, into), /34×18 pixels where 34×19 belong/);
  const progressive = picture.slice();
  progressive[picture.findIndex((byte, i) => byte === 255 && picture[i + 1] === 0xc0) + 1] = 0xc2;
  assert.throws(() => decodeLuminance(progressive, WIDTH, HEIGHT, into), /no baseline/);
});

Deno.test("a damaged frame of a movie is named; the others are read", async () => {
  const pictures = picturesIn(await Deno.readFile(fixture("motion_jpeg.avi"))).map((picture) => picture.slice());
  pictures[2] = pictures[2].slice(0, pictures[2].length - 60);
  await withFolder(async (folder) => {
    await Deno.writeFile(
      `${folder}/a.avi`,
      aviBytes({ width: WIDTH, height: HEIGHT, codec: "MJPG", bits: 24, pictures }),
    );
    const movie = await openMovie(`${folder}/a.avi`), into = new Uint8Array(2 * WIDTH * HEIGHT);
    await movie.read(0, 2, into);
    await movie.read(3, 2, into);
    await assert.rejects(movie.read(1, 2, into), {
      name: "MovieError",
      message: /^Frame 3 of movie ".*a.avi" is no valid JPEG/,
    });
    movie.close();
  });
});

Deno.test("a long movie that has to be decoded says that converting it is worth while, a short or plain one does not", async () => {
  const [picture] = picturesIn(await Deno.readFile(fixture("motion_jpeg.avi"))), grey = new Uint8Array(WIDTH * HEIGHT);
  const note = /^Pictures are decoded anew in every pass of a run: converting a long movie once is worth while/;
  await withFolder(async (folder) => {
    const notesOf = async (codec: string, bits: number, frames: number) => {
      const pictures = Array.from({ length: frames }, () => codec === "MJPG" ? picture : grey);
      await Deno.writeFile(`${folder}/a.avi`, aviBytes({ width: WIDTH, height: HEIGHT, codec, bits, pictures }));
      const movie = await openMovie(`${folder}/a.avi`);
      movie.close();
      return movie.header.notes ?? [];
    };
    assert.match((await notesOf("MJPG", 24, 600)).join(), note);
    assert.deepEqual(await notesOf("MJPG", 24, 20), []);
    assert.deepEqual(await notesOf("Y800", 8, 600), []);
  });
});
