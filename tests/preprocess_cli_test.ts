/** `annulus preprocess`, without a process of its own. */
import assert from "node:assert/strict";
import { readArguments } from "../src/cli/arguments.ts";
import { exitCodeOf } from "../src/cli/exit.ts";
import { Output } from "../src/cli/output.ts";
import { preprocess } from "../src/cli/preprocess.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { withFolder } from "./movie_tiff_bytes.ts";
import { movieOf, noiseMovie, samplesOf } from "./preprocess_movies.ts";

/** Keeps what a command says instead of printing it. */
class Kept extends Output {
  readonly results: { readonly record: Readonly<Record<string, unknown>>; readonly text: string }[] = [];
  override result(record: Readonly<Record<string, unknown>>, text: string): void {
    this.results.push({ record, text });
  }
  override notice(): void {}
  override line(): void {}
  override redraw(): void {}
}

/** Runs the command on the CPU twin; resolves to what it said. */
async function run(...args: string[]): Promise<Kept["results"][number]> {
  const output = new Kept({ json: false, verbose: false });
  await preprocess.run(readArguments(preprocess, [...args, "--backend", "cpu"]), output);
  assert.equal(output.results.length, 1);
  return output.results[0];
}

/** The message and exit code a command line ends with. */
async function refused(code: number, message: RegExp, ...args: string[]): Promise<void> {
  await assert.rejects(run(...args), (error) => {
    assert.match((error as Error).message, message);
    assert.equal(exitCodeOf(error), code, (error as Error).message);
    return true;
  });
}

async function write(path: string, movie: MovieSource): Promise<void> {
  const writer = await tiffWriter(path, { ...movie.header });
  await writer.write(await samplesOf(movie));
  await writer.close();
}

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) found.push(name);
  return found.sort();
}

Deno.test("the movie is written, what was done is told, and a movie that is there is kept", async () => {
  await withFolder(async (folder) => {
    const movie = noiseMovie({ width: 20, height: 16, frames: 30, type: "uint16", frameRate: 20 });
    await write(`${folder}/movie.tif`, movie);
    const [from, to] = [`${folder}/movie.tif`, `${folder}/clean.tif`];
    const args = [from, "--out", to, "--crop", "2,0,20,16", "--frames", "0:20", "--temporal_downsampling_factor=2"];
    const { record, text } = await run(...args);
    assert.deepEqual(
      [record.width, record.height, record.frames, record.sample_type, record.frame_rate],
      [18, 16, 10, "float32", 10],
    );
    assert.equal(
      text,
      "20 of 30 frames kept (0:20)\nCropped to x 2 to 19, y 0 to 15: 18×16 of 20×16 pixels\n" +
        `Groups of 2 frames averaged: 10 of 20 frames\n${to}: 10 frames of 18×16 pixels, float32, 10 Hz`,
    );
    const written = await openMovie(to), before = await samplesOf(movie), after = await samplesOf(written);
    written.close();
    assert.equal(written.header.frameRate, 10);
    assert.equal(after[18 * 16 * 3 + 18 * 5 + 7], (before[320 * 6 + 20 * 5 + 9] + before[320 * 7 + 20 * 5 + 9]) / 2);
    await refused(5, /clean\.tif is there already/, ...args);
    await run(...args, "--force");
    await refused(2, /is the movie that is read/, from, "--out", from, "--force");
    assert.deepEqual(await names(folder), ["clean.tif", "movie.tif"]);

    const plain = await run(from, "--out", `${folder}/same.h5`);
    assert.match(plain.text, /^Nothing was asked for: the samples are the movie's own\n.*uint16, 20 Hz$/);
  });
});

Deno.test("repairs are counted after the pass, and the frame rate may be given", async () => {
  await withFolder(async (folder) => {
    const noise = await samplesOf(noiseMovie({ width: 20, height: 16, frames: 60 }));
    const movie = movieOf({ width: 20, height: 16, frames: 60 }, (frame, x, y) => {
      if (frame === 33 && x === 4 && y === 4) return NaN;
      return x === 9 && y === 7 ? 400 : noise[320 * frame + 20 * y + x];
    });
    await write(`${folder}/movie.tif`, movie);
    const repair = [`${folder}/movie.tif`, "--out", `${folder}/a.tif`, "--bad-pixels", "repair", "--dff", "dF/F"];
    await refused(2, /does not say its frame rate, .* give frame_rate$/, ...repair);
    await refused(2, /^Parameter frame_rate is "fast"/, ...repair, "--frame_rate", "fast");
    const { record } = await run(...repair, "--frame_rate", "10", "--secs_window", "2");
    assert.deepEqual(record.found, [
      "Dead pixels: 1 replaced by their neighbours (x 9 y 7)",
      "Samples that are not finite: 1 replaced, frames with such samples: 1",
    ]);
    assert.equal(record.frame_rate, 10);
  });
});

Deno.test("bad command lines, parameters and movies end with one sentence and leave nothing behind", async () => {
  await withFolder(async (folder) => {
    await write(
      `${folder}/movie.tif`,
      movieOf({ width: 8, height: 6, frames: 12 }, (frame) => frame === 7 ? NaN : frame),
    );
    const [from, to] = [`${folder}/movie.tif`, `${folder}/out.tif`];
    await refused(2, /needs a movie/);
    await refused(2, /needs --out/, from);
    await refused(2, /its name has to end in \.tif, \.h5, \.nwb or \.zarr/, from, "--out", `${folder}/out.avi`);
    await refused(2, /has no flag --gSig/, from, "--out", to, "--gSig", "3");
    await refused(
      2,
      /^Parameter crop is 0,0,9,6, but the frame has 8×6 pixels/,
      from,
      "--out",
      to,
      "--crop",
      "0,0,9,6",
    );
    await refused(
      2,
      /^Parameter frames holds 3:40, but the movie has 12 frames/,
      from,
      "--out",
      to,
      "--frames",
      "3:40",
    );
    await refused(
      3,
      /\(frame 7, x 0, y 0\), and filtering needs finite ones/,
      from,
      "--out",
      to,
      "--median_filter",
      "3",
    );
    await refused(3, /^Frame 7 of .* holds no finite sample/, from, "--out", to, "--detrend", "linear");
    await refused(3, /^Frame 0 of .* is blank \(every sample is 0\)/, from, "--out", to, "--bad_pixels", "repair");
    assert.deepEqual(await names(folder), ["movie.tif"]);
  });
});
