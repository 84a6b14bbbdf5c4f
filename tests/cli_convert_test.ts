/** `annulus convert`: every format out, what goes along, what is refused, how a damaged write is found, and how much memory it takes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readArguments } from "../src/cli/arguments.ts";
import { checkWrittenMovie } from "../src/cli/check_written.ts";
import { convert } from "../src/cli/convert.ts";
import { Output } from "../src/cli/output.ts";
import { writeMovie } from "../src/cli/write_movie.ts";
import type { MovieHeader, MovieSource } from "../src/core/movie.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { openMovie } from "../src/movie/open.ts";
import { namesIn, ran, refused, withFacts, writeMovieFile } from "./cli_commands.ts";
import { npyBytes } from "./movie_npy_bytes.ts";
import { noiseMovie, samplesOf } from "./preprocess_movies.ts";
import { inTemporary, message } from "./results_setting.ts";

const FRAMES = 30, WIDTH = 12, HEIGHT = 9, SIZE = WIDTH * HEIGHT;
const FACTS = {
  timestamps: Float64Array.from({ length: FRAMES }, (_, i) => 1.5 + (i > 19 ? i + 3 : i) / 20),
  startTime: "2024-05-06T07:08:09.250Z",
  pixelSize: { x: 2.5, y: 2.25 },
  metadata: { device: "scope", gain: 3 },
};
const plain = noiseMovie({ width: WIDTH, height: HEIGHT, frames: FRAMES, type: "uint16", frameRate: 20 });
const samples = await samplesOf(plain);

/** Writes the movie with all its facts. */
function recording(folder: string): Promise<string> {
  return writeMovieFile(join(folder, "recording.zarr"), withFacts(plain, FACTS));
}

/** What a file reads back as. */
async function readBack(path: string) {
  const movie = await openMovie(path);
  try {
    return { header: movie.header, samples: await samplesOf(movie) };
  } finally {
    movie.close();
  }
}

Deno.test("a movie goes into every format with its samples, type and rate, and with what the format has a place for", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder);
    for (const name of ["a.tif", "b.tiff", "c.h5", "d.HDF5", "e.nwb", "f.zarr"]) {
      const path = join(folder, name), { record, text, notices } = await ran(convert, from, "--out", path);
      assert.match(text, /: 30 frames of 12×9 pixels, uint16, 20 Hz, \d+(\.\d)? [KM]?B; read back and found equal$/);
      assert.deepEqual(
        [
          record.movie,
          record.width,
          record.height,
          record.frames,
          record.sample_type,
          record.frame_rate,
          record.checked,
        ],
        [path, WIDTH, HEIGHT, FRAMES, "uint16", 20, true],
      );
      assert.ok(record.bytes >= 2 * SIZE * FRAMES, `${record.bytes}`);
      const { header, samples: back } = await readBack(path), isTiff = name.includes(".tif");
      assert.deepEqual(back, samples, name);
      assert.equal(header.frameRate, 20, name);
      assert.equal(header.startTime, FACTS.startTime, name);
      assert.ok(Math.abs(header.pixelSize!.x - 2.5) < 1e-6 && Math.abs(header.pixelSize!.y - 2.25) < 1e-6, name);
      // A TIFF has no place for timestamps.
      assert.equal(notices.some((one) => /a TIFF has no place for them/.test(one)), isTiff, name);
      assert.deepEqual(header.timestamps, isTiff ? undefined : FACTS.timestamps, name);
    }
    // Two runs write the same bytes.
    for (const name of ["a.tif", "c.h5", "e.nwb"]) {
      await ran(convert, from, "--out", join(folder, `again ${name}`));
      assert.deepEqual(
        await Deno.readFile(join(folder, `again ${name}`)),
        await Deno.readFile(join(folder, name)),
        name,
      );
    }
    // A square field gives no doubt which axis is which.
    const square = await writeMovieFile(
      join(folder, "square.nwb"),
      noiseMovie({ width: 6, height: 6, frames: 3, frameRate: 5 }),
    );
    assert.equal((await readBack(square)).header.notes, undefined);
    // And from one into the other: nothing is lost on the way but by a TIFF.
    await ran(convert, join(folder, "e.nwb"), "--out", join(folder, "g.h5"));
    const { header, samples: back } = await readBack(join(folder, "g.h5"));
    assert.deepEqual([back, header.timestamps, header.startTime], [samples, FACTS.timestamps, FACTS.startTime]);
    assert.deepEqual(namesIn(folder).filter((name) => name.includes("partial")), []);
  }));

