/** `annulus export`, without a process of its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exportCommand } from "../src/cli/export.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { exportResults } from "../src/results/export.ts";
import { EXPORT_FORMATS } from "../src/results/exports/export_formats.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { saveShifts } from "../src/results/shifts.ts";
import { namesIn, ran, refused, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { noiseMovie } from "./preprocess_movies.ts";
import { inTemporary } from "./results_setting.ts";

/** A folder of results, as `run` leaves it. */
async function resultsIn(folder: string, extraction: Extraction = fakeExtraction()): Promise<string> {
  const path = join(folder, "results");
  await Deno.mkdir(path);
  await saveResults(join(path, "results.h5"), extraction);
  return path;
}

/** Texts of an NWB file. */
async function textsOf(path: string, ...names: string[]): Promise<(string | undefined)[]> {
  const reader = await Hdf5Reader.open(path);
  try {
    return names.map((name) => reader.has(name) ? reader.texts(name).join("; ") : undefined);
  } finally {
    reader.close();
  }
}

Deno.test("one format goes beside the results, or where --out says; folders above it are made", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder), beside = join(results, "results_csv");
    const { record, text, notices } = await ran(exportCommand, results, "--to", "csv");
    assert.deepEqual([record, notices], [{ exported: [{ format: "csv", path: beside }], cells: 6 }, []]);
    assert.equal(text, `${beside}: 6 cells for ${EXPORT_FORMATS.find(({ name }) => name === "csv")!.title}`);
    assert.ok(namesIn(beside).includes("traces_raw.csv"));
    // The file itself means the same as its folder, and so does the folder with a slash.
    const file = join(results, "results.h5");
    await refused(5, /There is already something at .*results_csv: /, exportCommand, file, "--to", "csv");
    await refused(5, /There is already something at .*results_csv: /, exportCommand, `${results}/`, "--to", "csv");
    await Deno.writeTextFile(join(beside, "mine.txt"), "mine");
    await ran(exportCommand, results, "--to", "csv", "--force");
    assert.equal(namesIn(beside).includes("mine.txt"), false, "An export is replaced as a whole");

    const other = join(folder, "for", "a friend", "cells.hdf5");
    assert.equal((await ran(exportCommand, file, "--to", "caiman", "--out", other)).record.exported[0].path, other);
    assert.deepEqual((await loadResults(other)).traces, (await loadResults(file)).traces);
    assert.deepEqual(namesIn(results), ["results.h5", "results_csv"]);
  }));

Deno.test("several formats at once: each under its usual name, each once, in any spelling", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder), out = join(folder, "out"), names = EXPORT_FORMATS.map(({ name }) => name);
    const { record, text } = await ran(exportCommand, results, "--to", names.join(","), "--out", out);
    assert.deepEqual(record.exported.map(({ format }: { format: string }) => format), names);
    assert.deepEqual(namesIn(out), EXPORT_FORMATS.map(({ output }) => output).sort());
    assert.equal(text.split("\n").length, names.length);
    assert.deepEqual(await loadResults(join(out, "results.h5")), await loadResults(join(results, "results.h5")));

    const few = await ran(exportCommand, results, "--to", " CSV, imagej ,csv,", "--out", join(folder, "few"));
    assert.deepEqual(few.record.exported.map(({ format }: { format: string }) => format), ["csv", "imagej"]);
  }));

Deno.test("when one of several cannot be written, none is", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder);
    await ran(exportCommand, results, "--to", "nwb");
    const before = await Deno.readFile(join(results, "results.nwb"));
    await refused(5, /already something at .*results\.nwb/, exportCommand, results, "--to", "csv,nwb");
    await Deno.mkdir(join(results, "suite2p"));
    await Deno.writeTextFile(join(results, "suite2p/mine.txt"), "mine");
    await refused(
      5,
      /suite2p is a folder that annulus did not export, and is not replaced/,
      ...[exportCommand, results, "--to", "csv,nwb,suite2p", "--force"] as const,
    );
    assert.deepEqual(namesIn(results), ["results.h5", "results.nwb", "suite2p"]);
    assert.deepEqual(await Deno.readFile(join(results, "results.nwb")), before);
    assert.equal(Deno.readTextFileSync(join(results, "suite2p/mine.txt")), "mine");
  }));

