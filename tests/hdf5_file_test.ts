/** What `Hdf5Writer` writes, `Hdf5Reader` reads; the checks in `tests/interop` read what is made of it with h5py. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ResultsError } from "../src/core/errors.ts";
import { Hdf5Reader } from "../src/hdf5/hdf5_reader.ts";
import { Hdf5Writer } from "../src/hdf5/hdf5_writer.ts";
import { lookup3 } from "../src/hdf5/lookup3.ts";
import { openMovie } from "../src/movie/open.ts";
import { seededRandom } from "./fake_extraction.ts";
import { inTemporary } from "./results_setting.ts";

/** Writes a file, and reads it. */
function writeAndRead(
  write: (file: Hdf5Writer) => void,
  read: (file: Hdf5Reader, path: string) => void,
): Promise<void> {
  return inTemporary(async (directory) => {
    const path = join(directory, "file.h5"), writer = await Hdf5Writer.create(path);
    write(writer);
    writer.close();
    const reader = await Hdf5Reader.open(path);
    read(reader, path);
    reader.close();
  });
}

const ARRAYS = [
  Float32Array.of(1.5, -2, 3e30),
  Float64Array.of(1 / 3, -1e300, NaN),
  Int8Array.of(-128, 0, 127),
  Int16Array.of(-32768, 1, 32767),
  Int32Array.of(-2147483648, 2, 2147483647),
  Uint8Array.of(0, 1, 255),
  Uint16Array.of(0, 1, 65535),
  Uint32Array.of(0, 1, 4294967295),
  BigInt64Array.of(-(2n ** 53n), 1n, 2n ** 53n),
  BigUint64Array.of(0n, 1n, 2n ** 53n),
];

Deno.test("numbers of every type read back, as they are and as float64", () =>
  writeAndRead((file) => {
    for (const data of ARRAYS) file.numbers(`/${data.constructor.name}`, [3, 1], data);
  }, (file) => {
    for (const data of ARRAYS) {
      const path = `/${data.constructor.name}`;
      assert.deepEqual(
        [...file.converted(path, "float64", [-1, 1]).data],
        Array.from(data as Iterable<number>, Number),
      );
      const { kind, size, shape } = file.describe(path);
      const wanted = data instanceof Float32Array || data instanceof Float64Array ? "float" : "integer";
      assert.deepEqual([kind, size, shape], [wanted, data.BYTES_PER_ELEMENT, [3, 1]]);
    }
    assert.deepEqual(file.numbers("/Float32Array", "float32", [3, 1]).data, ARRAYS[0]);
    assert.deepEqual(file.converted("/Uint16Array", "float32", [3, 1]).data, Float32Array.of(0, 1, 65535));
    assert.throws(() => file.converted("/Uint32Array", "int32", [3, 1]), /holds 4294967295, which is no int32 number/);
    assert.throws(() => file.converted("/Float64Array", "int32", [3, 1]), /holds 0.333.*, which is no int32 number/);
    assert.throws(() => file.numbers("/Int16Array", "int32", [3, 1]), /does not hold int32 numbers/);
  }));

Deno.test("single numbers, none at all, and compressed ones with chunks across blocks read back", () => {
  const long = Float64Array.from({ length: 300_000 }, (_, i) => i % 1000), image = long.subarray(0, 60_000);
  return writeAndRead((file) => {
    file.numbers("/one", [], Float64Array.of(42));
    file.numbers("/none", [0, 5], new Float64Array(0));
    file.numbers("/none_packed", [0, 5], new Float64Array(0), { gzip: 4 });
    file.numbers("/packed", [300_000], long, { gzip: 6 });
    file.numbers("/chunks", [300, 1000], long, { gzip: 1, chunks: [70, 300] });
    file.numbers("/loose", [60, 1000], image, { chunks: [7, 9] });
  }, (file, path) => {
    assert.deepEqual(file.converted("/one", "int32", []).data, Int32Array.of(42));
    assert.deepEqual(file.numbers("/none", "float64", [-1, 5]).shape, [0, 5]);
    assert.deepEqual(file.numbers("/none_packed", "float64", [-1, 5]).shape, [0, 5]);
    assert.deepEqual(file.numbers("/packed", "float64", [-1]).data, long);
    assert.deepEqual(file.numbers("/chunks", "float64", [300, 1000]).data, long);
    assert.deepEqual(file.numbers("/loose", "float64", [60, 1000]).data, image);
    assert.deepEqual(file.describe("/chunks").chunks, [70, 300]);
    assert.deepEqual(file.describe("/one").chunks, undefined);
    assert(Deno.statSync(path).size < 60_000 * 8 + 300_000, "compressed datasets are smaller");
    assert.throws(() => file.numbers("/one", "float64", [-1]), /\/one has the shape of one number; any is right/);
  });
});

