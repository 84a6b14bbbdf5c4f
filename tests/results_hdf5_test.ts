import assert from "node:assert/strict";
import type { Extraction } from "../src/core/extraction.ts";
import { join } from "node:path";
import { ResultsError } from "../src/core/errors.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary, message } from "./results_setting.ts";

for (
  const [name, options] of Object.entries(
    {
      "six cells": {},
      "AR(2)": { arOrder: 2 },
      "p = 0": { arOrder: 0 },
      "no cells": { cells: 0 },
      "one cell, one frame, one pixel": { cells: 1, frames: 1, width: 1, height: 1 },
      "traces larger than a block": { cells: 70, frames: 5001 },
    } as const,
  )
) {
  Deno.test(`results.h5 reads back to the same values: ${name}`, () =>
    inTemporary(async (directory) => {
      const path = join(directory, "results.h5");
      const extraction = fakeExtraction(options);
      await saveResults(path, extraction);
      assert.deepEqual(await loadResults(path), extraction);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["results.h5"]);
    }));
}

Deno.test("results.h5 keeps every bit of odd numbers", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "results.h5");
    const extraction = fakeExtraction();
    const bits = new Uint32Array(extraction.traces.raw.buffer);
    bits.set([0x7fc01234, 0x80000000, 0x00000001, 0x7f800000, 0xff800000, 0x7f7fffff]);
    const odd = { ...extraction, parameters: { a: NaN, b: -0, c: -Infinity, d: 0.1 + 0.2, "e/f": "µ" } };
    await saveResults(path, odd);
    const loaded = await loadResults(path);
    assert.deepEqual(new Uint32Array(loaded.traces.raw.buffer), bits);
    assert.deepEqual(loaded.parameters, odd.parameters);
  }));

Deno.test("two results.h5 differ in the seconds of their timings only, and not at all without timings", () =>
  inTemporary(async (directory) => {
    const path = (name: string) => join(directory, name);
    const one = fakeExtraction();
    const two = { ...one, timings: one.timings.map(({ stage, seconds }) => ({ stage, seconds: seconds * 1.7 })) };
    await saveResults(path("one"), one);
    await saveResults(path("one_bare"), one, { timings: false });
    // HDF5 would stamp objects with the time in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await saveResults(path("two"), two);
    await saveResults(path("two_bare"), two, { timings: false });
    assert.deepEqual(Deno.readFileSync(path("one_bare")), Deno.readFileSync(path("two_bare")));
    assert.deepEqual((await loadResults(path("one_bare"))).timings, []);
    const a = Deno.readFileSync(path("one")), b = Deno.readFileSync(path("two"));
    assert.equal(a.length, b.length);
    const different = [...a.keys()].filter((i) => a[i] !== b[i]);
    assert.ok(different.length > 0 && different[different.length - 1] - different[0] < 8 * one.timings.length);
  }));

Deno.test("results.h5 states time constants in seconds", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "results.h5");
    await saveResults(path, fakeExtraction({ arOrder: 2, cells: 2 }));
    const reader = await Hdf5Reader.open(path);
    const { data } = reader.numbers("/traces/time_constants", "float64", [2, 2]);
    reader.close();
    // z² − 1.4 z + 0.45 = (z − 0.9) (z − 0.5)
    assert.ok(Math.abs(data[0] - -1 / (9.99 * Math.log(0.9))) < 1e-5);
    assert.ok(Math.abs(data[1] - -1 / (9.99 * Math.log(0.5))) < 1e-5);
  }));

Deno.test("files that are no results are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "file.h5");
    assert.match(await message(loadResults(path)), /^Cannot load .*file\.h5: there is no such file$/);
    assert.match(await message(loadResults(directory)), /^Cannot load /);
    Deno.writeTextFileSync(path, "");
    assert.match(await message(loadResults(path)), /is not an HDF5 file/);
    Deno.writeTextFileSync(path, "time,C000\n0,1\n");
    assert.match(await message(loadResults(path)), /is not an HDF5 file/);

    const other = await Hdf5Writer.create(path);
    other.group("/estimates");
    other.close();
    assert.match(await message(loadResults(path)), /not one with annulus results/);

    const newer = await Hdf5Writer.create(path);
    newer.attribute("/", "format", "annulus results");
    newer.attribute("/", "format_version", 2);
    newer.close();
    assert.match(await message(loadResults(path)), /format version is 2; this annulus reads version 1/);

    const incomplete = await Hdf5Writer.create(path);
    incomplete.attribute("/", "format", "annulus results");
    incomplete.attribute("/", "format_version", 1);
    incomplete.close();
    assert.match(await message(loadResults(path)), /has no attribute ar_order/);
  }));

