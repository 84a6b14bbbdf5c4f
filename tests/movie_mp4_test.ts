/** MP4 videos to look at: written through ffmpeg and read back, and what happens without an ffmpeg, or with one that fails. */
import assert from "node:assert/strict";
import type { SampleArray } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { ffmpegPrograms } from "../src/movie/video/ffmpeg_programs.ts";
import { isForShow, isWritable, movieWriter, WRITTEN_ENDINGS } from "../src/movie/writer.ts";
import { namesIn } from "./cli_commands.ts";
import { inTemporary, message } from "./results_setting.ts";

const hasFfmpeg = typeof await ffmpegPrograms() !== "string";

/** Smooth pictures that move: what a video encoder is made for. */
function pictures(width: number, height: number, frames: number): Uint8Array {
  return Uint8Array.from({ length: width * height * frames }, (_, i) => {
    const x = i % width, y = Math.floor(i / width) % height, t = Math.floor(i / (width * height));
    return Math.round(127.5 + 127.5 * Math.sin((x + 2 * t) / 9) * Math.cos(y / 7));
  });
}

/** Runs work while `ANNULUS_FFMPEG` points somewhere. */
async function withPrograms(place: string, work: () => Promise<void>): Promise<void> {
  const before = Deno.env.get("ANNULUS_FFMPEG");
  Deno.env.set("ANNULUS_FFMPEG", place);
  try {
    await work();
  } finally {
    if (before === undefined) Deno.env.delete("ANNULUS_FFMPEG");
    else Deno.env.set("ANNULUS_FFMPEG", before);
  }
}

/** A folder with an ffmpeg that is a shell script, and an ffprobe that starts. */
async function scripted(folder: string, encode: string): Promise<string> {
  const place = `${folder}/programs`;
  await Deno.mkdir(place);
  await Deno.writeTextFile(`${place}/ffprobe`, "#!/bin/sh\necho ffprobe version 7.1\n", { mode: 0o755 });
  const ffmpeg =
    `#!/bin/sh\ncase "$*" in\n*-version*) echo ffmpeg version 7.1;;\n*-encoders*) echo;;\n*) ${encode};;\nesac\n`;
  await Deno.writeTextFile(`${place}/ffmpeg`, ffmpeg, { mode: 0o755 });
  return place;
}

Deno.test("a video is for show: commands that keep samples do not take its name", () => {
  assert.deepEqual([isWritable("a.mp4"), isForShow("a.MP4"), isForShow("a.tif")], [false, true, false]);
  assert.doesNotMatch(WRITTEN_ENDINGS, /mp4/);
});

for (const [width, height] of [[64, 48], [37, 29], [1, 1]] as const) {
  Deno.test({
    name: `a video of ${width}×${height} pixels comes back as it was given, nearly, at its rate`,
    ignore: !hasFfmpeg,
    fn: () =>
      inTemporary(async (folder) => {
        const path = `${folder}/show 1.mp4`, frames = 12, given = pictures(width, height, frames);
        const options = { width, height, frames, sampleType: "uint8" as const, frameRate: 7.5 };
        const writer = await movieWriter(path, options);
        await writer.write(given.subarray(0, 5 * width * height));
        assert.ok(!namesIn(folder).includes("show 1.mp4"));
        await writer.write(given.subarray(5 * width * height));
        await writer.close();
        await writer.abort();
        assert.deepEqual(namesIn(folder), ["show 1.mp4"]);
        const video = await openMovie(path), { header } = video;
        const across = width + width % 2, down = height + height % 2;
        assert.deepEqual([header.width, header.height, header.frames], [across, down, frames]);
        assert.equal(header.frameRate, 7.5);
        assert.match(header.format!, /MP4/);
        const samples = new Uint8Array(across * down * frames);
        await video.read(0, frames, samples);
        video.close();
        let sum = 0;
        for (let i = 0; i < samples.length; i++) {
          const x = i % across, y = Math.floor(i / across) % down, t = Math.floor(i / (across * down));
          const value = given[(t * height + Math.min(y, height - 1)) * width + Math.min(x, width - 1)];
          sum += Math.abs(samples[i] - value) / samples.length;
        }
        // Measured: 1.04, 1.15 and 0.17.
        assert.ok(sum < 2, `${sum} grey levels off on average`);
      }),
  });
}

