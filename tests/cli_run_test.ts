/** The commands end to end, as processes, on small movies; and every bad input with its sentence and its exit code. */
import assert from "node:assert/strict";
import { type SampleArray, sampleArray } from "../src/core/movie.ts";
import { tiffWriter } from "../src/movie/tiff/tiff_writer.ts";
import { loadResults } from "../src/results/hdf5.ts";
import { greyTags, sampleBytes, tiffBytes, withFolder } from "./movie_tiff_bytes.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function annulus(folder: string, ...args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", CLI, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** The sentence a command failed with; checks that it is one line of its own and no stack. */
function sentence({ err }: Ended): string {
  const lines = err.trimEnd().split("\n").filter((line) => !/^ *\d+ %|frame rate/.test(line));
  assert.equal(lines.length, 1, err);
  assert.match(lines[0], /^annulus: .+[.?!]$/);
  return lines[0];
}

async function writeTiff(path: string, width: number, height: number, samples: SampleArray): Promise<void> {
  const sampleType = samples instanceof Float32Array ? "float32" : "uint16";
  const writer = await tiffWriter(path, { width, height, sampleType });
  await writer.write(samples);
  await writer.close();
}

function filled<T extends SampleArray>(samples: T, value: (i: number) => number): T {
  for (let i = 0; i < samples.length; i++) samples[i] = value(i);
  return samples;
}

/** Something like noise, without a generator's state. */
function hash(i: number): number {
  return (Math.imul(i ^ (i >>> 13), 0x9e3779b1) >>> 16) % 64;
}

Deno.test("simulate, run, score, compare: the whole way, and results are never overwritten by accident", async () => {
  await withFolder(async (folder) => {
    const small = ["--width", "64", "--height", "56", "--frames", "300", "--cells", "6", "--seed", "3"];
    const made = await annulus(folder, "simulate", "--out", "movie.tif", ...small);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /300 frames of 64×56 pixels with 6 known cells/);

    await Deno.writeTextFile(`${folder}/params.json`, JSON.stringify({ init: { gSig: [3, 3], min_pnr: 99 } }));
    const run = ["run", "movie.tif", "--out", "results", "--backend", "cpu", "--params", "params.json", "--min-pnr=6"];
    const first = await annulus(folder, ...run);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /^[4-7] cells in 300 frames of 64×56 pixels/);
    assert.match(first.err, /^ +\d+ % +\S+/m, "Piped, progress is plain lines");
    assert.equal(first.err.includes("\r"), false);
    const results = await loadResults(`${folder}/results/results.h5`);
    assert.equal(results.parameters.min_pnr, 6, "A flag wins over the file");
    assert.equal(results.frameRate, 10);

    const again = await annulus(folder, ...run);
    assert.equal(again.code, 5);
    assert.match(sentence(again), /already results in results/);

    const forced = await annulus(folder, ...run, "--force", "--json", "--verbose");
    assert.equal(forced.code, 0, forced.err);
    const events = forced.out.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert(events.some(({ event, fraction }) => event === "progress" && fraction > 0.5));
    assert.equal(events.at(-1).event, "result");
    assert.equal(events.at(-1).cells, results.footprints.count);
    assert.deepEqual((await loadResults(`${folder}/results/results.h5`)).traces, results.traces, "Two runs differ");

    const scored = await annulus(folder, "score", "results", "movie.truth.h5", "--json");
    const { score } = JSON.parse(scored.out);
    assert.equal(score.cells, 6);
    assert(score.thresholds[1].recall >= 0.5, `Recall ${score.thresholds[1].recall}`);
    const text = await annulus(folder, "score", "results/results.h5", "movie.truth.h5");
    assert.match(text.out, /cosine at least 0\.7 +[01]\.\d{3}/);

    const apart = await annulus(folder, "score", "results", "movie.truth.h5", "--recording", "results");
    assert.equal(apart.code, 0, apart.err);
    assert.match(apart.out, /0 duplicates, 0 with the recording's own cells\n/);
    assert.match(
      apart.out,
      /^\d components without a match at 0\.7 are the recording's own cells; counted as false, /m,
    );

    const seen = await annulus(folder, "summary", "movie.tif", "--out", "preview", "--backend", "cpu");
    assert.equal(seen.code, 0, seen.err);
    assert.match(seen.out, /^\d+ candidate seeds at min_corr 0\.8 and min_pnr 5$/m);
    const seeds = (await Deno.readTextFile(`${folder}/preview/seeds.csv`)).trimEnd().split("\n");
    assert.equal(seeds[0], "x,y,correlation,pnr");
    assert(seeds.length > 4);

    const compared = await annulus(folder, "compare", "results", "results/results.h5");
    assert.match(compared.out, /area under the curve: 1\.0000/);
  });
});

