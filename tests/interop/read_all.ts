/**
 * Compares what annulus reads with what independent writers wrote: `deno run -A tests/interop/read_all.ts FOLDER`. For each
 * `NAME.expected.npy` of the folder (frames × rows × columns) the movie NAME is opened, with the options in `NAME.options.json` where there
 * are some; its shape and its type of samples are compared, and it is read whole, backwards frame by frame, and in ragged pieces. Ends with 1
 * when anything differs.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type MovieSource, sampleArray } from "../../src/core/movie.ts";
import { openMovie, type OpenMovieOptions } from "../../src/movie/open.ts";

const [folder] = Deno.args;
if (folder === undefined) throw new Error("deno run -A tests/interop/read_all.ts FOLDER");

const ending = ".expected.npy";
const expected = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(ending)).sort();
let failed = 0;
for (const file of expected) {
  const name = file.slice(0, -ending.length);
  try {
    await compare(name, join(folder, file));
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${(error as Error).message.slice(0, 500)}`);
  }
}
if (expected.length === 0) console.log("SKIP: no movie was made, since no writer is installed");
if (failed > 0) Deno.exit(1);

async function compare(name: string, path: string): Promise<void> {
  const options = await Deno.readTextFile(join(folder, `${name}.options.json`)).then(
    (text) => JSON.parse(text) as OpenMovieOptions,
    () => ({}),
  );
  const truth = await openMovie(path), movie = await openMovie(join(folder, name), options);
  try {
    const { width, height, frames } = truth.header;
    assert.deepEqual(
      [movie.header.frames, movie.header.height, movie.header.width],
      [frames, height, width],
      `it is ${movie.header.frames}×${movie.header.height}×${movie.header.width}, not ${frames}×${height}×${width}`,
    );
    assert.equal(movie.header.sampleType, truth.header.sampleType, `its samples are ${movie.header.sampleType}`);
    const whole = await read(truth, 0, frames), size = width * height;
    const same = async (start: number, count: number) => {
      const found = await read(movie, start, count), right = whole.subarray(start * size, (start + count) * size);
      const wrong = found.findIndex((value, i) => !Object.is(value, right[i]) && value !== right[i]);
      if (wrong < 0) return;
      throw new Error(
        `frame ${start + Math.floor(wrong / size)}, pixel ${wrong % size} is ${found[wrong]}, not ${
          right[wrong]
        } (read ${start}+${count})`,
      );
    };
    await same(0, frames);
    for (let frame = frames - 1; frame >= 0; frame -= Math.max(1, Math.floor(frames / 12))) await same(frame, 1);
    for (let start = 0, count = 1; start < frames; start += count, count = count * 2 + 1) {
      await same(start, Math.min(count, frames - start));
    }
    await Promise.all([0, frames >> 1, 0, frames - 1].map((start) => same(start, 1)));
  } finally {
    truth.close();
    movie.close();
  }
}

/** Frames as double precision numbers, so that different types can be compared. */
async function read(movie: MovieSource, start: number, count: number): Promise<Float64Array> {
  const { width, height, sampleType } = movie.header, samples = sampleArray(sampleType, count * width * height);
  await movie.read(start, count, samples);
  return Float64Array.from(samples);
}
