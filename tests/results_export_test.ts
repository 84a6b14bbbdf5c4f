/** Exports as such: names, places, and that they appear whole or not at all. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { ParameterError, ResultsError } from "../src/core/errors.ts";
import { prepareOutput, RESULT_FILES, writeResults } from "../src/results/directory.ts";
import { exportFormat, exportResults, exportTogether } from "../src/results/export.ts";
import type { ExportFormat } from "../src/results/exports/export_format.ts";
import { EXPORT_FORMATS } from "../src/results/exports/export_formats.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary, message } from "./results_setting.ts";

/** Every file below a folder, or the file itself, with its bytes. */
function filesOf(path: string, name = ""): [string, Uint8Array][] {
  if (!Deno.statSync(path).isDirectory) return [[name, Deno.readFileSync(path)]];
  const entries = [...Deno.readDirSync(path)].map((entry) => entry.name).sort();
  return entries.flatMap((entry) => filesOf(join(path, entry), `${name}/${entry}`));
}

/** A format that writes one file with a text, and fails when asked to. */
function simpleFormat(text: string, fails = false): ExportFormat {
  return {
    name: "simple",
    title: "a text",
    output: "simple.txt",
    isFolder: false,
    async write(path) {
      await Deno.writeTextFile(path, text);
      if (fails) throw new Error("no more paper");
    },
  };
}

const FOLDER: ExportFormat = {
  name: "folder",
  title: "a folder with a text",
  output: "folder",
  isFolder: true,
  async write(path, extraction, { target }) {
    await Deno.mkdir(path);
    await Deno.writeTextFile(join(path, "cells.txt"), `${extraction.footprints.count} cells, ${target}`);
  },
};

Deno.test("formats have names of their own, and outputs of their own", () => {
  for (const key of ["name", "output", "title"] as const) {
    assert.equal(new Set(EXPORT_FORMATS.map((format) => format[key])).size, EXPORT_FORMATS.length, key);
  }
  for (const { name, output } of EXPORT_FORMATS) {
    assert.match(name, /^[a-z0-9]+$/);
    assert.equal(RESULT_FILES.includes(output), name === "annulus", `${output} is a file of the results themselves`);
  }
});

Deno.test("a format is found by its name; an unknown name gets the nearest one", () => {
  assert.equal(exportFormat("Inscopix").name, "inscopix");
  const told = (name: string) => {
    try {
      exportFormat(name);
    } catch (error) {
      assert.ok(error instanceof ParameterError);
      return error.message;
    }
    assert.fail(`${name} is a format`);
  };
  assert.equal(told("inscopx"), '"inscopx" is not a format that results can be exported to; did you mean inscopix?');
  assert.match(told("spreadsheet"), /annulus knows inscopix, .*csv/);
});

for (const format of EXPORT_FORMATS) {
  Deno.test(`${format.name}: two exports are the same bytes, whatever the field, also without cells`, () =>
    inTemporary(async (directory) => {
      for (const extraction of [fakeExtraction({ width: 31, height: 44 }), fakeExtraction({ cells: 0 })]) {
        const options = { motion: fakeMotion({ width: extraction.movie.width, height: extraction.movie.height }) };
        const path = join(directory, "one", format.output);
        await exportResults(path, extraction, format.name, { ...options, force: true });
        const once = filesOf(path);
        assert.ok(once.length > 0 && once.some(([, bytes]) => bytes.length > 0));
        assert.equal(Deno.statSync(path).isDirectory, format.isFolder);
        await exportResults(path, extraction, format.name, { ...options, force: true });
        assert.deepEqual(filesOf(path), once);
        assert.deepEqual([...Deno.readDirSync(join(directory, "one"))].map(({ name }) => name), [format.output]);
      }
    }));
}