Deno.test("movies that cannot be used: one sentence, exit code 3, nothing written", async () => {
  await withFolder(async (folder) => {
    const { writeFile, writeTextFile } = Deno;
    const noise = filled(sampleArray("uint16", 32 * 32 * 40), (i) => 1000 + hash(i));
    await writeTiff(`${folder}/good.tif`, 32, 32, noise);
    await writeFile(`${folder}/empty.tif`, new Uint8Array());
    await writeFile(`${folder}/truncated.tif`, (await Deno.readFile(`${folder}/good.tif`)).subarray(0, 30000));
    await writeTextFile(`${folder}/text.tif`, "This is no movie.\n");
    await writeTiff(`${folder}/frame.tif`, 32, 32, noise.subarray(0, 32 * 32));
    await writeTiff(`${folder}/pixel.tif`, 1, 1, noise.subarray(0, 100));
    for (const [name, value] of [["nan", NaN], ["infinite", -Infinity]] as const) {
      const samples = filled(sampleArray("float32", 32 * 32 * 40), (i) => i === 20 * 1024 + 33 ? value : hash(i));
      await writeTiff(`${folder}/${name}.tif`, 32, 32, samples);
    }
    const page = (width: number) => {
      const samples = filled(sampleArray("uint16", width * 32), hash);
      return { tags: greyTags(width, 32, samples), blocks: [sampleBytes(samples, true)] };
    };
    await writeFile(`${folder}/sizes.tif`, tiffBytes([...Array.from({ length: 20 }, () => page(32)), page(36)]));
    const colour = new Uint8Array(32 * 32 * 3);
    const rgb = { ...greyTags(32, 32, colour), 258: [8, 8, 8], 262: 2, 277: 3 };
    await writeFile(
      `${folder}/rgb.tif`,
      tiffBytes(Array.from({ length: 20 }, () => ({ tags: rgb, blocks: [colour] }))),
    );
    await Deno.mkdir(`${folder}/folder`);

    const cases: [string, RegExp][] = [
      ["missing.tif", /missing\.tif/],
      ["empty.tif", /empty/],
      ["truncated.tif", /truncated/],
      ["text.tif", /text/],
      ["frame.tif", /1 frame/],
      ["pixel.tif", /1×1 pixels/],
      ["nan.tif", /not a finite number/],
      ["infinite.tif", /not a finite number/],
      ["sizes.tif", /36×32/],
      ["rgb.tif", /3 channels: say which one/],
      ["folder", /no movie/],
    ];
    // A few at a time: each is a process.
    const next = cases.values();
    await Promise.all([1, 2, 3].map(async () => {
      for (const [name, pattern] of next) {
        const ended = await annulus(folder, "run", name, "--out", `${name}-results`, "--backend", "cpu");
        assert.equal(ended.code, 3, `${name}: ${ended.err}`);
        assert.match(sentence(ended), pattern);
        assert.equal(ended.out, "");
        await assert.rejects(Deno.stat(`${folder}/${name}-results`), Deno.errors.NotFound, `${name} left results`);
      }
    }));
  });
});

Deno.test("movies without cells: an honest empty result", async () => {
  await withFolder(async (folder) => {
    await writeTiff(`${folder}/noise.tif`, 32, 32, filled(sampleArray("uint16", 32 * 32 * 60), (i) => 1000 + hash(i)));
    await writeTiff(`${folder}/constant.tif`, 32, 32, filled(sampleArray("uint16", 32 * 32 * 60), () => 7));
    await writeTiff(`${folder}/zero.tif`, 32, 32, sampleArray("uint16", 32 * 32 * 60));
    for (
      const [name, pattern] of [["noise", /lower min_corr/], ["constant", /no pixel/], ["zero", /no pixel/]] as const
    ) {
      const ended = await annulus(folder, "run", `${name}.tif`, "--out", name, "--backend", "cpu");
      assert.equal(ended.code, 0, ended.err);
      assert.match(ended.out, /^0 cells in 60 frames/);
      assert.match(ended.out, pattern);
      assert.equal((await loadResults(`${folder}/${name}/results.h5`)).footprints.count, 0);
    }
  });
});

