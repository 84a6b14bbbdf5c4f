/** Results tell what was done to the movie before, score takes them whole, and displacements are used again only when they fit. */
import assert from "node:assert/strict";
import { loadResults } from "../src/results/load.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;

async function annulus(folder: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, ...args],
    cwd: folder,
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("a run's results tell of preprocessing and motion, are scored in one go, and are made again from the same displacements", async () => {
  await withFolder(async (folder) => {
    const size = ["--width", "72", "--height", "64", "--frames", "200", "--cells", "6", "--seed", "5"];
    const made = await annulus(folder, "simulate", "--out", "movie.tif", ...size, "--motion_rigid", "1.5");
    assert.equal(made.code, 0, made.err);
    const run = [
      "run",
      "movie.tif",
      "--out",
      "results",
      "--backend",
      "cpu",
      "--detrend",
      "linear",
      "--max_shifts",
      "8",
    ];
    const first = await annulus(folder, ...run);
    assert.equal(first.code, 0, first.err);
    const done = [...first.err.matchAll(/^ *(\d+) %/gm)].map((match) => Number(match[1]));
    assert(done.length > 5 && done.every((percent, i) => i === 0 || percent >= done[i - 1]), done.join(" "));

    const { preparation, movie } = await loadResults(`${folder}/results/results.h5`);
    const { motion, preprocessing } = preparation!;
    assert.equal(preprocessing.detrend, "linear");
    assert.equal(motion!.parameters.max_shifts, 8);
    assert(motion!.largest > 1 && motion!.correlation.after > motion!.correlation.before);
    assert(Object.values(motion!.border).every((pixels) => Number.isInteger(pixels) && pixels <= 8));
    assert.match(preparation!.done[0], /^Motion corrected: /);
    assert.match(preparation!.done[1], /^Straight line/);
    assert.match(preparation!.found[0], /^The trend/);
    assert.equal(movie.history!.length, 2);
    const json = JSON.parse(await Deno.readTextFile(`${folder}/results/run.json`));
    assert.deepEqual(json.preparation, JSON.parse(JSON.stringify(preparation)));

    for (const form of [["results", "movie.truth.h5"], ["results", "--truth", "movie.truth.h5"]]) {
      const scored = await annulus(folder, "score", ...form, "--json");
      const { score, shifts } = JSON.parse(scored.out);
      assert(score.cells > 0 && score.components > 0);
      assert(shifts.rigid.rmse < 0.2, `RMSE ${shifts.rigid.rmse}`);
    }
    const only = JSON.parse((await annulus(folder, "score", "results/results.h5", "movie.truth.h5", "--json")).out);
    assert(only.score !== undefined && only.shifts === undefined, "A results.h5 named itself is of cells only");

    const before = await Deno.readFile(`${folder}/results/shifts.h5`);
    const again = await annulus(folder, ...run, "--force");
    assert.match(again.err, /shifts\.h5 are used again/);
    assert.deepEqual(await Deno.readFile(`${folder}/results/shifts.h5`), before);
    assert.deepEqual((await loadResults(`${folder}/results/results.h5`)).preparation, preparation);
    const cropped = await annulus(folder, ...run, "--force", "--crop", "4,4,72,64");
    assert.match(cropped.err, /cannot be used again: the movie was preprocessed in another way for it/);
    await Deno.utime(`${folder}/movie.tif`, 1e9, 1e9);
    const touched = await annulus(folder, ...run, "--force", "--crop", "4,4,72,64");
    assert.match(touched.err, /cannot be used again: movie\.tif has changed since/);
  });
});

Deno.test("motion parameters that cannot be are refused also where the movie may lie still; others' settings are told of", async () => {
  await withFolder(async (folder) => {
    const size = ["--width", "64", "--height", "56", "--frames", "60", "--cells", "4", "--seed", "5"];
    assert.equal((await annulus(folder, "simulate", "--out", "movie.tif", ...size)).code, 0);
    const refused = async (why: RegExp, ...args: string[]) => {
      const { code, err } = await annulus(folder, "run", "movie.tif", "--out", "results", "--backend", "cpu", ...args);
      assert.equal(code, 2, err);
      assert.match(err, why);
      assert(![...Deno.readDirSync(folder)].some(({ name }) => name.includes("results")));
    };
    await refused(
      /^annulus: max_shifts is 60 pixels, but frames of "movie\.tif" have 64×56: .+\.$/m,
      "--max_shifts",
      "60",
    );
    await refused(/^annulus: strides 48 \+ overlaps 24 make patches of 72 pixels, .+\.$/m, "--pw_rigid", "true");
    const alone = await annulus(folder, "motion", "movie.tif", "--out", "motion", "--params", "params.json");
    assert.match(alone.err, /parameter file params\.json cannot be read/);
    await Deno.writeTextFile(
      `${folder}/params.json`,
      JSON.stringify({ spatial_downsampling_factor: 2, detrend: "none", motion: { splits_rig: 14, splits_els: 14 } }),
    );
    const told = await annulus(folder, "motion", "movie.tif", "--out", "motion", "--params", "params.json");
    assert.equal(told.code, 0, told.err);
    assert.match(told.err, /^params\.json: splits_rig and splits_els have no effect: /m);
    assert.match(told.err, /^spatial_downsampling_factor has no effect: annulus motion registers the movie as it is/m);
    assert.doesNotMatch(told.err, /detrend has no effect/);
  });
});
