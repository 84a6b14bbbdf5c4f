import assert from "node:assert/strict";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Extraction } from "../src/core/extraction.ts";
import { denseFootprint } from "../src/core/footprints.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { exportResults } from "../src/results/export.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

const VIEWS: Record<string, (buffer: ArrayBuffer) => ArrayLike<number | bigint>> = {
  "<f4": (buffer) => new Float32Array(buffer),
  "<f8": (buffer) => new Float64Array(buffer),
  "<i4": (buffer) => new Int32Array(buffer),
  "<i8": (buffer) => new BigInt64Array(buffer),
  "|u1": (buffer) => new Uint8Array(buffer),
};

function json(...path: string[]) {
  return JSON.parse(Deno.readTextFileSync(join(...path)));
}

/** An array of a Zarr folder (version 2), whose chunks divide the first axis only. */
function readArray(...path: string[]) {
  const { shape, chunks, dtype, zarr_format, compressor } = json(...path, ".zarray"), folder = join(...path);
  assert.deepEqual([zarr_format, compressor.id, chunks.slice(1)], [2, "zlib", shape.slice(1)]);
  const numbers: (number | bigint)[] = [], length = shape.reduce((a: number, b: number) => a * b, 1);
  for (let i = 0; i * chunks[0] < shape[0]; i++) {
    const name = [i, ...shape.slice(1).map(() => 0)].join(".");
    numbers.push(
      ...Array.from(VIEWS[dtype](new Uint8Array(inflateSync(Deno.readFileSync(join(folder, name)))).buffer)),
    );
  }
  const { _ARRAY_DIMENSIONS: dimensions, ...attributes } = json(...path, ".zattrs");
  return { dimensions, attributes, shape, numbers: numbers.slice(0, length) };
}

Deno.test("a minian folder holds a Zarr folder per variable, with dimensions and coordinates", () =>
  inTemporary(async (directory) => {
    const plain = fakeExtraction({ width: 26, height: 38, cells: 3, frames: 50 });
    const timestamps = Float64Array.from({ length: 50 }, (_, t) => 5 + t / 4);
    const extraction: Extraction = {
      ...plain,
      movie: { ...plain.movie, timestamps, pixelSize: { x: 1.5, y: 2 } },
      quality: { accepted: Uint8Array.of(1, 0, 1) },
    };
    const { traces, footprints, summary, ring } = extraction, path = join(directory, "minian");
    await exportResults(path, extraction, "minian");
    const expected: [string, string[], number[], ArrayLike<number>][] = [
      ["A", ["unit_id", "height", "width"], [3, 38, 26], [0, 1, 2].flatMap((k) => [...denseFootprint(footprints, k)])],
      ["C", ["unit_id", "frame"], [3, 50], traces.denoised],
      ["S", ["unit_id", "frame"], [3, 50], traces.spikes],
      ["raw", ["unit_id", "frame"], [3, 50], traces.raw],
      ["b0", ["unit_id", "frame"], [3, 50], [...traces.baseline].flatMap((value) => new Array(50).fill(value))],
      ["b", ["height", "width"], [38, 26], extraction.b0],
      ["f", ["frame"], [50], new Array(50).fill(1)],
      ["W", ["ring_offset", "grid_height", "grid_width"], [4, ring.height, ring.width], ring.weights],
      ["max_proj", ["height", "width"], [38, 26], summary.max],
      ["mean_proj", ["height", "width"], [38, 26], summary.mean],
      ["correlation", ["height", "width"], [38, 26], summary.correlation],
      ["pnr", ["height", "width"], [38, 26], summary.pnr],
    ];
    assert.deepEqual(
      [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
      [...expected.map(([name]) => `${name}.zarr`), "annulus.json"].sort(),
    );
    for (const [name, dimensions, shape, values] of expected) {
      const array = readArray(path, `${name}.zarr`, name);
      assert.deepEqual([array.dimensions, array.shape], [dimensions, shape], name);
      assert.deepEqual(array.numbers, [...Array.from(values)], name);
      for (const dimension of dimensions.filter((one) => !/^(ring|grid)_/.test(one))) {
        const coordinate = readArray(path, `${name}.zarr`, dimension), length = shape[dimensions.indexOf(dimension)];
        assert.deepEqual(coordinate.dimensions, [dimension]);
        assert.deepEqual(coordinate.numbers, Array.from({ length }, (_, i) => BigInt(i)));
      }
      const { frame_rate, pixel_size_um } = json(path, `${name}.zarr`, ".zattrs");
      assert.deepEqual([frame_rate, pixel_size_um], [9.99, [1.5, 2]]);
      assert.ok(`${name}/.zarray` in json(path, `${name}.zarr`, ".zmetadata").metadata);
    }
    const { attributes } = readArray(path, "C.zarr", "C");
    assert.deepEqual(attributes, { units: "dF", coordinates: "name accepted time timestamp" });
    assert.deepEqual(readArray(path, "C.zarr", "timestamp").numbers, [...timestamps]);
    assert.deepEqual(readArray(path, "f.zarr", "time").numbers, [...timestamps.map((seconds) => seconds - 5)]);
    assert.deepEqual(readArray(path, "A.zarr", "accepted").numbers, [1, 0, 1]);
    assert.deepEqual(readArray(path, "W.zarr", "dy").numbers, [-3, 0, 0, 3]);
    assert.deepEqual(readArray(path, "W.zarr", "dx").numbers, [0, -3, 3, 0]);
  }));

Deno.test("minian's baselines are in the units of the traces", () =>
  inTemporary(async (directory) => {
    const extraction: Extraction = { ...fakeExtraction({ cells: 2, frames: 3 }), units: "dF over noise" };
    await exportResults(join(directory, "minian"), extraction, "minian");
    const { numbers, attributes } = readArray(directory, "minian", "b0.zarr", "b0");
    const [first, second] = extraction.traces.baseline.map((value) => value / 3);
    assert.deepEqual(numbers, [first, first, first, second, second, second]);
    assert.equal(attributes.units, "dF over noise");
  }));

Deno.test("units and rows of NWB keep the cells' numbers after edits", () =>
  inTemporary(async (directory) => {
    const extraction: Extraction = { ...fakeExtraction({ cells: 3 }), numbers: Uint32Array.of(0, 7, 12) };
    await exportResults(join(directory, "minian"), extraction, "minian");
    assert.deepEqual(readArray(directory, "minian", "C.zarr", "unit_id").numbers, [0n, 7n, 12n]);
    await exportResults(join(directory, "results.nwb"), extraction, "nwb");
    const reader = await Hdf5Reader.open(join(directory, "results.nwb"));
    const ids = reader.rows("/processing/ophys/ImageSegmentation/PlaneSegmentation/id", 0, 3);
    reader.close();
    assert.deepEqual(Array.from(ids), [0, 7, 12]);
  }));
