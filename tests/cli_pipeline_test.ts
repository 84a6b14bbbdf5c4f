/** A recording's way into `run`, `summary` and `projections`: preprocessed, corrected when it moves. Without processes of their own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readArguments } from "../src/cli/arguments.ts";
import type { Command } from "../src/cli/command.ts";
import { exitCodeOf } from "../src/cli/exit.ts";
import { motion } from "../src/cli/motion.ts";
import { Output } from "../src/cli/output.ts";
import { projections } from "../src/cli/projections.ts";
import { run } from "../src/cli/run.ts";
import { summary } from "../src/cli/summary.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { openMovie } from "../src/movie/open.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { REPORT_FILE, RESULT_FILES } from "../src/results/directory.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { MOTION_FILES } from "../src/results/motion.ts";
import { loadMotion } from "../src/results/shifts.ts";
import { score } from "../src/score/score.ts";
import { scoreShifts } from "../src/score/shifts.ts";
import { simulated } from "./cnmfe_setting.ts";
import { withFolder } from "./movie_tiff_bytes.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";

/** Keeps what a command says instead of printing it. */
class Kept extends Output {
  readonly notices: string[] = [];
  readonly results: Readonly<Record<string, unknown>>[] = [];
  override result(record: Readonly<Record<string, unknown>>): void {
    this.results.push(record);
  }
  override notice(message: string): void {
    this.notices.push(message);
  }
  override line(): void {}
  override redraw(): void {}
}

/** Runs a command on the CPU twin; resolves to what it told besides its result, details included. */
async function told(command: Command, ...args: string[]): Promise<string> {
  const output = new Kept({ json: false, verbose: true });
  await command.run(readArguments(command, [...args, "--backend", "cpu", "--memory", "400MB"]), output);
  assert.equal(output.results.length, 1);
  return output.notices.join("\n");
}

/** The sentence and exit code a command line ends with. */
async function refused(code: number, message: RegExp | string, command: Command, ...args: string[]): Promise<void> {
  await assert.rejects(told(command, ...args), (error) => {
    if (typeof message === "string") assert.equal((error as Error).message, message);
    else assert.match((error as Error).message, message);
    assert.equal(exitCodeOf(error), code, (error as Error).message);
    return true;
  });
}

