/** CaImAn's results files: written, read back, and read as CaImAn writes them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ResultsError } from "../src/core/errors.ts";
import type { Extraction } from "../src/core/extraction.ts";
import { denseFootprint } from "../src/core/footprints.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { caiman } from "../src/results/exports/caiman.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { PICTURES } from "../src/results/pictures.ts";
import { compare } from "../src/score/compare.ts";
import { fakeExtraction, type FakeOptions, seededRandom } from "./fake_extraction.ts";
import { inTemporary, message } from "./results_setting.ts";

/** A fake extraction whose ring has no weights outside the field, as real ones do. */
function extractionWith(options: FakeOptions = {}, changes: Partial<Extraction> = {}): Extraction {
  const fake = fakeExtraction(options), { width, height, offsets } = fake.ring, size = width * height;
  const weights = fake.ring.weights.map((weight, i) => {
    const j = Math.floor(i / size), y = Math.floor(i % size / width), x = i % width;
    const qy = y + offsets[2 * j], qx = x + offsets[2 * j + 1];
    return qy >= 0 && qx >= 0 && qy < height && qx < width ? weight : 0;
  });
  return { ...fake, timings: [], ring: { ...fake.ring, weights }, ...changes };
}

/** Writes an export and reads it. */
async function exported(directory: string, extraction: Extraction): Promise<string> {
  const path = join(directory, "caiman.hdf5");
  await caiman.write(path, extraction, {});
  return path;
}

const QUALITY = {
  accepted: Uint8Array.of(1, 0, 1, 1, 0, 1),
  snr: Float32Array.of(1, 2, 3, 4, 5, 6.5),
  rValue: Float32Array.of(0.5, 0.6, 0.7, 0.8, 0.9, -0.25),
};
const CASES: Record<string, Extraction> = {
  "six cells": extractionWith(),
  "AR(2), a tall field of odd size": extractionWith({ arOrder: 2, width: 21, height: 55 }),
  "dF over noise": extractionWith({}, { units: "dF over noise" }),
  "no cells": extractionWith({ cells: 0 }),
  "no deconvolution, no ring": extractionWith({ arOrder: 0 }, {
    ring: { factor: 2, width: 24, height: 20, radius: 3, offsets: new Int32Array(0), weights: new Float32Array(0) },
  }),
  "quality": extractionWith({}, { quality: QUALITY }),
};

for (const [name, extraction] of Object.entries(CASES)) {
  Deno.test(`an export for CaImAn reads back to the same results: ${name}`, () =>
    inTemporary(async (directory) => {
      assert.deepEqual(await loadResults(await exported(directory, extraction)), extraction);
    }));
}

Deno.test("timestamps, pixel size and notes of the movie survive in a file for CaImAn", () =>
  inTemporary(async (directory) => {
    const fake = extractionWith(), timestamps = Float64Array.from({ length: 120 }, (_, t) => 3 + t / 9.99);
    const movie = {
      ...fake.movie,
      timestamps,
      pixelSize: { x: 2, y: 4 },
      startTime: "2024-01-02T03:04:05Z",
      notes: ["n"],
    };
    const path = await exported(directory, { ...fake, movie });
    assert.deepEqual((await loadResults(path)).movie, movie);
    const reader = await Hdf5Reader.open(path);
    assert.deepEqual(reader.value("/params/data/dxy"), [0.25, 0.5]);
    reader.close();
  }));

