import assert from "node:assert/strict";
import { basename, join } from "node:path";
import type { Extraction } from "../src/core/extraction.ts";
import { prepareOutput, RESULT_FILES, writeResults } from "../src/results/directory.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { prepareProjections } from "../src/results/projections.ts";
import { prepareSummary } from "../src/results/summary.ts";
import { inTemporary, message } from "./results_setting.ts";

/** Names of everything in a directory, sorted. */
function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

function bytes(directory: string, except: string[] = []): Record<string, Uint8Array> {
  const files = names(directory).filter((name) => !except.includes(name));
  return Object.fromEntries(files.map((name) => [name, Deno.readFileSync(join(directory, name))]));
}

/** An extraction that fails while it is written, after several files are complete: JSON cannot hold its note. */
function failing(): Extraction {
  const extraction = fakeExtraction();
  return { ...extraction, notes: [1n as unknown as string] };
}

for (
  const [name, options] of Object.entries({
    "six cells": {},
    "no cells": { cells: 0 },
    "one cell, one frame, one pixel": { cells: 1, frames: 1, width: 1, height: 1 },
  })
) {
  Deno.test(`writeResults writes every file and creates the directory: ${name}`, () =>
    inTemporary(async (parent) => {
      const directory = join(parent, "new", "results");
      await prepareOutput(directory);
      assert.deepEqual(names(parent), [], "prepareOutput leaves nothing");
      const extraction = fakeExtraction(options);
      const paths = await writeResults(`${directory}/`, extraction);
      assert.deepEqual(paths.map((path) => basename(path)), RESULT_FILES);
      assert.deepEqual(names(directory), [...RESULT_FILES].sort());
      assert.deepEqual(names(join(parent, "new")), ["results"]);
      assert.deepEqual(await loadResults(join(directory, "results.h5")), extraction);
      const run = JSON.parse(Deno.readTextFileSync(join(directory, "run.json")));
      assert.deepEqual(run.timings, extraction.timings);
      assert.equal(run.cells, extraction.footprints.count);
    }));
}

Deno.test("two runs write identical files, but for run.json", () =>
  inTemporary(async (parent) => {
    const one = join(parent, "one"), two = join(parent, "two");
    await writeResults(one, fakeExtraction(), { timings: false });
    const slower = fakeExtraction().timings.map(({ stage }) => ({ stage, seconds: 9 }));
    await writeResults(two, { ...fakeExtraction(), timings: slower }, { timings: false });
    assert.deepEqual(bytes(one, ["run.json"]), bytes(two, ["run.json"]));
  }));

Deno.test("results that are there are refused without force and replaced with it; other files stay", () =>
  inTemporary(async (directory) => {
    Deno.writeTextFileSync(join(directory, "notes.txt"), "mine");
    await writeResults(directory, fakeExtraction({ seed: 1 }));
    const before = bytes(directory);
    const refused = /already results in .* \(footprints\.tif, traces\.csv, traces_denoised\.csv, …\): choose another/;
    assert.match(await message(prepareOutput(directory)), refused);
    assert.match(await message(writeResults(directory, fakeExtraction({ seed: 2 }))), refused);
    assert.deepEqual(bytes(directory), before);

    await prepareOutput(directory, true);
    const second = fakeExtraction({ seed: 2 });
    await writeResults(directory, second, { force: true });
    assert.deepEqual(names(directory), ["notes.txt", ...RESULT_FILES].sort());
    assert.equal(Deno.readTextFileSync(join(directory, "notes.txt")), "mine");
    assert.deepEqual(await loadResults(join(directory, "results.h5")), second);
  }));

Deno.test("a recording that lies where the results go, under one of their names, is never replaced", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "footprints.tif"), plain = fakeExtraction();
    Deno.writeTextFileSync(path, "years of work");
    const movie = { ...plain.movie, files: [{ path, bytes: 13, frames: 120 }] };
    const sentence = /they would replace the recording, .*footprints\.tif: choose another directory$/;
    assert.match(await message(prepareOutput(directory, true, false, [], [path])), sentence);
    assert.match(await message(writeResults(directory, { ...plain, movie }, { force: true })), sentence);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["footprints.tif"]);
    assert.equal(Deno.readTextFileSync(path), "years of work");
    await writeResults(join(directory, "results"), { ...plain, movie });
  }));

Deno.test("a single file of ours is reason enough to refuse", () =>
  inTemporary(async (directory) => {
    Deno.writeTextFileSync(join(directory, "traces.csv"), "precious");
    assert.match(await message(prepareOutput(directory)), /already results in .* \(traces\.csv\)/);
  }));

Deno.test("a failure while writing leaves what was there, and nothing else", () =>
  inTemporary(async (parent) => {
    const fresh = join(parent, "fresh"), used = join(parent, "used");
    assert.match(await message(writeResults(fresh, failing())), /^Cannot write results to .*fresh: /);
    assert.deepEqual(names(parent), []);
    await writeResults(used, fakeExtraction());
    const before = bytes(used);
    await message(writeResults(used, failing(), { force: true }));
    assert.deepEqual(bytes(used), before);
  }));

