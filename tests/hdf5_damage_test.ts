import assert from "node:assert/strict";
import { join } from "node:path";
import { damageInRead, heapDamage } from "../src/hdf5/global_heap.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { loadResults, saveResults } from "../src/results/hdf5.ts";
import { fakeExtraction } from "./fake_extraction.ts";
import { numbers } from "./movie_tiff_bytes.ts";
import { inTemporary, message } from "./results_setting.ts";

/** Where "GCOL" is in a file. */
function heaps(bytes: Uint8Array): number[] {
  const text = new TextDecoder("latin1").decode(bytes);
  return [...text.matchAll(/GCOL/g)].map(({ index }) => index).filter((at) => bytes[at + 4] === 1);
}

/** Heads of the objects in a collection, from the head of the file: position, index and size. */
function objects(bytes: Uint8Array, heap: number): { at: number; index: number; size: number }[] {
  const view = new DataView(bytes.buffer), end = heap + Number(view.getBigUint64(heap + 8, true)), found = [];
  for (let at = heap + 16; at + 16 <= end;) {
    const index = view.getUint16(at, true), size = Number(view.getBigUint64(at + 8, true));
    found.push({ at, index, size });
    at += index === 0 ? size : 16 + Math.ceil(size / 8) * 8;
  }
  return found;
}

/** A collection of the global heap: objects of these indices and sizes. */
function collection(sizes: readonly (readonly [number, number])[], length = 4096): Uint8Array {
  const bytes = new Uint8Array(length), view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("GCOL\x01"));
  view.setBigUint64(8, BigInt(length), true);
  let at = 16;
  for (const [index, size] of sizes) {
    view.setUint16(at, index, true);
    view.setBigUint64(at + 8, BigInt(size), true);
    at += 16 + Math.ceil(size / 8) * 8;
  }
  return bytes;
}

Deno.test("a sound collection of the global heap has nothing wrong, whatever is left of it", () => {
  assert.equal(heapDamage(collection([[1, 15], [2, 0], [0, 4096 - 16 - 32 - 16]])), undefined);
  assert.equal(heapDamage(collection([[1, 4096 - 32]])), undefined);
  // Fewer than 16 bytes are left: there is no object for them.
  assert.equal(heapDamage(collection([[1, 4096 - 32 - 8]])), undefined);
  assert.equal(heapDamage(collection([[7, 4096 - 32 - 16], [0, 16]])), undefined);
});

Deno.test("a collection in which the library would not come to an end is damaged", () => {
  assert.match(heapDamage(collection([[1, 15]])) ?? "", /space left at byte 48 of it has 0 bytes/);
  assert.match(heapDamage(collection([[1, 15], [0, 8]])) ?? "", /space left at byte 48 of it has 8 bytes/);
  assert.match(heapDamage(collection([[1, 4096]])) ?? "", /object 1 at byte 16 of it has 4096 bytes/);
  assert.match(heapDamage(collection([[3, 0xffff_fff0]])) ?? "", /object 3 at byte 16 .* more than there are/);
});

Deno.test("a collection is found wherever it begins in what is read, and what looks like one is none", () => {
  const bad = collection([[1, 15]]);
  const found = (file: Uint8Array, from: number, count: number) =>
    damageInRead(file.subarray(from, from + count), from, (into, at) => {
      const some = file.subarray(at, at + into.length);
      into.set(some);
      return some.length;
    });
  const file = new Uint8Array(9001);
  file.set(bad, 1001);
  for (const [from, count] of [[1001, 4096], [900, 512], [1002, 100], [1004, 8], [1, 1001], [0, 9001]]) {
    assert.match(found(file, from, count) ?? "", /global heap at byte 1001/, `${from}, ${count}`);
  }
  assert.equal(found(file, 1005, 4000), undefined);
  // Cut short, smaller than any is, of another version: refused by the library, or other data.
  assert.equal(found(file.subarray(0, 5000), 1001, 3999), undefined);
  for (const [at, value] of [[9, 0], [4, 2], [6, 1]]) {
    const other = file.slice();
    other[1001 + at] = value;
    assert.equal(found(other, 1001, 4096), undefined);
  }
});