Deno.test("frames, crop and averages are applied in this order, and timestamps and pixel size with them", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder), to = join(folder, "small.h5");
    const choices = [
      ...["--frames", "2:12,16:", "--drop_frames", "5", "--crop", "1,0,11,9"],
      ...["--spatial_downsampling_factor", "2", "--temporal_downsampling_factor", "3"],
    ];
    const { record, notices, text } = await ran(convert, from, "--out", to, ...choices);
    assert.deepEqual(record.done, notices.filter((notice) => !/^Timestamps/.test(notice)));
    assert.deepEqual(record.done.map((step: string) => step.split(":")[0]), [
      "23 of 30 frames kept (2",
      "Cropped to x 1 to 10, y 0 to 8",
      "Blocks of 2×2 pixels averaged",
      "Groups of 3 frames averaged",
    ]);
    assert.match(text, /: 7 frames of 5×4 pixels, float32, 6\.66667 Hz, /);
    const { header, samples: back } = await readBack(to);
    const kept = [2, 3, 4, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];
    const mean = (group: number, x: number, y: number) => {
      let sum = 0;
      for (const frame of kept.slice(3 * group, 3 * group + 3)) {
        for (const [u, v] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
          sum += samples[frame * SIZE + (2 * y + v) * WIDTH + 2 * x + u + 1];
        }
      }
      return sum / 12;
    };
    for (let group = 0; group < 7; group++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 5; x++) {
          assert.ok(Math.abs(back[group * 20 + y * 5 + x] - mean(group, x, y)) < 1e-4, `${group} ${x} ${y}`);
        }
      }
      const own = kept.slice(3 * group, 3 * group + 3).map((frame) => FACTS.timestamps[frame]);
      assert.ok(Math.abs(header.timestamps![group] - (own[0] + own[1] + own[2]) / 3) < 1e-12, `${group}`);
    }
    const file = await Hdf5Reader.open(to);
    assert.equal(file.text("/history"), record.done.join("\n"));
    file.close();
    // Frames from before the gap are even: a TIFF's rate says all of it.
    const { notices: few } = await ran(convert, from, "--out", join(folder, "few.tif"), "--frames", "0:20");
    assert.equal(few.some((one) => /TIFF/.test(one)), false);
    assert.deepEqual([header.pixelSize, header.startTime], [{ x: 5, y: 4.5 }, FACTS.startTime]);
    assert.ok(Math.abs(header.frameRate! - 20 / 3) < 1e-9);
    await refused(
      2,
      /crop is 0,0,13,9, but the frame has 12×9/,
      convert,
      from,
      "--out",
      to,
      "--force",
      "--crop",
      "0,0,13,9",
    );
    await refused(2, /temporal_downsampling_factor/, convert, from, "--out", to, "--temporal_downsampling_factor", "0");
    assert.deepEqual((await readBack(to)).samples, back, "What was there stays when nothing can be written");
  }));

Deno.test("a rate that is given replaces the file's, beside timestamps that say otherwise, in every format", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder);
    for (const name of ["a.tif", "c.h5", "e.nwb", "f.zarr"]) {
      const path = join(folder, name);
      const { record } = await ran(convert, from, "--out", path, "--frame_rate", "12.5");
      assert.equal(record.frame_rate, 12.5);
      assert.equal((await readBack(path)).header.frameRate, 12.5, name);
    }
    // Without any rate only NWB has to know one.
    const bare = await writeMovieFile(join(folder, "bare.tif"), noiseMovie({ width: 5, height: 4, frames: 3 }));
    const nwb = join(folder, "bare.nwb");
    await refused(2, /has to say when frames were taken, .* state it \(--frame_rate\)$/, convert, bare, "--out", nwb);
    await ran(convert, bare, "--out", nwb, "--frame_rate", "7");
    assert.equal((await readBack(nwb)).header.frameRate, 7);
    await ran(convert, bare, "--out", join(folder, "bare.h5"));
    assert.equal((await readBack(join(folder, "bare.h5"))).header.frameRate, undefined);
    await refused(2, /frame_rate/, convert, bare, "--out", nwb, "--force", "--frame_rate", "-3");
  }));