Deno.test("wrong command lines, formats and results end with one sentence and their code", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder), to = ["--to", "csv"];
    await refused(2, /^annulus export needs results/, exportCommand, ...to);
    await refused(2, /^annulus export needs results/, exportCommand, results, results, ...to);
    await refused(2, /^annulus export needs --to FORMAT: .*inscopix, csv/, exportCommand, results);
    await refused(2, /^No format is named/, exportCommand, results, "--to", " , ");
    await refused(
      2,
      /^"caimann" is not a format .*; did you mean caiman\?$/,
      exportCommand,
      results,
      "--to",
      "csv,caimann",
    );
    await refused(
      2,
      /^"excel" is not a format .*; annulus knows inscopix, csv/,
      exportCommand,
      results,
      "--to",
      "excel",
    );
    await refused(5, /none.*/, exportCommand, join(folder, "none"), ...to);
    await Deno.mkdir(join(folder, "empty"));
    await refused(5, /empty.results\.h5/, exportCommand, join(folder, "empty"), ...to);
    const movie = await writeMovieFile(join(folder, "movie.tif"), noiseMovie({ width: 4, height: 4, frames: 2 }));
    await refused(5, /movie\.tif/, exportCommand, movie, ...to);
    const h5 = await writeMovieFile(join(folder, "movie.h5"), noiseMovie({ width: 4, height: 4, frames: 2 }));
    await refused(5, /movie\.h5.* not one with annulus results/, exportCommand, h5, ...to);
    const bytes = await Deno.readFile(join(results, "results.h5"));
    for (const part of [0.1, 0.5, 0.9]) {
      await Deno.writeFile(join(folder, "cut.h5"), bytes.subarray(0, Math.floor(part * bytes.length)));
      await refused(5, /cut\.h5/, exportCommand, join(folder, "cut.h5"), ...to);
    }
    await refused(
      5,
      /results\.h5.*file/,
      exportCommand,
      results,
      "--to",
      "csv",
      "--out",
      join(results, "results.h5/csv"),
    );
    assert.deepEqual(namesIn(folder), ["cut.h5", "empty", "movie.h5", "movie.tif", "results"]);
    assert.deepEqual(namesIn(results), ["results.h5"]);
  }));

Deno.test("results of CaImAn are exported like our own, also as our own", () =>
  inTemporary(async (folder) => {
    const fake = fakeExtraction(), movie = { ...fake.movie, pixelSize: { x: 2, y: 2.5 } };
    const path = join(folder, "caiman.hdf5");
    await exportResults(path, { ...fake, movie }, "caiman");
    const { record } = await ran(exportCommand, path, "--to", "annulus,csv,nwb", "--lab", "Curie Lab");
    assert.equal(record.cells, 6);
    assert.deepEqual(namesIn(folder), ["caiman.hdf5", "results.h5", "results.nwb", "results_csv"]);
    const loaded = await loadResults(path), own = await loadResults(join(folder, "results.h5"));
    assert.deepEqual([own.footprints, own.traces], [loaded.footprints, loaded.traces]);
    assert.deepEqual(own.traces.raw, fake.traces.raw);
  }));

Deno.test("results without cells, and results whose movie is gone, go into every format", () =>
  inTemporary(async (folder) => {
    const empty = fakeExtraction({ cells: 0 });
    const gone = {
      ...fakeExtraction(),
      movie: { ...fakeExtraction().movie, files: [{ path: "/gone/movie.tif", bytes: 5, frames: 120 }] },
    };
    const all = EXPORT_FORMATS.map(({ name }) => name).join();
    for (const [name, extraction] of Object.entries({ empty, gone })) {
      await Deno.mkdir(join(folder, name));
      const results = await resultsIn(join(folder, name), extraction);
      const { record, text } = await ran(exportCommand, results, "--to", all, "--out", join(folder, name, "out"));
      assert.equal(record.cells, extraction.footprints.count);
      assert.match(text, new RegExp(`results_csv: ${extraction.footprints.count} cells for `));
      assert.equal(namesIn(join(folder, name, "out")).length, EXPORT_FORMATS.length);
    }
  }));

