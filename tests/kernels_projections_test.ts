/** Frame sums and counts by rank against plain computations that know nothing of keys, words or rows. */
import assert from "node:assert/strict";
import { frameSums, rowSumsBytes } from "../src/kernels/line_sums.ts";
import { RANK_STEPS, rankCounts } from "../src/kernels/rank_counts.ts";
import { type KeyKind, keyOf, sampleOf } from "../src/kernels/sample_key.ts";
import { pitchOf } from "../src/kernels/stack.ts";
import { backends, backendTest, randomStack, TRIAL_SHAPES, uniform } from "./backends.ts";

Deno.test("keys are ordered as samples are, whole, and give the sample back", () => {
  const whole = [-98303, -32768, -1, 0, 1, 17, 65535, 98303];
  const float = [-3e38, -65536.5, -1, -1e-30, -0, 0, 1e-30, 0.1, 1, 1.0000001192092896, 65536.5, 3e38].map(Math.fround);
  for (const [kind, samples] of [["whole", whole], ["float", float]] as [KeyKind, number[]][]) {
    const keys = samples.map((sample) => keyOf(kind, sample));
    keys.forEach((key, i) => {
      assert.ok(Number.isInteger(key) && key >= 0 && key < 2 ** 32, `${kind} ${samples[i]}: ${key}`);
      assert.ok(
        i === 0 || key > keys[i - 1],
        `${kind}: the key of ${samples[i]} is not above that of ${samples[i - 1]}`,
      );
      assert.equal(sampleOf(kind, key), samples[i]);
    });
  }
  assert.equal(keyOf("float", 1.0000001192092896) - keyOf("float", 1), 1, "neighbouring floats have neighbouring keys");
});

backendTest("frameSums: the sum of every frame, at its place, for every size", async () => {
  for (const [seed, shape] of TRIAL_SHAPES.entries()) {
    const data = randomStack(seed, shape, -3, 5), size = shape.height * pitchOf(shape.width);
    for (const compute of await backends()) {
      const stack = compute.upload("stack", data), rowSums = compute.allocate("row sums", rowSumsBytes(shape));
      const sums = compute.upload("sums", new Float32Array(shape.frames + 4).fill(7));
      frameSums(compute, stack, rowSums, sums, shape, 2);
      const values = new Float32Array((await compute.read(sums))[0]);
      [stack, rowSums, sums].forEach((buffer) => buffer.release());
      for (let f = 0; f < shape.frames; f++) {
        const frame = data.subarray(f * size, (f + 1) * size), expected = frame.reduce((sum, value) => sum + value, 0);
        const error = Math.abs(values[f + 2] - expected);
        assert.ok(
          error <= 2e-7 * 5 * size,
          `frame ${f} of ${shape.width}×${shape.height} on ${compute.backend}: ${error}`,
        );
      }
      assert.deepEqual([...values.subarray(0, 2), ...values.subarray(shape.frames + 2, shape.frames + 4)], [
        7,
        7,
        7,
        7,
      ]);
    }
  }
});

/** What `rankCounts` has to find, by comparing values. `edges` are the 17 borders of the steps of each pixel. */
function plainCounts(data: Float32Array, size: number, edges: readonly (readonly number[])[]) {
  const counts = new Float32Array(RANK_STEPS * size), above = new Float32Array(size).fill(3e38);
  data.forEach((value, i) => {
    const pixel = i % size, borders = edges[pixel];
    if (value >= borders[RANK_STEPS]) above[pixel] = Math.min(above[pixel], value);
    else counts[borders.findIndex((_, k) => k < RANK_STEPS && value < borders[k + 1]) * size + pixel]++;
  });
  return { counts, above };
}

backendTest("rankCounts: samples per step, below counted with the first, the least one above kept", async () => {
  const next = uniform(5), long = { frames: 600, width: 3, height: 2 };
  for (const [seed, shape] of [...TRIAL_SHAPES, long].entries()) {
    const size = shape.height * pitchOf(shape.width), blocks = size / 4, cut = blocks >> 1;
    for (const kind of ["whole", "float"] as const) {
      const data = randomStack(seed, shape, -40, 40), shift = kind === "whole" ? 1 : 21;
      if (kind === "whole") data.forEach((value, i) => data[i] = Math.round(value) + 0);
      // Two in a hundred samples below and some above the interval, on both sides of 0.
      const starts = Float32Array.from(
        { length: size },
        () => kind === "whole" ? Math.round(10 * next()) - 39 : 8 * next() - 4,
      );
      const low = Uint32Array.from(starts, (start) => keyOf(kind, start));
      const edges = Array.from(low, (key) => {
        return Array.from({ length: RANK_STEPS + 1 }, (_, k) => sampleOf(kind, key + k * 2 ** shift));
      });
      const expected = plainCounts(data, size, edges);
      for (const compute of await backends()) {
        const stack = compute.upload("stack", data), lows = compute.upload("low", low);
        const above = compute.upload("above", new Float32Array(size).fill(3e38));
        const counted = new Float32Array(RANK_STEPS * size);
        for (const band of [{ first: 0, blocks: cut }, { first: cut, blocks: blocks - cut }]) {
          const counts = compute.allocate("counts", RANK_STEPS * band.blocks * 16);
          rankCounts(compute, stack, lows, counts, above, shape, band, kind, shift);
          const values = new Float32Array((await compute.read(counts))[0]);
          for (let k = 0; k < RANK_STEPS; k++) {
            counted.set(values.subarray(k * band.blocks * 4, (k + 1) * band.blocks * 4), k * size + band.first * 4);
          }
          counts.release();
        }
        const what = `${kind} ${shape.width}×${shape.height}×${shape.frames} on ${compute.backend}`;
        assert.deepEqual(counted, expected.counts, what);
        assert.deepEqual(new Float32Array((await compute.read(above))[0]).subarray(0, size), expected.above, what);
        [stack, lows, above].forEach((buffer) => buffer.release());
      }
    }
  }
});
