/** Frame selection, crop and binning as views, against plain computations on the whole movie. */
import assert from "node:assert/strict";
import { ParameterError } from "../src/core/errors.ts";
import type { MovieSource, SampleArray, SampleType } from "../src/core/movie.ts";
import { binFrames } from "../src/preprocess/bin_frames.ts";
import { binPixels } from "../src/preprocess/bin_pixels.ts";
import { cropMovie } from "../src/preprocess/crop_movie.ts";
import { frameRuns, keptRuns } from "../src/preprocess/frame_list.ts";
import { selectFrames } from "../src/preprocess/select_frames.ts";
import { anyOrder, noiseMovie, samplesOf, sentenceOf } from "./preprocess_movies.ts";

const TYPES: readonly SampleType[] = ["uint8", "uint16", "int16", "float32"];
/** So little that every piece is one or a few frames. */
const LITTLE = 48 * 4 * 13 * 11 * 2.5;

/** The sample of a movie at a place. */
function at(source: MovieSource, samples: SampleArray, frame: number, x: number, y: number): number {
  const { width, height } = source.header;
  return samples[(frame * height + y) * width + x];
}

Deno.test("frames are kept and dropped as they are written", async () => {
  for (const type of TYPES) {
    const movie = noiseMovie({ width: 5, height: 3, frames: 30, type, frameRate: 20 }), before = await samplesOf(movie);
    const view = selectFrames(movie, { frames: "2:9, 11 ,20:", drop_frames: "5,25:28,1:3" });
    const kept = [3, 4, 6, 7, 8, 11, 20, 21, 22, 23, 24, 28, 29];
    const { frames, sampleType, frameRate } = view.header;
    assert.deepEqual([frames, sampleType, frameRate], [kept.length, type, 20]);
    const after = await anyOrder(view);
    kept.forEach((frame, i) =>
      assert.deepEqual(after.slice(i * 15, i * 15 + 15), before.slice(frame * 15, frame * 15 + 15))
    );
    assert.match(view.done, /^13 of 30 frames kept \(3:5,6:9,11,20:25,28:30\)$/);
  }
});

Deno.test("frame lists: numbers, lists, open ends, and runs that touch are joined", () => {
  assert.deepEqual(frameRuns("frames", 7, 10), [{ from: 7, to: 8 }]);
  assert.deepEqual(frameRuns("frames", [7, 3], 10), [{ from: 7, to: 8 }, { from: 3, to: 4 }]);
  assert.deepEqual(frameRuns("frames", ":", 10), [{ from: 0, to: 10 }]);
  assert.deepEqual(frameRuns("frames", ":4,6:", 10), [{ from: 0, to: 4 }, { from: 6, to: 10 }]);
  assert.deepEqual(keptRuns(10, [{ from: 0, to: 3 }, { from: 3, to: 6 }], []), [{ from: 0, to: 6 }]);
});

Deno.test("frames that are not there, out of order or none at all are refused in a sentence", async () => {
  const movie = noiseMovie({ width: 2, height: 2, frames: 10 });
  const refusal = (frames: string | null, drop_frames: string | null = null) =>
    sentenceOf(ParameterError, () => selectFrames(movie, { frames, drop_frames }));
  assert.equal(await refusal("3:11"), "Parameter frames holds 3:11, but the movie has 10 frames, 0 to 9");
  assert.equal(await refusal("10:"), "Parameter frames holds 10:, but the movie has 10 frames, 0 to 9");
  assert.equal(await refusal(null, "10"), "Parameter drop_frames holds 10, but the movie has 10 frames, 0 to 9");
  assert.match(await refusal("4:4"), /holds 4:4, a range of no frames: its end has to be above its start/);
  assert.match(await refusal("4:6,5:9"), /goes back from 4:6 to 5:9: ranges have to follow each other/);
  assert.match(await refusal("7:,2:4"), /goes back from 7:10 to 2:4/);
  assert.match(await refusal("4:6", "0:8"), /leave nothing of the movie's 10 frames/);
  assert.match(await refusal("4:x"), /holds "4:x", but it has to hold frames and ranges/);
});

Deno.test("a crop keeps samples and type", async () => {
  for (const type of TYPES) {
    const movie = noiseMovie({ width: 13, height: 11, frames: 9, type }), before = await samplesOf(movie);
    for (const [x0, y0, x1, y1] of [[0, 0, 13, 11], [2, 3, 9, 4], [12, 10, 13, 11], [0, 5, 13, 8]]) {
      const view = cropMovie(movie, [x0, y0, x1, y1], LITTLE);
      assert.deepEqual([view.header.width, view.header.height, view.header.sampleType], [x1 - x0, y1 - y0, type]);
      const after = await anyOrder(view);
      for (let frame = 0; frame < 9; frame++) {
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            assert.equal(at(view, after, frame, x - x0, y - y0), at(movie, before, frame, x, y));
          }
        }
      }
    }
  }
});

