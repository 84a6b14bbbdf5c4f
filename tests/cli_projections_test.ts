/** `annulus projections` on small movies: what it writes, and its sentences for what is wrong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readArguments } from "../src/cli/arguments.ts";
import { exitCodeOf } from "../src/cli/exit.ts";
import { Output } from "../src/cli/output.ts";
import { projections } from "../src/cli/projections.ts";
import { sampleArray } from "../src/core/movie.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { inTemporary } from "./results_setting.ts";

/** Output that keeps its results instead of printing them. */
class Kept extends Output {
  readonly results: Readonly<Record<string, unknown>>[] = [];
  override result(record: Readonly<Record<string, unknown>>): void {
    this.results.push(record);
  }
  override line(): void {}
  override notice(): void {}
  override redraw(): void {}
}

async function run(...args: string[]): Promise<Kept> {
  const output = new Kept({ json: false, verbose: false });
  await projections.run(readArguments(projections, [...args, "--backend", "cpu"]), output);
  return output;
}

/** Exit code and sentence of a command line that has to fail. */
async function failure(...args: string[]): Promise<[number, string]> {
  try {
    await run(...args);
  } catch (error) {
    return [exitCodeOf(error), (error as Error).message];
  }
  assert.fail(`${args.join(" ")} did not fail`);
}

Deno.test({
  name: "annulus projections writes what is asked for, and the initialiser's images with --pnr",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inTemporary(async (folder) => {
      const { source } = simulate({ width: 40, height: 36, frames: 120, cells: 4, seed: 2 });
      const movie = join(folder, "movie.tif"), out = join(folder, "images");
      const { width, height, frames, sampleType } = source.header;
      const samples = sampleArray(sampleType, width * height * frames);
      await source.read(0, frames, samples);
      const writer = await tiffWriter(movie, { width, height, sampleType, frames });
      await writer.write(samples);
      await writer.close();

      const few = ["--images", "max, standard-deviation,max_correlation", "--neighbours=4", "--bin-size", "50"];
      const { results: [result] } = await run(movie, "--out", out, ...few, "--frame_rate", "5");
      const names = (result.files as string[]).map((file) => file.slice(out.length + 1));
      const images = ["max", "standard_deviation", "max_correlation"].flatMap((name) => [`${name}.tif`, `${name}.png`]);
      assert.deepEqual(names, [...images, "mean_trace.csv", "mean_trace.png", "projections.h5"]);
      const reader = await Hdf5Reader.open(join(out, "projections.h5"));
      assert.deepEqual(["neighbours", "bin_size"].map((name) => reader.numberAttribute("/", name)), [4, 50]);
      assert.equal(reader.numberAttribute("/movie", "frame_rate"), 5);
      reader.close();

      assert.deepEqual((await failure(movie, "--out", out))[0], 5);
      const all = await run(movie, "--out", out, "--pnr", "--force", "--gSig", "2.5");
      assert.equal((all.results[0].files as string[]).length, 2 * 10 + 3);

      const code2 = async (...args: string[]) => {
        const [code, sentence] = await failure(...args);
        assert.equal(code, 2, sentence);
        return sentence;
      };
      const elsewhere = ["--out", join(folder, "elsewhere")];
      assert.match(await code2("--out", out), /needs a movie/);
      assert.match(await code2(movie), /needs --out FOLDER/);
      assert.match(await code2(movie, ...elsewhere, "--images", "mena"), /no image mena; did you mean mean\?/);
      assert.match(await code2(movie, ...elsewhere, "--images", ","), /No image is wanted/);
      assert.match(await code2(movie, ...elsewhere, "--neighbours", "5"), /neighbours is 5, but it has to be 4 or 8/);
      assert.match(await code2(movie, ...elsewhere, "--neighbours", "x"), /--neighbours is x, but .* number/);
      assert.match(
        await code2(movie, ...elsewhere, "--bin_size", "1"),
        /bin_size is 1, but it has to be a whole number/,
      );
      assert.match(await code2(movie, ...elsewhere, "--min_corr", "3"), /min_corr is 3/);
      assert.equal((await failure(join(folder, "none.tif"), ...elsewhere))[0], 3);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["images", "movie.tif"]);
    }),
});
