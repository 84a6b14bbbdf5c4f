/** Every kernel against its twin, on ordinary, odd, one-pixel and one-frame sizes. */
import assert from "node:assert/strict";
import type { Program } from "../src/gpu/compute.ts";
import { kernelCases } from "../src/kernels/cases/all.ts";
import { backendTest, compareBackends, TRIAL_SHAPES } from "./backends.ts";

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
