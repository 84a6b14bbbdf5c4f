/** `annulus movie`: what it writes, what it tells, and what it refuses. */
import assert from "node:assert/strict";
import { movie } from "../src/cli/movie.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { modelMovie } from "../src/model/model_movie.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { openMovie } from "../src/movie/open.ts";
import { ffmpegPrograms } from "../src/movie/video/ffmpeg_programs.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { namesIn, ran, refused, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";
import { inTemporary } from "./results_setting.ts";

const hasFfmpeg = typeof await ffmpegPrograms() !== "string";
const SIZE = { width: 37, height: 29, frames: 21 };

/** A folder with a movie, and results that could have come from it. */
async function inSetting(work: (folder: string, extraction: Extraction) => Promise<void>): Promise<void> {
  await inTemporary(async (folder) => {
    const fake = fakeExtraction({ ...SIZE, cells: 5 }),
      samples = await samplesOf(noiseMovie({ ...SIZE, type: "uint16" }));
    // Something to know the movie again by.
    samples.forEach((_, i) => samples[i] += 20 * (i % SIZE.width));
    const path = await writeMovieFile(`${folder}/movie.tif`, memoryMovie(samples, { ...SIZE, name: "movie" }));
    const size = SIZE.width * SIZE.height, mean = new Float32Array(size), max = new Float32Array(size);
    samples.forEach((value, i) => {
      mean[i % size] += value / SIZE.frames;
      max[i % size] = Math.max(max[i % size], value);
    });
    const { size: bytes } = await Deno.stat(path);
    const extraction: Extraction = {
      ...fake,
      movie: { ...fake.movie, name: path, files: [{ path, bytes, frames: SIZE.frames }] },
      summary: { ...fake.summary, mean, max },
    };
    await saveResults(`${folder}/results.h5`, extraction);
    await work(folder, extraction);
  });
}

Deno.test("the kinds that were asked for are written as counts, and told", () =>
  inSetting(async (folder, extraction) => {
    const path = `${folder}/out.h5`;
    const { record, text } = await ran(movie, folder, "--out", path, "--show", "residual,cells", "--backend", "cpu");
    assert.equal(text, `${path}: 21 frames of 74×29 pixels, residual | cells`);
    assert.deepEqual(record.show, ["residual", "cells"]);
    const written = await openMovie(path), source = await openMovie(`${folder}/movie.tif`);
    const options = { compute: new CpuCompute({ workers: 0 }), memoryBytes: 1e9 };
    const view = modelMovie(source, extraction, ["residual", "cells"], options);
    assert.deepEqual(await samplesOf(written), await samplesOf(view));
    assert.equal(written.header.frameRate, 9.99);
    written.close();
    view.close();
  }));

Deno.test("side by side is the default; frames and grey are chosen", () =>
  inSetting(async (folder) => {
    const path = `${folder}/out.tif`;
    const { record, text } = await ran(movie, folder, "--out", path, "--grey", "--frames", "3:9", "--backend", "cpu");
    assert.match(
      text,
      /: 6 frames of 148×29 pixels, movie \| background-subtracted \| cells \| residual\nmovie: black at /,
    );
    assert.equal(text.split("\n").length, 5);
    const written = await openMovie(path),
      samples = await samplesOf(written),
      source = await openMovie(`${folder}/movie.tif`);
    const own = await samplesOf(source), [{ low, high }] = record.contrast;
    assert.deepEqual([written.header.sampleType, written.header.frames], ["uint8", 6]);
    for (let frame = 0; frame < 6; frame++) {
      for (let pixel = 0; pixel < 37 * 29; pixel++) {
        const value = (own[(frame + 3) * 37 * 29 + pixel] - low) / (high - low) * 255;
        const shown = samples[frame * 148 * 29 + Math.floor(pixel / 37) * 148 + pixel % 37];
        assert.ok(Math.abs(shown - Math.min(255, Math.max(0, value))) <= 0.5001);
      }
    }
    written.close();
    source.close();
  }));

