import assert from "node:assert/strict";
import zlib from "node:zlib";
import { openZarrChunks, zarrNumbers } from "../src/zarr/zarr_array.ts";
import { readZarrMetadata, type ZarrArrayMetadata } from "../src/zarr/zarr_metadata.ts";
import { storedFiles } from "../src/zarr/zarr_tree.ts";
import { type Files, fixture, fixtureFrames, writeFiles, zarr2, zarr3, zarray, zarrJson } from "./zarr_folders.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const frames = fixtureFrames();

async function numbersOf(folder: string, files: Files): Promise<number[]> {
  await writeFiles(folder, files);
  return [...await zarrNumbers(readZarrMetadata(folder) as ZarrArrayMetadata)];
}

/** The words that follow the array's name when it cannot be read. */
async function failure(folder: string, files: Files): Promise<string> {
  const error = await numbersOf(folder, files).then((numbers) => `read ${numbers.length}`, (error) => error);
  assert.equal(error.name, "ZarrError", `${error}`);
  assert.ok(!/undefined|NaN|\n|\.$/.test(error.message), error.message);
  return error.message;
}

Deno.test("folders of zarr-python are decoded: Blosc, LZ4, delta, shards with checksums", async () => {
  await withFolder(async (folder) => {
    for (const name of ["blosc2", "lz4", "delta", "blosc3", "shards"]) {
      assert.deepEqual(await numbersOf(`${folder}/a`, fixture(name)), [...frames], name);
      const { found, expected, bytes } = storedFiles(readZarrMetadata(`${folder}/a`) as ZarrArrayMetadata);
      assert.deepEqual([found, expected], name === "shards" ? [1, 1] : [8, 8], name);
      const sizes = Object.entries(fixture(name)).filter(([file]) => !/zarray|zattrs|json/.test(file));
      assert.equal(bytes, sizes.reduce((sum, [, { length }]) => sum + length, 0));
    }
    assert.deepEqual(await numbersOf(`${folder}/a`, zarr2(frames)), [...frames]);
    assert.deepEqual(await numbersOf(`${folder}/a`, zarr3(frames)), [...frames]);
  });
});

Deno.test("missing chunks are the fill value: numbers, NaN, infinities, bits, truth values, null", async () => {
  const cases: [string, unknown, number][] = [
    ["float32", "NaN", NaN],
    ["float64", "-Infinity", -Infinity],
    ["float32", "0x3fc00000", 1.5],
    ["float64", "0x4004000000000000", 2.5],
    ["uint16", 7, 7],
    ["int64", -3, -3],
    ["bool", true, 1],
    ["float32", null, 0],
    ["int64", null, 0],
  ];
  await withFolder(async (folder) => {
    for (const [data_type, fill_value, expected] of cases) {
      const changes = {
        data_type,
        fill_value,
        shape: [3],
        chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
      };
      assert.deepEqual(await numbersOf(`${folder}/a`, { "zarr.json": zarrJson(changes) }), [
        expected,
        expected,
        expected,
      ]);
    }
  });
});

Deno.test("Python's NaN in attributes does not stop anything", async () => {
  await withFolder(async (folder) => {
    const files = { ...zarr2(frames), ".zattrs": '{"a": NaN, "b": "NaN, \\"Infinity", "c": [-Infinity, 1]}' };
    assert.deepEqual(await numbersOf(`${folder}/a`, files), [...frames]);
    const { attributes } = readZarrMetadata(`${folder}/a`)!;
    assert.deepEqual(attributes, { a: null, b: 'NaN, "Infinity', c: [null, 1] });
  });
});