async function write(path: string, movie: MovieSource): Promise<void> {
  const writer = await tiffWriter(path, { ...movie.header });
  await writer.write(await samplesOf(movie));
  await writer.close();
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const PLAIN = [...RESULT_FILES, REPORT_FILE].sort();
const RIGID = MOTION_FILES.filter((name) => name !== "shifts_local.csv");
const SCENE = { width: 72, height: 64, frames: 200, cells: 8, seed: 3, vessels: 4 };

Deno.test("run corrects a movie that moves, uses its displacements again, and leaves it when told to", async () => {
  await withFolder(async (folder) => {
    const { source, truth } = await simulated({ ...SCENE, motion_rigid: 1.5 });
    const movie = join(folder, "movie.tif"), out = join(folder, "results"), args = [movie, "--out", out];
    await write(movie, source);
    const first = await told(run, ...args);
    assert.match(
      first,
      /^The movie seems to move \(\d+\.\d pixels at most in 200 frames\), and is registered \(--motion off/m,
    );
    assert.match(
      first,
      /^Motion corrected: displaced by up to \d\.\d\d pixels; correlation with the template 0\.\d{3} before, 0\.\d{3} after$/m,
    );
    assert.deepEqual(names(out), [...PLAIN, ...RIGID].sort());
    const saved = await loadMotion(join(out, "shifts.h5")), results = await loadResults(join(out, "results.h5"));
    assert.ok(scoreShifts(saved.shifts, truth.motion!).rigid.rmse < 0.1);
    assert.deepEqual(results.movie.history, ["Motion corrected (rigid, bicubic, border level)"]);
    assert.equal(results.movie.sampleType, "float32");
    assert.ok(score(results, truth).thresholds[1].recall >= 0.6, `${score(results, truth).thresholds[1].recall}`);
    assert.equal(Deno.readTextFileSync(join(out, "shifts.csv")).trimEnd().split("\n").length, 1 + 200);

    await refused(5, /already results in .*results/, run, ...args);
    const before = Deno.readFileSync(join(out, "shifts.h5"));
    const again = await told(run, ...args, "--force");
    assert.match(
      again,
      /^The displacements in .*shifts\.h5 are used again: they are of the same movie and parameters$/m,
    );
    assert.doesNotMatch(again, /seems to move/);
    assert.deepEqual(Deno.readFileSync(join(out, "shifts.h5")), before);
    assert.deepEqual((await loadResults(join(out, "results.h5"))).traces, results.traces, "The same cells again");
    assert.deepEqual(names(out), [...PLAIN, ...RIGID].sort());

    // Displacements of another folder, and of `annulus motion`.
    const alone = join(folder, "motion"), given = join(folder, "given");
    await told(motion, movie, "--out", alone);
    assert.deepEqual((await loadMotion(join(alone, "shifts.h5"))).shifts, saved.shifts);
    assert.match(await told(run, movie, "--out", given, "--shifts", alone), /^Motion corrected: /m);
    assert.deepEqual((await loadResults(join(given, "results.h5"))).traces, results.traces);
    assert.deepEqual(await loadMotion(join(given, "shifts.h5")), await loadMotion(join(alone, "shifts.h5")));

    const off = await told(run, ...args, "--force", "--motion", "off");
    assert.doesNotMatch(off, /[Mm]otion corrected|moves|seems/);
    const uncorrected = await loadResults(join(out, "results.h5"));
    assert.equal(uncorrected.movie.history, undefined);
    assert.equal(uncorrected.movie.sampleType, "uint16");
    assert.deepEqual(names(out), PLAIN, "Displacements that were not taken out do not stay beside");
  });
});

Deno.test("run leaves a still movie as it is, and says so only to those who ask", async () => {
  await withFolder(async (folder) => {
    const { source } = await simulated({ ...SCENE, frames: 150 });
    const movie = join(folder, "movie.tif"), out = join(folder, "results");
    await write(movie, source);
    assert.match(await told(run, movie, "--out", out), /^The movie lies still \(0\.\d pixels at most in 150 frames\)/m);
    assert.deepEqual(names(out), PLAIN);
    assert.equal((await loadResults(join(out, "results.h5"))).movie.history, undefined);
  });
});

Deno.test("run preprocesses first: the results are of the field and the rate that are left", async () => {
  await withFolder(async (folder) => {
    const { source } = await simulated({ ...SCENE, width: 84, height: 80, frames: 240, motion_rigid: 1.2 });
    const movie = join(folder, "movie.tif"), out = join(folder, "results");
    await write(movie, source);
    const args = [
      movie,
      "--out",
      out,
      "--crop",
      "4,8,76,72",
      "--temporal_downsampling_factor",
      "2",
      "--frame_rate",
      "20",
    ];
    const said = await told(run, ...args);
    assert.match(said, /^Motion corrected: /m);
    const { movie: seen, frameRate, preparation, traces, footprints, parameters } = await loadResults(
      join(out, "results.h5"),
    );
    assert.deepEqual([seen.width, seen.height, seen.frames], [72, 64, 120]);
    assert.equal(frameRate, 10, "Half of what was given: frames are averaged in pairs");
    assert.equal(parameters.frame_rate, 10);
    assert.equal(traces.raw.length, 120 * footprints.count);
    assert.equal(seen.history!.length, 3, seen.history!.join("; "));
    const { history } = (await loadMotion(join(out, "shifts.h5"))).movie;
    assert.deepEqual(history, seen.history!.slice(0, 2), "Registered as cropped and averaged");
    assert.match(seen.history![2], /^Motion corrected/);
    assert.equal(preparation!.done.length, 3);
    for (const step of preparation!.done) assert.ok(said.includes(step), step);

    // The same displacements for the same preprocessing, and for no other.
    assert.match(await told(run, ...args, "--force"), /are used again: they are of the same movie and parameters$/m);
    const other = [movie, "--out", join(folder, "results"), "--force", "--motion", "on"];
    assert.match(await told(run, ...other, "--frame_rate", "20"), /shifts\.h5 cannot be used again: /);
    assert.equal((await loadResults(join(out, "results.h5"))).movie.frames, 240);
  });
});

Deno.test("summary and projections look at the corrected movie", async () => {
  await withFolder(async (folder) => {
    const { source } = await simulated({ ...SCENE, frames: 120, motion_rigid: 1.5 }), movie = join(folder, "movie.tif");
    await write(movie, source);
    const shifts = join(folder, "motion");
    await told(motion, movie, "--out", shifts);
    const sharpness = async (name: string) => {
      const image = await openMovie(name);
      const samples = await samplesOf(image), { width, height } = image.header;
      image.close();
      let sum = 0;
      for (let y = 10; y < height - 10; y++) {
        for (let x = 10; x < width - 10; x++) sum += (samples[y * width + x + 1] - samples[y * width + x]) ** 2;
      }
      return sum;
    };
    const mean: Record<string, number> = {};
    for (
      const [name, how] of Object.entries({
        off: ["--motion", "off"],
        on: ["--motion", "on"],
        given: ["--shifts", shifts],
      })
    ) {
      const out = join(folder, `projections-${name}`);
      const said = await told(projections, movie, "--out", out, "--images", "mean,max", ...how);
      assert.equal(/^Motion corrected: /m.test(said), name !== "off");
      mean[name] = await sharpness(join(out, "mean.tif"));
    }
    assert.ok(mean.on > 1.15 * mean.off, `${mean.on}, uncorrected ${mean.off}`);
    assert.equal(mean.given, mean.on);

    const seen = join(folder, "summary");
    assert.match(await told(summary, movie, "--out", seen, "--shifts", shifts), /^Motion corrected: /m);
    assert.ok(names(seen).includes("correlation.tif") && !names(seen).includes("shifts.h5"));
  });
});

Deno.test("what cannot be done is refused in a sentence before it takes long, and nothing is written", async () => {
  await withFolder(async (folder) => {
    const movie = join(folder, "movie.tif"), out = join(folder, "results"), args = [movie, "--out", out];
    await write(movie, noiseMovie({ width: 40, height: 40, frames: 30, type: "uint16", frameRate: 10 }));
    for (const command of [run, summary, projections]) {
      await refused(
        2,
        "border_nan is nan, but NaN cannot be analysed: use level, copy or min (no cell reaches into the border anyway)",
        command,
        ...args,
        "--border_nan",
        "nan",
      );
      await refused(
        2,
        "--motion is maybe, but it has to be one of auto, on, off",
        command,
        ...args,
        "--motion",
        "maybe",
      );
      for (const choice of ["off", "auto"]) {
        await refused(
          2,
          `--shifts has no effect with --motion ${choice}: leave one of them out`,
          command,
          ...args,
          ...["--motion", choice, "--shifts", "shifts.h5"],
        );
      }
      await refused(5, /none\.h5/, command, ...args, "--shifts", join(folder, "none.h5"));
      await refused(
        2,
        /^max_shifts is 30 pixels, but frames of .* have 40×40: at most \d+ leave/,
        command,
        ...args,
        "--max_shifts",
        "30",
      );
      await refused(
        2,
        /make patches of 72 pixels, larger than the frames/,
        command,
        ...args,
        "--motion",
        "on",
        "--pw_rigid",
        "true",
      );
    }
    const { source } = await simulated({ ...SCENE, frames: 60, motion_rigid: 1.5 }), other = join(folder, "other.tif");
    await write(other, source);
    await told(motion, other, "--out", join(folder, "motion"));
    await refused(
      3,
      /has 30 frames of 40×40 pixels here, but the displacements in .*shifts\.h5 are of 60 frames of 72×64: both have to agree$/,
      run,
      ...args,
      "--shifts",
      join(folder, "motion"),
    );
    assert.deepEqual(names(folder), ["motion", "movie.tif", "other.tif"]);
  });
});