Deno.test("what is there is not replaced by accident, and never the movie that is read", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder), movie = join(folder, "movie.tif"), copy = join(folder, "copy.zarr");
    await ran(convert, from, "--out", movie);
    await ran(convert, from, "--out", copy);
    for (const path of [movie, copy]) {
      await refused(5, /is there already: give another name, or --force to replace it$/, convert, from, "--out", path);
      await ran(convert, from, "--out", path, "--force", "--frames", "0:10");
      assert.deepEqual((await readBack(path)).samples, samples.slice(0, 10 * SIZE));
    }
    for (const path of [movie, from, `${folder}/../${folder.split("/").at(-1)}/movie.tif`]) {
      const source = path === from ? from : movie;
      await refused(2, /is the movie that is read/, convert, source, "--out", path, "--force");
    }
    // Also when it is read through a link, as one file of several, or as an array within the folder.
    await Deno.symlink(movie, join(folder, "link.tif"));
    await refused(2, /is the movie that is read/, convert, join(folder, "link.tif"), "--out", movie, "--force");
    await refused(2, /is the movie that is read/, convert, join(folder, "link.tif"), movie, "--out", movie, "--force");
    await refused(2, /is the movie that is read/, convert, join(from, "mov"), "--out", from, "--force");

    await Deno.mkdir(join(folder, "folder.tif"));
    await Deno.mkdir(join(folder, "folder.zarr"));
    await Deno.writeTextFile(join(folder, "folder.zarr/notes.txt"), "mine");
    await Deno.writeTextFile(join(folder, "file.zarr"), "mine");
    await refused(
      5,
      /folder\.tif is a folder: give the name of a file$/,
      convert,
      movie,
      "--out",
      join(folder, "folder.tif"),
      "--force",
    );
    for (const name of ["folder.zarr", "file.zarr"]) {
      await refused(5, /is no Zarr folder$/, convert, movie, "--out", join(folder, name), "--force");
    }
    assert.equal(Deno.readTextFileSync(join(folder, "folder.zarr/notes.txt")), "mine");
    assert.equal(Deno.readTextFileSync(join(folder, "file.zarr")), "mine");
  }));

Deno.test("wrong command lines are refused before anything is written", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder), to = join(folder, "movie.tif");
    await refused(2, /^annulus convert needs a movie/, convert, "--out", to);
    await refused(2, /^annulus convert needs --out MOVIE/, convert, from);
    for (const name of ["movie.avi", "movie", "tif", "movie.tif.gz", "movie.mp4"]) {
      await refused(
        2,
        /its name has to end in \.tif, \.h5, \.nwb or \.zarr$/,
        convert,
        from,
        "--out",
        join(folder, name),
      );
    }
    await refused(5, /its folder does not exist$/, convert, from, "--out", join(folder, "none/movie.tif"));
    await refused(5, /movie\.h5/, convert, from, "--out", join(from, ".zgroup/movie.h5"));
    await refused(3, /none\.tif" does not exist/, convert, join(folder, "none.tif"), "--out", to);
    await refused(2, /no place for a description of the session/, convert, from, "--out", to, "--lab", "Curie Lab");
    await refused(2, /no flag --gSig/, convert, from, "--out", to, "--gSig", "3");
    await refused(2, /^frames? .*|frames/, convert, from, "--out", to, "--frames", "20:99");
    await refused(2, /channel is given as 1/, convert, from, "--out", to, "--channel", "1");
    assert.deepEqual(namesIn(folder), ["recording.zarr"]);
  }));