Deno.test("damaged and absurd metadata are refused in words, before anything is reserved", async () => {
  const two = (changes: object): Files => ({ ".zarray": zarray({ ...changes }) });
  const three = (changes: object): Files => ({ "zarr.json": zarrJson({ ...changes }) });
  const grid = (chunk_shape: unknown) => ({ name: "regular", configuration: { chunk_shape } });
  const sharding = (configuration: object) => ({
    codecs: [{
      name: "sharding_indexed",
      configuration: { chunk_shape: [2, 3, 4], codecs: [], index_codecs: [], ...configuration },
    }],
  });
  const cases: [RegExp, Files][] = [
    [/its \.zarray is not a JSON object/, { ".zarray": "[1]" }],
    [/its \.zarray is not a JSON object/, { ".zarray": '{"shape": [6,' }],
    [/its zarr\.json is not a JSON object/, { "zarr.json": "" }],
    [/its \.zattrs is not a JSON object/, { ".zarray": zarray(), ".zattrs": "{" }],
    [/version 4 of Zarr/, { "zarr.json": { zarr_format: 4 } }],
    [/its shape is \[6,-5,7\], but whole numbers from 0/, two({ shape: [6, -5, 7] })],
    [/its shape is "6"/, two({ shape: "6" })],
    [/its metadata has no shape/, three({ shape: undefined })],
    [/its chunks are \[4,0,4\]/, two({ chunks: [4, 0, 4] })],
    [/its chunks are \[4,1\.5,4\]/, three({ chunk_grid: grid([4, 1.5, 4]) })],
    [/shape is 6×5×7 and its chunks are 4×3/, two({ chunks: [4, 3] })],
    [/the order, the filters/, two({ order: "Z" })],
    [/the order, the filters/, two({ filters: "x" })],
    [/the order, the filters/, two({ compressor: 3 })],
    [/the order, the filters/, two({ dimension_separator: ".." })],
    [/not all of one size/, three({ chunk_grid: { name: "rectilinear" } })],
    [/how its chunks are encoded/, three({ codecs: [] })],
    [/how its chunks are encoded/, three({ codecs: [{}] })],
    [/where its chunks are/, three({ chunk_key_encoding: { name: "other" } })],
    [/storage transformers/, three({ storage_transformers: [{}] })],
    [/index at the start/, three(sharding({ index_location: "start" }))],
    [/do not fill its shards/, three(sharding({ chunk_shape: [3, 3, 4] }))],
    [
      /how the index of its shards is encoded/,
      three(sharding({ chunk_shape: [1, 1, 1], index_codecs: [{ name: {} }] })),
    ],
    [/how the index of its shards is encoded/, three(sharding({ chunk_shape: [1, 1, 1], index_codecs: null }))],
    [
      /a shard is said to have 1e\+?\d+ chunks|a shard is said to have \d+ chunks/,
      three({ ...sharding({ chunk_shape: [1, 1, 1] }), chunk_grid: grid([1e5, 1e5, 1e5]) }),
    ],
    [/holds \|O, not numbers/, two({ dtype: "|O" })],
    [/holds records, not numbers/, two({ dtype: [["a", "<u2"]] })],
    [/holds complex64, not numbers/, three({ data_type: "complex64" })],
    [/10000000000 numbers, which is too much/, two({ shape: [1e5, 1e5, 1], chunks: [1, 1, 1] })],
    [/chunks of 100000×100000×1 uint16, 20000000000 bytes: at most 1073741824/, two({ chunks: [1e5, 1e5, 1] })],
    [/encoded with bz2, which cannot be read: save it with blosc/, fixture("bz2")],
    [/a filter or compressor has no name/, two({ compressor: { level: 1 } })],
    [/encoded with packbits/, two({ filters: [{ id: "packbits" }] })],
    [/encoded with magic/, zarr3(frames, { codecs: [{ name: "bytes" }, { name: "magic" }] })],
  ];
  await withFolder(async (folder) => {
    for (const [expected, files] of cases) assert.match(await failure(`${folder}/a`, files), expected);
  });
});

