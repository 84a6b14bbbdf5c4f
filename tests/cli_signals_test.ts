/** `annulus signals`: what it reads, what it writes, what it tells, and what it refuses. */
import assert from "node:assert/strict";
import { signals } from "../src/cli/signals.ts";
import type { Extraction } from "../src/core/extraction.ts";
import type { MovieHeader, MovieSource } from "../src/core/movie.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { saveResults } from "../src/results/hdf5.ts";
import { bandPass } from "../src/traces/signals/band_pass.ts";
import { hilbert } from "../src/traces/signals/hilbert.ts";
import { multitaperSpectrogram } from "../src/traces/signals/spectrogram.ts";
import { namesIn, ran, refused, withFacts, writeMovieFile } from "./cli_commands.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { readNpy } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";

const SIZE = { width: 20, height: 12, frames: 400 }, RATE = 10;

/** A movie whose mean swings at 0.5 Hz, twice as strongly in its second half. */
function swinging(facts: Partial<MovieHeader> = { frameRate: RATE }): { source: MovieSource; means: Float64Array } {
  const size = SIZE.width * SIZE.height, samples = new Uint16Array(size * SIZE.frames);
  const means = new Float64Array(SIZE.frames);
  for (let i = 0; i < samples.length; i++) {
    const t = Math.floor(i / size), swing = (t < 200 ? 30 : 60) * Math.sin(2 * Math.PI * 0.5 * t / RATE);
    samples[i] = Math.round(1000 + 8 * (i % SIZE.width) + swing + (i * 7919 + t * 31) % 13);
    means[t] += samples[i] / size;
  }
  return { source: withFacts(memoryMovie(samples, { ...SIZE, name: "swinging" }), facts), means };
}

/** Results that could have come from that movie, saved in a folder with it. */
async function inSetting(
  work: (folder: string, extraction: Extraction, means: Float64Array) => Promise<void>,
  cells = 4,
  change: (extraction: Extraction) => Extraction = (extraction) => extraction,
): Promise<void> {
  await inTemporary(async (folder) => {
    const { source, means } = swinging(), fake = fakeExtraction({ ...SIZE, cells }), size = SIZE.width * SIZE.height;
    const path = await writeMovieFile(`${folder}/movie.tif`, source), samples = new Uint16Array(size * SIZE.frames);
    await source.read(0, SIZE.frames, samples);
    const mean = new Float32Array(size), max = new Float32Array(size);
    samples.forEach((value, i) => {
      mean[i % size] += value / SIZE.frames;
      max[i % size] = Math.max(max[i % size], value);
    });
    const { size: bytes } = await Deno.stat(path);
    const extraction = change({
      ...fake,
      frameRate: RATE,
      movie: { ...fake.movie, frameRate: RATE, name: path, files: [{ path, bytes, frames: SIZE.frames }] },
      summary: { ...fake.summary, mean, max },
    });
    await saveResults(`${folder}/results.h5`, extraction);
    await work(folder, extraction, means);
  });
}

/** The columns of a table, by their names. */
async function table(path: string): Promise<Map<string, number[]>> {
  const [head, ...rows] = (await Deno.readTextFile(path)).trimEnd().split("\n").map((row) => row.split(","));
  return new Map(head.map((name, i) => [name, rows.map((row) => Number(row[i]))]));
}

function near(actual: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= tolerance, `${i}: ${value}, ${expected[i]}`));
}

