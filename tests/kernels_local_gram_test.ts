import assert from "node:assert/strict";
import { gramTable, localGram } from "../src/kernels/local_gram.ts";
import { pitchOf, type StackShape } from "../src/kernels/stack.ts";
import { backendTest, compareBackends, randomStack, relativeError, TRIAL_SHAPES } from "./backends.ts";

/** The definition, pair by pair. */
function directGram(stack: Float32Array, shape: StackShape, reach: number): Float32Array {
  const table = gramTable(reach), pitch = pitchOf(shape.width), plane = shape.height * pitch;
  const gram = new Float32Array(table.rows * plane);
  for (let row = 0; row < table.rows; row++) {
    const dy = table.offsets[row * 2], dx = table.offsets[row * 2 + 1];
    for (let y = 0; y + dy < shape.height; y++) {
      for (let x = Math.max(0, -dx); x < shape.width && x + dx < shape.width; x++) {
        let sum = 0;
        for (let f = 0; f < shape.frames; f++) {
          sum += stack[f * plane + y * pitch + x] * stack[f * plane + (y + dy) * pitch + x + dx];
        }
        gram[row * plane + y * pitch + x] = sum;
      }
    }
  }
  return gram;
}

Deno.test("gramTable: every offset of the half plane has its own row", () => {
  for (const reach of [0, 1, 2.5, 7]) {
    const table = gramTable(reach), seen = new Set<number>();
    for (let dy = 0; dy <= reach; dy++) {
      for (let dx = 0 - Math.floor(reach); dx <= reach; dx++) {
        if (dy * dy + dx * dx > reach * reach || (dy === 0 && dx < 0)) {
          assert.throws(() => table.row(dy, dx), RangeError);
          continue;
        }
        const row = table.row(dy, dx);
        assert.deepEqual([...table.offsets.subarray(row * 2, row * 2 + 2)], [dy, dx]);
        seen.add(row);
      }
    }
    assert.equal(seen.size, table.rows);
    assert.throws(() => table.row(-1, 0), RangeError);
    assert.throws(() => table.row(0, Math.floor(reach) + 1), RangeError);
  }
  assert.throws(() => gramTable(-1), RangeError);
  assert.throws(() => gramTable(NaN), RangeError);
});

backendTest("localGram: kernel and twin agree and are the sums over frames, over several chunks", async () => {
  for (const [i, shape] of [...TRIAL_SHAPES, { frames: 300, width: 9, height: 6 }].entries()) {
    for (const reach of [0, 1, 3.7, 9]) {
      const table = gramTable(reach), data = randomStack(i, shape), floats = shape.height * pitchOf(shape.width);
      // float32 sums of at most 300 products of order 1, relative to the largest sum: tens of roundings.
      const [gram] = await compareBackends(
        `localGram ${shape.width}x${shape.height} reach ${reach}`,
        3e-6,
        (compute) => {
          const gram = compute.allocate("gram", table.rows * floats * 4),
            groups = compute.upload("groups", table.groups);
          const firstFrames = Math.ceil(shape.frames / 2);
          for (const [from, to] of [[0, firstFrames], [firstFrames, shape.frames]]) {
            if (from === to) continue;
            const stack = compute.upload("stack", data.subarray(from * floats, to * floats));
            localGram(compute, stack, gram, { ...shape, frames: to - from }, table, groups);
            stack.release();
          }
          groups.release();
          return [gram];
        },
      );
      const expected = directGram(data, shape, reach);
      assert.ok(relativeError(gram.subarray(0, expected.length), expected) < 3e-6);
    }
  }
});