Deno.test("texts, truth values and attributes of every kind read back", () =>
  writeAndRead((file) => {
    file.text("/text", "µ, 神経 and “quotes”");
    file.texts("/texts", [3], ["a", "", "ü".repeat(1000)]);
    file.texts("/no_texts", [0], []);
    file.truths("/truths", [2, 2], Uint8Array.of(1, 0, 0, 2));
    file.truths("/truth", [], Uint8Array.of(1));
    file.group("/group");
    file.attribute("/group", "text", "Ω");
    file.attribute("/group", "texts", ["a", "Ω"]);
    file.attribute("/group", "integer", 7);
    file.attribute("/group", "number", 0.5);
    file.attribute("/group", "large", 2 ** 40);
    file.attribute("/group", "bigint", 2n ** 40n);
    file.attribute("/group", "yes", true);
    file.attribute("/group", "numbers", Float64Array.of(1, 2.5));
    file.attribute("/group", "nothing", new Int32Array(0));
    file.asciiAttribute("/group", "MATLAB_class", "double");
  }, (file) => {
    assert.equal(file.text("/text"), "µ, 神経 and “quotes”");
    assert.deepEqual(file.texts("/texts"), ["a", "", "ü".repeat(1000)]);
    assert.deepEqual(file.texts("/no_texts"), []);
    assert.equal(file.describe("/truths").kind, "truth");
    assert.deepEqual(file.converted("/truths", "uint8", [2, 2]).data, Uint8Array.of(1, 0, 0, 1));
    assert.deepEqual(file.converted("/truth", "uint8", []).data, Uint8Array.of(1));
    const all = Object.fromEntries(file.attributeNames("/group").map((name) => [name, file.attribute("/group", name)]));
    assert.deepEqual(all, {
      text: "Ω",
      texts: ["a", "Ω"],
      integer: 7,
      number: 0.5,
      large: 2 ** 40,
      bigint: 2 ** 40,
      yes: 1,
      numbers: [1, 2.5],
      nothing: [],
      MATLAB_class: "double",
    });
    assert.throws(() => file.text("/truths"), /\/truths is not a text/);
    assert.throws(() => file.numberAttribute("/group", "text"), /attribute text of \/group is not a number/);
  }));

Deno.test("references and links read back", () =>
  writeAndRead((file) => {
    file.group("/a");
    file.numbers("/a/x", [1], Float64Array.of(3));
    file.references("/both", [2], ["/a", "/a/x"]);
    file.references("/one", [], ["/a/x"]);
    file.referenceAttribute("/a", "to", "/a/x");
    file.referenceAttribute("/a", "list", ["/a/x", "/"]);
    file.softLink("/short", "/a/x");
    file.softLink("/nowhere", "/b");
    file.externalLink("/outside", "other.h5", "/there/x");
  }, (file) => {
    assert.deepEqual(file.names("/"), ["a", "both", "nowhere", "one", "outside", "short"]);
    assert.deepEqual(file.references("/both"), ["/a", "/a/x"]);
    assert.deepEqual(file.references("/one"), ["/a/x"]);
    assert.equal(file.attribute("/a", "to"), "/a/x");
    assert.deepEqual(file.attribute("/a", "list"), ["/a/x", "/"]);
    assert.deepEqual([...file.numbers("/short", "float64", [1]).data], [3]);
    assert.equal(file.softLink("/short"), "/a/x");
    assert.equal(file.softLink("/a"), undefined);
    assert.deepEqual(file.externalLink("/outside"), { file: "other.h5", target: "/there/x" });
    assert.equal(file.externalLink("/a"), undefined);
    assert.deepEqual(
      ["/a", "/a/x", "/short", "/nowhere", "/outside", "/b"].map((path) => file.typeOf(path)),
      ["group", "dataset", "dataset", "link", "link", undefined],
    );
    assert.throws(() => file.names("/short"), /\/short is no group/);
  }));

