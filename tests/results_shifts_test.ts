import assert from "node:assert/strict";
import { join } from "node:path";
import { saveResults } from "../src/results/hdf5.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { loadMotion, loadShifts, saveShifts } from "../src/results/shifts.ts";
import { writeLocalShiftsCsv, writeShiftsCsv } from "../src/results/shifts_csv.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { inTemporary, message } from "./results_setting.ts";

for (
  const [name, options] of Object.entries({
    "rigid": {},
    "piecewise": { local: true },
    "no frame rate": { frameRate: null },
    "one frame of one pixel": { frames: 1, width: 1, height: 1 },
    "one frame of one pixel, piecewise": { frames: 1, width: 1, height: 1, local: true },
    "displacements larger than a block": { frames: 30000, local: true },
  })
) {
  Deno.test(`shifts.h5 reads back to the same values, and two are byte-identical: ${name}`, () =>
    inTemporary(async (directory) => {
      const motion = fakeMotion(options), one = join(directory, "one.h5"), two = join(directory, "two.h5");
      await saveShifts(one, motion);
      await saveShifts(two, fakeMotion(options));
      assert.deepEqual(await loadMotion(one), motion);
      assert.deepEqual(await loadShifts(one), motion.shifts);
      assert.deepEqual(Deno.readFileSync(two), Deno.readFileSync(one));
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), ["one.h5", "two.h5"]);
    }));
}

Deno.test("shifts.h5 keeps every bit of odd numbers", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "shifts.h5"), motion = fakeMotion();
    motion.quality.meanAfter.set([NaN, Infinity, -Infinity, -0, 1e-45]);
    motion.shifts.rigid.set([-0, 1e-45]);
    const odd = { ...motion, quality: { ...motion.quality, crispnessAfter: NaN, crispnessBefore: -0 } };
    await saveShifts(path, odd);
    assert.deepEqual(await loadMotion(path), odd);
  }));

Deno.test("files that hold no displacements are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const at = (name: string) => join(directory, name);
    await Deno.writeTextFile(at("text.h5"), "This is no HDF5 file");
    await saveResults(at("results.h5"), fakeExtraction());
    const newer = await Hdf5Writer.create(at("newer.h5"));
    newer.attribute("/", "format", "annulus shifts");
    newer.attribute("/", "format_version", 99);
    newer.close();
    const empty = await Hdf5Writer.create(at("empty.h5"));
    empty.attribute("/", "format", "annulus shifts");
    empty.attribute("/", "format_version", 1);
    empty.close();
    const cases: [string, RegExp][] = [
      ["none.h5", /there is no such file$/],
      ["text.h5", /it is not an HDF5 file$/],
      ["results.h5", /an HDF5 file, but not one with annulus shifts$/],
      ["newer.h5", /its format version is 99; this annulus reads version 1$/],
      ["empty.h5", /\/ has no attribute width$/],
    ];
    for (const [name, pattern] of cases) {
      for (const load of [loadMotion, loadShifts]) {
        const text = await message(load(at(name)));
        assert.match(text, pattern);
        assert.ok(text.startsWith(`Cannot load ${at(name)}: `));
      }
    }
  }));

Deno.test("damaged shifts.h5 are refused with a sentence, and good ones still load after that", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "good.h5"), bad = join(directory, "bad.h5");
    const motion = fakeMotion({ local: true });
    await saveShifts(path, motion);
    const bytes = await Deno.readFile(path);
    for (const length of [9, 100, 2000, bytes.length >> 1, bytes.length - 1]) {
      await Deno.writeFile(bad, bytes.subarray(0, length));
      assert.match(await message(loadMotion(bad)), /^Cannot load .*bad\.h5: /);
    }
    const wrong = { ...motion, movie: { ...motion.movie, frames: 7 } };
    await saveShifts(bad, wrong);
    assert.match(await message(loadMotion(bad)), /its movie and its displacements are of different sizes/);
    const reverse = {
      ...motion.shifts,
      local: { ...motion.shifts.local!, x: motion.shifts.local!.x.slice().reverse() },
    };
    await saveShifts(bad, { ...motion, shifts: reverse });
    assert.match(await message(loadShifts(bad)), /do not ascend/);
    const far = { ...motion.quality, outliers: [{ frame: 120, reason: "low correlation" as const }] };
    await saveShifts(bad, { ...motion, quality: far });
    assert.match(await message(loadMotion(bad)), /outlier 0 is frame 120/);
    assert.deepEqual(await loadMotion(path), motion);
  }));