Deno.test("what is there is replaced only with force, and a folder only when annulus made it", () =>
  inTemporary(async (directory) => {
    const extraction = fakeExtraction(), file = join(directory, "a", "b", "results.txt");
    assert.equal(await exportResults(file, extraction, simpleFormat("first")), file);
    assert.equal(Deno.readTextFileSync(file), "first");
    assert.equal(
      await message(exportResults(file, extraction, simpleFormat("second"))),
      `There is already something at ${file}: choose another name, or use force to replace it`,
    );
    await exportResults(file, extraction, simpleFormat("second"), { force: true });
    assert.equal(Deno.readTextFileSync(file), "second");

    const own = join(directory, "own");
    await exportResults(own, extraction, FOLDER);
    assert.equal(Deno.readTextFileSync(join(own, "cells.txt")), `6 cells, ${own}`);
    await exportResults(own, fakeExtraction({ cells: 2 }), FOLDER, { force: true });
    assert.equal(Deno.readTextFileSync(join(own, "cells.txt")), `2 cells, ${own}`);

    const foreign = join(directory, "foreign");
    Deno.mkdirSync(foreign);
    Deno.writeTextFileSync(join(foreign, "thesis.tex"), "years");
    for (const format of [FOLDER, simpleFormat("third")]) {
      assert.equal(
        await message(exportResults(foreign, extraction, format, { force: true })),
        `${foreign} is a folder that annulus did not export, and is not replaced: choose another name`,
      );
    }
    assert.deepEqual(filesOf(foreign).map(([name]) => name), ["/thesis.tex"]);
  }));

Deno.test("exports of the same results into one directory may run at the same time", () =>
  inTemporary(async (directory) => {
    const extraction = fakeExtraction(), one = join(directory, "alone"), many = join(directory, "together");
    for (const { name, output } of EXPORT_FORMATS) await exportResults(join(one, output), extraction, name);
    await Promise.all(EXPORT_FORMATS.map(({ name, output }) => exportResults(join(many, output), extraction, name)));
    assert.deepEqual(filesOf(many), filesOf(one));
  }));

Deno.test("what a process that was killed left behind is in nobody's way", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "results_csv");
    let aside = "";
    const spy: ExportFormat = { ...simpleFormat("x"), write: (path) => Deno.writeTextFile(aside = path, "x") };
    await exportResults(join(directory, "x.txt"), fakeExtraction(), spy);
    const [, before, number] = /^(.*-)(\d+)[/\\]x\.txt$/.exec(aside)!, left = `${before}${Number(number) + 1}`;
    Deno.mkdirSync(join(left, "old"), { recursive: true });
    Deno.writeTextFileSync(join(left, "old", "results.h5"), "precious");
    await exportResults(path, fakeExtraction(), "csv");
    assert.equal(Deno.readTextFileSync(join(left, "old", "results.h5")), "precious");
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assert.deepEqual(names, [basename(left), "results_csv", "x.txt"]);
  }));

Deno.test("the results themselves and the recording are never replaced, whatever the way to them", () =>
  inTemporary(async (directory) => {
    const source = join(directory, "results.h5"), movie = join(directory, "movie.tif"), plain = fakeExtraction();
    const extraction = { ...plain, movie: { ...plain.movie, files: [{ path: movie, bytes: 1, frames: 120 }] } };
    for (const path of [source, movie]) Deno.writeTextFileSync(path, "precious");
    Deno.symlinkSync(directory, join(directory, "link"));
    const refusal = (path: string, format: ExportFormat | string, from = source) =>
      message(exportResults(path, extraction, format, { force: true, source: from }));
    assert.equal(
      await refusal(source, "annulus"),
      `${source} would replace the results that are exported: choose another name`,
    );
    assert.match(
      await refusal(join(directory, "link/results.h5"), "nwb"),
      /would replace the results that are exported/,
    );
    assert.match(
      await refusal(movie, simpleFormat("x")),
      /would replace the recording \(movie\.tif\): choose another name/,
    );
    const own = join(directory, "own");
    await exportResults(own, extraction, FOLDER);
    Deno.copyFileSync(source, join(own, "copy.h5"));
    assert.match(await refusal(own, FOLDER, join(own, "copy.h5")), /own would replace the results that are exported/);
    assert.deepEqual([source, movie, join(own, "copy.h5")].map((path) => Deno.readTextFileSync(path)), [
      ...["precious", "precious", "precious"],
    ]);
    await exportResults(own, extraction, FOLDER, { force: true, source });
    assert.deepEqual(filesOf(own).map(([name]) => name), ["/annulus.json", "/cells.txt"]);
  }));

Deno.test("a failed export leaves what was there, and nothing else", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "simple.txt"), extraction = fakeExtraction();
    await exportResults(path, extraction, simpleFormat("good"));
    assert.equal(
      await message(exportResults(path, extraction, simpleFormat("bad", true), { force: true })),
      `Cannot write results to ${directory}: no more paper`,
    );
    assert.equal(Deno.readTextFileSync(path), "good");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["simple.txt"]);
    await assert.rejects(exportResults("", extraction, simpleFormat("")), ResultsError);
  }));