Deno.test("two files with the same content are the same bytes", () =>
  inTemporary(async (directory) => {
    const bytes: Uint8Array[] = [];
    for (const name of ["one", "two"]) {
      const file = await Hdf5Writer.create(join(directory, name));
      file.truths("/truths", [2], Uint8Array.of(1, 0));
      file.texts("/texts", [2], ["a", "b"]);
      file.references("/one", [], ["/texts"]);
      file.numbers("/packed", [3, 4], new Float64Array(12), { gzip: 9 });
      file.close();
      bytes.push(Deno.readFileSync(join(directory, name)));
      // HDF5 would stamp objects with the time in whole seconds.
      if (name === "one") await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    assert.deepEqual(bytes[0], bytes[1]);
  }));

Deno.test("a user block goes before the file, which reads as without it", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "file.h5"), block = Uint8Array.from({ length: 1024 }, (_, i) => i & 255);
    const writer = await Hdf5Writer.create(path, block);
    writer.group("/group");
    writer.truths("/group/truths", [2], Uint8Array.of(1, 0));
    writer.references("/reference", [1], ["/group/truths"]);
    writer.texts("/texts", [2], ["a", "ü"]);
    writer.numbers("/numbers", [200_000], new Float64Array(200_000).fill(0.5), { gzip: 2 });
    writer.close();
    assert.deepEqual(Deno.readFileSync(path).subarray(0, 1024), block);
    const reader = await Hdf5Reader.open(path);
    assert.deepEqual(reader.value("/group/truths"), [true, false]);
    assert.deepEqual(reader.references("/reference"), ["/group/truths"]);
    assert.deepEqual(reader.texts("/texts"), ["a", "ü"]);
    assert(reader.numbers("/numbers", "float64", [-1]).data.every((value) => value === 0.5));
    assert.deepEqual(reader.rows("/numbers", 199_998, 2), Float64Array.of(0.5, 0.5));
    assert.throws(() => reader.rows("/numbers", 199_999, 2), /\/numbers has 200000 rows/);
    reader.close();
  }));

Deno.test("rows and blocks that are written one at a time read back", () =>
  writeAndRead((file) => {
    file.rows("/rows", 5, [3], new Int16Array(3), (k, row) => row.set([k, k + 1]), 3);
    file.blocks("/blocks", [7, 2], new Float32Array(3 * 2), (start, block) => {
      for (let i = 0; i < block.length; i++) block[i] = 2 * start + i;
    });
    file.rows("/none", 0, [3], new Float64Array(3), () => {});
  }, (file) => {
    assert.deepEqual([...file.converted("/rows", "float64", [5, 3]).data.subarray(9)], [3, 4, 0, 4, 5, 0]);
    assert.deepEqual(file.describe("/blocks").chunks, [3, 2]);
    assert.deepEqual([...file.numbers("/blocks", "float32", [7, 2]).data], Array.from({ length: 14 }, (_, i) => i));
    assert.deepEqual(file.describe("/none").shape, [0, 3]);
  }));

Deno.test("the checksum of metadata is Jenkins' lookup3", () => {
  // The hash's own published examples, with the initial value 0.
  assert.equal(lookup3(new Uint8Array(0)), 0xdeadbeef);
  assert.equal(lookup3(new TextEncoder().encode("Four score and seven years ago")), 0x17770551);
});

Deno.test({
  name: "folders and pipes are refused without waiting for them",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inTemporary(async (folder) => {
      await assert.rejects(Hdf5Reader.open(folder), { name: "ResultsError", message: /it is no file$/ });
      const pipe = join(folder, "pipe.h5");
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      await assert.rejects(Hdf5Reader.open(pipe), { name: "ResultsError", message: /pipe\.h5: it is no file$/ });
      await assert.rejects(openMovie(pipe), { name: "MovieError", message: /is not a regular file/ });
    });
  },
});

Deno.test("a file with flipped bytes reads or is refused with a sentence", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "file.h5"), writer = await Hdf5Writer.create(path), random = seededRandom(4);
    writer.texts("/texts", [3], ["one", "two", "three"]);
    writer.truths("/truths", [3], Uint8Array.of(1, 0, 1));
    writer.numbers("/packed", [50, 20], Float64Array.from({ length: 1000 }, (_, i) => i), { gzip: 4 });
    writer.references("/references", [1], ["/texts"]);
    writer.attribute("/texts", "list", ["a", "b"]);
    writer.close();
    const whole = Deno.readFileSync(path);
    let refused = 0;
    for (let round = 0; round < 150; round++) {
      const bytes = whole.slice();
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
        bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
      }
      Deno.writeFileSync(path, bytes);
      const attempts = [
        (file: Hdf5Reader) => file.names("/"),
        (file: Hdf5Reader) => file.texts("/texts"),
        (file: Hdf5Reader) => file.attribute("/texts", "list"),
        (file: Hdf5Reader) => file.converted("/truths", "float32", [-1]),
        (file: Hdf5Reader) => file.converted("/packed", "float32", [-1, -1]),
        (file: Hdf5Reader) => file.references("/references"),
      ];
      for (const attempt of attempts) {
        let file: Hdf5Reader | undefined;
        try {
          file = await Hdf5Reader.open(path);
          attempt(file);
        } catch (error) {
          assert(error instanceof ResultsError, `round ${round}: ${error}`);
          refused++;
        } finally {
          file?.close();
        }
      }
    }
    assert(refused > 100, `Only ${refused} attempts were refused: the test hits nothing`);
  }));
