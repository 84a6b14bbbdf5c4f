/** `annulus info`, without a process of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { info } from "../src/cli/info.ts";
import type { MovieSource } from "../src/core/movie.ts";
import { exportResults } from "../src/results/export.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { saveShifts } from "../src/results/shifts.ts";
import { saveTruth } from "../src/results/truth.ts";
import { simulate } from "../src/simulation/simulate.ts";
import { ran, refused, withFacts, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { noiseMovie } from "./preprocess_movies.ts";
import { inTemporary } from "./results_setting.ts";

/** A movie that says all it can, with two frames dropped after frame 9. */
function known(frames = 40): MovieSource {
  const timestamps = Float64Array.from({ length: frames }, (_, i) => 5 + (i > 9 ? i + 2 : i) / 20);
  return withFacts(noiseMovie({ width: 64, height: 48, frames, type: "uint16", frameRate: 20 }), {
    timestamps,
    startTime: "2024-05-06T07:08:09Z",
    pixelSize: { x: 2.5, y: 2.25 },
    metadata: { device: "scope", gain: 3, crop: [1, 2], lens: { name: "GRIN", text: "x".repeat(300) } },
  });
}

Deno.test("a movie is described: shape, rate, timestamps, metadata, what a run would need; for machines, too", () =>
  inTemporary(async (folder) => {
    const path = await writeMovieFile(join(folder, "movie.zarr"), known());
    const { record, text, notices } = await ran(info, path, "--gSig", "4", "--memory", "500MB");
    assert.deepEqual(notices, []);
    const lines = text.split("\n");
    assert.equal(lines[0], `${path}: Zarr, 40 frames of 64×48 pixels, uint16, 20 Hz`);
    assert.equal(lines[1], "Duration: 2.1 s");
    assert.deepEqual(lines.slice(2, 4), ["Began: 2024-05-06T07:08:09Z", "Pixel size: 2.5×2.25 µm"]);
    assert.match(lines[4], /^Size: 246 KB on disk, 246 KB of samples$/);
    assert.match(
      lines[5],
      /^Timestamps: have 1 gap \(about 2 frames dropped at an interval of 50 ms\), the first after frame 9: 0\.15 s; intervals 50 to 150 ms, median 50$/,
    );
    assert.match(
      text,
      /^A run with gSig 4: 1 chunk of \d+ frames; .* of arrays \(at most 500 MB\), and 48 KB of traces for 100 cells$/m,
    );
    assert.doesNotMatch(text, /^Note: /m);
    assert.equal(record.movie.notes.length, 1, "For machines the notes are whole");
    assert.match(text, /^Metadata:\n( .*\n)* {2}gain: 3$/m);
    assert.match(text, /^ {2}lens\.text: x{100}…$/m);
    assert(!/undefined|NaN|\[object/.test(text), text);

    const { movie, timestamps, plan } = record;
    assert.deepEqual(
      [movie.format, movie.width, movie.height, movie.frames, movie.sample_type, movie.frame_rate, movie.sample_bytes],
      ["Zarr", 64, 48, 40, "uint16", 20, 64 * 48 * 40 * 2],
    );
    assert.ok(Math.abs(movie.seconds - 2.1) < 1e-9);
    assert.deepEqual(movie.pixel_size, { x: 2.5, y: 2.25 });
    assert.equal(movie.metadata.lens.name, "GRIN");
    assert.equal(movie.files.length, 1);
    assert.deepEqual([timestamps.missing, timestamps.gaps.length, timestamps.backward], [2, 1, 0]);
    assert.ok(plan.plannedBytes > 0 && plan.plannedBytes <= 500e6);
    JSON.stringify(record);

    const all = await ran(info, path, "--verbose");
    assert.match(all.text, /^ {2}after frame 9: 0\.15 s, about 2 frames missing$/m);
  }));

Deno.test("what a movie does not say is told as unknown; a rate that is given counts", () =>
  inTemporary(async (folder) => {
    const path = await writeMovieFile(join(folder, "movie.tif"), noiseMovie({ width: 64, height: 48, frames: 30 }));
    const { record, text } = await ran(info, path);
    assert.match(
      text,
      /^.*movie\.tif: TIFF, 30 frames of 64×48 pixels, float32\nDuration: unknown, since the frame rate is \(--frame_rate HZ\)$/m,
    );
    assert.match(text, /^Timestamps: none$/m);
    assert.deepEqual([record.movie.frame_rate, record.movie.seconds, record.timestamps], [null, null, null]);
    const given = await ran(info, path, "--frame_rate", "15");
    assert.match(given.text, /float32, 15 Hz\nDuration: 2\.0 s$/m);
    assert.equal(given.record.movie.seconds, 2);
    // A picture, and a movie too small to be analysed, are described all the same.
    const tiny = await writeMovieFile(join(folder, "tiny.tif"), noiseMovie({ width: 4, height: 3, frames: 1 }));
    const small = await ran(info, tiny);
    assert.match(small.text, /tiny\.tif: TIFF, 1 frame of 4×3 pixels, float32$/m);
    assert.match(
      small.text,
      /^A run with gSig 3: ".*tiny\.tif" has 1 frame; extraction needs a movie of at least 16 frames$/m,
    );
    assert.match(small.record.plan.refused, /has 1 frame;/);
    await refused(2, /gSig/, info, path, "--gSig", "-1");
    await refused(2, /memory/, info, path, "--memory", "little");
  }));

Deno.test("several files are one movie; the first five are listed, with --verbose all", () =>
  inTemporary(async (folder) => {
    const paths: string[] = [];
    for (let i = 0; i < 7; i++) {
      paths.push(await writeMovieFile(join(folder, `part ${i}.tif`), noiseMovie({ width: 64, height: 48, frames: 3 })));
    }
    const { record, text } = await ran(info, ...paths);
    assert.equal(record.movie.frames, 21);
    assert.match(text, /^Files: 7\n( {2}.*part \d\.tif: 3 frames, \d+(\.\d)? KB\n){5} {2}… \(--verbose lists all\)$/m);
    assert.equal((await ran(info, folder, "--verbose")).text.match(/part \d\.tif: 3 frames/g)!.length, 7);
  }));

Deno.test("results of annulus and of CaImAn are described: cells, traces, movie; also in their folder and without their movie", () =>
  inTemporary(async (folder) => {
    const extraction = { ...fakeExtraction(), quality: { accepted: Uint8Array.of(1, 0, 1, 1, 0, 1) } };
    await saveResults(join(folder, "results.h5"), extraction);
    const own = await ran(info, join(folder, "results.h5")), inFolder = await ran(info, folder);
    assert.equal(own.text, inFolder.text);
    assert.equal(
      own.text,
      `${
        join(folder, "results.h5")
      }: results, 6 cells (4 accepted) in 120 frames of 48×40 pixels, 9.99 Hz, traces in dF\n` +
        "Of the movie: fake µ movie.tif\nMade by: version 0.1.0, backend cpu, adapter none\n" +
        "Note: Cell 7 was dropped: its footprint had 2 pixels\nNote: Cells 1 and 2 were merged",
    );
    const { results } = own.record;
    assert.deepEqual([results.cells, results.accepted, results.frames, results.units], [6, 4, 120, "dF"]);
    await exportResults(join(folder, "caiman.hdf5"), extraction, "caiman");
    const caiman = await ran(info, join(folder, "caiman.hdf5"));
    assert.match(caiman.text, /caiman\.hdf5: results, 6 cells \(4 accepted\) in 120 frames of 48×40 pixels/);

    await saveResults(join(folder, "none.h5"), fakeExtraction({ cells: 0 }));
    const none = await ran(info, join(folder, "none.h5"));
    assert.match(none.text, /none\.h5: results, 0 cells in 120 frames/);
    assert.equal(none.record.results.accepted, null);
  }));

Deno.test("folders that annulus exported are told as such, also those that look like a movie", () =>
  inTemporary(async (folder) => {
    for (const format of ["csv", "minian"]) {
      const path = await exportResults(join(folder, format), fakeExtraction(), format),
        { record, text } = await ran(info, path);
      assert.equal(record.export.format, format);
      assert.match(text, new RegExp(`${format}: .*, made by annulus \\d+\\.\\d+\\.\\d+$`));
    }
    await Deno.writeTextFile(join(folder, "csv", "annulus.json"), "{");
    await refused(3, /csv" holds no movie/, info, join(folder, "csv"));
  }));

Deno.test("displacements and truths of annulus are described, too", () =>
  inTemporary(async (folder) => {
    await saveShifts(join(folder, "shifts.h5"), fakeMotion());
    const { record, text } = await ran(info, join(folder, "shifts.h5"));
    assert.match(
      text,
      /shifts\.h5: displacements of 120 frames of 48×40 pixels, rigid, up to \d+(\.\d+)? pixels\nOf the movie: movie\.tif$/,
    );
    assert.deepEqual([record.shifts.frames, record.shifts.piecewise], [120, false]);
    assert.equal((await ran(info, folder)).text, text, "Also in their folder");
    await saveShifts(join(folder, "local.h5"), fakeMotion({ local: true }));
    assert.match((await ran(info, join(folder, "local.h5"))).text, /, piecewise, up to/);
    await saveTruth(join(folder, "truth.h5"), simulate({ width: 40, height: 40, frames: 20, cells: 2 }).truth);
    assert.match(
      (await ran(info, join(folder, "truth.h5"))).text,
      /truth\.h5: the truth of a simulated movie, 2 cells in 20 frames of 40×40 pixels, 10 Hz$/,
    );
  }));

Deno.test("what is neither a movie nor results is refused in one sentence, with the code of a movie", () =>
  inTemporary(async (folder) => {
    await Deno.writeTextFile(join(folder, "notes.txt"), "words\n");
    await Deno.writeFile(join(folder, "empty.h5"), new Uint8Array());
    const path = join(folder, "results.h5");
    await saveResults(path, fakeExtraction());
    await Deno.mkdir(join(folder, "nothing"));
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(join(folder, "cut.h5"), bytes.subarray(0, bytes.length >> 1));
    await refused(2, /^annulus info needs a file or folder/, info);
    await refused(3, /none\.tif.* does not exist/, info, join(folder, "none.tif"));
    await refused(3, /notes\.txt" is not a movie that can be read: it holds text/, info, join(folder, "notes.txt"));
    await refused(3, /empty\.h5.*empty/, info, join(folder, "empty.h5"));
    await refused(3, /nothing" holds no movie/, info, join(folder, "nothing"));
    await refused(3, /cut\.h5/, info, join(folder, "cut.h5"));
    // Results among several operands are no part of a movie.
    await refused(3, /results\.h5/, info, path, path);
  }));

Deno.test("what a file says cannot command the terminal", async () => {
  await inTemporary(async (folder) => {
    const movie = withFacts(noiseMovie({ width: 6, height: 4, frames: 3 }), {
      metadata: { device: "red \u001b[31m\u0007 end" },
    });
    const path = await writeMovieFile(join(folder, "a.zarr"), movie);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../cli.ts", import.meta.url).pathname, "info", path],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.match(text, /red \ufffd\[31m\ufffd end/);
    assert(!text.includes("\u001b"));
  });
});
