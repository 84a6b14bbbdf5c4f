import assert from "node:assert/strict";
import { MovieError } from "../src/core/errors.ts";
import { sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { FfmpegProcess } from "../src/movie/video/ffmpeg_process.ts";
import { findFfmpeg } from "../src/movie/video/ffmpeg_programs.ts";
import { greyFormat } from "../src/movie/video/picture_format.ts";
import { aviBytes } from "./movie_avi_bytes.ts";
import { numbers, smallJpeg, withFolder } from "./movie_tiff_bytes.ts";

const fixture = (name: string) => new URL(`fixtures/avi/${name}`, import.meta.url).pathname;
const programs = await findFfmpeg("a test", "any").catch(() => undefined), hasFfmpeg = programs !== undefined;

/**
 * Grey values as the ffmpeg of this machine decodes a whole file: versions differ in how they widen the range of colour
 * video.
 */
async function byFfmpeg(name: string): Promise<Uint8Array> {
  const { everyPicture } = programs!, path = name.startsWith("/") ? name : fixture(name);
  const args = ["-v", "error", "-i", path, ...everyPicture, "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  return (await new Deno.Command("ffmpeg", { args, stdout: "piped" }).output()).stdout;
}

/** Videos of 34×18 pixels, what they are, and whether they are decoded by ffmpeg. */
const VIDEOS = [
  ["ffv1.avi", 16, "AVI (FFV1)", "uint8"],
  ["ffv1_colour.avi", 16, "AVI (FFV1)", "uint8"],
  ["ffv1_16.avi", 4, "AVI (FFV1)", "uint16"],
  ["mpeg4.avi", 16, "AVI video (mpeg4)", "uint8"],
  ["h264.mp4", 20, "MP4 or MOV video (h264)", "uint8"],
  ["h264.mkv", 20, "Matroska or WebM video (h264)", "uint8"],
] as const;

for (const [name, frames, format, sampleType] of VIDEOS) {
  Deno.test({
    name: `${name}: every frame is ffmpeg's, in any order and at the same time`,
    ignore: !hasFfmpeg,
    async fn() {
      const bytes = name.startsWith("ffv1") ? await Deno.readFile(fixture(`${name}.grey`)) : await byFfmpeg(name);
      const size = 34 * 18;
      const expected = sampleType === "uint8" ? bytes : new Uint16Array(bytes.buffer);
      const movie = await openMovie(fixture(name)), { header } = movie;
      assert.deepEqual([header.width, header.height, header.frames], [34, 18, frames]);
      assert.deepEqual([header.format, header.sampleType, header.frameRate], [format, sampleType, 20]);
      if (header.timestamps) {
        header.timestamps.forEach((time, i) => assert.ok(Math.abs(time - i / 20) < 1e-9, `${i}: ${time}`));
      } else assert.match(format, /FFV1/);
      const whole = sampleArray(sampleType, size * frames);
      for (let start = 0; start < frames; start += 3) {
        const count = Math.min(3, frames - start);
        await movie.read(start, count, whole.subarray(start * size, (start + count) * size));
      }
      assert.deepEqual(whole, expected);
      const next = numbers(frames);
      const reads = Array.from({ length: 8 }, async () => {
        const start = next() % frames, count = 1 + next() % Math.min(4, frames - start);
        const part = sampleArray(sampleType, count * size);
        await movie.read(start, count, part);
        assert.deepEqual(
          part,
          expected.slice(start * size, (start + count) * size),
          `frames ${start} to ${start + count}`,
        );
      });
      await Promise.all(reads);
      movie.close();
      movie.close();
      await assert.rejects(movie.read(0, 1, whole), { name: "MovieError", message: /was closed/ });
    },
  });
}

Deno.test({
  name: "an AVI whose pictures are stored in another order than they are shown in is counted, and read at random",
  ignore: !hasFfmpeg,
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/reordered.avi`, size = 34 * 18;
      const source = ["-i", fixture("h264.mp4"), "-c:v", "mpeg4", "-bf", "2", "-q:v", "2", path];
      const made = await new Deno.Command("ffmpeg", { args: ["-v", "error", ...source] }).output();
      assert.ok(made.success, new TextDecoder().decode(made.stderr));
      const expected = await byFfmpeg(path), movie = await openMovie(path), { header } = movie;
      assert.deepEqual([header.frames, header.timestamps], [expected.length / size, undefined]);
      for (const frame of [header.frames - 1, 0, 7, 8, 3]) {
        const into = new Uint8Array(size);
        await movie.read(frame, 1, into);
        assert.deepEqual(into, expected.slice(frame * size, (frame + 1) * size), `frame ${frame}`);
      }
      movie.close();
    });
  },
});

Deno.test({
  name: "closing in the middle of a read ends it: no process and no read is left behind",
  ignore: !hasFfmpeg,
  async fn() {
    for (const name of ["ffv1.avi", "h264.mp4"]) {
      const movie = await openMovie(fixture(name)), into = new Uint8Array(34 * 18 * movie.header.frames);
      const read = movie.read(0, movie.header.frames, into).catch((error) => error);
      const later = movie.read(1, 1, new Uint8Array(34 * 18)).catch((error) => error);
      movie.close();
      const outcomes = [await read, await later];
      assert(outcomes.every((one) => one === undefined || one instanceof MovieError), `${outcomes}`);
    }
  },
});

Deno.test({
  name: "a header that says another size than the pictures have is refused",
  ignore: !hasFfmpeg,
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/a.avi`, jpeg = smallJpeg();
      const avi = (width: number) => aviBytes({ width, height: 8, codec: "MJPG", bits: 24, pictures: [jpeg, jpeg] });
      await Deno.writeFile(path, avi(16));
      const movie = await openMovie(path);
      assert.deepEqual([movie.header.width, movie.header.height], [16, 8]);
      movie.close();
      await Deno.writeFile(path, avi(1));
      await assert.rejects(openMovie(path), {
        name: "MovieError",
        message: /a.avi" is damaged: its header says 1×8 pixels, but its pictures are 16×8$/,
      });
    });
  },
});