Deno.test({
  name: "two runs write the same video, byte for byte",
  ignore: !hasFfmpeg,
  fn: () =>
    inTemporary(async (folder) => {
      const options = { width: 40, height: 30, frames: 20, sampleType: "uint8" as const, frameRate: 10 };
      for (const name of ["a.mp4", "b.mp4"]) {
        const writer = await movieWriter(`${folder}/${name}`, options);
        await writer.write(pictures(40, 30, 20));
        await writer.close();
      }
      assert.deepEqual(await Deno.readFile(`${folder}/a.mp4`), await Deno.readFile(`${folder}/b.mp4`));
    }),
});

Deno.test("without ffmpeg it says what to install, and nothing is written", () =>
  inTemporary((folder) =>
    withPrograms(`${folder}/nowhere`, async () => {
      const options = { width: 4, height: 4, frames: 1, sampleType: "uint8" as const, frameRate: 10 };
      assert.match(
        await message(movieWriter(`${folder}/a.mp4`, options)),
        /a\.mp4 cannot be written: MP4 is made by the ffmpeg program, but there is no working ffmpeg where ANNULUS_FFMPEG points .* install/,
      );
      assert.deepEqual(namesIn(folder), []);
    })
  ));

Deno.test("what a video cannot hold is refused", () =>
  inTemporary(async (folder) => {
    const path = `${folder}/a.mp4`, size = { width: 4, height: 4, frames: 2 };
    assert.match(
      await message(movieWriter(path, { ...size, sampleType: "uint16", frameRate: 10 })),
      /8-bit pictures, but these samples are uint16/,
    );
    assert.match(await message(movieWriter(path, { ...size, sampleType: "uint8" })), /states none/);
    if (hasFfmpeg) {
      const writer = await movieWriter(path, { ...size, sampleType: "uint8", frameRate: 10 });
      await assert.rejects(writer.write(new Uint16Array(16) as SampleArray), TypeError);
      await assert.rejects(writer.write(new Uint8Array(17)), RangeError);
      await writer.write(new Uint8Array(16));
      assert.match(await message(writer.close()), /got 1 frames, but 2 were announced/);
      const nowhere = await movieWriter(`${folder}/no/a.mp4`, { ...size, sampleType: "uint8", frameRate: 10 });
      await nowhere.write(new Uint8Array(32)).catch(() => {});
      assert.match(
        await message(nowhere.close()),
        /no\/a\.mp4 cannot be written: ffmpeg ended with code .*No such file/,
      );
    }
    assert.deepEqual(namesIn(folder), []);
  }));

for (
  const [what, encode, words] of [
    ["that is killed", "kill -9 $$", /was ended by SIGKILL/],
    ["that complains", 'echo "[x264 @ 0x55] no space left." >&2; exit 7', /ended with code 7, saying "no space left"/],
  ] as const
) {
  Deno.test({
    name: `an ffmpeg ${what} leaves nothing, and what it said is told`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inTemporary(async (folder) =>
        withPrograms(
          await scripted(folder, `head -c 100 >/dev/null; echo part > "${folder}/a.mp4.partial"; ${encode}`),
          async () => {
            const options = { width: 400, height: 400, frames: 50, sampleType: "uint8" as const, frameRate: 10 };
            const writer = await movieWriter(`${folder}/a.mp4`, options);
            const text = await message((async () => {
              for (let frame = 0; frame < 50; frame++) await writer.write(new Uint8Array(160_000));
              await writer.close();
            })());
            await writer.abort();
            assert.match(text, words);
            assert.deepEqual(namesIn(folder), ["programs"]);
          },
        )
      ),
  });
}

Deno.test({
  name: "giving up ends an ffmpeg that is still waiting, and leaves nothing",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTemporary(async (folder) =>
      withPrograms(await scripted(folder, `echo part > "${folder}/a.mp4.partial"; exec sleep 600`), async () => {
        const options = { width: 4, height: 4, frames: 50, sampleType: "uint8" as const, frameRate: 10 };
        const writer = await movieWriter(`${folder}/a.mp4`, options);
        await writer.write(new Uint8Array(16));
        await writer.abort();
        assert.deepEqual(namesIn(folder), ["programs"]);
      })
    ),
});
