import assert from "node:assert/strict";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { TwinThreads } from "../src/gpu/twin_threads.ts";
import { kernelCases } from "../src/kernels/cases/all.ts";
import { markedProgram } from "./marked_program.ts";

const NEVER = 0xffffffff;

Deno.test("CpuCompute: workers share long dispatches, and every item is done exactly once", async () => {
  assert.ok(TwinThreads.available());
  const compute = new CpuCompute({ workers: 2 }), items = 2000;
  try {
    const counts = compute.allocate("counts", items * 4), onWorker = compute.allocate("on worker", items * 4);
    let shared = 0;
    // The workers load the program during the first dispatches; on a busy machine they may come late.
    for (let round = 1; round <= 20 && shared === 0; round++) {
      compute.run(markedProgram, { counts, onWorker }, { fail_at: NEVER }, items);
      const [done, marks] = (await compute.read(counts, onWorker)).map((bytes) => new Uint32Array(bytes));
      assert.ok(done.every((count) => count === round));
      shared = marks.reduce((sum, mark) => sum + mark, 0);
    }
    assert.ok(shared > 0, "no item was done on a worker");
    assert.throws(() => compute.run(markedProgram, { counts, onWorker }, { fail_at: 1900 }, items));
    // Afterwards the threads still work.
    compute.run(markedProgram, { counts, onWorker }, { fail_at: NEVER }, 10);
  } finally {
    compute.destroy();
  }
});

Deno.test("CpuCompute: the bytes do not depend on the number of workers", async () => {
  const shape = { frames: 20, width: 61, height: 70 };
  const alone = new CpuCompute({ workers: 0 }), together = new CpuCompute({ workers: 2 });
  try {
    for (const { kernel, calls } of kernelCases) {
      const [a, b] = await Promise.all([alone, together].map(async (compute) => {
        const buffers = calls(compute, shape, 1), bytes = await compute.read(...buffers);
        buffers.forEach((buffer) => buffer.release());
        return bytes.map((one) => new Uint32Array(one));
      }));
      assert.deepEqual(b, a, kernel);
    }
  } finally {
    alone.destroy();
    together.destroy();
  }
});

Deno.test("CpuCompute: memory is counted, the ceiling kept, and mistakes named", () => {
  const compute = new CpuCompute({ memoryBytes: 64, workers: 0 }), half = compute.allocate("half", 30);
  assert.equal(compute.memory.current, 32);
  assert.throws(() => compute.allocate("too much", 48), /"too much".*ceiling/);
  assert.throws(() => compute.write(half, new Float32Array(9)), /"half"/);
  half.release();
  half.release();
  assert.equal(compute.memory.current, 0);
  assert.equal(compute.memory.peak, 32);
  assert.throws(() => compute.clear(half), /"half"/);
});

Deno.test("CpuCompute: memory that is used again is zeroed, and what it held before is out of reach", async () => {
  for (const workers of [0, 1]) {
    const compute = new CpuCompute({ workers });
    const first = compute.upload("first", Float32Array.of(1, 2, 3, 4));
    const other = compute.upload("other", Float32Array.of(5, 6, 7, 8));
    first.release();
    const again = compute.allocate("again", 16), fresh = compute.allocate("fresh", 16);
    compute.copy(other, 0, fresh, 0, 16);
    const read = (await compute.read(again, fresh)).map((bytes) => [...new Float32Array(bytes)]);
    assert.deepEqual(read, [[0, 0, 0, 0], [5, 6, 7, 8]]);
    assert.throws(() => compute.clear(first), /"first"/);
    compute.destroy();
  }
});
