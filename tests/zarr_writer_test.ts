import assert from "node:assert/strict";
import zlib from "node:zlib";
import { zarrNumbers } from "../src/zarr/zarr_array.ts";
import { readZarrMetadata, type ZarrArrayMetadata } from "../src/zarr/zarr_metadata.ts";
import { zarrArrays } from "../src/zarr/zarr_tree.ts";
import { writeZarr } from "../src/zarr/write_zarr.ts";
import { type ZarrNumbers, ZarrWriter } from "../src/zarr/zarr_writer.ts";
import { withFolder } from "./movie_tiff_bytes.ts";

const json = async (path: string) => JSON.parse(await Deno.readTextFile(path));

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) found.push(entry.name);
  return found.sort();
}

async function numbers(folder: string): Promise<number[]> {
  return [...await zarrNumbers(readZarrMetadata(folder) as ZarrArrayMetadata)];
}

Deno.test("groups, arrays of every type, images and texts are written as version 2 with consolidated metadata", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.zarr`;
    const arrays: ZarrNumbers[] = [
      Uint8Array,
      Uint16Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      Float32Array,
      Float64Array,
    ]
      .map((type) => type.from(Array.from({ length: 21 }, (_, i) => i * 3)));
    arrays.push(BigInt64Array.from({ length: 21 }, (_, i) => BigInt(i * 3)));
    await writeZarr(path, (zarr) => {
      zarr.attribute("", "title", "a");
      zarr.group("inner", { n: 1 });
      for (const array of arrays) {
        const options = { chunks: [2, 3], dimensions: ["unit_id", "frame"], attributes: { units: "dF" } };
        zarr.numbers(`inner/${array.constructor.name}`, [3, 7], array, options);
      }
      zarr.attribute("inner/Int16Array", "more", [1, null]);
      zarr.numbers("one", [], Float64Array.of(2.5));
      zarr.numbers("none", [0, 4], new Float32Array(0));
      zarr.numbers("plain", [4], Uint16Array.of(1, 2, 3, 4), { compressed: false });
      zarr.images("A", 3, [2, 2], (k, image) => image[k] = k + 1);
      zarr.texts("name", "mausé🐁");
      zarr.texts("names", ["a", "bcd"], { dimensions: ["n"] });
    });
    assert.deepEqual(await names(folder), ["a.zarr"]);
    assert.deepEqual(await names(path), [
      ".zattrs",
      ".zgroup",
      ".zmetadata",
      "A",
      "inner",
      "name",
      "names",
      "none",
      "one",
      "plain",
    ]);
    const expected = Array.from({ length: 21 }, (_, i) => i * 3);
    for (const array of arrays) {
      const at = `${path}/inner/${array.constructor.name}`;
      assert.deepEqual(await numbers(at), expected, array.constructor.name);
      assert.deepEqual(await names(at), [".zarray", ".zattrs", "0.0", "0.1", "0.2", "1.0", "1.1", "1.2"]);
    }
    const { dtype, shape, chunks, fill_value, order, compressor } = await json(`${path}/inner/Float64Array/.zarray`);
    assert.deepEqual([dtype, shape, chunks, fill_value, order, compressor.id], [
      "<f8",
      [3, 7],
      [2, 3],
      null,
      "C",
      "zlib",
    ]);
    // The last chunk is as long as the others, filled up with zeros.
    const last = zlib.inflateSync(await Deno.readFile(`${path}/inner/Uint8Array/1.2`));
    assert.deepEqual([...last], [60, 0, 0, 0, 0, 0]);
    assert.deepEqual(await json(`${path}/inner/Int16Array/.zattrs`), {
      units: "dF",
      _ARRAY_DIMENSIONS: ["unit_id", "frame"],
      more: [1, null],
    });
    assert.deepEqual(await numbers(`${path}/one`), [2.5]);
    assert.deepEqual(await numbers(`${path}/none`), []);
    assert.deepEqual(await Deno.readFile(`${path}/plain/0`), Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0));
    assert.deepEqual(await numbers(`${path}/A`), [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0]);
    const text = zlib.inflateSync(await Deno.readFile(`${path}/name/0`));
    assert.equal(String.fromCodePoint(...new Uint32Array(Uint8Array.from(text).buffer)), "mausé🐁");
    assert.equal((await json(`${path}/names/.zarray`)).dtype, "<U3");
    const all = await json(`${path}/.zmetadata`);
    assert.equal(all.zarr_consolidated_format, 1);
    assert.deepEqual(all.metadata["inner/.zattrs"], { n: 1 });
    for (const [name, value] of Object.entries(all.metadata)) {
      assert.deepEqual(await json(`${path}/${name}`), value, name);
    }
    assert.equal(zarrArrays(path).length, 14);
  });
});

Deno.test("frames are written in whole chunks, in any order, the last one filled up", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.zarr`, frames = Uint16Array.from({ length: 5 * 6 }, (_, i) => i);
    for (const compressed of [true, false]) {
      await writeZarr(path, async (zarr) => {
        assert.equal(zarr.frames("mov", [5, 2, 3], frames, { chunks: [2, 2, 3], compressed }), 2);
        await zarr.writeFrames("mov", 4, frames.subarray(24));
        await zarr.writeFrames("mov", 0, frames.subarray(0, 24));
      });
      assert.deepEqual(await numbers(`${path}/mov`), [...frames]);
    }
    assert.equal((await Deno.stat(`${path}/mov/2.0.0`)).size, 24);
  });
});

