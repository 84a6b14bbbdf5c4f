import type { Backend } from "../gpu/open.ts";
import type { Flag, Invocation } from "./command.ts";
import { UsageError } from "./exit.ts";
import { defaultMemory, parseMemory } from "./memory.ts";

const BACKENDS = ["auto", "webgpu", "cpu"] as const;

/** Flags of the commands that compute. */
export const DEVICE_FLAGS: readonly Flag[] = [
  { name: "backend", value: BACKENDS.join("|"), help: "Device (default auto: WebGPU where there is an adapter)" },
  { name: "memory", value: "SIZE", help: "Memory to plan with, such as 1GB (default a quarter of the machine's)" },
];

/** The device that was asked for. Throws `UsageError`. */
export function deviceChoice({ values }: Invocation): { backend: Backend; memoryBytes: number } {
  const backend = BACKENDS.find((name) => name === (values.backend ?? "auto"));
  if (backend === undefined) {
    throw new UsageError(`--backend is ${values.backend}, but it has to be one of ${BACKENDS.join(", ")}`);
  }
  return { backend, memoryBytes: values.memory === undefined ? defaultMemory() : parseMemory(values.memory) };
}