Deno.test({
  name: "a damaged picture is an error with ffmpeg's words, not a picture left out",
  ignore: !hasFfmpeg,
  async fn() {
    await withFolder(async (folder) => {
      const bytes = await Deno.readFile(fixture("ffv1.avi")), text = new TextDecoder("latin1").decode(bytes);
      const chunks = [...text.slice(text.indexOf("movi"), text.indexOf("idx1")).matchAll(/00dc/g)]
        .map(({ index }) => text.indexOf("movi") + index);
      // FFV1 of version 3 has checksums: one byte inside frame 9 is enough.
      bytes[chunks[8] + 8 + 60] ^= 0x55;
      await Deno.writeFile(`${folder}/a.avi`, bytes);
      const movie = await openMovie(`${folder}/a.avi`), into = new Uint8Array(34 * 18 * 16);
      await movie.read(0, 8, into);
      await assert.rejects(movie.read(6, 5, into), (error: Error) => {
        assert.ok(error instanceof MovieError);
        assert.match(
          error.message,
          /^Frame 9 of movie ".*a.avi" cannot be decoded: ffmpeg says ".*CRC/,
        );
        return true;
      });
      // Key pictures begin anew.
      await movie.read(12, 4, into);
      const expected = (await Deno.readFile(fixture("ffv1.avi.grey"))).slice(12 * 612);
      assert.deepEqual(into.slice(0, 4 * 612), expected);
      movie.close();
    });
  },
});

