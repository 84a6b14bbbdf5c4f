import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { openMovie } from "../src/movie/open.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { prepareProjections, PROJECTION_FILES, writeProjections } from "../src/results/projections.ts";
import { PROJECTIONS, type Projections } from "../src/summary/projections.ts";
import { seededRandom } from "./fake_extraction.ts";
import { inTemporary, message } from "./results_setting.ts";

/** Projections that no movie ever gave. */
function fakeProjections(names: readonly typeof PROJECTIONS[number][], frames = 50, frameRate?: number): Projections {
  const random = seededRandom(4), width = 23, height = 17;
  const image = () => Float32Array.from({ length: width * height }, random);
  const rate = frameRate === undefined ? {} : { frameRate };
  return {
    movie: { width, height, frames, sampleType: "uint16", ...rate, name: "fake.tif", files: [] },
    images: Object.fromEntries(names.map((name) => [name, image()])),
    meanTrace: Float32Array.from({ length: frames }, () => 100 + random()),
    neighbours: 4,
    binSize: 30,
  };
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

Deno.test("projections are written as images, pictures, tables and one HDF5 file, all of the same numbers", () =>
  inTemporary(async (parent) => {
    const directory = join(parent, "images"), projections = fakeProjections(PROJECTIONS, 50, 20);
    await prepareProjections(directory);
    assert.deepEqual(names(parent), []);
    const summary = { correlation: new Float32Array(23 * 17).fill(0.5), pnr: new Float32Array(23 * 17).fill(9) };
    const files = await writeProjections(directory, projections, { summary });
    assert.deepEqual(files.map((file) => basename(file)), PROJECTION_FILES);
    assert.deepEqual(names(directory), [...PROJECTION_FILES].sort());

    const images = { ...projections.images, filtered_correlation: summary.correlation, pnr: summary.pnr };
    const reader = await Hdf5Reader.open(join(directory, "projections.h5"));
    for (const [name, image] of Object.entries(images)) {
      const tiff = await openMovie(join(directory, `${name}.tif`)), values = new Float32Array(23 * 17);
      await tiff.read(0, 1, values);
      tiff.close();
      assert.deepEqual(values, image, name);
      assert.deepEqual(reader.numbers(`/images/${name}`, "float32", [17, 23]).data, image, name);
      const png = Deno.readFileSync(join(directory, `${name}.png`));
      assert.deepEqual([...png.subarray(1, 4)], [0x50, 0x4e, 0x47]);
    }
    assert.deepEqual(reader.numbers("/mean_trace", "float32", [50]).data, projections.meanTrace);
    assert.equal(reader.textAttribute("/", "format"), "annulus projections");
    assert.deepEqual(
      ["neighbours", "bin_size"].map((name) => reader.numberAttribute("/", name)),
      [4, 30],
    );
    assert.equal(reader.textAttribute("/movie", "name"), "fake.tif");
    assert.deepEqual(["frames", "frame_rate"].map((name) => reader.numberAttribute("/movie", name)), [50, 20]);
    reader.close();

    const rows = Deno.readTextFileSync(join(directory, "mean_trace.csv")).trimEnd().split("\n");
    assert.equal(rows.length, 51);
    assert.equal(rows[0], "frame,time_s,mean");
    const [frame, time, mean] = rows[50].split(",").map(Number);
    assert.deepEqual([frame, time], [49, 2.45]);
    assert.ok(Math.abs(mean - projections.meanTrace[49]) < 1e-4);
  }));

Deno.test("without a frame rate there are no seconds; a movie of one frame has its files, too", () =>
  inTemporary(async (directory) => {
    await writeProjections(directory, fakeProjections(["mean"], 1));
    assert.deepEqual(names(directory), ["mean.png", "mean.tif", "mean_trace.csv", "mean_trace.png", "projections.h5"]);
    assert.match(Deno.readTextFileSync(join(directory, "mean_trace.csv")), /^frame,time_s,mean\n0,,100\.\d+\n$/);
    const reader = await Hdf5Reader.open(join(directory, "projections.h5"));
    assert.equal(reader.hasAttribute("/movie", "frame_rate"), false);
    assert.equal(reader.has("/images/median"), false);
    reader.close();
  }));

Deno.test("projections that are there are refused without force; with it, all of them go", () =>
  inTemporary(async (directory) => {
    Deno.writeTextFileSync(join(directory, "notes.txt"), "mine");
    await writeProjections(directory, fakeProjections(["mean", "range"]));
    const refused = /already results in .* \(mean\.tif, mean\.png, range\.tif, …\)/;
    assert.match(await message(prepareProjections(directory)), refused);
    assert.match(await message(writeProjections(directory, fakeProjections(["max"]))), refused);
    await prepareProjections(directory, { force: true });
    await writeProjections(directory, fakeProjections(["max"]), { force: true });
    assert.deepEqual(
      names(directory),
      ["max.png", "max.tif", "mean_trace.csv", "mean_trace.png", "notes.txt", "projections.h5"],
    );
  }));

Deno.test("a failure while writing leaves what was there, and nothing else", () =>
  inTemporary(async (parent) => {
    const fresh = join(parent, "fresh"), used = join(parent, "used");
    const broken = { ...fakeProjections(["mean"]), meanTrace: new Float32Array(3) };
    assert.match(await message(writeProjections(fresh, broken)), /^Cannot write .*3 numbers; its shape 50 needs 50/);
    assert.deepEqual(names(parent), []);
    await writeProjections(used, fakeProjections(["mean"]));
    const before = Deno.readFileSync(join(used, "mean.tif"));
    await message(writeProjections(used, broken, { force: true }));
    assert.deepEqual(names(used), ["mean.png", "mean.tif", "mean_trace.csv", "mean_trace.png", "projections.h5"]);
    assert.deepEqual(Deno.readFileSync(join(used, "mean.tif")), before);
  }));