Deno.test("wrong command lines, parameters and outputs: one sentence each, found before any work", async () => {
  await withFolder(async (folder) => {
    await writeTiff(`${folder}/good.tif`, 32, 32, filled(sampleArray("uint16", 32 * 32 * 40), (i) => 1000 + hash(i)));
    await Deno.writeTextFile(`${folder}/broken.json`, "{ not json");
    await Deno.writeTextFile(`${folder}/unknown.json`, '{ "init": { "min_cor": 0.8 } }');
    await Deno.writeTextFile(`${folder}/file`, "a file");
    const cases: [string[], number, RegExp][] = [
      [["rum"], 2, /no command rum; did you mean run\?/],
      [["run"], 2, /needs a movie/],
      [["run", "good.tif"], 2, /needs --out/],
      [["run", "good.tif", "--out", "r", "--min_pnr", "-1"], 2, /min_pnr is -1/],
      [["run", "good.tif", "--out", "r", "--gSig", "3", "--gSiz", "4"], 2, /contradicts/],
      [["run", "good.tif", "--out", "r", "--backend", "cuda"], 2, /--backend is cuda/],
      [["run", "good.tif", "--out", "r", "--memory", "little"], 2, /--memory is little/],
      [["run", "good.tif", "--out", "r", "--params", "none.json"], 2, /none\.json cannot be read/],
      [["run", "good.tif", "--out", "r", "--params", "broken.json"], 2, /broken\.json is not JSON/],
      [["run", "good.tif", "--out", "r", "--params", "unknown.json"], 2, /unknown\.json: .*did you mean min_corr\?/],
      [["run", "good.tif", "--out", "file/results"], 5, /file/],
      [["score", "good.tif", "file"], 5, /good\.tif/],
      [["compare", "none.h5", "none.h5"], 5, /none\.h5/],
      [["simulate", "--out", "good.tif"], 5, /good\.tif is there already/],
      [["info", "none.tif"], 3, /none\.tif" does not exist/],
      [["convert", "good.tif", "--out", "good.avi"], 2, /its name has to end in/],
      [["export", "good.tif", "--to", "csv"], 5, /good\.tif/],
      [["run", "good.tif", "--out", "r", "--also", "annulus"], 2, /--also names annulus/],
    ];
    const next = cases.values();
    await Promise.all([1, 2, 3].map(async () => {
      for (const [args, code, pattern] of next) {
        const ended = await annulus(folder, ...args);
        assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
        assert.match(sentence(ended), pattern);
      }
    }));
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["broken.json", "file", "good.tif", "unknown.json"]);
  });
});

Deno.test("Ctrl-C ends a run in order: exit code 130, nothing written", async () => {
  await withFolder(async (folder) => {
    const movie = ["--width", "96", "--height", "96", "--frames", "600", "--cells", "20"];
    assert.equal((await annulus(folder, "simulate", "--out", "movie.tif", ...movie)).code, 0);
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", CLI, "run", "movie.tif", "--out", "results", "--backend", "cpu"],
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let err = (await reader.read()).value ?? "";
    process.kill("SIGINT");
    for (let more = await reader.read(); !more.done; more = await reader.read()) err += more.value;
    await process.stdout.cancel();
    assert.equal((await process.status).code, 130, err);
    assert.match(err, /annulus: Interrupted; nothing was written\.\n$/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["movie.tif", "movie.truth.h5"]);
  });
});

Deno.test("help, version and params answer at once", async () => {
  await withFolder(async (folder) => {
    const help = await annulus(folder, "--help");
    assert.equal(help.code, 0);
    for (
      const name of [
        "run",
        "info",
        "convert",
        "export",
        "summary",
        "simulate",
        "score",
        "compare",
        "doctor",
        "params",
        "demo",
      ]
    ) {
      assert.match(help.out, new RegExp(`^  ${name} +\\S`, "m"));
    }
    const runHelp = await annulus(folder, "run", "--help");
    assert.match(runHelp.out, /--out FOLDER/);
    assert.match(runHelp.out, /min_corr/);
    assert.match((await annulus(folder, "--version")).out, /^annulus \d+\.\d+\.\d+ /);
    const { parameters } = JSON.parse((await annulus(folder, "params", "--json")).out);
    assert(parameters.some(({ name }: { name: string }) => name === "gSig"));
  });
});