Deno.test("a file for CaImAn has its pixels column by column, rows first, and traces that add up", () =>
  inTemporary(async (directory) => {
    const extraction = extractionWith({ width: 17, height: 30 }, { quality: QUALITY, units: "dF over noise" });
    const { footprints, traces, ring } = extraction, frames = 120;
    const reader = await Hdf5Reader.open(await exported(directory, extraction));
    const get = (name: string) => {
      const path = `/estimates/${name}`;
      return reader.converted(path, "float64", (reader.describe(path).shape ?? []).map(() => -1)).data;
    };
    assert.deepEqual(reader.value("/dims"), [30, 17]);
    assert.deepEqual(reader.value("/estimates/dims"), [30, 17]);
    assert.deepEqual(reader.value("/params/data/dims"), [30, 17]);
    assert.deepEqual([...get("A/shape")], [510, 6]);
    const starts = get("A/indptr"),
      indices = get("A/indices"),
      data = get("A/data"),
      dense = denseFootprint(footprints, 2);
    const column = new Float64Array(510);
    for (let i = starts[2]; i < starts[3]; i++) {
      column[indices[i]] = data[i];
      assert(i === starts[2] || indices[i] > indices[i - 1]);
    }
    for (let y = 0; y < 30; y++) for (let x = 0; x < 17; x++) assert.equal(column[x * 30 + y], dense[y * 17 + x]);
    // The traces are in counts: noise is 3 counts.
    const C = get("C"), YrA = get("YrA");
    for (let i = 0; i < 6 * frames; i++) {
      assert.equal(C[i], 3 * traces.denoised[i]);
      assert.equal(Math.fround((C[i] + YrA[i]) / 3), traces.raw[i]);
    }
    assert.equal(get("b0")[3 * 30 + 7], extraction.b0[7 * 17 + 3]);
    assert.equal(get("sn")[3 * 30 + 7], extraction.summary.noise[7 * 17 + 3]);
    assert.deepEqual(reader.describe("/estimates/Cn").shape, [30, 17]);
    // W: what pixel (y + dy, x + dx) brings to (y, x), on the grid of 15×9.
    assert.deepEqual([...get("W/shape")], [135, 135]);
    const wStarts = get("W/indptr"), wIndices = get("W/indices"), wData = get("W/data");
    const W = (row: number, of: number) => {
      for (let i = wStarts[of]; i < wStarts[of + 1]; i++) if (wIndices[i] === row) return wData[i];
      return 0;
    };
    const y = 6, x = 2;
    [[-3, 0], [0, 3], [3, 0]].forEach(([dy, dx]) => {
      const j = [...Array(4).keys()].find((j) => ring.offsets[2 * j] === dy && ring.offsets[2 * j + 1] === dx)!;
      assert.equal(W(x * 15 + y, (x + dx) * 15 + y + dy), ring.weights[j * 135 + y * 9 + x]);
    });
    assert.deepEqual(reader.value("/estimates/idx_components"), [0, 2, 3, 5]);
    assert.deepEqual(reader.value("/estimates/idx_components_bad"), [1, 4]);
    assert.deepEqual(reader.value("/dview"), "NoneType");
    assert.equal(reader.describe("/params/init/center_psf").kind, "truth");
    assert.deepEqual(reader.value("/params/init/gSig"), [3, 3]);
    assert.deepEqual(
      reader.names("/params"),
      [
        "data",
        "init",
        "merging",
        "motion",
        "online",
        "patch",
        "preprocess",
        "quality",
        "ring_CNN",
        "spatial",
        "temporal",
      ],
    );
    reader.close();
  }));

Deno.test("the parameters of a motion correction go under CaImAn's names, once per axis", () =>
  inTemporary(async (directory) => {
    const motion = {
      parameters: {
        pw_rigid: true,
        max_shifts: 7,
        strides: 48,
        gSig_filt: 2.5,
        border_nan: "nan",
        shifts_interpolation: "fft",
      },
      largest: 1,
      correlation: { before: 0, after: 1 },
      crispness: { before: 0, after: 1 },
      border: { left: 0, top: 0, right: 0, bottom: 0 },
      outliers: [],
      notes: [],
    };
    const extraction = extractionWith({}, { preparation: { done: [], found: [], preprocessing: {}, motion } });
    const path = await exported(directory, extraction), reader = await Hdf5Reader.open(path);
    const names = reader.names("/params/motion"), get = (name: string) => reader.value(`/params/motion/${name}`);
    assert.deepEqual(names, ["border_nan", "gSig_filt", "max_shifts", "pw_rigid", "strides"]);
    assert.deepEqual(names.map(get), [true, [2.5, 2.5], [7, 7], true, [48, 48]]);
    reader.close();
    assert.deepEqual((await loadResults(path)).preparation, extraction.preparation);
  }));