Deno.test("a movie's mean: its spectrogram as table, array and picture", () =>
  inTemporary(async (folder) => {
    const { source, means } = swinging(), path = await writeMovieFile(`${folder}/movie.tif`, source);
    const out = `${folder}/out`, { text, record } = await ran(signals, path, "--out", out, "--window", "10");
    assert.match(
      text,
      /^Signal: mean of each frame of ".*movie\.tif" \(counts\)\nSpectrogram: 11 windows, 51 frequencies to 5 Hz/,
    );
    const expected = multitaperSpectrogram(means, RATE, { window: 10 });
    assert.deepEqual(namesIn(out), [
      ...["signals.csv", "signals.json", "spectrogram_frequencies.npy", "spectrogram_mean.csv", "spectrogram_mean.npy"],
      ...["spectrogram_mean.png", "spectrogram_times.npy"],
    ]);
    const array = readNpy(await Deno.readFile(`${out}/spectrogram_mean.npy`));
    assert.deepEqual([array.type, array.shape], ["<f8", [11, 51]]);
    (array.data as Float64Array).forEach((value, i) =>
      assert.ok(Math.abs(value - expected.power[i]) < 1e-6, `${value}, ${expected.power[i]}`)
    );
    const frequencies = readNpy(await Deno.readFile(`${out}/spectrogram_frequencies.npy`)).data as Float64Array;
    const [first, last] = [0, 10].map((w) => (array.data as Float64Array).subarray(w * 51, (w + 1) * 51));
    for (const row of [first, last]) assert.ok(Math.abs(frequencies[row.indexOf(Math.max(...row))] - 0.5) < 0.21);
    assert.ok(Math.max(...last) > 2 * Math.max(...first), "the second half swings more");
    const columns = await table(`${out}/spectrogram_mean.csv`);
    assert.equal(columns.size, 52);
    near(columns.get("time_s")!, expected.times, 1e-9);
    const csv = await table(`${out}/signals.csv`);
    near(csv.get("mean")!, means, 1e-3);
    assert.equal(csv.get("time_s")![1], 0.1);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${out}/signals.json`)).spectrogram.tapers, 3);
    assert.equal(record.frame_rate, RATE);
    const png = await Deno.readFile(`${out}/spectrogram_mean.png`);
    assert.deepEqual([...png.subarray(1, 4)], [80, 78, 71]);
  }));

Deno.test("traces of results: bands, phase and amplitude are those of the functions", () =>
  inSetting(async (folder, extraction) => {
    const out = `${folder}/out`, band = ["--band", "0.1,1", "--phase"], frames = SIZE.frames;
    const { text } = await ran(signals, folder, "--out", out, "--of", "3,C001", "--trace", "denoised", ...band);
    assert.match(
      text,
      /^2 signals: denoised trace of cell C003, .*\nBand 0\.1 to 1 Hz: Butterworth of order 4, zero-phase\n/,
    );
    assert.deepEqual(namesIn(out), ["amplitude.csv", "filtered.csv", "phase.csv", "signals.csv", "signals.json"]);
    const [filtered, amplitude, phase] = await Promise.all(
      ["filtered", "amplitude", "phase"].map((name) => table(`${out}/${name}.csv`)),
    );
    assert.deepEqual([...filtered.keys()], ["time_s", "C003", "C001"]);
    for (const [name, k] of [["C003", 3], ["C001", 1]] as const) {
      const passed = bandPass(extraction.traces.denoised.subarray(k * frames, (k + 1) * frames), RATE, {
        band: [0.1, 1],
      });
      near(filtered.get(name)!, passed, 1e-4);
      near(amplitude.get(name)!, hilbert(passed).amplitude, 1e-4);
      near(phase.get(name)!, hilbert(passed).phase, 1e-5);
    }
    const fir = ["--filter", "fir", "--order", "20", "--spectrogram", "--window", "10", "--step", "5", "--force"];
    const all = await ran(signals, folder, "--out", out, "--of", "cells", "--band", "0.1,1", ...fir);
    assert.match(
      all.text,
      /^4 signals: raw trace of cell C000, .*, …\nSpectrogram: 7 windows, .* peaks 0\.4 Hz wide\nBand .*FIR of order 20/,
    );
    assert.equal(namesIn(out).filter((name) => name.endsWith(".png")).length, 4);
    // What another run made and this one did not goes.
    assert.ok(!namesIn(out).includes("phase.csv"));
    await ran(signals, folder, "--out", out, "--of", "1", "--force");
    assert.deepEqual(namesIn(out).filter((name) => name.endsWith(".png")), ["spectrogram_C001.png"]);
  }));

Deno.test("the mean of results is their movie's, or that of b0 + A·C where it is not there, which is told", () =>
  inSetting(async (folder, extraction, means) => {
    const out = `${folder}/out`;
    await ran(signals, folder, "--out", out);
    near((await table(`${out}/signals.csv`)).get("mean")!, means, 1e-3);
    await Deno.remove(`${folder}/movie.tif`);
    const { notices, text } = await ran(signals, folder, "--out", out, "--force");
    assert.match(notices.join("\n"), /is not at .*movie\.tif.*; instead of the movie's the mean is that of b0 \+ A·C/);
    assert.match(text, /mean of each frame of b0 \+ A·C, without the ring background/);
    const { footprints, traces, b0 } = extraction, size = SIZE.width * SIZE.height;
    const expected = Float64Array.from({ length: SIZE.frames }, (_, t) => {
      let sum = b0.reduce((all, value) => all + value, 0);
      for (let k = 0; k < footprints.count; k++) {
        for (let i = footprints.starts[k]; i < footprints.starts[k + 1]; i++) {
          sum += footprints.values[i] * traces.denoised[k * SIZE.frames + t];
        }
      }
      return sum / size;
    });
    near((await table(`${out}/signals.csv`)).get("mean")!, expected, 1e-3);
    // A movie that was named but is another one is no reason to make do.
    const { source } = swinging();
    const other = await writeMovieFile(
      `${folder}/other.tif`,
      memoryMovie(new Uint16Array(20 * 12 * 9), { width: 20, height: 12, name: "other" }),
    );
    await refused(3, /it is another movie/, signals, folder, other, "--out", `${folder}/b`);
    source.close();
  }));

Deno.test("frames that are not evenly spaced are told", () =>
  inTemporary(async (folder) => {
    const timestamps = Float64Array.from({ length: SIZE.frames }, (_, t) => t / RATE + (t >= 150 ? 4 : 0));
    const path = await writeMovieFile(`${folder}/movie.h5`, swinging({ frameRate: RATE, timestamps }).source);
    const { notices } = await ran(signals, path, "--out", `${folder}/out`);
    assert.match(
      notices.join("\n"),
      /The frames are not evenly spaced in time \(1 gaps, about 40 frames missing; .*\): they are taken as if they were, 10 per second/,
    );
    const seconds = (await table(`${folder}/out/signals.csv`)).get("time_s")!;
    assert.deepEqual([seconds[149], seconds[150]], [14.9, 19]);
  }));

Deno.test("a cell without a trace is left out of all, and refused by name", () =>
  inSetting(
    async (folder) => {
      const { notices, text } = await ran(signals, folder, "--out", `${folder}/out`, "--of", "cells");
      assert.match(
        notices.join("\n"),
        /raw trace of cell C002 holds a value that is not a finite number \(frame 7\): it is left out/,
      );
      assert.match(text, /^3 signals/);
      await refused(
        5,
        /cell C002 holds a value .*: leave this cell out/,
        signals,
        folder,
        "--out",
        `${folder}/b`,
        "--of",
        "2",
      );
    },
    4,
    (extraction) => {
      extraction.traces.raw[2 * SIZE.frames + 7] = NaN;
      return extraction;
    },
  ));

Deno.test("results without cells say that only the mean is left", () =>
  inSetting(async (folder) => {
    await refused(5, /hold no cells: only the mean/, signals, folder, "--out", `${folder}/out`, "--of", "cells");
    await refused(
      2,
      /no cell 0 in these results: they hold none/,
      signals,
      folder,
      "--out",
      `${folder}/out`,
      "--of",
      "0",
    );
    await ran(signals, folder, "--out", `${folder}/out`);
  }, 0));

Deno.test("what makes no sense is refused in one sentence, and nothing is written", () =>
  inSetting(async (folder) => {
    const out = `${folder}/out`, movie = `${folder}/movie.tif`, at = ["--out", out];
    await refused(2, /needs --out FOLDER/, signals, folder);
    await refused(2, /Results or a movie are needed/, signals, ...at);
    await refused(2, /--of holds "third"/, signals, folder, ...at, "--of", "third");
    await refused(2, /--of is empty/, signals, folder, ...at, "--of", ",");
    await refused(2, /no cell 9 in these results: they hold 4, numbered 0 to 3/, signals, folder, ...at, "--of", "9");
    await refused(2, /--trace is fast/, signals, folder, ...at, "--trace", "fast");
    await refused(2, /is a movie and has no cells/, signals, movie, ...at, "--of", "1");
    await refused(2, /--band is 1, but it has to be two frequencies/, signals, folder, ...at, "--band", "1");
    await refused(
      2,
      /reaches 6 Hz, but at 10 frames per second nothing above 5 Hz/,
      signals,
      folder,
      ...at,
      "--band",
      "1,6",
    );
    await refused(2, /has to rise from 0/, signals, folder, ...at, "--band", "2,1");
    await refused(2, /--phase needs a band/, signals, folder, ...at, "--phase");
    await refused(2, /--order needs a band/, signals, folder, ...at, "--order", "3");
    await refused(2, /--window needs a spectrogram/, signals, folder, ...at, "--band", "1,2", "--window", "3");
    await refused(2, /--filter is notch/, signals, folder, ...at, "--band", "1,2", "--filter", "notch");
    await refused(2, /--window is long/, signals, folder, ...at, "--window", "long");
    await refused(
      2,
      /A window of 60 s is 600 frames .* but the signal has 400: choose a window of 0\.2 to 40 s/,
      signals,
      folder,
      ...at,
      "--window",
      "60",
    );
    await refused(2, /--frame_rate has no effect with results/, signals, folder, ...at, "--frame_rate", "3");
    await refused(3, /nowhere/, signals, `${folder}/nowhere.tif`, ...at);
    assert.deepEqual(namesIn(folder), ["movie.tif", "results.h5"]);
    const bare = await writeMovieFile(`${folder}/bare.tif`, swinging({}).source);
    await refused(2, /does not say its frame rate, .*: state it \(--frame_rate\)/, signals, bare, ...at);
    await ran(signals, bare, ...at, "--frame_rate", "10");
    await refused(5, /already results in .*out/, signals, folder, ...at);
  }));

Deno.test("what makes no sense is refused before the movie is read", () =>
  inTemporary(async (folder) => {
    const path = `${folder}/movie.h5`, at = ["--out", `${folder}/out`, "--frame_rate", "10", "--backend", "cpu"];
    const shape = [SIZE.frames, SIZE.height, SIZE.width], samples = new Uint16Array(shape[0] * shape[1] * shape[2]);
    const writer = await Hdf5Writer.create(path);
    writer.numbers("/mov", shape, samples, { gzip: 4, chunks: [100, shape[1], shape[2]] });
    writer.close();
    // The second of its four packed chunks cannot be unpacked: the movie can be opened, but not read.
    const bytes = await Deno.readFile(path);
    const packed = [...bytes.keys()].filter((i) => bytes[i] === 0x78 && bytes[i + 1] === 0x5e);
    assert.equal(packed.length, 4);
    await Deno.writeFile(path, bytes.fill(0xff, packed[1], packed[1] + 8));
    await refused(3, /movie\.h5" is truncated or damaged: the HDF5 library cannot read \/mov/, signals, path, ...at);
    for (
      const [message, ...flags] of [
        [/The window is 0 s/, "--window", "0"],
        [/The window is -3 s/, "--window=-3"],
        [/A window of 60 s is 600 frames/, "--window", "60"],
        [/The step is 0 s/, "--step", "0"],
        [/time–bandwidth product is 0/, "--time_bandwidth", "0"],
        [/0 tapers were asked for/, "--tapers", "0"],
        [/The band is 5 to 1 Hz/, "--frequencies", "5,1"],
        [/lies no frequency of a window/, "--frequencies", "1.01,1.02"],
        [/The band is 5 to 1 Hz/, "--band", "5,1"],
        [/reaches 6 Hz/, "--band", "1,6"],
        [/from 0 Hz to half the rate is all there is/, "--band", "0,5"],
        [/order of a Butterworth filter is 0/, "--band", "1,2", "--order", "0"],
        [/order of a FIR filter is 3/, "--band", "1,2", "--filter", "fir", "--order", "3"],
        [/needs a signal of more than 3003 frames/, "--band", "1,2", "--filter", "fir", "--order", "1000"],
        [/needs a signal of more than \d+ frames/, "--band", "1,2", "--filter", "fir", "--order", "1000000000000"],
      ] as [RegExp, ...string[]][]
    ) await refused(2, message, signals, path, ...at, ...flags);
    assert.deepEqual(namesIn(folder), ["movie.h5"]);
  }));
