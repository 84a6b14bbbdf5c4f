/** The steps of the preprocessing together: their order, headers, what they tell, and that nothing happens unless asked for. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { describeParameters, resolvePreprocessParameters } from "../src/core/parameters.ts";
import { gaussianBlur } from "../src/preprocess/blur_frames.ts";
import { binFrames } from "../src/preprocess/bin_frames.ts";
import { binPixels } from "../src/preprocess/bin_pixels.ts";
import { cropMovie } from "../src/preprocess/crop_movie.ts";
import { filterFrames } from "../src/preprocess/filter_frames.ts";
import { afterMotion, beforeMotion } from "../src/preprocess/preprocess.ts";
import { selectFrames } from "../src/preprocess/select_frames.ts";
import { backends, backendTest } from "./backends.ts";
import { anyOrder, movieOf, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const MOVIE = { width: 31, height: 27, frames: 48, type: "uint16", frameRate: 20 } as const;

/** A movie that counts the frames that are read of it. */
function counted(movie: MovieSource): { readonly movie: MovieSource; readonly reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    movie: {
      ...movie,
      read(start, count, into) {
        reads += count;
        return movie.read(start, count, into);
      },
    },
  };
}

Deno.test("every default is off: the movie is handed on as it is", async () => {
  const movie = noiseMovie(MOVIE), parameters = resolvePreprocessParameters();
  const [compute] = await backends(), options = { compute, memoryBytes: 1e8 };
  for (const stage of [beforeMotion, afterMotion]) {
    const { source, done, report } = stage(movie, parameters, options);
    assert.equal(source, movie);
    assert.deepEqual([done, report()], [[], []]);
  }
});

backendTest(
  "every step at once: right header, the same samples in any order, nothing read before it is needed",
  async () => {
    const parameters = resolvePreprocessParameters({
      frames: "2:45",
      drop_frames: [7, 8],
      crop: [1, 2, 31, 27],
      bad_pixels: "repair",
      spatial_downsampling_factor: 2,
      temporal_downsampling_factor: 3,
      median_filter: 3,
      gaussian_filter: 0.7,
      destripe: "columns",
      remove_glow: true,
      remove_background: 7,
    });
    for (const compute of await backends()) {
      const { movie, reads } = counted(noiseMovie(MOVIE));
      const { source, done, report } = beforeMotion(movie, parameters, { compute, memoryBytes: 48 * 4 * 31 * 27 * 2 });
      const { width, height, frames, frameRate, sampleType, history } = source.header;
      assert.deepEqual([width, height, frames, frameRate, sampleType], [15, 12, 13, 20 / 3, "float32"]);
      assert.equal(reads(), 0);
      const samples = await anyOrder(source);
      assert(samples.every((value) => value >= 0 && Number.isFinite(value)), "A top-hat is never negative");
      assert.equal(done.length, 6);
      assert.deepEqual(history, [...done]);
      assert.deepEqual(report(), []);
      assert.equal(
        done.join("\n"),
        "41 of 48 frames kept (2:7,9:45)\n" +
          "Cropped to x 1 to 30, y 2 to 26: 30×25 of 31×27 pixels\n" +
          "Dead and stuck pixels, samples that are not finite and blank frames replaced\n" +
          "Blocks of 2×2 pixels averaged: 15×12 of 30×25 pixels (left out: 1 row at the end)\n" +
          "Groups of 3 frames averaged: 13 of 41 frames (left out: 2 at the end)\n" +
          "Median of 3×3 pixels; Gaussian blur with a standard deviation of 0.7 pixels; Offsets of single columns subtracted; " +
          "Each pixel's minimum over the movie subtracted; Opening with a disk of 7 pixels subtracted",
      );
    }
  },
);

backendTest("the order of the steps is frames, crop, pixels, frames, filters", async () => {
  for (const compute of await backends()) {
    const movie = noiseMovie(MOVIE), options = { compute, memoryBytes: 1e8 };
    const given = {
      frames: "5:",
      crop: [3, 0, 31, 20],
      spatial_downsampling_factor: 3,
      temporal_downsampling_factor: 2,
    };
    const { source } = beforeMotion(movie, resolvePreprocessParameters({ ...given, gaussian_filter: 1 }), options);
    const selected = selectFrames(movie, { frames: "5:", drop_frames: null });
    const binned = binFrames(binPixels(cropMovie(selected, [3, 0, 31, 20], 1e8), 3, 1e8), 2, 1e8);
    assert.deepEqual(await samplesOf(source), await samplesOf(filterFrames(binned, [gaussianBlur(1)], options)));
  }
});