/** A small file as CaImAn writes it, with what `changes` writes instead of or beside the usual. */
async function caimanFile(
  path: string,
  { root = "/estimates", without = [], more = () => {} }: {
    root?: string;
    without?: string[];
    more?: (file: Hdf5Writer) => void;
  } = {},
): Promise<string> {
  const file = await Hdf5Writer.create(path), size = 6 * 4;
  const put = (name: string, write: (path: string) => void) => {
    if (!without.includes(name)) write(`${root}/${name}`);
  };
  if (root !== "") file.group(root);
  put("A", (at) => {
    file.group(at);
    file.numbers(`${at}/data`, [4], Float64Array.of(3, 4, 1, 2));
    file.numbers(`${at}/indices`, [4], Int32Array.of(1, 6, 13, 2));
    file.numbers(`${at}/indptr`, [3], Int32Array.of(0, 2, 4));
    file.numbers(`${at}/shape`, [2], Int32Array.of(size, 2));
  });
  put("dims", (at) => file.numbers(at, [2], Int32Array.of(6, 4)));
  put("C", (at) => file.numbers(at, [2, 3], Float64Array.of(1, 2, 3, 4, 5, 6)));
  put("S", (at) => file.numbers(at, [2, 3], Float64Array.of(0, 1, 0, 0, 0, 1)));
  put("YrA", (at) => file.numbers(at, [2, 3], Float64Array.of(0.5, 0, 0, 0, -0.5, 0)));
  put("bl", (at) => file.texts(at, [2], ["11.86078179925275", "[-7.5]"]));
  put("neurons_sn", (at) => file.texts(at, [2], ["2", "[3.5]"]));
  put("g", (at) => file.numbers(at, [2, 1], Float64Array.of(0.5, 0.75)));
  for (const name of ["W", "b0", "SNR_comp", "idx_components"]) put(name, (at) => file.text(at, "NoneType"));
  more(file);
  file.close();
  return path;
}

Deno.test("a file of CaImAn's: footprints get unit norm and their pixels row by row, None is nothing", () =>
  inTemporary(async (directory) => {
    const found = await loadResults(await caimanFile(join(directory, "a.hdf5")));
    assert.deepEqual([found.footprints.width, found.footprints.height, found.footprints.count], [4, 6, 2]);
    // Column-major pixels 1 and 6 of a field of 6 rows are (y 1, x 0) and (y 0, x 1); 2 and 13 are (2, 0) and (1, 2).
    assert.deepEqual([...found.footprints.pixels], [1, 4, 6, 8]);
    assert.deepEqual(found.footprints.values, Float32Array.of(0.8, 0.6, 1 / Math.sqrt(5), 2 / Math.sqrt(5)));
    assert.deepEqual(found.traces.denoised.subarray(0, 3), Float32Array.of(5, 10, 15));
    assert.deepEqual(found.traces.raw.subarray(0, 3), Float32Array.of(7.5, 10, 15));
    assert.deepEqual(found.traces.raw[4], Math.fround(4.5 * Math.sqrt(5)));
    assert.deepEqual(found.traces.noise, Float32Array.of(10, 3.5 * Math.sqrt(5)));
    assert.deepEqual([found.arOrder, ...found.traces.ar], [1, 0.5, 0.75]);
    assert.deepEqual([found.units, found.frameRate, found.movie.frames], ["dF", 30, 3]);
    assert.deepEqual(found.ring.offsets.length, 0);
    assert.equal(found.quality, undefined);
    assert(found.b0.every((value) => value === 0) && found.summary.mean.every(Number.isNaN));
    assert.deepEqual(found.notes, [
      "The file has no constant background: it is 0 here",
      "The file does not tell the frame rate: it is taken for 30 Hz, CaImAn's default",
      "The file has no images of mean, max, noise, correlation, pnr: they are empty here",
    ]);
  }));

