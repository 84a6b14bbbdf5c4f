/** `annulus run --also`: results in the formats of other programs, written together; and the movie's clock in all of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../src/cli/run.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { REPORT_FILE, RESULT_FILES } from "../src/results/directory.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { namesIn, ran, refused, type Said, withFacts, writeMovieFile } from "./cli_commands.ts";
import { inTemporary } from "./results_setting.ts";

const FRAMES = 160;
/** A clock that begins at second 12, with four frames lost after frame 99. */
const TIMESTAMPS = Float64Array.from({ length: FRAMES }, (_, i) => 12 + (i > 99 ? i + 4 : i) / 10);
const scene = simulate({ width: 56, height: 48, frames: FRAMES, cells: 5, seed: 3, frame_rate: 10 });

function recording(): MovieSource {
  return withFacts(scene.source, {
    timestamps: TIMESTAMPS,
    startTime: "2024-05-06T07:08:09.250Z",
    pixelSize: { x: 2.5, y: 2.25 },
    metadata: { device: "scope", gain: 3 },
  });
}

/** Runs on the CPU twin, without looking for motion unless told. */
function ranOn(movie: string, out: string, ...args: string[]): Promise<Said> {
  return ran(run, movie, "--out", out, "--backend", "cpu", "--memory", "400MB", "--motion", "off", ...args);
}

/** Rows of a table by its first line's names. */
function columnOf(path: string, name: string): string[] {
  const [head, ...rows] = Deno.readTextFileSync(path).trimEnd().split("\n").map((row) => row.split(","));
  assert.ok(head.includes(name), `${path} has no ${name}`);
  return rows.map((row) => row[head.indexOf(name)]);
}

