/** Every backend of this machine, and the comparison of a kernel with its twin. */
import assert from "node:assert/strict";
import type { Compute, DeviceBuffer } from "../src/gpu/compute.ts";
import { CpuCompute } from "../src/gpu/cpu.ts";
import { hasAdapter } from "../src/gpu/open.ts";
import { openWebGpu } from "../src/gpu/webgpu.ts";
import { relativeDifference } from "../src/kernels/self_test.ts";
export { randomStack, uniform } from "../src/kernels/cases/kernel_case.ts";

let opened: Promise<Compute[]> | undefined;

/**
 * The CPU twin and, where an adapter exists, WebGPU. Opened once per test file; tests using them set
 * `sanitizeResources: false` through `backendTest`. With ANNULUS_REQUIRE_WEBGPU=1 a missing adapter is a failure.
 */
export function backends(): Promise<Compute[]> {
  return opened ??= open();
}

async function open(): Promise<Compute[]> {
  const all: Compute[] = [new CpuCompute()];
  if (await hasAdapter()) all.push(await openWebGpu());
  else if (Deno.env.get("ANNULUS_REQUIRE_WEBGPU") === "1") {
    throw new Error("ANNULUS_REQUIRE_WEBGPU is 1 but there is no WebGPU adapter");
  }
  return all;
}

/** A test that may leave the shared devices open. */
export function backendTest(name: string, body: () => Promise<void>): void {
  Deno.test({ name, fn: body, sanitizeResources: false, sanitizeOps: false });
}

/** Largest |a − b| relative to the largest |b|; NaN counts as infinitely far. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length, `lengths differ: ${a.length} and ${b.length}`);
  return relativeDifference(a, b);
}

/**
 * Runs the same calls on every backend and checks that all give the CPU twin's values within `tolerance` (relative to the largest
 * value). `calls` returns the float32 buffers to compare. Returns the CPU twin's values.
 */
export async function compareBackends(
  name: string,
  tolerance: number,
  calls: (compute: Compute) => DeviceBuffer[],
): Promise<Float32Array[]> {
  let expected: Float32Array[] | undefined;
  for (const compute of await backends()) {
    const buffers = calls(compute);
    const values = (await compute.read(...buffers)).map((bytes) => new Float32Array(bytes));
    for (const buffer of buffers) buffer.release();
    if (!expected) expected = values;
    values.forEach((array, i) => {
      const error = relativeError(array, expected![i]);
      assert.ok(
        error <= tolerance,
        `${name}: "${buffers[i].label}" on ${compute.backend} differs by ${error} (> ${tolerance})`,
      );
    });
  }
  return expected!;
}

/** Sizes every kernel of stacks is tried on: ordinary, odd, one pixel, one frame. */
export const TRIAL_SHAPES = [
  { frames: 9, width: 32, height: 24 },
  { frames: 13, width: 37, height: 19 },
  { frames: 7, width: 1, height: 1 },
  { frames: 1, width: 10, height: 5 },
  { frames: 3, width: 1, height: 17 },
  { frames: 5, width: 17, height: 1 },
] as const;
