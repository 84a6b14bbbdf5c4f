import type { Compute } from "./compute.ts";
import { CpuCompute } from "./cpu.ts";
import { openWebGpu } from "./webgpu.ts";

/** What a caller may ask for. */
export type Backend = "webgpu" | "cpu" | "auto";

/** Options of `openCompute`. */
export interface ComputeOptions {
  /** Most memory that device buffers may take together, bytes. Default: no ceiling. */
  readonly memoryBytes?: number;
}

/**
 * Opens a backend. "auto" takes WebGPU when the machine has an adapter and the CPU twin otherwise.
 * "webgpu" rejects with a `ComputeError` that says what to install when there is no adapter.
 */
export async function openCompute(backend: Backend, options: ComputeOptions = {}): Promise<Compute> {
  if (backend === "cpu" || (backend === "auto" && !(await hasAdapter()))) return new CpuCompute(options);
  return await openWebGpu(options);
}

/** Whether the machine has a WebGPU adapter. */
export async function hasAdapter(): Promise<boolean> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  try {
    return await gpu?.requestAdapter() != null;
  } catch {
    return false;
  }
}