Deno.test("entries of results.h5 that cannot be are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "odd.h5"), good = fakeExtraction({ cells: 2, frames: 20 });
    const refused = async (odd: unknown, pattern: RegExp) => {
      await saveResults(path, { ...good, ...odd as Partial<Extraction> });
      assert.match(await message(loadResults(path)), pattern);
    };
    const movie = (odd: Record<string, unknown>) => ({ movie: { ...good.movie, ...odd } });
    for (const rate of [0, -1, NaN, Infinity, 10001]) {
      await refused(
        { frameRate: rate },
        new RegExp(`frame_rate is ${rate}; frames per second above 0 and at most 10000 are right$`),
      );
    }
    await refused(movie({ width: 40, height: 48 }), /the movie has 40×48 pixels, but the field has 48×40$/);
    await refused(movie({ files: [{ path: 5, bytes: 1, frames: 1 }] }), /\/movie\/files is not a list of files$/);
    await refused(movie({ files: [{ path: "a", bytes: -1, frames: 1 }] }), /\/movie\/files is not a list of files$/);
    await refused(movie({ files: [3] }), /\/movie\/files is not a list of files$/);
    await refused(movie({ history: [3] }), /\/movie\/history is not a list of texts$/);
    await refused({ notes: [{}] }, /\/notes is not a list of texts$/);
    await refused({ parameters: [1] }, /\/parameters\/json is a list; a record is right$/);
    const timestamps = new Float64Array(20).fill(1, 3);
    timestamps[7] = NaN;
    await refused(movie({ timestamps }), /the timestamp of frame 7 is NaN$/);
    const recording = { width: 48, height: 40, frames: 20, left: -1, top: 0, binning: 1 };
    for (const factor of [0, -1, 1.5, NaN]) {
      const pattern = new RegExp(`: factor of /background/ring is ${factor}; a whole number from 1 is right$`);
      await refused({ ring: { ...good.ring, factor } }, pattern);
    }
    await refused({ numbers: Uint32Array.of(3, 2 ** 31) }, /: the cells' numbers are not all from 0 to 2147483647$/);
    const values = good.footprints.values.slice().fill(NaN, 1, 2);
    await refused(
      { footprints: { ...good.footprints, values } },
      /: a footprint has a weight that is not a finite number$/,
    );
    const none = new Float32Array(0), traces = { ...good.traces, raw: none, denoised: none, spikes: none };
    await refused({ ...movie({ frames: 0 }), traces }, /: frames of \/movie is 0; a whole number from 1 is right$/);
    await refused(
      movie({ sampleType: "int64" }),
      /: sample_type of \/movie is "int64"; uint8, uint16, int16 or float32 is right$/,
    );
    await refused(movie({ metadata: [] }), /: \/movie\/metadata is a list; a record is right$/);
    await refused({ software: { annulus: 5 } }, /: \/software is no record of texts$/);
    await refused({ plan: { chunk: "5" } }, /: \/plan is no record of numbers$/);
    await refused(movie({ recording }), /: left in \/movie\/recording is -1; a whole number from 0 is right$/);
  }));