backendTest("after motion: trend and bleaching first, then dF/F of what they leave", async () => {
  const movie = movieOf(
    { ...MOVIE, frames: 400 },
    (t, x, y) => Math.round((200 + 10 * x + (t % 40 === y ? 50 : 0)) * (0.5 + 0.5 * Math.exp(-t / 100))),
  );
  const parameters = resolvePreprocessParameters({ bleaching: "exponential", dff: "delta_f_over_f", secs_window: 4 });
  for (const compute of await backends()) {
    const { source, done, report } = afterMotion(movie, parameters, { compute, memoryBytes: 1e8 });
    assert.deepEqual(done, [
      "Frames multiplied to make up for bleaching, by an exponential fitted to their means",
      "dF/F over the running 8th percentile of windows of 4 s (80 frames)",
    ]);
    const samples = await anyOrder(source);
    const bright = samples[(360 * 27 + 0) * 31 + 4], dim = samples[(365 * 27 + 0) * 31 + 4];
    assert(Math.abs(bright - 50 / 240) < 0.03 && Math.abs(dim) < 0.03, `${bright}, ${dim}`);
    assert.match(report()[0], /^Bleaching left 5\d(\.\d+)? % of the light/);
  }
  const [compute] = await backends(), silent = noiseMovie({ ...MOVIE, frameRate: undefined, frames: 100 });
  const options = { compute, memoryBytes: 1e8 };
  assert.match(await sentenceOf(ParameterError, () => afterMotion(silent, parameters, options)), /give frame_rate$/);
  assert.equal(afterMotion(silent, parameters, options, 10).source.header.frames, 100);
});

Deno.test("parameters out of range are refused with what would be right", async () => {
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ crop: [5, 5, 5, 9] }, /^Parameter crop is \[5,5,5,9\], but it has to be four whole numbers x0, y0, x1, y1/],
    [{ crop: [1, 2, 3] }, /^Parameter crop/],
    [{ frames: "a:b" }, /^Parameter frames is "a:b", but it has to be ranges from:to/],
    [{ drop_frames: [-1] }, /^Parameter drop_frames/],
    [{ drop_frames: [] }, /^Parameter drop_frames/],
    [{ bad_pixels: "ignore" }, /^Parameter bad_pixels is "ignore", but it has to be "refuse" or "repair"/],
    [{ median_filter: 4 }, /^Parameter median_filter is 4, but it has to be 0 or an odd number from 3 to 15/],
    [{ gaussian_filter: -1 }, /^Parameter gaussian_filter/],
    [
      { remove_background: 10 },
      /^Parameter remove_background is 10, but it has to be 0 or an odd number from 3 to 255/,
    ],
    [{ remove_glow: 1 }, /^Parameter remove_glow is 1, but it has to be true or false/],
    [{ destripe: "both" }, /^Parameter destripe/],
    [{ detrend: true }, /^Parameter detrend/],
    [{ bleaching: "linear" }, /^Parameter bleaching/],
    [{ dff: "dF" }, /^Parameter dff/],
    [{ secs_window: 0 }, /^Parameter secs_window is 0, but it has to be a number above 0/],
    [{ quantile_min: 101 }, /^Parameter quantile_min is 101, but it has to be a number from 0 to 100/],
  ];
  for (const [given, sentence] of refused) {
    assert.match(await sentenceOf(ParameterError, () => resolvePreprocessParameters(given)), sentence);
  }
  const { secs_window, quantile_min, frames } = resolvePreprocessParameters({
    secsWindow: 3,
    quantilMin: 10,
    frames: null,
  });
  assert.deepEqual([secs_window, quantile_min, frames], [3, 10, null]);
  assert.equal(describeParameters(["preprocess"]).length, 16);
});