Deno.test("displacements beside the results go along where they belong to them", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder), shifts = join(results, "shifts.h5"), csv = join(results, "results_csv");
    await saveShifts(shifts, fakeMotion());
    await ran(exportCommand, results, "--to", "csv");
    assert.ok(namesIn(csv).includes("shifts.csv"));
    await saveShifts(shifts, fakeMotion({ frames: 100 }));
    const { notices } = await ran(exportCommand, results, "--to", "csv", "--force");
    assert.match(
      notices.join("\n"),
      /^The displacements in .*shifts\.h5 are left out: they are of 100 frames of 48×40 pixels, the results of 120 frames of 48×40$/,
    );
    assert.equal(namesIn(csv).includes("shifts.csv"), false);
    await Deno.writeTextFile(shifts, "not a file of displacements");
    await refused(5, /shifts\.h5/, exportCommand, results, "--to", "csv", "--force");
  }));

Deno.test("the session comes from a file of JSON or YAML and from flags, which win; it is refused where it has no place", () =>
  inTemporary(async (folder) => {
    const results = await resultsIn(folder), nwb = join(results, "results.nwb");
    const json = join(folder, "session.json"), yaml = join(folder, "session.yaml");
    await Deno.writeTextFile(
      json,
      JSON.stringify({ lab: "A", experimenter: ["X, Y"], subject: { subject_id: "m1", sex: "M" } }),
    );
    await Deno.writeTextFile(
      yaml,
      "lab: B\nsession_start_time: 2024-05-06T07:08:09+02:00\nimaging_plane:\n  indicator: GCaMP6f\n",
    );
    const fields = [
      ...["/general/lab", "/general/experimenter", "/general/subject/subject_id", "/general/subject/sex"],
      ...["/general/optophysiology/ImagingPlane/indicator", "/session_start_time"],
    ];
    const flags = ["--lab", "C", "--sex", "F", "--experimenter", "Curie, Marie; Curie, Pierre"];
    const told = await ran(exportCommand, results, "--to", "nwb", "--session", json, ...flags);
    const [lab, experimenter, subject, sex, indicator, start] = await textsOf(nwb, ...fields);
    assert.deepEqual([lab, experimenter, subject, sex], ["C", "Curie, Marie; Curie, Pierre", "m1", "F"]);
    assert.notEqual(indicator, "GCaMP6f");
    assert.match(start!, /^1970-01-01/);
    assert.equal(told.notices.length, 1, "Of the animal something is said");
    assert.match(told.notices[0], /when the session began, which is not known: 1970-01-01 stands in for it/);

    const again = await ran(
      exportCommand,
      results,
      "--to",
      "csv,nwb",
      "--force",
      "--session",
      yaml,
      "--location",
      "CA1",
    );
    const from = await textsOf(nwb, ...fields, "/general/optophysiology/ImagingPlane/location");
    assert.deepEqual([from[0], from[1], from[4], from[6]], ["B", undefined, "GCaMP6f", "CA1"]);
    assert.match(from[5]!, /^2024-05-06T07:08:09/);
    assert.match(again.notices.join("\n"), /^Nothing is said of the animal, .*\(--subject_id, .*\)$/);

    await refused(2, /only NWB has a place for that/, exportCommand, results, "--to", "csv,caiman", "--lab", "C");
    await refused(2, /only NWB has a place for that/, exportCommand, results, "--to", "csv", "--session", json);
    const nowhere = ["--to", "nwb", "--force", "--session"];
    await refused(2, /There is no file .*none\.yaml/, exportCommand, results, ...nowhere, join(folder, "none.yaml"));
    await Deno.writeTextFile(json, '{"labb": "A"}');
    await refused(
      2,
      /session\.json: there is no entry labb; did you mean lab\?$/,
      exportCommand,
      results,
      ...nowhere,
      json,
    );
    await Deno.writeTextFile(json, "{ not json");
    await refused(2, /session\.json is neither JSON nor YAML: line \d/, exportCommand, results, ...nowhere, json);
    await refused(
      2,
      /^The flags of the session: .*sex is "female"/,
      exportCommand,
      results,
      "--to",
      "nwb",
      "--force",
      "--sex",
      "female",
    );
    await refused(
      2,
      /session_start_time is "soon"/,
      exportCommand,
      results,
      "--to",
      "nwb",
      "--force",
      "--session_start_time",
      "soon",
    );
    assert.deepEqual(await textsOf(nwb, "/general/lab"), ["B"], "What was there stays when nothing can be written");
  }));