Deno.test("a file of CaImAn's: older layout, parameters, time-varying background, missing traces", () =>
  inTemporary(async (directory) => {
    const path = await caimanFile(join(directory, "a.hdf5"), {
      root: "",
      without: ["S", "YrA", "b0"],
      more(file) {
        file.numbers("/b", [24, 2], Float64Array.from({ length: 48 }, (_, i) => i));
        file.numbers("/f", [2, 3], Float64Array.of(1, 2, 3, 0, 0, 3));
        file.numbers("/sn", [24], Float64Array.from({ length: 24 }, (_, i) => i));
        file.numbers("/Cn", [6, 4], Float32Array.from({ length: 24 }, (_, i) => i / 24));
        file.group("/params");
        file.group("/params/data");
        file.numbers("/params/data/fr", [], Float64Array.of(12.5));
        file.texts("/params/data/fnames", [1], ["movies/a.tif"]);
        file.text("/params/data/caiman_version", "1.8.5");
        file.group("/params/init");
        file.numbers("/params/init/gSig", [2], Int32Array.of(5, 5));
        file.text("/params/init/kernel", "NoneType");
        file.truths("/params/init/center_psf", [], Uint8Array.of(1));
      },
    });
    const found = await loadResults(path);
    assert.deepEqual(found.traces.raw, found.traces.denoised);
    assert(found.traces.spikes.every((value) => value === 0));
    // Pixel (y 2, x 1) is number 8 column by column: b = (16, 17), f = (2, 1) on average.
    assert.equal(found.b0[2 * 4 + 1], 49);
    assert.equal(found.summary.noise[2 * 4 + 1], 8);
    assert.equal(found.summary.correlation[9], 9 / 24);
    assert.deepEqual(found.parameters, {
      data: { caiman_version: "1.8.5", fnames: ["movies/a.tif"], fr: 12.5 },
      init: { center_psf: true, gSig: [5, 5], kernel: null },
    });
    assert.deepEqual([found.frameRate, found.movie.name, found.software], [12.5, "movies/a.tif", { CaImAn: "1.8.5" }]);
    assert.equal(found.notes.length, 4);
  }));

Deno.test("results of CaImAn are drawn, saved, and compared like any others", () =>
  inTemporary(async (directory) => {
    const found = await loadResults(await caimanFile(join(directory, "a.hdf5")));
    for (const draw of Object.values(PICTURES)) assert(draw(found).length > 500);
    await saveResults(join(directory, "results.h5"), found);
    assert.deepEqual(await loadResults(join(directory, "results.h5")), found);
    assert.equal(compare(found, found, { traces: "raw" }).pairs.length, 2);
    assert.deepEqual(await loadResults(await exported(directory, found)), found);
  }));

Deno.test("a W that is no ring is left out with a note, and one with sparse columns in any order is read", () =>
  inTemporary(async (directory) => {
    const matrix = (indices: number[], starts: number[], data: number[], size: number) => (file: Hdf5Writer) => {
      file.group("/estimates/W");
      file.numbers("/estimates/W/data", [data.length], Float64Array.from(data));
      file.numbers("/estimates/W/indices", [indices.length], Int32Array.from(indices));
      file.numbers("/estimates/W/indptr", [starts.length], Int32Array.from(starts));
      file.numbers("/estimates/W/shape", [2], Int32Array.of(size, size));
    };
    const load = async (more: (file: Hdf5Writer) => void) =>
      await loadResults(await caimanFile(join(directory, "a.hdf5"), { without: ["W"], more }));
    // A grid of 3 rows and 2 columns: pixel 4 (y 1, x 1) feeds 1 (y 1, x 0) and 3 (y 0, x 1).
    const { ring } = await load(matrix([3, 1], [0, 0, 0, 0, 0, 2, 2], [0.25, 0.75], 6));
    assert.deepEqual([ring.factor, ring.width, ring.height, ring.radius], [2, 2, 3, 1]);
    assert.deepEqual(ring.offsets, Int32Array.of(0, 1, 1, 0));
    assert.deepEqual([ring.weights[2], ring.weights[6 + 1]], [0.75, 0.25]);
    const odd = await load(matrix([0], [0, 0, 0, 0, 0, 1], [1], 5));
    assert.equal(odd.ring.offsets.length, 0);
    assert(odd.notes.includes("The ring background W is left out: its 5 pixels are not those of a downsampled field"));
  }));