Deno.test("two runs write the same bytes", async () => {
  await withFolder(async (folder) => {
    const made: Record<string, Uint8Array>[] = [];
    for (const name of ["a.zarr", "b.zarr"]) {
      await writeZarr(`${folder}/${name}`, (zarr) => {
        zarr.group("g", { x: 1 });
        zarr.numbers("g/n", [100], Float32Array.from({ length: 100 }, (_, i) => Math.sin(i)));
      });
      const files: Record<string, Uint8Array> = {};
      for (const file of [".zgroup", ".zmetadata", "g/.zattrs", "g/n/.zarray", "g/n/0"]) {
        files[file] = await Deno.readFile(`${folder}/${name}/${file}`);
      }
      made.push(files);
    }
    assert.deepEqual(made[0], made[1]);
  });
});

Deno.test("a Zarr folder is replaced when the new one is whole; anything else is left alone", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.zarr`;
    await writeZarr(path, (zarr) => zarr.numbers("old", [1], Uint8Array.of(1)));
    await assert.rejects(
      writeZarr(path, (zarr) => {
        zarr.numbers("new", [1], Uint8Array.of(1));
        throw new Error("out of ideas");
      }),
      { name: "ResultsError", message: /^Cannot write .*a\.zarr: out of ideas$/ },
    );
    assert.deepEqual([await names(folder), await names(`${path}/old`)], [["a.zarr"], [".zarray", "0"]]);
    await writeZarr(path, (zarr) => zarr.numbers("new", [1], Uint8Array.of(1)));
    assert.deepEqual([await names(folder), await names(path)], [["a.zarr"], [".zgroup", ".zmetadata", "new"]]);
    await Deno.mkdir(`${folder}/thesis`);
    await Deno.writeTextFile(`${folder}/thesis/chapter.txt`, "once");
    await assert.rejects(writeZarr(`${folder}/thesis`, () => {}), { name: "ResultsError", message: /no Zarr folder/ });
    assert.equal(await Deno.readTextFile(`${folder}/thesis/chapter.txt`), "once");
    await assert.rejects(writeZarr(`${folder}/none/a.zarr`, () => {}), {
      name: "ResultsError",
      message: /does not exist/,
    });
    assert.deepEqual(await names(folder), ["a.zarr", "thesis"]);
  });
});

Deno.test("what does not fit is refused, and a finished folder takes nothing more", async () => {
  await withFolder(async (folder) => {
    const zarr = ZarrWriter.create(`${folder}/a.zarr`);
    const refused = (work: () => void, message: RegExp) => assert.throws(work, { name: "ResultsError", message });
    refused(() => zarr.numbers("a", [2, 3], new Uint8Array(5)), /a has 5 numbers; its shape 2×3 needs 6/);
    refused(
      () => zarr.numbers("a", [2], new Uint8Array(2), { chunks: [1, 1] }),
      /chunks of a are 1×1, and its shape is 2/,
    );
    refused(() => zarr.numbers("a", [2], new Uint8Array(2), { chunks: [0] }), /chunks of a are 0/);
    refused(() => zarr.numbers("a", [2], new Uint8Array(2), { dimensions: ["x", "y"] }), /1 axes and 2 names/);
    refused(() => zarr.frames("a", [2, 2, 2], new Uint8Array(0), { chunks: [1, 1, 2] }), /must hold whole frames/);
    zarr.frames("mov", [5, 1, 2], new Uint16Array(0), { chunks: [2, 1, 2] });
    const chunk = { name: "ResultsError", message: /takes whole chunks of 2 frames/ };
    await assert.rejects(zarr.writeFrames("mov", 1, new Uint16Array(4)), chunk);
    await assert.rejects(zarr.writeFrames("mov", 0, new Uint16Array(6)), chunk);
    await assert.rejects(zarr.writeFrames("mov", 0, new Int16Array(4)), chunk);
    await assert.rejects(zarr.writeFrames("mov", 4, new Uint16Array(4)), chunk);
    zarr.close();
    zarr.abandon();
    refused(() => zarr.group("late"), /is finished/);
    assert.deepEqual(await names(folder), ["a.zarr"]);
  });
});
