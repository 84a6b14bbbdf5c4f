import assert from "node:assert/strict";
import { join } from "node:path";
import type { Extraction } from "../src/core/extraction.ts";
import { type Footprint, packFootprints } from "../src/core/footprints.ts";
import { PickledArray, PickledFloat, pickledNpy } from "../src/files/pickle.ts";
import { exportResults } from "../src/results/export.ts";
import { suite2pShape } from "../src/results/exports/suite2p_shape.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { fakeMotion } from "./fake_motion.ts";
import { readNpy } from "./numpy_files.ts";
import { inTemporary } from "./results_setting.ts";
import { Float, readPickledNpy, type UnpickledArray } from "./unpickle.ts";

Deno.test("pickles give back numbers, texts, lists, dicts and arrays, each as its own type", () => {
  const text = "µ".repeat(40_000);
  const { shape, objects } = readPickledNpy(pickledNpy({
    none: null,
    truths: [true, false],
    ints: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
    floats: [0.5, new PickledFloat(3), 2 ** 31, NaN],
    text,
    nested: { empty: {}, list: [] },
    array: new PickledArray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
    truth: new PickledArray(Uint8Array.of(1, 0), [2], true),
    part: new PickledArray(Int32Array.of(9, 8, 7, 6).subarray(1, 3)),
  }));
  assert.deepEqual(shape, []);
  assert.deepEqual(objects, [{
    none: null,
    truths: [true, false],
    ints: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
    floats: [0.5, 3, 2 ** 31, NaN].map((value) => new Float(value)),
    text,
    nested: { empty: {}, list: [] },
    array: { type: "f8", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
    truth: { type: "b1", shape: [2], data: [1, 0] },
    part: { type: "i4", shape: [2], data: [8, 7] },
  }]);
  assert.throws(() => new PickledArray(Float32Array.of(1, 2), [3]), /2 numbers do not fill the shape 3/);
});

/** A filled rectangle of equal weights. */
function rectangle(left: number, top: number, columns: number, rows: number, width: number): Footprint {
  const pixels = Uint32Array.from(
    { length: rows * columns },
    (_, i) => (top + Math.floor(i / columns)) * width + left + i % columns,
  );
  return { pixels, values: new Float32Array(pixels.length).fill(1 / Math.sqrt(pixels.length)) };
}

Deno.test("shapes have suite2p's definitions", () => {
  const square = suite2pShape(rectangle(10, 20, 3, 3, 50), 50);
  assert.deepEqual(square.med, [21, 11]);
  // Equal weights on −1, 0, 1 have a variance of 2/3.
  assert.ok(Math.abs(square.radius - 2 * Math.sqrt(2 / 3)) < 1e-9);
  assert.ok(Math.abs(square.aspectRatio - 1) < 0.01);
  assert.ok(Math.abs(square.compact - 1) < 1e-9, "the nine pixels nearest to one are a square");
  const line = suite2pShape(rectangle(10, 20, 1, 9, 50), 50);
  assert.deepEqual(line.med, [24, 10]);
  assert.ok(line.aspectRatio > 1.99 && line.compact > 1.5);
  assert.ok(Math.abs(line.radius - 2 * Math.sqrt(60 / 9)) < 1e-9);
  assert.equal(suite2pShape(rectangle(0, 0, 1, 1, 50), 50).radius, 0);
});

Deno.test("a suite2p folder holds traces, regions and options; cells without pixels are left out and told", () =>
  inTemporary(async (directory) => {
    const width = 30, height = 44, plain = fakeExtraction({ width, height, cells: 4 });
    const shared = rectangle(3, 5, 4, 2, width), beside = rectangle(6, 5, 2, 6, width);
    const empty: Footprint = { pixels: new Uint32Array(), values: new Float32Array() };
    const cells = [shared, empty, beside, rectangle(20, 30, 5, 5, width)];
    const timestamps = Float64Array.from({ length: 120 }, (_, t) => t / 9.99);
    const extraction: Extraction = {
      ...plain,
      footprints: packFootprints(width, height, cells),
      movie: { ...plain.movie, pixelSize: { x: 2, y: 3.5 }, timestamps },
      quality: { accepted: Uint8Array.of(1, 1, 0, 1), snr: Float32Array.of(5, 6, 7, 8) },
    };
    const path = join(directory, "suite2p"), plane = join(path, "plane0");
    const motion = fakeMotion({ width, height });
    await exportResults(path, extraction, "suite2p", { motion });
    const rows = [0, 2, 3], read = (name: string) => readNpy(Deno.readFileSync(join(plane, name)));
    for (const [name, values] of [["F.npy", plain.traces.raw], ["spks.npy", plain.traces.spikes]] as const) {
      const expected = rows.flatMap((k) => [...values.subarray(k * 120, (k + 1) * 120)]);
      assert.deepEqual(read(name), { type: "<f4", shape: [3, 120], data: Float32Array.from(expected) });
    }
    assert.deepEqual(read("Fneu.npy").data, new Float32Array(360));
    assert.deepEqual(read("iscell.npy"), { type: "<f4", shape: [3, 2], data: Float32Array.of(1, 1, 0, 0, 1, 1) });

    const { shape, objects } = readPickledNpy(Deno.readFileSync(join(plane, "stat.npy")));
    const stat = objects as Record<string, UnpickledArray & Float>[];
    assert.deepEqual(shape, [3]);
    rows.forEach((k, i) => {
      const { ypix, xpix, lam, npix } = stat[i];
      assert.deepEqual([ypix.type, xpix.type, lam.type, npix as unknown], ["i4", "i4", "f4", cells[k].pixels.length]);
      assert.deepEqual(ypix.data.map((y, j) => (y as number) * width + (xpix.data[j] as number)), [...cells[k].pixels]);
      assert.deepEqual(lam.data, [...cells[k].values]);
    });
    // Column 6 of rows 5 and 6 belongs to both rectangles.
    assert.deepEqual(stat[0].overlap, { type: "b1", shape: [8], data: [0, 0, 0, 1, 0, 0, 0, 1] } as never);
    assert.deepEqual(stat[0].footprint, 0 as never);
    const sizes = rows.map((k) => cells[k].pixels.length), mean = sizes.reduce((a, b) => a + b) / 3;
    assert.ok(Math.abs(stat[1].npix_norm.value - sizes[1] / mean) < 1e-9);
    const trace = [...plain.traces.raw.subarray(0, 120)], average = trace.reduce((a, b) => a + b) / 120;
    const moment = (power: number) => trace.reduce((sum, value) => sum + (value - average) ** power, 0) / 120;
    assert.ok(Math.abs(stat[0].std.value - Math.sqrt(moment(2))) < 1e-6);
    assert.ok(Math.abs(stat[0].skew.value - moment(3) / moment(2) ** 1.5) < 1e-6);

    const [ops] = readPickledNpy(Deno.readFileSync(join(plane, "ops.npy"))).objects as Record<string, never>[];
    const { Ly, Lx, yrange, xrange, nframes, fs, neucoeff, meanImg, Vcorr, annulus } = ops;
    assert.deepEqual({ Ly, Lx, yrange, xrange, nframes }, {
      Ly: 44,
      Lx: 30,
      yrange: [0, 44],
      xrange: [0, 30],
      nframes: 120,
    });
    assert.deepEqual([fs, neucoeff], [new Float(9.99), new Float(0)]);
    assert.deepEqual(meanImg, { type: "f4", shape: [44, 30], data: [...plain.summary.mean] });
    assert.deepEqual(Vcorr, { type: "f4", shape: [44, 30], data: [...plain.summary.correlation] });
    const offsets = [ops.xoff, ops.yoff] as UnpickledArray[];
    assert.deepEqual(offsets.map(({ shape }) => shape), [[120], [120]]);
    assert.deepEqual(
      offsets[0].data.flatMap((x, t) => [x, offsets[1].data[t]]),
      [...motion.shifts.rigid],
      "suite2p moves a frame back by its offset: they have the sign of our displacements",
    );
    const facts = annulus as Record<string, UnpickledArray>;
    assert.deepEqual([facts.units, facts.cells.data, facts.snr.data], ["dF", rows, [5, 7, 8]]);
    assert.deepEqual(facts.pixel_size_um, [new Float(2), new Float(3.5)] as never);
    assert.deepEqual(facts.timestamps_s.data, [...timestamps]);
    assert.match(String(facts.Fneu), /zeros/);
    const tau = (ops.tau as Float).value;
    assert.ok(Math.abs(tau + 1 / (9.99 * Math.log(Math.fround(0.85)))) < 1e-9, "the decay time of the cells' models");
  }));

Deno.test("without time constants and without cells the options are suite2p's own or absent", () =>
  inTemporary(async (directory) => {
    for (const extraction of [fakeExtraction({ arOrder: 0 }), fakeExtraction({ cells: 0 })]) {
      const path = join(directory, "suite2p");
      await exportResults(path, extraction, "suite2p", { force: true });
      const [ops] = readPickledNpy(Deno.readFileSync(join(path, "plane0", "ops.npy"))).objects as Record<
        string,
        Float
      >[];
      assert.equal(ops.tau.value, 1);
      assert.equal("diameter" in ops, extraction.footprints.count > 0);
    }
  }));