Deno.test("results and other formats appear together, with the movie's clock, start, pixel size and metadata", () =>
  inTemporary(async (folder) => {
    const movie = await writeMovieFile(join(folder, "movie.zarr"), recording()), out = join(folder, "results");
    const session = ["--lab", "Curie Lab", "--subject_id", "m17"];
    const { record, notices } = await ranOn(movie, out, "--also", "csv, NWB,csv", ...session);
    assert.ok(record.cells >= 3, `${record.cells} cells`);
    assert.deepEqual(namesIn(out), [...RESULT_FILES, REPORT_FILE, "results.nwb", "results_csv"].sort());
    assert.ok(
      notices.some((notice) => /^Timestamps have 1 gap \(about 4 frames dropped/.test(notice)),
      notices.join("\n"),
    );
    assert.ok(!notices.some((notice) => /animal|1970/.test(notice)), notices.join("\n"));

    const { movie: seen, frameRate } = await loadResults(join(out, "results.h5"));
    const { timestamps, startTime, pixelSize, metadata } = seen;
    assert.deepEqual(timestamps, TIMESTAMPS);
    assert.deepEqual([startTime, pixelSize, frameRate], ["2024-05-06T07:08:09.250Z", { x: 2.5, y: 2.25 }, 10]);
    assert.deepEqual({ device: metadata!.device, gain: metadata!.gain }, { device: "scope", gain: 3 });
    const health = JSON.parse(Deno.readTextFileSync(join(out, "run.json"))).movie.timestamps;
    assert.deepEqual(
      [health.missing, health.gaps.length, health.backward],
      [4, 1, 0],
      "In run.json stands how regular they are",
    );

    const seconds = Array.from(TIMESTAMPS, (s) => Math.round((s - 12) * 1e9) / 1e9);
    const inscopix = Deno.readTextFileSync(join(out, "traces.csv")).trimEnd().split("\n").slice(2);
    assert.deepEqual(inscopix.map((row) => Number(row.split(",")[0])), seconds);
    const table = join(out, "results_csv/traces_raw.csv");
    assert.deepEqual(columnOf(table, "time_s").map(Number), seconds);
    assert.deepEqual(columnOf(table, "timestamp_s").map(Number), [...TIMESTAMPS]);

    const reader = await Hdf5Reader.open(join(out, "results.nwb"));
    try {
      const times = "/processing/ophys/Fluorescence/RoiResponseSeries/timestamps";
      assert.deepEqual(reader.numbers(times, "float64", [FRAMES]).data, TIMESTAMPS);
      assert.deepEqual(
        [reader.texts("/session_start_time")[0].slice(0, 19), reader.texts("/general/lab")[0]],
        ["2024-05-06T07:08:09", "Curie Lab"],
      );
    } finally {
      reader.close();
    }
  }));

Deno.test("frames that are left out and averaged take their times with them", () =>
  inTemporary(async (folder) => {
    const movie = await writeMovieFile(join(folder, "movie.zarr"), recording()), out = join(folder, "results");
    const { notices } = await ranOn(
      ...[movie, out, "--also", "csv,nwb", "--drop_frames", "0,50:60", "--temporal_downsampling_factor", "2"] as const,
    );
    const kept = [...TIMESTAMPS].filter((_, i) => i !== 0 && !(i >= 50 && i < 60));
    const means = Array.from({ length: 74 }, (_, group) => (kept[2 * group] + kept[2 * group + 1]) / 2);
    const { movie: seen, frameRate } = await loadResults(join(out, "results.h5"));
    assert.deepEqual([seen.frames, frameRate], [74, 5]);
    const near = (found: ArrayLike<number>, what: string) =>
      means.forEach((mean, i) => assert.ok(Math.abs(found[i] - mean) < 1e-9, `${what} ${i}: ${found[i]}, not ${mean}`));
    near(seen.timestamps!, "results.h5");
    near(columnOf(join(out, "results_csv/traces_raw.csv"), "timestamp_s").map(Number), "csv");
    const reader = await Hdf5Reader.open(join(out, "results.nwb"));
    try {
      near(reader.numbers("/processing/ophys/Fluorescence/RoiResponseSeries/timestamps", "float64", [74]).data, "nwb");
    } finally {
      reader.close();
    }
    assert.ok(notices.some((notice) => /^Nothing is said of the animal/.test(notice)), "What NWB asks for is told");
  }));

Deno.test("what cannot be written is refused before any work, and nothing is left behind", () =>
  inTemporary(async (folder) => {
    const movie = await writeMovieFile(join(folder, "movie.tif"), recording()), out = join(folder, "results");
    const args = (also: string) => [movie, "--out", out, "--backend", "cpu", "--memory", "400MB", "--also", also];
    await refused(
      2,
      /^--also names annulus, but results\.h5 is written anyway: leave it out$/,
      run,
      ...args("annulus"),
    );
    await refused(2, /"caimn" is not a format .*; did you mean caiman\?/, run, ...args("csv,caimn"));
    await refused(2, /^No format is named/, run, ...args(","));
    await refused(2, /only NWB has a place for that/, run, ...args("csv"), "--lab", "Curie Lab");
    await refused(2, /only NWB has a place for that/, run, movie, "--out", out, "--species", "Mus musculus");
    await refused(2, /sex is "x"/, run, ...args("nwb"), "--sex", "x");
    assert.deepEqual(namesIn(folder), ["movie.tif"]);

    // An export alone is in the way already, and so is a folder that is not an export.
    await Deno.mkdir(out);
    await Deno.writeTextFile(join(out, "results.nwb"), "mine");
    await refused(5, /already results in .*results \(results\.nwb\)/, run, ...args("nwb"));
    await Deno.mkdir(join(out, "results_csv"));
    await refused(5, /results_csv is a directory there/, run, ...args("csv"), "--force");
    assert.deepEqual(namesIn(out), ["results.nwb", "results_csv"]);
    // What is not asked for is not in the way, and stays; what is asked for replaces it with --force.
    await ranOn(movie, out);
    assert.equal(Deno.readTextFileSync(join(out, "results.nwb")), "mine");
    await refused(5, /already results in/, run, ...args("nwb"));
    await ranOn(movie, out, "--also", "nwb", "--force");
    assert.deepEqual(await loadResults(join(out, "results.h5")).then(({ movie }) => movie.frames), FRAMES);
    assert.notEqual((await Deno.readFile(join(out, "results.nwb"))).length, 4);
    assert.deepEqual(namesIn(out), [...RESULT_FILES, REPORT_FILE, "results.nwb", "results_csv"].sort());
  }));

Deno.test("frames that are left out leave a gap in the traces' times, or a warning where nothing tells the rate", () =>
  inTemporary(async (folder) => {
    const { frameRate: _, ...header } = scene.source.header, out = join(folder, "results");
    const movie = await writeMovieFile(join(folder, "movie.tif"), { ...scene.source, header });
    const some = ["--drop_frames", "50:60", "--also", "csv"];
    const known = await ranOn(movie, out, ...some, "--frame_rate", "20");
    assert.deepEqual(columnOf(join(out, "results_csv/traces_raw.csv"), "time_s").slice(48, 52), [
      ...["2.4", "2.45", "3", "3.05"],
    ]);
    assert.ok(!known.notices.some((notice) => /is assumed/.test(notice)));
    const assumed = async (...args: string[]) =>
      (await ranOn(movie, out, "--force", ...args)).notices.find((notice) => /is assumed/.test(notice));
    assert.match((await assumed(...some))!, /10 Hz is assumed .*know nothing of the frames that were left out$/);
    assert.match((await assumed())!, /10 Hz is assumed \(--frame_rate sets it\)$/);
  }));
