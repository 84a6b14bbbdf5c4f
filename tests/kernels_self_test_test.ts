import assert from "node:assert/strict";
import { kernelCases } from "../src/kernels/cases/all.ts";
import { selfTest } from "../src/kernels/self_test.ts";
import type { Compute } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { backends, backendTest } from "./backends.ts";

Deno.test("every shader has a case in the self-test", async () => {
  const shaders: string[] = [];
  for await (const { name, isFile } of Deno.readDir(new URL("../shaders/", import.meta.url))) {
    if (isFile && name.endsWith(".wgsl")) shaders.push(name.slice(0, -5));
  }
  assert(shaders.length > 20);
  assert.deepEqual([...new Set(kernelCases.map(({ kernel }) => kernel))].sort(), shaders.sort());
});

backendTest("every kernel passes the self-test on every device", async () => {
  for (const compute of await backends()) {
    for (const { kernel, error, tolerance, refusal } of await selfTest(compute)) {
      assert(error <= tolerance, `${kernel} on ${compute.description}: ${refusal ?? error}`);
    }
  }
});

/** A device like another, but for how it reads. */
function reading(device: Compute, read: Compute["read"]): Compute {
  return new Proxy(device, {
    get: (target, name) => {
      const value = name === "read" ? read : Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("the self-test sees a device that computes wrong, and one that refuses a kernel", async () => {
  const right = new CpuCompute();
  const wrong = reading(right, async (...buffers) => {
    const [first, ...rest] = await right.read(...buffers);
    const values = new Float32Array(first.slice(0));
    values[0] += 1;
    return [values.buffer, ...rest];
  });
  const checks = await selfTest(wrong);
  assert.equal(checks.length, kernelCases.length);
  assert.deepEqual(checks.filter(({ error, tolerance }) => error <= tolerance), []);
  assert.deepEqual(checks.filter(({ refusal }) => refusal !== undefined), []);

  const refusing = await selfTest(reading(right, () => Promise.reject(new Error("no such thing"))));
  assert.deepEqual([...new Set(refusing.map(({ refusal }) => refusal))], ["no such thing"]);
  assert(refusing.every(({ error }) => error === Infinity));
  right.destroy();
});