Deno.test("damaged and foreign files of CaImAn's are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const refused = async (options: Parameters<typeof caimanFile>[1], pattern: RegExp) => {
      assert.match(await message(loadResults(await caimanFile(join(directory, "a.hdf5"), options))), pattern);
    };
    const numbers = (name: string, shape: number[], data: Float64Array) => ({
      without: [name],
      more: (file: Hdf5Writer) => file.numbers(`/estimates/${name}`, shape, data),
    });
    const A = (indices: number[], starts: number[], shape: number[]) => ({
      without: ["A"],
      more(file: Hdf5Writer) {
        file.group("/estimates/A");
        file.numbers("/estimates/A/data", [2], Float64Array.of(1, 1));
        file.numbers("/estimates/A/indices", [indices.length], Int32Array.from(indices));
        file.numbers("/estimates/A/indptr", [starts.length], Int32Array.from(starts));
        file.numbers("/estimates/A/shape", [2], Int32Array.from(shape));
      },
    });
    await refused({ without: ["dims"] }, /does not say how large the field is \(dims\)/);
    await refused(
      { without: ["C"], more: (file) => file.text("/estimates/C", "NoneType") },
      /its cells have no traces \(C\)/,
    );
    await refused({ without: ["C"] }, /its cells have no traces \(C\)/);
    await refused({ without: ["A"] }, /not one with annulus results/);
    await refused(numbers("A", [2, 6, 4], new Float64Array(48)), /not one with annulus results/);
    await refused(numbers("C", [3, 3], new Float64Array(9)), /there are 2 footprints, but C has the shape 3×3/);
    await refused(numbers("S", [2, 4], new Float64Array(8)), /S has the shape 2×4; 2×3 is right/);
    await refused(numbers("dims", [3], Float64Array.of(6, 4, 2)), /its field has 3 axes/);
    await refused(numbers("dims", [2], Float64Array.of(1e9, 1e9)), /1000000000×1000000000 pixels, which cannot be/);
    await refused(numbers("dims", [2], Float64Array.of(5, 5)), /A has 24 pixels, but the field has 5×5/);
    const turned = (file: Hdf5Writer) => file.numbers("/dims", [2], Int32Array.of(24, 1));
    await refused({ more: turned }, /it states two fields of as many pixels \(dims\), 4×6 and 1×24$/);
    await refused(numbers("idx_components", [1], Float64Array.of(2)), /names cell 2, but there are 2 cells/);
    await refused(numbers("b0", [23], new Float64Array(23)), /b0 has 23 numbers; 24 are right/);
    await refused(A([1, 24], [0, 1, 2], [24, 2]), /has an entry outside its 24 rows/);
    await refused(A([5, 5], [0, 2, 2], [24, 2]), /the footprint of cell 0 has a pixel twice, row 5 of A$/);
    await refused(A([1, 2], [0, 2, 1], [24, 2]), /columns of \/estimates\/A do not fit together/);
    await refused(A([1], [0, 1, 2], [24, 2]), /indices has the shape 1; 2 is right/);
    await refused(A([1, 2], [0, 1, 2], [24, 1e9]), /indptr has the shape 3; 1000000001 is right/);
  }));

Deno.test("files of CaImAn's with flipped bytes read or are refused with a sentence", () =>
  inTemporary(async (directory) => {
    const random = seededRandom(7), target = join(directory, "damaged.hdf5");
    const files = [
      await exported(
        directory,
        extractionWith({ cells: 2, frames: 20, width: 12, height: 9 }, { units: "dF over noise" }),
      ),
      await caimanFile(join(directory, "a.hdf5")),
    ];
    let refused = 0;
    for (const file of files) {
      const whole = Deno.readFileSync(file);
      for (let round = 0; round < 60; round++) {
        const bytes = whole.slice();
        for (let flips = 1 + Math.floor(random() * 8); flips > 0; flips--) {
          bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
        }
        Deno.writeFileSync(target, bytes);
        await loadResults(target).catch((error) => {
          assert(error instanceof ResultsError, `${file}, round ${round}: ${error}\n${error.stack}`);
          refused++;
        });
      }
      for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 12)) {
        Deno.writeFileSync(target, whole.subarray(0, cut));
        await message(loadResults(target));
      }
    }
    assert(refused > 30, `Only ${refused} were refused: the test hits nothing`);
  }));

Deno.test("two exports for CaImAn of the same results are the same bytes", () =>
  inTemporary(async (directory) => {
    const path = await exported(directory, extractionWith({}, { quality: QUALITY })), first = Deno.readFileSync(path);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await exported(directory, extractionWith({}, { quality: QUALITY }));
    assert.deepEqual(Deno.readFileSync(path), first);
  }));