Deno.test("damaged chunks are refused in words, before they ask for memory", async () => {
  const zeros = (length: number) => new Uint8Array(length);
  const blosc = fixture("blosc2"), lz4 = fixture("lz4"), shards = fixture("shards");
  const [shard] = Object.keys(shards).filter((name) => name.startsWith("c/"));
  const changed = (bytes: Uint8Array<ArrayBuffer>, at: number, values: number[]) => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };
  const zstd = {
    codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "zstd", configuration: {} }],
  };
  const cases: [RegExp, Files][] = [
    [/chunk 1\.0\.1 that is damaged \(zlib\)/, { ...zarr2(frames), "1.0.1": zeros(20) }],
    [/chunk 0\.0\.0 that is damaged \(zlib\)/, { ...zarr2(frames), "0.0.0": zeros(0) }],
    [/chunk 0\.0\.0 that is damaged: it holds 10 elements where 48 belong/, {
      ...zarr2(frames),
      "0.0.0": new Uint8Array(zlib.deflateSync(zeros(20))),
    }],
    // A bomb: a few kilobytes that would become many megabytes.
    [/chunk 0\.0\.0 that is damaged \(zlib\): .*larger than 1408 bytes/, {
      ...zarr2(frames),
      "0.0.0": new Uint8Array(zlib.deflateSync(zeros(1 << 25))),
    }],
    [/chunk 0\.0\.0 that is damaged \(gzip\): .*larger than/, {
      ...zarr3(frames),
      "c/0/0/0": new Uint8Array(zlib.gzipSync(zeros(1 << 25))),
    }],
    [/chunk 0\.0\.0 that is damaged \(zstd\): .*larger than/, {
      ...zarr3(frames, zstd),
      "c/0/0/0": new Uint8Array(zlib.zstdCompressSync(zeros(1 << 25))),
    }],
    [/its file has 200000 bytes, at most 65728/, { ...zarr2(frames), "0.0.0": zeros(200000) }],
    [/\(blosc\): it is said to decode to 4294967295 bytes/, {
      ...blosc,
      "0.0.0": changed(blosc["0.0.0"], 4, [255, 255, 255, 255]),
    }],
    [/\(blosc\): it ends after \d+ of \d+ bytes/, { ...blosc, "0.0.0": blosc["0.0.0"].slice(0, -5) }],
    [/\(blosc\): it ends after 9 bytes/, { ...blosc, "0.0.0": blosc["0.0.0"].slice(0, 9) }],
    [/\(lz4\): it is said to decode to 4294967295 bytes/, {
      ...lz4,
      "0.0.0": changed(lz4["0.0.0"], 0, [255, 255, 255, 255]),
    }],
    [/\(lz4\): it ends after 2 bytes/, { ...lz4, "0.0.0": lz4["0.0.0"].slice(0, 2) }],
    [/belong to it, and its file has/, { ...shards, [shard]: shards[shard].slice(0, 50) }],
    [/damaged/, { ...shards, [shard]: changed(shards[shard], shards[shard].length - 20, [1, 2, 3]) }],
  ];
  await withFolder(async (folder) => {
    for (const [expected, files] of cases) assert.match(await failure(`${folder}/a`, files), expected);
  });
});

Deno.test("chunks are those of the grid, and calls for them may overlap", async () => {
  await withFolder(async (folder) => {
    await writeFiles(folder, zarr2(frames));
    const { chunk } = await openZarrChunks(readZarrMetadata(folder) as ZarrArrayMetadata);
    const chunks = await Promise.all([[0, 0, 0], [1, 1, 1], [0, 0, 0]].map(chunk));
    assert.deepEqual(chunks[0]?.strides, [12, 4, 1]);
    assert.deepEqual(chunks[0]?.data, chunks[2]?.data);
    assert.equal(chunks[1]?.data[0], frames[(4 * 5 + 3) * 7 + 4]);
    await Deno.remove(`${folder}/0.0.0`);
    assert.equal(await chunk([0, 0, 0]), undefined);
  });
});