Deno.test("the session goes into an NWB file, flags before the file's words; what is missing is told", () =>
  inTemporary(async (folder) => {
    const from = await recording(folder), file = join(folder, "session.json");
    await Deno.writeTextFile(
      file,
      JSON.stringify({ lab: "A", institution: "B", subject: { subject_id: "m1", sex: "F" } }),
    );
    const path = join(folder, "a.nwb");
    const told = await ran(convert, from, "--out", path, "--session", file, "--lab", "C", "--species", "Mus musculus");
    assert.deepEqual(told.notices.filter((notice) => /NWB|animal/.test(notice)), []);
    const { lab, institution, subject } = (await readBack(path)).header.metadata as Record<string, unknown>;
    assert.deepEqual({ lab, institution, subject }, {
      lab: "C",
      institution: "B",
      subject: { subject_id: "m1", sex: "F", species: "Mus musculus" },
    });
    const bare = await writeMovieFile(join(folder, "bare.tif"), plain);
    const { notices } = await ran(convert, bare, "--out", join(folder, "b.nwb"));
    assert.equal(notices.length, 2);
    assert.match(notices[0], /when the session began, which is not known/);
    assert.match(notices[1], /Nothing is said of the animal/);
  }));

/** Writes a movie as `convert` does and returns what it is checked by. */
async function written(path: string, source: MovieSource) {
  const output = new Output({ json: false, verbose: false }), header = source.header;
  return { path, header, sums: await writeMovie(path, source, output, { report: () => {} }) };
}

/** The sentence the check of a written movie ends with; undefined when it finds nothing. */
function found({ path, header, sums }: Awaited<ReturnType<typeof written>>): Promise<void> {
  return checkWrittenMovie(path, header, sums, new AbortController().signal, () => {});
}

Deno.test("a movie that was written wrong is found by reading it back, and removed", () =>
  inTemporary(async (folder) => {
    const source = withFacts(plain, FACTS);
    const make = (name: string) => written(join(folder, name), source);
    const flip = async (path: string, at: number) => {
      const bytes = await Deno.readFile(path);
      bytes[at < 0 ? bytes.length + at : at] ^= 1;
      await Deno.writeFile(path, bytes);
    };
    for (const name of ["movie.tif", "movie.h5", "movie.nwb", "movie.zarr"]) {
      const good = await make(name);
      await found(good);
      assert.ok((await Deno.stat(good.path)).size > 0);
      // One bit of one sample.
      const other = samples.slice(), changed = { ...source, ...memoryMovie(other, { width: WIDTH, height: HEIGHT }) };
      other[17 * SIZE + 40] ^= 1;
      const wrong = await written(good.path, { ...changed, header: source.header });
      const told = await message(found({ ...wrong, sums: good.sums }));
      assert.match(told, /was written, but frames 0 to 29 read back differently; it was removed: check the disk/);
      await assert.rejects(Deno.lstat(good.path), Deno.errors.NotFound, name);
    }
    const bit = await make("bit.tif");
    await flip(bit.path, 3000);
    assert.match(await message(found(bit)), /frames 0 to 29 read back differently/);

    const cut = await make("cut.tif");
    await Deno.truncate(cut.path, 4000);
    assert.match(
      await message(found(cut)),
      /was written, but cannot be read back: .*cut\.tif.* truncated.*; it was removed/,
    );
    await assert.rejects(Deno.lstat(cut.path), Deno.errors.NotFound);

    const claims: [Partial<MovieHeader>, RegExp][] = [
      [{ frames: 29 }, /but reads back as 30 frames of 12×9 uint16;/],
      [{ width: 9, height: 12 }, /but reads back as 30 frames of 12×9 uint16;/],
      [{ sampleType: "int16" }, /but reads back as 30 frames of 12×9 uint16;/],
      [{ frameRate: 21 }, /but reads back with 20 frames per second;/],
      [
        { timestamps: FACTS.timestamps.map((s, i) => i === 11 ? s + 0.001 : s) },
        /but reads back with other timestamps;/,
      ],
    ];
    for (const [claim, sentence] of claims) {
      const made = await make("claimed.h5");
      assert.match(await message(found({ ...made, header: { ...made.header, ...claim } })), sentence);
      assert.deepEqual(namesIn(folder), []);
    }
    for (const name of ["lost.h5", "lost.nwb", "lost.zarr"]) {
      const lost = await written(join(folder, name), plain);
      const told = await message(found({ ...lost, header: withFacts(plain, FACTS).header }));
      assert.match(told, /but reads back without timestamps;/, name);
    }
    // A TIFF has no place for them.
    const { sums, path } = await written(join(folder, "lost.tif"), plain);
    await found({ sums, path, header: withFacts(plain, FACTS).header });
    await Deno.remove(path);
    // A check that is interrupted leaves the movie: nothing is wrong with it.
    const whole = await make("whole.tif");
    await assert.rejects(
      checkWrittenMovie(whole.path, whole.header, whole.sums, AbortSignal.abort(), () => {}),
      { name: "AbortError" },
    );
    assert.deepEqual(namesIn(folder), ["whole.tif"]);
  }));

