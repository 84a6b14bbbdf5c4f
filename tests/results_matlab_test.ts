/** MATLAB files of version 7.3: their own bytes, and what their HDF5 holds; `tests/interop/check_matlab.py` reads them as MATLAB does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Extraction } from "../src/core/extraction.ts";
import { denseFootprint } from "../src/core/footprints.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { cellreg } from "../src/results/exports/cellreg.ts";
import type { ExportFormat } from "../src/results/exports/export_format.ts";
import { matlab } from "../src/results/exports/matlab.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

/** Writes an export and reads it. */
function written(
  format: ExportFormat,
  extraction: Extraction,
  read: (file: Hdf5Reader, path: string) => void,
): Promise<void> {
  return inTemporary(async (directory) => {
    const path = join(directory, format.output);
    await format.write(path, extraction, {});
    const file = await Hdf5Reader.open(path);
    read(file, path);
    file.close();
  });
}

/** Numbers of a dataset, with its shape turned around as MATLAB has it. */
function array(file: Hdf5Reader, path: string): { shape: number[]; at: (...index: number[]) => number } {
  const stored = file.describe(path).shape!, { data } = file.converted(path, "float64", stored.map(() => -1));
  return {
    shape: [...stored].reverse(),
    // Column by column: the first index runs fastest.
    at: (...index) => data[index.reduceRight((sum, i, axis) => sum * stored[stored.length - 1 - axis] + i, 0)],
  };
}

Deno.test("a MATLAB file begins as MATLAB's do, with a date that does not change", () =>
  written(matlab, fakeExtraction(), (_, path) => {
    const start = Deno.readFileSync(path).subarray(0, 520), text = new TextDecoder("latin1").decode(start);
    assert.match(
      text,
      /^MATLAB 7\.3 MAT-file, Platform: annulus [\d.]+, Created on: Thu Jan {2}1 00:00:00 1970 HDF5 schema/,
    );
    assert.deepEqual([...start.subarray(116, 128)], [0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x02, 0x49, 0x4d]);
    assert(start.subarray(128, 512).every((byte) => byte === 0));
    assert.equal(text.slice(513, 516), "HDF");
  }));

Deno.test("the structure results holds everything, arrays column by column", () => {
  const fake = fakeExtraction({ width: 17, height: 30, frames: 90, arOrder: 2 });
  const extraction: Extraction = {
    ...fake,
    movie: {
      ...fake.movie,
      timestamps: Float64Array.from({ length: 90 }, (_, t) => t / 10),
      pixelSize: { x: 2, y: 3 },
    },
    quality: { accepted: Uint8Array.of(1, 0, 1, 1, 0, 1), snr: Float32Array.of(1, 2, 3, 4, 5, 6) },
  };
  const { traces, footprints, ring, b0 } = extraction;
  return written(matlab, extraction, (file) => {
    const at = (name: string) => array(file, `/results/${name}`);
    assert.equal(file.attribute("/results", "MATLAB_class"), "struct");
    // Sequences of letters, which the reader knows no list of texts from.
    assert.deepEqual(file.attributeNames("/results/P"), ["MATLAB_class", "MATLAB_fields"]);
    assert.throws(() => file.attribute("/results/P", "MATLAB_fields"), /is of a type that cannot be read/);
    for (const [name, data] of [["C", traces.denoised], ["C_raw", traces.raw], ["S", traces.spikes]] as const) {
      assert.equal(file.attribute(`/results/${name}`, "MATLAB_class"), "double");
      assert.deepEqual(at(name).shape, [6, 90]);
      for (const [k, t] of [[0, 0], [5, 89], [2, 41]]) assert.equal(at(name).at(k, t), data[k * 90 + t]);
    }
    assert.deepEqual(at("P/kernel_pars").shape, [6, 2]);
    assert.deepEqual([at("P/kernel_pars").at(3, 0), at("P/kernel_pars").at(3, 1)], [traces.ar[6], traces.ar[7]]);
    assert.deepEqual([at("b0").shape, at("b0").at(4, 11)], [[30, 17], b0[4 * 17 + 11]]);
    assert.deepEqual([at("dims").at(0, 0), at("dims").at(0, 1), at("Fs").at(0, 0)], [30, 17, 9.99]);
    assert.deepEqual([at("timestamps").shape, at("timestamps").at(7, 0)], [[90, 1], 0.7]);
    assert.deepEqual([at("pixel_size").at(0, 0), at("pixel_size").at(0, 1)], [3, 2]);
    assert.deepEqual(file.attribute("/results/accepted", "MATLAB_class"), "logical");
    assert.deepEqual([at("accepted").at(0, 0), at("accepted").at(1, 0), at("snr").at(4, 0)], [1, 0, 5]);
    // A: sparse, pixels × cells, pixels column by column.
    assert.equal(file.attribute("/results/A", "MATLAB_sparse"), 510);
    const dense = denseFootprint(footprints, 4), jc = at("A/jc"), ir = at("A/ir"), data = at("A/data");
    let found = 0;
    for (let i = jc.at(4); i < jc.at(5); i++, found++) {
      assert.equal(data.at(i), dense[ir.at(i) % 30 * 17 + Math.floor(ir.at(i) / 30)]);
    }
    assert.equal(found, dense.filter((value) => value > 0).length);
    assert.deepEqual([file.attribute("/results/W", "MATLAB_sparse"), jc.shape], [ring.width * ring.height, [7]]);
    assert.equal(at("W/data").shape[0], at("W/jc").at(ring.width * ring.height));
    const text = (name: string) => String.fromCharCode(...file.converted(`/results/${name}`, "int32", [-1, 1]).data);
    assert.equal(file.attribute("/results/units", "MATLAB_class"), "char");
    assert.deepEqual([text("units"), text("movie")], ["dF", "fake µ movie.tif"]);
    assert.equal(file.attribute("/results/start_time", "MATLAB_empty"), 1);
    assert.deepEqual(file.names("/results/options"), [
      "border",
      "far",
      "gSig",
      "gSiz",
      "min_corr",
      "nothing",
      "refine",
      "ssub",
      "units",
    ]);
    assert.deepEqual([at("options/ssub").at(0, 0), at("options/border").at(0, 1)], [2, 2]);
  });
});