Deno.test("several exports appear together or not at all, and no folder is left that was not there", () =>
  inTemporary(async (directory) => {
    const deep = join(directory, "not", "yet", "there"), extraction = fakeExtraction();
    const planned = (format: ExportFormat) => [
      { path: join(deep, "own"), format: FOLDER },
      { path: join(deep, "simple.txt"), format },
    ];
    assert.match(await message(exportTogether(planned(simpleFormat("bad", true)), extraction)), /no more paper/);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
    const paths = await exportTogether(planned(simpleFormat("good")), extraction);
    assert.deepEqual(filesOf(deep).map(([name]) => name), ["/own/annulus.json", "/own/cells.txt", "/simple.txt"]);
    assert.deepEqual(paths, [join(deep, "own"), join(deep, "simple.txt")]);
    assert.match(
      await message(exportTogether(planned(simpleFormat("bad", true)), extraction, { force: true })),
      /paper/,
    );
    assert.equal(Deno.readTextFileSync(join(deep, "simple.txt")), "good");
    assert.equal(Deno.readTextFileSync(join(deep, "own/cells.txt")), `6 cells, ${join(deep, "own")}`);
  }));

for (const when of ["before", "during"] as const) {
  Deno.test(`an export that is interrupted ${when} its writing leaves nothing, not even of what goes on`, () =>
    inTemporary(async (directory) => {
      const controller = new AbortController(), reason = new Error("enough");
      let goOn = () => {};
      const waiting = new Promise<void>((resolve) => goOn = resolve);
      const slow: ExportFormat = {
        ...FOLDER,
        async write(path, extraction, options) {
          await FOLDER.write(path, extraction, options);
          controller.abort(reason);
          await waiting;
          await Deno.writeTextFile(join(path, "late.txt"), "late");
        },
      };
      if (when === "before") controller.abort(reason);
      const target = join(directory, "new", "own"), { signal } = controller;
      await assert.rejects(exportResults(target, fakeExtraction(), slow, { signal }), reason);
      goOn();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual([...Deno.readDirSync(directory)], []);
      const results = join(directory, "results");
      await assert.rejects(writeResults(results, fakeExtraction(), { signal, also: [FOLDER] }), reason);
      assert.deepEqual([...Deno.readDirSync(directory)], []);
    }));
}

Deno.test("results and exports beside them appear together, and force replaces them together", () =>
  inTemporary(async (directory) => {
    const output = join(directory, "out"), also = [FOLDER, simpleFormat("text")];
    const paths = await writeResults(output, fakeExtraction(), { also });
    assert.deepEqual(paths.slice(0, 2), [join(output, "folder"), join(output, "simple.txt")]);
    assert.equal(Deno.readTextFileSync(join(output, "folder", "cells.txt")), `6 cells, ${join(output, "folder")}`);
    assert.match(
      await message(prepareOutput(output, false, false, also)),
      /There are already results in .*folder, simple/,
    );
    await writeResults(output, fakeExtraction({ cells: 3 }), { also, force: true });
    assert.match(Deno.readTextFileSync(join(output, "folder", "cells.txt")), /^3 cells/);

    const before = filesOf(output);
    const failing = [FOLDER, simpleFormat("text", true)];
    await message(writeResults(output, fakeExtraction({ cells: 5 }), { also: failing, force: true }));
    assert.deepEqual(filesOf(output), before);
  }));

Deno.test("a format that is asked for twice, or is one of the results, is written once", () =>
  inTemporary(async (directory) => {
    const own: ExportFormat = { ...simpleFormat("not this"), name: "own", output: "results.h5" };
    const paths = await writeResults(join(directory, "out"), fakeExtraction(), { also: [FOLDER, own, FOLDER] });
    assert.deepEqual(paths.map((path) => basename(path)), ["folder", ...RESULT_FILES]);
    assert.equal((await loadResults(join(directory, "out", "results.h5"))).footprints.count, 6);
  }));

Deno.test("exports that are in the way of a run are told before it", () =>
  inTemporary(async (directory) => {
    Deno.writeTextFileSync(join(directory, "simple.txt"), "mine");
    await prepareOutput(directory);
    assert.match(await message(prepareOutput(directory, false, false, [simpleFormat("")])), /\(simple\.txt\)/);
    Deno.mkdirSync(join(directory, "folder"));
    assert.match(await message(prepareOutput(directory, true, false, [FOLDER])), /folder is a directory there/);
  }));