Deno.test("a crop outside the frame or of nothing is refused", async () => {
  const movie = noiseMovie({ width: 13, height: 11, frames: 2 });
  const refusal = (...rectangle: number[]) => sentenceOf(ParameterError, () => cropMovie(movie, rectangle, 1e6));
  assert.equal(
    await refusal(0, 0, 14, 11),
    "Parameter crop is 0,0,14,11, but the frame has 13×11 pixels: x1 is 13 at most, and y1 11",
  );
  assert.match(await refusal(0, -1, 4, 4), /the frame has 13×11 pixels/);
  assert.match(await refusal(4, 0, 4, 4), /holds no pixels: x1 has to be above x0, and y1 above y0/);
  assert.match(await refusal(0, 5, 4, 3), /holds no pixels/);
});

Deno.test("binned pixels are block means; blocks that are not full are left out", async () => {
  for (const type of TYPES) {
    const movie = noiseMovie({ width: 13, height: 11, frames: 7, type, frameRate: 30 }),
      before = await samplesOf(movie);
    for (const factor of [1, 2, 3, 11]) {
      const view = binPixels(movie, factor, LITTLE), { width, height, frames, sampleType, frameRate } = view.header;
      assert.deepEqual([width, height, frames], [Math.floor(13 / factor), Math.floor(11 / factor), 7]);
      assert.deepEqual([sampleType, frameRate], ["float32", 30]);
      const after = await anyOrder(view);
      for (let frame = 0; frame < frames; frame++) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            let sum = 0;
            for (let v = 0; v < factor; v++) {
              for (let u = 0; u < factor; u++) sum += at(movie, before, frame, x * factor + u, y * factor + v);
            }
            const expected = sum / factor ** 2;
            assert(Math.abs(at(view, after, frame, x, y) - expected) < 1e-5 * expected);
          }
        }
      }
    }
  }
  const movie = noiseMovie({ width: 13, height: 11, frames: 2 });
  assert.match(
    binPixels(movie, 3, 1e6).done,
    /^Blocks of 3×3 .* 4×3 of 13×11 .*left out: 1 column and 2 rows at the end/,
  );
  assert.match(
    await sentenceOf(ParameterError, () => binPixels(movie, 12, 1e6)),
    /spatial_downsampling_factor is 12, but the frame has 13×11 pixels: it can be 11 at most/,
  );
});

Deno.test("binned frames are means of groups; a last group that is not full is left out", async () => {
  for (const type of TYPES) {
    const movie = noiseMovie({ width: 13, height: 11, frames: 23, type, frameRate: 30 }),
      before = await samplesOf(movie);
    for (const factor of [1, 2, 5, 23]) {
      const view = binFrames(movie, factor, LITTLE), { width, height, frames, sampleType, frameRate } = view.header;
      assert.deepEqual([width, height, frames], [13, 11, Math.floor(23 / factor)]);
      assert.deepEqual([sampleType, frameRate], ["float32", 30 / factor]);
      const after = await anyOrder(view);
      for (let i = 0; i < after.length; i++) {
        const frame = Math.floor(i / 143);
        let sum = 0;
        for (let member = 0; member < factor; member++) sum += before[(frame * factor + member) * 143 + i % 143];
        assert(Math.abs(after[i] - sum / factor) < 1e-5 * after[i]);
      }
    }
  }
  const movie = noiseMovie({ width: 3, height: 2, frames: 7 });
  assert.equal(binFrames(movie, 2, 1e6).header.frameRate, undefined);
  assert.equal(binFrames(movie, 3, 1e6).done, "Groups of 3 frames averaged: 2 of 7 frames (left out: 1 at the end)");
  assert.match(
    await sentenceOf(ParameterError, () => binFrames(movie, 8, 1e6)),
    /temporal_downsampling_factor is 8, but the movie has 7 frames: it can be 7 at most/,
  );
});

Deno.test("closing a view closes the movie below it, and a failed read does not stop the next one", async () => {
  let closed = 0, failing = true;
  const movie = noiseMovie({ width: 4, height: 4, frames: 6 });
  const source: MovieSource = {
    header: movie.header,
    read: (start, count, into) => failing ? Promise.reject(new Error("lost")) : movie.read(start, count, into),
    close: () => void closed++,
  };
  const view = binFrames(cropMovie(source, [0, 0, 2, 2], 1e6), 2, 1e6);
  await assert.rejects(samplesOf(view), /lost/);
  failing = false;
  await anyOrder(view);
  view.close();
  assert.equal(closed, 1);
});