Deno.test("traces that are written in several blocks are whole", () => {
  const extraction = fakeExtraction({ cells: 60, frames: 2600 });
  return written(matlab, extraction, (file) => {
    const C = array(file, "/results/C_raw"), { chunks } = file.describe("/results/C_raw");
    assert(chunks![0] < 2600, "one block: the test tests nothing");
    for (let k = 0; k < 60; k++) {
      for (let t = 0; t < 2600; t += 13) assert.equal(C.at(k, t), extraction.traces.raw[k * 2600 + t]);
    }
  });
});

Deno.test("CellReg's file has one variable, cells × rows × columns", () => {
  const { footprints, ...rest } = fakeExtraction({ width: 40, height: 23, cells: 200 });
  return written(cellreg, { ...rest, footprints }, (file, path) => {
    assert.deepEqual(file.names("/"), ["footprints"]);
    assert.equal(file.attribute("/footprints", "MATLAB_class"), "double");
    const { shape, at } = array(file, "/footprints");
    assert.deepEqual(shape, [200, 23, 40]);
    assert(file.describe("/footprints").chunks![0] < 40, "one block: the test tests nothing");
    for (const k of [0, 99, 199]) {
      const dense = denseFootprint(footprints, k);
      for (let y = 0; y < 23; y++) for (let x = 0; x < 40; x++) assert.equal(at(k, y, x), dense[y * 40 + x]);
    }
    assert(Deno.statSync(path).size < 200 * 23 * 40 * 8 / 5, "zeros are compressed");
  });
});

Deno.test("results without cells, ring or deconvolution go to MATLAB and CellReg as empty arrays", async () => {
  const fake = fakeExtraction({ cells: 0, arOrder: 0 });
  const ring = { ...fake.ring, offsets: new Int32Array(0), weights: new Float32Array(0) };
  await written(matlab, { ...fake, ring }, (file) => {
    for (const name of ["C", "C_raw", "S", "W", "P/kernel_pars"]) {
      assert.equal(file.attribute(`/results/${name}`, "MATLAB_empty"), 1, name);
    }
    assert.deepEqual([...file.converted("/results/C", "int32", [2]).data], [0, 120]);
    assert.deepEqual(file.names("/results/A"), ["jc"]);
  });
  await written(cellreg, fake, (file) => {
    assert.deepEqual([...file.converted("/footprints", "int32", [3]).data], [0, 40, 48]);
  });
});

Deno.test("two MATLAB files of the same results are the same bytes", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "results.mat");
    await matlab.write(path, fakeExtraction(), {});
    const first = Deno.readFileSync(path);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await matlab.write(path, fakeExtraction(), {});
    assert.deepEqual(Deno.readFileSync(path), first);
  }));
