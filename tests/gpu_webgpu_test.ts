import assert from "node:assert/strict";
import { program, read, write } from "../src/gpu/compute.ts";
import { ComputeError } from "../src/core/errors.ts";
import { hasAdapter, openCompute } from "../src/gpu/open.ts";
import { openWebGpu } from "../src/gpu/webgpu.ts";
import { backends, backendTest } from "./backends.ts";

const code = (body: string) => `
struct Params { items: u32, factor: f32, shift: i32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let item = (group.x + group.y * 65535u) * 64u + lane;
  if (item >= params.items) { return; }
  ${body}
}`;
const scaleProgram = program({
  name: "test_scale",
  code: code("target_[item] = source[item] * params.factor + f32(params.shift);"),
  bindings: { source: read("f32"), target_: write("f32") },
  params: { factor: "f32", shift: "i32" },
  twin({ source, target_ }, { factor, shift }, begin, end) {
    for (let i = begin; i < end; i++) target_[i] = source[i] * factor + shift;
  },
});

backendTest("Compute: commands, writes, clears and copies happen in the order of the calls", async () => {
  for (const compute of await backends()) {
    const a = compute.upload("a", new Float32Array([1, 2, 3, 4]));
    const b = compute.allocate("b", 16), c = compute.allocate("c", 16);
    compute.run(scaleProgram, { source: a, target_: b }, { factor: 2, shift: -1 }, 4);
    compute.write(a, new Float32Array([10, 20]), 4); // must not reach the run above
    compute.copy(b, 0, c, 4, 8);
    compute.run(scaleProgram, { source: a, target_: b }, { factor: 1, shift: 0 }, 2);
    compute.clear(a);
    const [, bValues, cValues] = (await compute.read(a, b, c)).map((bytes) => [...new Float32Array(bytes)]);
    assert.deepEqual(bValues, [1, 10, 5, 7], compute.backend);
    assert.deepEqual(cValues, [0, 1, 3, 0], compute.backend);
    // Released memory comes back zeroed, and may be released while queued work still reads it.
    const d = compute.upload("d", new Float32Array(64).fill(7)), e = compute.allocate("e", 256);
    compute.run(scaleProgram, { source: d, target_: e }, { factor: 1, shift: 1 }, 64);
    d.release();
    const f = compute.allocate("f", 256);
    const [eBytes, fBytes] = await compute.read(e, f);
    assert.ok(new Float32Array(eBytes).every((v) => v === 8), compute.backend);
    assert.ok(new Float32Array(fBytes).every((v) => v === 0), compute.backend);
    assert.throws(() => compute.clear(d), ComputeError);
    [a, b, c, e, f].forEach((buffer) => buffer.release());
  }
});

backendTest("Compute: odd byte counts, long batches and grids wider than 65535 workgroups", async () => {
  for (const compute of await backends()) {
    const bytes = compute.upload("bytes", new Uint8Array([1, 2, 3, 4, 5, 6, 7]));
    assert.deepEqual([...new Uint8Array((await compute.read(bytes))[0])].slice(0, 9), [1, 2, 3, 4, 5, 6, 7, 0, 0]);
    let x = compute.upload("x", new Float32Array([1]));
    let y = compute.allocate("y", 16);
    for (let i = 0; i < 1000; i++) {
      compute.run(scaleProgram, { source: x, target_: y }, { factor: 1, shift: i }, 1);
      [x, y] = [y, x];
    }
    assert.equal(new Float32Array((await compute.read(x))[0])[0], 1 + 999 * 1000 / 2);
    const items = 65535 * 64 + 100;
    const source = compute.upload("source", new Float32Array(items).map((_, i) => i % 251));
    const target_ = compute.allocate("target", items * 4);
    compute.run(scaleProgram, { source, target_ }, { factor: 1, shift: 3 }, items);
    const values = new Float32Array((await compute.read(target_))[0]);
    assert.ok(values.subarray(0, items).every((v, i) => v === i % 251 + 3), compute.backend);
    [bytes, x, y, source, target_].forEach((buffer) => buffer.release());
  }
});

backendTest("Compute: mistakes become ComputeErrors that name the buffer or the kernel", async () => {
  await backends(); // fails here when an adapter is required and missing
  if (!(await hasAdapter())) {
    await assert.rejects(openCompute("webgpu"), /mesa-vulkan-drivers/);
    assert.equal((await openCompute("auto")).backend, "cpu");
    return;
  }
  const compute = await openWebGpu({ memoryBytes: 1 << 20 });
  const held = compute.allocate("first half", 1 << 19);
  assert.throws(() => compute.allocate("too much", 1 << 20), (error: Error) => {
    return error instanceof ComputeError && /"too much"/.test(error.message) && /ceiling/.test(error.message);
  });
  held.release();
  const whole = compute.allocate("whole", 1 << 20); // the pooled half is given up for it
  assert.equal(compute.memory.current, 1 << 20);
  whole.release();
  assert.throws(() => compute.write(whole, new Float32Array(1)), /"whole"/);
  const small = compute.allocate("small", 16);
  assert.throws(() => compute.write(small, new Float32Array(5)), /"small"/);
  assert.throws(() => compute.copy(small, 0, small, 0, 4), ComputeError);

  const broken = { ...scaleProgram, name: "test_broken", code: code("target_[item] = nonsense;") };
  const other = compute.allocate("other", 16);
  compute.run(broken, { source: small, target_: other }, { factor: 1, shift: 0 }, 4);
  await assert.rejects(compute.finish(), (error: Error) => {
    return error instanceof ComputeError && /test_broken/.test(error.message);
  });
  compute.destroy();
  compute.destroy();
});

backendTest("Compute: a lost device is told at the next await", async () => {
  if (!(await hasAdapter())) return;
  const compute = await openWebGpu();
  const buffer = compute.allocate("buffer", 16);
  (compute as unknown as { device: GPUDevice }).device.destroy();
  await assert.rejects(compute.read(buffer), ComputeError);
});
