import type { Compute } from "../gpu/compute.ts";
import { CpuCompute } from "../gpu/cpu.ts";
import { kernelCases } from "./cases/all.ts";
import type { KernelCase } from "./cases/kernel_case.ts";

/** What became of one kernel. */
export interface SelfTestResult {
  /** The kernel's name. */
  readonly kernel: string;
  /** Whether it ran and agrees with its twin. */
  readonly ok: boolean;
  /** Largest difference from the twin, relative to the largest value of the buffer; `Infinity` when it did not run or gave NaN. */
  readonly maxError: number;
  /** The difference that rounding explains. */
  readonly tolerance: number;
  /** Wall time with compilation. */
  readonly seconds: number;
  /** Why it did not run. */
  readonly problem?: string;
}

/** Size of the data: odd, so that borders and padding are exercised. */
const SHAPE = { frames: 12, width: 37, height: 19 };

/**
 * Runs every kernel on small random data and compares it with its plain TypeScript twin (`annulus doctor`).
 * On the CPU backend this compares the twins with themselves and only shows that they run. Never rejects because of one kernel.
 */
export async function selfTest(
  compute: Compute,
  cases: readonly KernelCase[] = kernelCases,
): Promise<SelfTestResult[]> {
  const twin = new CpuCompute({ workers: 0 }), results: SelfTestResult[] = [];
  for (const test of cases) {
    const { kernel, tolerance } = test, start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    try {
      const expected = await valuesOf(twin, test), found = await valuesOf(compute, test);
      const maxError = Math.max(...found.map((values, i) => relativeDifference(values, expected[i])));
      results.push({ kernel, ok: maxError <= tolerance, maxError, tolerance, seconds: seconds() });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      results.push({ kernel, ok: false, maxError: Infinity, tolerance, seconds: seconds(), problem });
    }
  }
  return results;
}

async function valuesOf(compute: Compute, { calls }: KernelCase): Promise<Float32Array[]> {
  const buffers = calls(compute, SHAPE, 1);
  try {
    return (await compute.read(...buffers)).map((bytes) => new Float32Array(bytes));
  } finally {
    buffers.forEach((buffer) => buffer.release());
  }
}

/** Largest |a − b| relative to the largest |b|; NaN where b is none counts as infinitely far. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let scale = 1e-30, worst = 0;
  for (let i = 0; i < b.length; i++) scale = Math.max(scale, Math.abs(b[i]));
  for (let i = 0; i < b.length; i++) {
    const error = Math.abs(a[i] - b[i]);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
  }
  return worst / scale;
}
