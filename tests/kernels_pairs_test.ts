/** Every kernel against its twin, on ordinary, odd, one-pixel and one-frame sizes. */
import assert from "node:assert/strict";
import type { Program } from "../src/gpu/compute.ts";
import { kernelCases } from "../src/kernels/cases/all.ts";
import type { KernelCase } from "../src/kernels/cases/kernel_case.ts";
import { selfTest } from "../src/kernels/self_test.ts";
import { backends, backendTest, compareBackends, TRIAL_SHAPES } from "./backends.ts";

const SHAPES = [...TRIAL_SHAPES, { frames: 40, width: 70, height: 150 }];

for (const { kernel, tolerance, calls } of kernelCases) {
  backendTest(`${kernel}: kernel and twin agree`, async () => {
    for (const [seed, shape] of SHAPES.entries()) {
      const { frames, width, height } = shape;
      await compareBackends(`${kernel}, ${frames} frames of ${width}x${height}`, tolerance, (compute) => {
        return calls(compute, shape, seed);
      });
    }
  });
}

Deno.test("every kernel has a shader of its name, says its module, and has a case", async () => {
  const folder = new URL("../src/kernels/", import.meta.url), found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile) continue;
    const module = new URL(entry.name, folder).href;
    for (const value of Object.values<Partial<Program>>(await import(module))) {
      if (typeof value?.twin !== "function") continue;
      assert.equal(value.module, module, `${value.name} must say "module: import.meta.url"`);
      assert.ok((await Deno.stat(new URL(`../shaders/${value.name}.wgsl`, import.meta.url))).isFile);
      found.push(value.name!);
    }
  }
  assert.deepEqual([...new Set(kernelCases.map(({ kernel }) => kernel))].sort(), found.sort());
});

backendTest("selfTest: every kernel is right on every backend; a wrong one and a broken one are told", async () => {
  for (const compute of await backends()) {
    for (const { kernel, ok, maxError, problem } of await selfTest(compute)) {
      assert.ok(ok, `${kernel} on ${compute.backend}: ${maxError} ${problem ?? ""}`);
    }
    let call = 0;
    const wrong: KernelCase = {
      kernel: "wrong",
      tolerance: 1e-6,
      calls: (compute) => [compute.upload("wrong", Float32Array.of(1, call++))],
    };
    const broken: KernelCase = {
      kernel: "broken",
      tolerance: 1e-6,
      calls: () => {
        throw new Error("as asked");
      },
    };
    const [first, second, third] = await selfTest(compute, [wrong, broken, kernelCases[0]]);
    assert.deepEqual([first.ok, first.maxError], [false, 1]);
    assert.deepEqual([second.ok, second.problem], [false, "as asked"]);
    assert.ok(third.ok);
  }
});