Deno.test("when a file cannot take its name, the old results come back", () =>
  inTemporary(async (directory) => {
    await writeResults(directory, fakeExtraction({ seed: 1 }));
    const before = bytes(directory);
    const rename = Deno.rename;
    try {
      Deno.rename = (from, to) => {
        // The last file of the new results: by then all others have been replaced.
        if (
          String(from).includes(".partial-") && String(to) === join(directory, "results.h5") &&
          !String(from).includes("old")
        ) {
          return Promise.reject(new Error("the disk is on fire"));
        }
        return rename(from, to);
      };
      const text = await message(writeResults(directory, fakeExtraction({ seed: 2 }), { force: true }));
      assert.match(text, /the disk is on fire/);
    } finally {
      Deno.rename = rename;
    }
    assert.deepEqual(bytes(directory), before);
  }));

Deno.test("when the old results cannot come back either, they are kept, and it is told where", () =>
  inTemporary(async (directory) => {
    await writeResults(directory, fakeExtraction({ seed: 1 }));
    const before = bytes(directory), rename = Deno.rename;
    let isBroken = false, text = "";
    try {
      Deno.rename = (from, to) => {
        isBroken ||= String(to) === join(directory, "results.h5");
        return isBroken ? Promise.reject(new Error("the disk is on fire")) : rename(from, to);
      };
      text = await message(writeResults(directory, fakeExtraction({ seed: 2 }), { force: true }));
    } finally {
      Deno.rename = rename;
    }
    const told =
      /^Cannot write results to .*: the disk is on fire; what was there before could not go back, and is in (.*)$/
        .exec(text);
    assert.ok(told, text);
    assert.deepEqual(bytes(told[1]), before);
  }));

Deno.test("an output that cannot be written is refused before and after the run", () =>
  inTemporary(async (directory) => {
    const file = join(directory, "file");
    Deno.writeTextFileSync(file, "text");
    for (const place of [file, join(file, "results")]) {
      assert.match(await message(prepareOutput(place)), /^Cannot write results to .*file is a file, not a directory$/);
      assert.match(await message(writeResults(place, fakeExtraction())), /is a file, not a directory$/);
    }
    assert.match(await message(prepareOutput("")), /has no name/);
    Deno.mkdirSync(join(directory, "odd", "traces.csv"), { recursive: true });
    assert.match(await message(prepareOutput(join(directory, "odd"), true)), /traces\.csv is a directory there/);
    if (Deno.build.os === "linux") {
      assert.match(await message(prepareOutput("/proc/annulus/results")), /^Cannot write results to \/proc\/annulus/);
    }
    assert.deepEqual(names(directory), ["file", "odd"]);
  }));

Deno.test({
  name: "a disk that fills up leaves nothing half-written",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporary(async (directory) => {
      const script = join(directory, "script.ts");
      const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
      Deno.writeTextFileSync(
        script,
        `import { writeResults } from ${from("../src/results/directory.ts")};
         import { fakeExtraction } from ${from("./fake_extraction.ts")};
         const { frames, part } = JSON.parse(Deno.args[0]);
         if (part === "everything") await writeResults("out", fakeExtraction({ frames })).catch((e) => console.log(e.name, e.message));
         else {
           const { saveResults } = await import(${from("../src/results/hdf5.ts")});
           await saveResults("results.h5", fakeExtraction({ frames })).catch((e) => console.log(e.name, e.message));
         }`,
      );
      // Files may grow to 64 or 1500 kB only: for a program that is much like a full disk. The signal would end it without a word.
      for (const [limit, frames, part] of [[64, 20000, "everything"], [1500, 40000, "hdf5"]] as const) {
        const shell = `trap "" XFSZ; ulimit -f ${limit}; exec "$0" run -A --no-lock script.ts '${
          JSON.stringify({ frames, part })
        }'`;
        const bash = new Deno.Command("bash", {
          args: ["-c", shell, Deno.execPath()],
          cwd: directory,
          stdout: "piped",
        });
        const { stdout } = await bash.output();
        assert.match(new TextDecoder().decode(stdout), /^ResultsError Cannot write [^\n]*: file too large\n$/i);
        assert.deepEqual(names(directory), ["script.ts"]);
      }
    }),
});

Deno.test("images never replace the movie they are made of, either", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "mean.tif");
    Deno.writeTextFileSync(path, "years of work");
    for (const prepare of [prepareSummary, prepareProjections]) {
      const refused = message(prepare(directory, { force: true, recording: [path] }));
      assert.match(await refused, /they would replace the recording, .*mean\.tif: choose another directory$/);
      await prepare(directory, { force: true, recording: [join(directory, "other.tif")] });
    }
  }));
