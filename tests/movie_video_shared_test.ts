import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { sampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { findFfmpeg } from "../src/movie/video/ffmpeg_programs.ts";

const data = new URL("../../shared/data/", import.meta.url),
  path = (name: string) => fileURLToPath(new URL(name, data));
const exists = await Deno.stat(data).then(() => true, () => false);
const programs = await findFfmpeg("a test", "any").catch(() => undefined), hasFfmpeg = programs !== undefined;
const UCLA = "ucla_v4_C6-J588_Disc5";

async function read(name: string, from = 0, count?: number) {
  const movie = await openMovie(path(name)), { header } = movie;
  const frames = count ?? header.frames - from;
  const samples = sampleArray(header.sampleType, frames * header.width * header.height);
  await movie.read(from, frames, samples);
  movie.close();
  return { header, samples };
}

/** Grey values as ffmpeg decodes a whole file. */
async function byFfmpeg(name: string): Promise<Uint8Array> {
  const { everyPicture } = programs!;
  const args = ["-v", "error", "-i", path(name), ...everyPicture, "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  return (await new Deno.Command("ffmpeg", { args, stdout: "piped" }).output()).stdout;
}

for (
  const [name, frames] of [["inscopix_movie_part1_108x122x200.avi", 100], [
    "inscopix_movie_part2_108x122x126.avi",
    63,
  ]] as const
) {
  Deno.test({
    name: `${name} has ${frames} frames at 10 Hz, as ffmpeg decodes them`,
    ignore: !exists || !hasFfmpeg,
    async fn() {
      const { header, samples } = await read(name);
      assert.deepEqual([header.width, header.height, header.frames, header.frameRate], [108, 122, frames, 10]);
      header.timestamps!.forEach((time, i) => assert.ok(Math.abs(time - i / 10) < 1e-9));
      assert.deepEqual(samples, await byFfmpeg(name));
      const part = await read(name, 50, 10), size = 108 * 122;
      assert.deepEqual(part.samples, samples.slice(50 * size, 60 * size));
    },
  });
}

Deno.test({
  name: "the AVI of a recording agrees with its TIFF up to scale and loss",
  ignore: !exists || !hasFfmpeg,
  async fn() {
    const video = await read("inscopix_movie_part2_108x122x126.avi"),
      tiff = await read("inscopix_movie_part2_108x123x63.tiff");
    const size = 108 * 122, frames = 63, count = size * frames;
    let sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    for (let t = 0; t < frames; t++) {
      for (let i = 0; i < size; i++) {
        // The TIFF has one row more, at the bottom.
        const x = tiff.samples[t * 108 * 123 + i], y = video.samples[t * size + i];
        [sx, sy, sxx, sxy, syy] = [sx + x, sy + y, sxx + x * x, sxy + x * y, syy + y * y];
      }
    }
    const cxy = sxy / count - sx * sy / count ** 2,
      cxx = sxx / count - (sx / count) ** 2,
      cyy = syy / count - (sy / count) ** 2;
    const residual = Math.sqrt(cyy - cxy ** 2 / cxx);
    assert.ok(residual < 2.5, `residual ${residual} grey levels`);
    assert.ok(cxy / Math.sqrt(cxx * cyy) > 0.995, `correlation ${cxy / Math.sqrt(cxx * cyy)}`);
  },
});

const SESSIONS = [
  ["15_03_28", [-24, 52, 109, 174, 242], "2021-10-07T15:03:28.635-07:00"],
  ["15_06_28", [-25, 52, 109, 176, 242], "2021-10-07T15:06:28.607-07:00"],
  ["15_07_58", [-31, 46, 102, 169, 236], "2021-10-07T15:07:58.666-07:00"],
] as const;

for (const [session, milliseconds, start] of SESSIONS) {
  Deno.test({
    name: `UCLA V4 session ${session}: frames, timestamps, start and metadata`,
    ignore: !exists,
    async fn() {
      const { header, samples } = await read(`${UCLA}/${session}`);
      assert.deepEqual([header.width, header.height, header.frames, header.frameRate], [752, 480, 5, 15]);
      assert.deepEqual([...header.timestamps!], milliseconds.map((time) => time / 1000));
      assert.equal(header.startTime, start);
      assert.equal(header.format, "UCLA Miniscope V4, AVI (FFV1)");
      const { gain, led0, nameExpMouse } = header.metadata!;
      assert.deepEqual([gain, led0, nameExpMouse], ["High", 47, "C6-J588_Disc5"]);
      if (hasFfmpeg) assert.deepEqual(samples, await byFfmpeg(`${UCLA}/${session}/Miniscope/0.avi`));
    },
  });

  Deno.test({
    name:
      `UCLA V4 session ${session}: the behaviour camera's Motion JPEG is read, as ffmpeg decodes it where it is there`,
    ignore: !exists,
    async fn() {
      const { header, samples } = await read(`${UCLA}/${session}/BehavCam_2`);
      assert.deepEqual([header.width, header.height, header.frames], [1280, 720, 5]);
      if (hasFfmpeg) assert.deepEqual(samples, await byFfmpeg(`${UCLA}/${session}/BehavCam_2/0.avi`));
    },
  });
}

Deno.test({
  name: "UCLA V4: the day names its sessions; all three in order go on with the clock",
  ignore: !exists,
  async fn() {
    await assert.rejects(openMovie(path(UCLA)), {
      name: "MovieError",
      message: /holds 3 Miniscope recordings \(15_03_28, 15_06_28, 15_07_58\)/,
    });
    const movie = await openMovie(SESSIONS.map(([session]) => path(`${UCLA}/${session}`)));
    const { frames, timestamps } = movie.header;
    movie.close();
    assert.equal(frames, 15);
    // Three minutes less 28 ms after the first session, and a minute and a half after the second.
    assert.ok(Math.abs(timestamps![5] - (179.972 - 0.025)) < 1e-6, `${timestamps![5]}`);
    assert.ok(Math.abs(timestamps![10] - (270.031 - 0.031)) < 1e-6, `${timestamps![10]}`);
  },
});
