import { CpuCompute } from "../gpu/cpu.ts";
import type { Compute } from "../gpu/compute.ts";
import { kernelCases } from "./cases/all.ts";
import type { StackShape } from "./stack.ts";

/** How a kernel did on a device. */
export interface KernelCheck {
  /** The program's name. */
  readonly kernel: string;
  /** Largest difference from the twin, relative to the largest value of its buffer; infinite when a value is not a number. */
  readonly error: number;
  /** Largest difference that rounding explains. */
  readonly tolerance: number;
  /** Why the device refused the kernel, where it did. */
  readonly refusal?: string;
}

/** Sizes a kernel is tried on: an ordinary one, an odd one, and one pixel. */
const SHAPES: readonly StackShape[] = [
  { frames: 9, width: 32, height: 24 },
  { frames: 13, width: 37, height: 19 },
  { frames: 7, width: 1, height: 1 },
];

/** Runs every kernel on a device and compares it with its plain TypeScript twin on random data. Never rejects for a kernel's sake. */
export async function selfTest(compute: Compute): Promise<KernelCheck[]> {
  const twin = new CpuCompute();
  const checks: KernelCheck[] = [];
  try {
    for (const { kernel, tolerance, calls } of kernelCases) {
      try {
        let error = 0;
        for (const [seed, shape] of SHAPES.entries()) {
          const run = async (device: Compute) => {
            const buffers = calls(device, shape, seed);
            const values = await device.read(...buffers);
            for (const buffer of buffers) buffer.release();
            return values.map((bytes) => new Float32Array(bytes));
          };
          const expected = await run(twin);
          (await run(compute)).forEach((values, i) => error = Math.max(error, relativeDifference(values, expected[i])));
        }
        checks.push({ kernel, error, tolerance });
      } catch (reason) {
        const refusal = reason instanceof Error ? reason.message : String(reason);
        checks.push({ kernel, error: Infinity, tolerance, refusal });
      }
    }
  } finally {
    twin.destroy();
  }
  return checks;
}

/** Largest |value − expected| relative to the largest |expected|; infinite where a value is not a number or one is missing. */
export function relativeDifference(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (values.length !== expected.length) return Infinity;
  let scale = 1e-30, worst = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]));
    const difference = Math.abs(values[i] - expected[i]);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst / scale;
}