Deno.test("shifts.h5 that cannot be written is refused with a sentence and leaves nothing", () =>
  inTemporary(async (directory) => {
    const motion = fakeMotion();
    assert.match(await message(saveShifts(join(directory, "no/such.h5"), motion)), /^Cannot write .*no\/such\.h5: /);
    const short = { ...motion, template: motion.template.subarray(1) };
    assert.match(await message(saveShifts(join(directory, "x.h5"), short)), /template has 1919 numbers/);
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  }));

Deno.test("shifts.csv has a row per frame, with times, correlations and why a frame is an outlier", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "shifts.csv"), motion = fakeMotion({ frames: 12 });
    motion.shifts.rigid.set([0.25, -1.5]);
    motion.quality.correlationBefore[0] = 0.5;
    motion.quality.correlationAfter[0] = 0.75;
    const both = [...motion.quality.outliers, { frame: 4, reason: "low correlation" as const }];
    await writeShiftsCsv(path, { ...motion, quality: { ...motion.quality, outliers: both } });
    const lines = (await Deno.readTextFile(path)).split("\n");
    assert.equal(lines[0], "frame,time_s,x,y,correlation_before,correlation_after,outlier");
    assert.equal(lines[1], "0,0,0.25,-1.5,0.5,0.75,");
    assert.deepEqual([lines.length, lines[13]], [14, ""]);
    const cells = lines.slice(1, 13).map((line) => line.split(","));
    assert.deepEqual(cells.map(([, time]) => time), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((t) => String(t / 10)));
    assert.deepEqual(cells.map((row) => row[6]).filter((reason) => reason !== ""), [
      "shift at its limit; low correlation",
      "low correlation",
    ]);
    assert.equal(cells[4][6], "shift at its limit; low correlation");
    cells.forEach((row, t) => {
      assert.equal(row.length, 7);
      for (const [column, value] of [[2, motion.shifts.rigid[2 * t]], [3, motion.shifts.rigid[2 * t + 1]]] as const) {
        assert.ok(Math.abs(Number(row[column]) - value) <= 1e-6 * Math.abs(value));
      }
    });
    await writeShiftsCsv(path, fakeMotion({ frames: 2, frameRate: null }));
    assert.match((await Deno.readTextFile(path)).split("\n")[2], /^1,,/);
  }));

Deno.test("shifts_local.csv has a row per frame and node, also when it is longer than its buffer", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "shifts_local.csv"), motion = fakeMotion({ local: true, frames: 9000 });
    await writeLocalShiftsCsv(path, motion);
    const text = await Deno.readTextFile(path);
    assert.ok(text.length > 1.1e6);
    const lines = text.trimEnd().split("\n"), { x, y, values } = motion.shifts.local!;
    assert.equal(lines[0], "frame,node_x,node_y,x,y");
    assert.equal(lines.length, 1 + 9000 * 6);
    for (let i = 0; i < 9000 * 6; i += 997) {
      const [frame, nodeX, nodeY, dx, dy] = lines[1 + i].split(",").map(Number);
      const node = i % 6;
      const wanted = [Math.floor(i / 6), x[node % 3], y[Math.floor(node / 3)], values[2 * i], values[2 * i + 1]];
      [frame, nodeX, nodeY, dx, dy].forEach((value, k) =>
        assert.ok(Math.abs(value - wanted[k]) <= 1e-6 * Math.abs(wanted[k]), `${lines[1 + i]} is not ${wanted}`)
      );
    }
    await writeLocalShiftsCsv(path, fakeMotion());
    assert.equal(await Deno.readTextFile(path), "frame,node_x,node_y,x,y\n");
  }));