Deno.test({
  name: "videos cut off anywhere are refused or read, with one sentence",
  ignore: !hasFfmpeg,
  async fn() {
    await withFolder(async (folder) => {
      for (const name of ["ffv1.avi", "mpeg4.avi", "h264.mp4", "h264.mkv"]) {
        const bytes = await Deno.readFile(fixture(name)), expected = await byFfmpeg(name);
        for (const length of [20, bytes.length >> 2, bytes.length >> 1, bytes.length - 700]) {
          const path = `${folder}/${name}`;
          await Deno.writeFile(path, bytes.slice(0, length));
          try {
            const movie = await openMovie(path), { frames } = movie.header;
            try {
              const into = new Uint8Array(frames * 612);
              await movie.read(0, frames, into);
              // Whatever is read is right.
              const differs = into.findIndex((value, i) => value !== expected[i]);
              assert.equal(
                differs,
                -1,
                `${name} cut to ${length} bytes differs in frame ${Math.floor(differs / 612) + 1}`,
              );
            } finally {
              movie.close();
            }
          } catch (error) {
            assert.ok(error instanceof MovieError, `${error}`);
            assert.ok(error.message.includes(path) && !/\n|undefined|NaN/.test(error.message), error.message);
          }
        }
      }
    });
  },
});

Deno.test("without ffmpeg the message names the codec and what to install; grey and Motion JPEG need none", async () => {
  const before = Deno.env.get("ANNULUS_FFMPEG");
  Deno.env.set("ANNULUS_FFMPEG", "/nowhere/ffmpeg");
  try {
    for (
      const [name, codec] of [["mpeg4.avi", "MPEG-4 (FMP4)"], ["h264.mp4", "MP4 or MOV"]] as const
    ) {
      await assert.rejects(openMovie(fixture(name)), (error: Error) => {
        assert.ok(error instanceof MovieError);
        assert.ok(error.message.includes(`holds ${codec} video`), error.message);
        assert.match(
          error.message,
          /ANNULUS_FFMPEG points \("\/nowhere\/ffmpeg"\).*apt install ffmpeg.*brew.*winget.*convert/,
        );
        return true;
      });
    }
    const movie = await openMovie(fixture("motion_jpeg.avi"));
    await movie.read(0, 5, new Uint8Array(5 * 612));
    movie.close();
  } finally {
    if (before === undefined) Deno.env.delete("ANNULUS_FFMPEG");
    else Deno.env.set("ANNULUS_FFMPEG", before);
  }
});

Deno.test("a program that says nothing or nonsense is no ffmpeg", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/ffmpeg`, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
    Deno.env.set("ANNULUS_FFMPEG", folder);
    try {
      await assert.rejects(openMovie(fixture("h264.mkv")), {
        name: "MovieError",
        message: /no working ffmpeg where ANNULUS/,
      });
    } finally {
      Deno.env.delete("ANNULUS_FFMPEG");
    }
  });
});

Deno.test("a process that does nothing is ended, and said to be stuck", async () => {
  if (Deno.build.os === "windows") return;
  const args = ["-c", "exec sleep 1000"];
  const process = new FfmpegProcess({ program: "/bin/sh", args, patience: 0.1, path: "a.avi" });
  await assert.rejects(process.fill(new Uint8Array(1)), {
    name: "MovieError",
    message: /^Movie "a.avi" cannot be read: ffmpeg was stuck, nothing came from it for 0.1/,
  });
  assert.equal(await process.ended(), false);
  process.kill();
});

Deno.test("grey keeps the bits of the format", () => {
  const cases = {
    gray: "gray",
    yuv420p: "gray",
    bgr0: "gray",
    rgb565le: "gray",
    gray10le: "gray10le",
    gray12be: "gray12le",
    gray16le: "gray16le",
    yuv420p10le: "gray10le",
    p010le: "gray10le",
    rgb48le: "gray16le",
    gbrp12le: "gray12le",
    grayf32le: "grayf32le",
  };
  for (const [from, to] of Object.entries(cases)) assert.equal(greyFormat(from).pixels, to, from);
});