Deno.test({
  name: "a video has the results' frame rate and the contrast that is told",
  ignore: !hasFfmpeg,
  fn: () =>
    inSetting(async (folder) => {
      const { text } = await ran(movie, folder, "--out", `${folder}/a.mp4`, "--show", "cells", "--backend", "cpu");
      assert.match(text, /a\.mp4: 21 frames of 37×29 pixels, cells\ncells: black at 0, white at [0-9.]+ counts$/);
      const video = await openMovie(`${folder}/a.mp4`);
      assert.deepEqual([video.header.width, video.header.height, video.header.frames], [38, 30, 21]);
      assert.ok(Math.abs(video.header.frameRate! - 9.99) < 1e-3);
      video.close();
    }),
});

Deno.test("cells need no movie; everything else says that it is not there", () =>
  inSetting(async (folder) => {
    await Deno.remove(`${folder}/movie.tif`);
    await ran(movie, folder, "--out", `${folder}/cells.tif`, "--show", "cells", "--backend", "cpu");
    await refused(3, /movie of these results is not at .*movie\.tif/, movie, folder, "--out", `${folder}/a.tif`);
    assert.deepEqual(namesIn(folder), ["cells.tif", "results.h5"]);
  }));

Deno.test("cells that nobody has judged are all shown, which is told", () =>
  inSetting(async (folder) => {
    const { notices } = await ran(movie, folder, "--out", `${folder}/a.tif`, "--show", "cells", "--accepted");
    assert.match(notices.join("\n"), /Nobody has judged the cells/);
  }));

Deno.test("what cannot be written or shown is refused in one sentence, and nothing is left", () =>
  inSetting(async (folder) => {
    const out = `${folder}/a.tif`, before = await Deno.readFile(`${folder}/results.h5`);
    await refused(2, /needs --out MOVIE/, movie, folder);
    await refused(2, /Results are needed/, movie, "--out", out);
    await refused(2, /--show has no "cell": choose from movie, /, movie, folder, "--out", out, "--show", "cell");
    await refused(2, /--show is empty/, movie, folder, "--out", out, "--show", ",");
    await refused(2, /name has to end in \.mp4, \.tif, /, movie, folder, "--out", `${folder}/a.avi`);
    await refused(2, /21 frames, 0 to 20/, movie, folder, "--out", out, "--frames", "30:40");
    await refused(2, /holds the results/, movie, folder, "--out", `${folder}/results.h5`, "--force");
    await refused(2, /is the movie that is read/, movie, folder, "--out", `${folder}/movie.tif`, "--force");
    await Deno.writeTextFile(out, "mine");
    await refused(5, /is there already/, movie, folder, "--out", out);
    assert.equal(await Deno.readTextFile(out), "mine");
    const other = memoryMovie(new Uint16Array(37 * 29 * 20), { width: 37, height: 29, name: "other" });
    const path = await writeMovieFile(`${folder}/other.tif`, other);
    await refused(3, /it is another movie/, movie, folder, path, "--out", `${folder}/b.tif`);
    assert.deepEqual(namesIn(folder), ["a.tif", "movie.tif", "other.tif", "results.h5"]);
    assert.deepEqual(await Deno.readFile(`${folder}/results.h5`), before);
  }));

Deno.test("without ffmpeg a video is refused, and nothing is left", () =>
  inSetting(async (folder) => {
    const before = Deno.env.get("ANNULUS_FFMPEG");
    Deno.env.set("ANNULUS_FFMPEG", `${folder}/nowhere`);
    try {
      await refused(5, /no working ffmpeg where ANNULUS_FFMPEG points/, movie, folder, "--out", `${folder}/a.mp4`);
    } finally {
      if (before === undefined) Deno.env.delete("ANNULUS_FFMPEG");
      else Deno.env.set("ANNULUS_FFMPEG", before);
    }
    assert.deepEqual(namesIn(folder), ["movie.tif", "results.h5"]);
  }));