Deno.test("results with a damaged global heap are refused: no hang, and the next file is read", () =>
  inTemporary(async (directory) => {
    const good = join(directory, "good.h5"), path = join(directory, "bad.h5"), extraction = fakeExtraction();
    await saveResults(good, extraction);
    const bytes = Deno.readFileSync(good);
    for (const heap of heaps(bytes)) {
      const all = objects(bytes, heap), last = all[all.length - 1];
      assert.equal(last.index, 0);
      const cases: [number, bigint][] = [[last.at, 0n], [last.at, 15n], [all[0].at, 1n << 20n], [
        all[0].at,
        0xffff_fff0n,
      ]];
      for (const [at, size] of cases) {
        const bad = bytes.slice();
        new DataView(bad.buffer).setBigUint64(at + 8, size, true);
        Deno.writeFileSync(path, bad);
        const sentence = await message(loadResults(path));
        assert.ok(sentence.startsWith(`Cannot load ${path}: `), sentence);
        assert.ok(sentence.includes(`the file is damaged: of its global heap at byte ${heap}, `), sentence);
      }
    }
    assert.deepEqual(await loadResults(good), extraction);
  }));

Deno.test("what looks like a damaged global heap within data is read as data", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "data.h5"), data = new Uint8Array(20000);
    data.set(collection([[1, 15]], 4096).subarray(0, 4096), 0);
    data.set(collection([[1, 15]], 4096).subarray(0, 4096), 9000);
    const writer = await Hdf5Writer.create(path);
    writer.numbers("/data", [data.length], data);
    writer.attribute("/data", "names", ["one", "two"]);
    writer.close();
    const reader = await Hdf5Reader.open(path);
    try {
      assert.deepEqual(reader.numbers("/data", "uint8", [-1]).data, data);
      assert.deepEqual(reader.attribute("/data", "names"), ["one", "two"]);
    } finally {
      reader.close();
    }
  }));

Deno.test("texts over many collections, large and full ones, read back", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "texts.h5"), next = numbers(5);
    const lengths = [0, 1, 8, 4056, 4057, 4064, 4072, 5000, 70000, 1_500_000];
    const texts = [...lengths, ...Array.from({ length: 3000 }, () => next() % 90)].map((n) => "µG"[n % 2].repeat(n));
    const writer = await Hdf5Writer.create(path);
    writer.attribute("/", "last", "GCOL");
    writer.texts("/texts", [texts.length], texts);
    writer.close();
    const found = heaps(Deno.readFileSync(path)).length;
    assert.ok(found > 3, `${found} collections`);
    const reader = await Hdf5Reader.open(path);
    try {
      assert.deepEqual(reader.texts("/texts"), texts);
      assert.equal(reader.textAttribute("/", "last"), "GCOL");
    } finally {
      reader.close();
    }
  }));

/** Loads results with one byte changed, over and over; prints how many were read and refused. */
const LOADS = `
import { loadResults } from "${new URL("../src/results/hdf5.ts", import.meta.url)}";
import { ResultsError } from "${new URL("../src/core/errors.ts", import.meta.url)}";
import { numbers } from "${new URL("./movie_tiff_bytes.ts", import.meta.url)}";
const [good, path] = Deno.args, bytes = Deno.readFileSync(good), next = numbers(20261121);
let read = 0, refused = 0;
for (let round = 0; round < 300; round++) {
  const bad = bytes.slice(), at = next() % 8192;
  bad[at] = next();
  Deno.writeFileSync(path, bad);
  Deno.writeTextFileSync(path + ".now", "byte " + at + " is " + bad[at]);
  try {
    await loadResults(path);
    read++;
  } catch (error) {
    if (!(error instanceof ResultsError)) throw error;
    refused++;
  }
}
console.log(JSON.stringify({ read, refused }));
`;

Deno.test("results with one byte changed are read or refused, and never for ever", () =>
  inTemporary(async (directory) => {
    const [good, path, script] = ["good.h5", "bad.h5", "loads.ts"].map((name) => join(directory, name));
    await saveResults(good, fakeExtraction({ cells: 3, frames: 40 }));
    Deno.writeTextFileSync(script, LOADS);
    // Of a library that goes around in circles only another process is rid.
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", "--config", new URL("../deno.json", import.meta.url).pathname]
        .concat(script, good, path),
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    });
    const { success, stdout, stderr } = await child.output(), text = new TextDecoder();
    const now = Deno.readTextFileSync(`${path}.now`);
    assert.ok(success, `it ended or was ended where ${now}: ${text.decode(stderr).slice(-500)}`);
    const { read, refused } = JSON.parse(text.decode(stdout).trim().split("\n").at(-1)!);
    assert.equal(read + refused, 300);
    assert.ok(read > 50 && refused > 30, `${read} read, ${refused} refused`);
  }));
