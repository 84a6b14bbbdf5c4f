import assert from "node:assert/strict";
import { concatenate } from "../src/movie/concatenate.ts";
import { memoryMovie } from "../src/movie/memory.ts";
import { compareNaturally } from "../src/movie/natural_order.ts";
import { fillSamples, numbers } from "./movie_tiff_bytes.ts";

Deno.test("a movie in memory gives its frames, in the type of its array", async () => {
  for (const samples of [new Uint8Array(24), new Uint16Array(24), new Int16Array(24), new Float32Array(24)]) {
    fillSamples(samples, 3);
    const movie = memoryMovie(samples, { width: 3, height: 2, frameRate: 5, name: "four frames" });
    assert.equal(movie.header.frames, 4);
    assert.equal(movie.header.sampleType, samples.constructor.name.replace("Array", "").toLowerCase());
    assert.equal(movie.header.frameRate, 5);
    assert.equal(movie.header.name, "four frames");
    const into = samples.slice().fill(0);
    await movie.read(1, 2, into);
    assert.deepEqual(into.subarray(0, 12), samples.subarray(6, 18));
    assert.deepEqual([...into.subarray(12)], Array(12).fill(0));
    await assert.rejects(movie.read(3, 2, into), RangeError);
    await assert.rejects(movie.read(0.5, 1, into), RangeError);
    movie.close();
  }
});

Deno.test("samples that are not whole frames, or not samples, are refused", () => {
  const cases = [
    [() => memoryMovie(new Uint8Array(7), { width: 3, height: 2 }), /7 samples, which are not whole frames of 3×2/],
    [() => memoryMovie(new Uint8Array(12), { width: 3, height: 2, frames: 3 }), /12 samples, which are not 3 frames/],
    [() => memoryMovie(new Uint8Array(0), { width: 3, height: 2 }), /0 samples/],
    [() => memoryMovie(new Uint8Array(6), { width: 0, height: 2 }), /width .* is 0/],
    [() => memoryMovie(new Uint8Array(6), { width: 3, height: 2.5 }), /height .* is 2.5/],
    [() => memoryMovie(new Float64Array(6) as unknown as Float32Array, { width: 3, height: 2 }), /not a Float64Array/],
  ] as const;
  for (const [make, message] of cases) assert.throws(make, { name: "MovieError", message });
});

Deno.test("movies of different lengths join, and every range reads as if they were one", async () => {
  const lengths = [1, 4, 1, 1, 7, 2], size = 5;
  const total = lengths.reduce((a, b) => a + b);
  const samples = fillSamples(new Float32Array(total * size), 8);
  let at = 0;
  const parts = lengths.map((frames) => {
    const part = samples.subarray(at * size, (at + frames) * size);
    at += frames;
    return memoryMovie(part, { width: size, height: 1 });
  });
  const movie = concatenate(parts, { name: "joined" });
  assert.equal(movie.header.frames, total);
  assert.equal(movie.header.frameRate, undefined);
  const next = numbers(4);
  for (let round = 0; round < 200; round++) {
    const start = next() % total, count = next() % (total - start + 1);
    const into = new Float32Array(count * size);
    await movie.read(start, count, into);
    assert.deepEqual(into, samples.slice(start * size, (start + count) * size));
  }
  await assert.rejects(movie.read(total, 1, samples), RangeError);
  const other = memoryMovie(new Uint8Array(size), { width: size, height: 1, name: "bytes" });
  assert.throws(() => concatenate([parts[0], other]), {
    name: "MovieError",
    message: /"bytes".* 5×1 uint8.* 5×1 float32/,
  });
  assert.throws(() => concatenate([]), { name: "MovieError" });
});

Deno.test("names sort as people count", () => {
  const sorted = [
    "a.tif",
    "a-1.tif",
    "a-2.tif",
    "a-10.tif",
    "a-0011.tif",
    "a_9.ome.tif",
    "b1c2.tif",
    "b1c10.tif",
    "b02c1.tif",
    "b12345678901234567890.tif",
    "b12345678901234567891.tif",
    "c.ome.tif",
    "c_1.ome.tif",
  ];
  const next = numbers(2);
  for (let round = 0; round < 20; round++) {
    const mixed = sorted.map((name) => ({ name, key: next() })).sort((a, b) => a.key - b.key).map(({ name }) => name);
    assert.deepEqual(mixed.sort(compareNaturally), sorted);
  }
  assert.equal(compareNaturally("x1.tif", "x1.tif"), 0);
  assert.equal(compareNaturally("x01.tif", "x1.tif"), -compareNaturally("x1.tif", "x01.tif"));
});