/** Says nothing, and asks the process to end when it is to tell of a stage. */
class Interrupting extends Output {
  constructor(readonly stage: string) {
    super({ json: false, verbose: false });
  }
  override result(): void {}
  override notice(): void {}
  override redraw(text: string): void {
    this.line(text);
  }
  override line(text: string): void {
    if (!text.includes(this.stage)) return;
    Deno.kill(Deno.pid, "SIGTERM");
    // Signals are taken by another thread, which has to be in time: too late, there is nothing left to interrupt.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

Deno.test({
  name: "an interruption leaves what was there, while a movie is written and while it is read back",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inTemporary(async (folder) => {
      // Frames each of which is more than is written at a time.
      const from = join(folder, "movie.npy"),
        head = npyBytes({ descr: "|u1", shape: [6, 4096, 4096] }, new Uint8Array(0));
      await Deno.writeFile(from, head);
      await Deno.truncate(from, head.length + 6 * 4096 * 4096);
      // A signal that comes too late must not end the tests.
      const guard = () => {};
      Deno.addSignalListener("SIGTERM", guard);
      try {
        for (const name of ["movie.tif", "movie.zarr"]) {
          const args = readArguments(convert, [from, "--out", join(folder, name)]);
          for (const stage of ["writing", "reading back"]) {
            await assert.rejects(convert.run(args, new Interrupting(stage)), { message: "Interrupted" });
            assert.deepEqual(namesIn(folder), ["movie.npy"]);
          }
          // What is replaced stays until the new one was found equal.
          await writeMovieFile(join(folder, name), noiseMovie({ width: 5, height: 4, frames: 3 }));
          const forced = readArguments(convert, [from, "--out", join(folder, name), "--force"]);
          await assert.rejects(convert.run(forced, new Interrupting("reading back")), { message: "Interrupted" });
          assert.deepEqual(namesIn(folder), ["movie.npy", name]);
          const movie = await openMovie(join(folder, name));
          movie.close();
          assert.equal(movie.header.frames, 3);
          await Deno.remove(join(folder, name), { recursive: true });
        }
      } finally {
        Deno.removeSignalListener("SIGTERM", guard);
      }
    }),
});

/** Most memory, in MB, that a process of the command takes. */
async function mostMemory(...args: string[]): Promise<number> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../cli.ts", import.meta.url).pathname, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let most = 0, isOver = false;
  const ended = process.status.finally(() => isOver = true);
  while (!isOver) {
    const status = await Deno.readTextFile(`/proc/${process.pid}/status`).catch(() => "");
    most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal((await ended).code, 0);
  return most;
}

Deno.test({
  name: "a movie of 300 MB is converted in memory that does not depend on its length",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inTemporary(async (folder) => {
      const make = async (name: string, frames: number) => {
        const head = npyBytes({ descr: "<u2", shape: [frames, 512, 512] }, new Uint8Array(0)),
          path = join(folder, name);
        await Deno.writeFile(path, head);
        // The rest is a hole, which takes no room.
        await Deno.truncate(path, head.length + frames * 512 * 512 * 2);
        return path;
      };
      const small = await make("small.npy", 8), large = await make("large.npy", 600);
      for (const name of ["movie.nwb", "movie.tif"]) {
        const to = ["--out", join(folder, name), "--frame_rate", "20", "--force"];
        const few = await mostMemory("convert", small, ...to), many = await mostMemory("convert", large, ...to);
        // Measured: 37 MB for NWB and 27 MB for TIFF, of 315 MB of samples.
        assert.ok(few > 50 && many - few < 120, `${name}: ${few} MB for 8 frames, ${many} MB for 600`);
        await Deno.remove(join(folder, name));
      }
    }),
});