Deno.test("quality, edits and preparation that are not what they should be are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "odd.h5"), good = fakeExtraction({ cells: 2, frames: 20 });
    const refused = async (odd: unknown, pattern: RegExp) => {
      await saveResults(path, { ...good, ...odd as Partial<Extraction> });
      assert.match(await message(loadResults(path)), pattern);
    };
    for (const reasons of ["good", ["good"], ["good", 5], { 0: "good", 1: "bad" }]) {
      await refused({ quality: { reasons } }, /: \/quality\/json has no list of 2 reasons$/);
    }
    await refused({ quality: { rule: ["a"] } }, /: the rule in \/quality\/json is no text$/);
    for (const thresholds of [[1], "2", { min_SNR: "2" }, { min_SNR: null }]) {
      await refused({ quality: { thresholds } }, /: the thresholds in \/quality\/json are no record of numbers$/);
    }
    await refused(
      { quality: { accepted: Uint8Array.of(1, 2) } },
      /: \/quality\/accepted holds other numbers than 0 and 1$/,
    );

    const image = new Float32Array(48 * 40), seed = { x: 47, y: 39, correlation: NaN, pnr: Infinity };
    const field = (odd: unknown) => ({
      fieldQuality: { correlation: image, pnr: image, unexplained: [], ...odd as object },
    });
    for (
      const unexplained of [undefined, {}, [3], [{ ...seed, x: 48 }], [{ ...seed, y: 0.5 }], [{ ...seed, pnr: "9" }]]
    ) {
      await refused(
        field({ unexplained }),
        /: unexplained in \/field_quality\/json is no list of places in the field$/,
      );
    }
    const bin = { from: 3, to: 5, added: 2, found: 1, accepted: 1 }, recall = { cells: 2, seed: 1, cosine: 0.7 };
    for (const bins of [undefined, bin, [[3, 5, 2, 1]], [{ ...bin, found: "<b>" }], [{ ...bin, found: 3 }], [null]]) {
      await refused(
        field({ recall: { ...recall, bins } }),
        /: recall in \/field_quality\/json is no recall of added cells$/,
      );
    }
    const edit = { edit: { action: "reject", cells: [1] }, outcome: "", made: [], changed: [1], refitted: false };
    for (
      const edits of [
        {},
        [3],
        [{ ...edit, edit: { action: "eat", cells: [1] } }],
        [{ ...edit, changed: [-1] }],
        [{ ...edit, made: [2 ** 31] }],
        [{
          ...edit,
          edit: { action: "split", cell: "1" },
        }],
        [{ ...edit, time: 5 }],
        [{ ...edit, outcome: { html: 1 } }],
      ]
    ) await refused({ edits }, /: \/edits is not a list of logged edits$/);
    for (const odd of [{ done: "cut" }, { preprocessing: [] }, { motion: { largest: 3 } }]) {
      const preparation = { done: [], found: [], preprocessing: {}, ...odd };
      await refused({ preparation }, /: \/preparation is no record of what was done to a movie$/);
    }
    const ring = { ...good.ring, factor: 3 };
    await refused({ ring }, /: the ring's grid of 24×20 blocks of 3 pixels does not cover the field of 48×40$/);

    // What is right loads, to the last bit.
    const right = {
      ...good,
      quality: { accepted: Uint8Array.of(1, 0), reasons: ["a", "b"], rule: "r", thresholds: { min_SNR: NaN } },
      ...field({ unexplained: [seed], recall: { ...recall, bins: [{ ...bin, to: Infinity }] } }),
      edits: [edit, { ...edit, time: "2026-01-01T00:00:00Z", edit: { action: "add", x: 3, y: 4 } }],
    } as unknown as Extraction;
    await saveResults(path, right);
    assert.deepEqual(await loadResults(path), right);
  }));

Deno.test("damaged results.h5 are refused with a sentence, and good ones still load after that", () =>
  inTemporary(async (directory) => {
    const good = join(directory, "good.h5"), bad = join(directory, "bad.h5");
    const extraction = fakeExtraction({ cells: 3, frames: 40 });
    await saveResults(good, extraction);
    const bytes = Deno.readFileSync(good);
    for (const length of [8, 100, bytes.length >> 1, bytes.length - 1]) {
      Deno.writeFileSync(bad, bytes.subarray(0, length));
      assert.match(await message(loadResults(bad)), /^Cannot load .*bad\.h5: .*cannot be read/);
    }
    // Runs of damaged bytes: they are either noticed or lie in plain numbers or unused space, never a crash of another kind.
    let noticed = 0;
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 60)) {
      const damaged = bytes.slice();
      damaged.fill(0xa5, at, at + 24);
      Deno.writeFileSync(bad, damaged);
      await loadResults(bad).then(() => {}, (error) => {
        assert.ok(error instanceof ResultsError, `byte ${at}: ${error}`);
        noticed++;
      });
    }
    assert.ok(noticed > 0);
    assert.deepEqual(await loadResults(good), extraction);
  }));

Deno.test("results.h5 that cannot be written is refused with a sentence and leaves nothing", () =>
  inTemporary(async (directory) => {
    const blocked = join(directory, "file", "results.h5");
    Deno.writeTextFileSync(join(directory, "file"), "not a directory");
    assert.match(await message(saveResults(blocked, fakeExtraction())), /^Cannot write .*file.results\.h5: /);
    const wrong = fakeExtraction();
    const short = { ...wrong, traces: { ...wrong.traces, raw: wrong.traces.raw.subarray(1) } };
    assert.match(await message(saveResults(join(directory, "results.h5"), short)), /traces\/raw has 719 numbers/);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["file"]);
  }));
