import assert from "node:assert/strict";
import { gramRows, localCovariance } from "../src/kernels/local_covariance.ts";
import { gramBands } from "../src/kernels/gram_bands.ts";
import { gramTable, localGram } from "../src/kernels/local_gram.ts";
import { pitchOf } from "../src/kernels/stack.ts";
import { backends, backendTest, randomStack, uniform } from "./backends.ts";

backendTest("a gathered matrix is the dense Gram for pairs within reach and 0 for others, in bands too", async () => {
  const shape = { frames: 11, width: 19, height: 23 }, pitch = pitchOf(shape.width), radius = 3;
  const table = gramTable(2 * (radius + 1)), movie = randomStack(4, shape), next = uniform(9);
  const dense = (a: readonly number[], b: readonly number[]) => {
    if (Math.hypot(a[0] - b[0], a[1] - b[1]) > table.reach) return 0;
    let sum = 0;
    for (let f = 0; f < shape.frames; f++) {
      const frame = f * shape.height * pitch;
      sum += movie[frame + a[1] * pitch + a[0]] * movie[frame + b[1] * pitch + b[0]];
    }
    return sum;
  };
  // Three sets per band, of points in the rows the band may be asked for; some repeat, the last of each set is missing.
  const size = 9, sets = 3;
  let pairs = 0, apart = 0;
  for (const rows of [shape.height, 14]) {
    const bands = gramBands(shape, table, radius, table.rows * rows * pitch * 4);
    assert.equal(bands.length === 1, rows === shape.height);
    for (const { hold } of bands) {
      const points = Array.from(
        { length: sets * size },
        (_, i) =>
          i % size === size - 1
            ? [-1, -1]
            : [Math.floor(next() * shape.width), hold.first + Math.floor(next() * hold.rows)],
      );
      for (const compute of await backends()) {
        const stack = compute.upload("stack", movie), groups = compute.upload("groups", table.groups);
        const gram = compute.allocate("Gram", table.rows * hold.rows * pitch * 4);
        localGram(compute, stack, gram, shape, table, groups, hold);
        const device = compute.upload("points", Int32Array.from(points.flat()));
        const lookup = compute.upload("rows", gramRows(table)),
          out = compute.allocate("matrices", sets * size ** 2 * 4);
        localCovariance(compute, gram, device, lookup, out, sets, size, shape, table, hold);
        const matrices = new Float32Array((await compute.read(out))[0]);
        for (const buffer of [stack, groups, gram, device, lookup, out]) buffer.release();
        for (let set = 0; set < sets; set++) {
          for (let i = 0; i < size; i++) {
            for (let j = 0; j < size; j++) {
              const a = points[set * size + i], b = points[set * size + j];
              const expected = a[0] < 0 || b[0] < 0 ? 0 : dense(a, b), value = matrices[(set * size + i) * size + j];
              assert.ok(
                Math.abs(value - expected) < 1e-5,
                `${compute.backend}: ${a} and ${b}: ${value}, not ${expected}`,
              );
              pairs += Number(expected !== 0);
              apart += Number(expected === 0);
            }
          }
        }
      }
    }
  }
  assert.ok(pairs > 200 && apart > 100, `${pairs} pairs within reach, ${apart} beyond`);
});
