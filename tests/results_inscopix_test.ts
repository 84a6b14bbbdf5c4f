import assert from "node:assert/strict";
import { join } from "node:path";
import { denseFootprint } from "../src/core/footprints.ts";
import { openMovie } from "../src/movie/open.ts";
import { writeFootprintsTiff, writeInscopix } from "../src/results/inscopix.ts";
import { NUMBER_BYTES, writeNumber } from "../src/results/number_text.ts";
import { cellName } from "../src/results/traces_csv.ts";
import { fakeExtraction } from "./fake_extraction.ts";

async function inTemporary(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "annulus-inscopix-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function numberText(value: number): string {
  const bytes = new Uint8Array(NUMBER_BYTES);
  return new TextDecoder().decode(bytes.subarray(0, writeNumber(value, bytes, 0)));
}

Deno.test("numbers are written short and plain", () => {
  const expected: [number, string][] = [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [-3, "-3"],
    [0.25, "0.25"],
    [Math.fround(0.1), "0.1"],
    [123.456, "123.456"],
    [-1e-5, "-0.00001"],
    [9.9999999, "10"],
    [1234567, "1234567"],
    [12345678, "1.234568e7"],
    [2 ** -149, "1.401298e-45"],
    [-3.4028234663852886e38, "-3.402823e38"],
    [NaN, "nan"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of expected) assert.equal(numberText(value), text);
});

Deno.test("written numbers are the language's own to 7 digits, over all magnitudes", () => {
  const bits = new Uint32Array(1), value = new Float32Array(bits.buffer);
  for (let i = 0; i < 50_000; i++) {
    bits[0] = Math.imul(i, 2654435761);
    if (!Number.isFinite(value[0])) continue;
    assert.equal(Number(numberText(value[0])), Number(value[0].toPrecision(7)), String(value[0]));
  }
});

Deno.test("cells have names of equal length", () => {
  assert.equal(cellName(0, 1), "C000");
  assert.equal(cellName(59, 1000), "C059");
  assert.equal(cellName(59, 1001), "C0059");
});

Deno.test("the tables have Inscopix's two head rows, times in seconds and one column per cell", () =>
  inTemporary(async (directory) => {
    // More than one buffer of rows.
    const extraction = fakeExtraction({ cells: 40, frames: 3000 });
    await writeInscopix(directory, extraction);
    for (
      const [file, values] of [
        ["traces.csv", extraction.traces.raw],
        ["traces_denoised.csv", extraction.traces.denoised],
        ["spikes.csv", extraction.traces.spikes],
      ] as const
    ) {
      const lines = Deno.readTextFileSync(join(directory, file)).split("\n");
      assert.equal(lines.pop(), "", "the last row ends with a new line");
      assert.equal(lines.length, 2 + 3000);
      assert.ok(lines[0].startsWith(" , C000, C001, ") && lines[0].endsWith(", C039"));
      assert.ok(lines[1].startsWith("Time(s)/Cell Status, undecided, ") && lines[1].split(", ").length === 41);
      for (const frame of [0, 1, 1500, 2999]) {
        const [time, ...row] = lines[2 + frame].split(", ").map(Number);
        assert.ok(Math.abs(time - frame / 9.99) < 1e-9);
        assert.equal(row.length, 40);
        row.forEach((value, k) => assert.equal(value, Number(values[k * 3000 + frame].toPrecision(7))));
      }
    }
  }));

Deno.test("with no cells the tables keep their head and their times", () =>
  inTemporary(async (directory) => {
    await writeInscopix(directory, { ...fakeExtraction({ cells: 0, frames: 2 }), frameRate: 10 });
    assert.equal(Deno.readTextFileSync(join(directory, "traces.csv")), " \nTime(s)/Cell Status\n0\n0.1\n");
  }));

Deno.test("footprints.tif has one dense page per cell", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "footprints.tif");
    const { footprints } = fakeExtraction({ cells: 5 });
    await writeFootprintsTiff(path, footprints);
    const movie = await openMovie(path);
    const { width, height, frames, sampleType } = movie.header;
    assert.deepEqual({ width, height, frames, sampleType }, {
      width: 48,
      height: 40,
      frames: 5,
      sampleType: "float32",
    });
    const pages = new Float32Array(5 * width * height);
    await movie.read(0, 5, pages);
    movie.close();
    for (let k = 0; k < 5; k++) {
      assert.deepEqual(pages.slice(k * width * height, (k + 1) * width * height), denseFootprint(footprints, k));
    }
  }));

Deno.test("footprints.tif without cells has one empty page that says so", () =>
  inTemporary(async (directory) => {
    const path = join(directory, "footprints.tif");
    await writeFootprintsTiff(path, fakeExtraction({ cells: 0 }).footprints);
    const movie = await openMovie(path);
    assert.equal(movie.header.frames, 1);
    const page = new Float32Array(48 * 40).fill(1);
    await movie.read(0, 1, page);
    movie.close();
    assert.ok(page.every((value) => value === 0));
    assert.ok(new TextDecoder("latin1").decode(Deno.readFileSync(path)).includes("No cells were found"));
  }));
