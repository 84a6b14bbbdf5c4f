import { ComputeError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { hasAdapter, openCompute } from "../gpu/open.ts";
import { type KernelCheck, selfTest } from "../kernels/self_test.ts";
import type { Command } from "./command.ts";
import { DEVICE_FLAGS, deviceChoice } from "./device.ts";
import { UsageError } from "./exit.ts";
import { defaultMemory, showMemory } from "./memory.ts";
import type { Output } from "./output.ts";
import { alignedTable } from "./table.ts";

/** Limits of an adapter that decide what annulus can do on it. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** `annulus doctor`: what this machine computes with, and whether it computes right. */
export const doctor: Command = {
  name: "doctor",
  usage: "doctor [--backend auto|webgpu|cpu]",
  summary: "Print Deno, adapter, driver and limits, and check every kernel against its twin",
  flags: DEVICE_FLAGS.filter(({ name }) => name === "backend"),
  async run(invocation, output) {
    if (invocation.operands.length > 0) {
      throw new UsageError(`annulus doctor takes no arguments, but got ${invocation.operands.join(" ")}`);
    }
    const { backend } = deviceChoice(invocation);
    const machine = await describeMachine();
    output.result({ machine }, Object.entries(machine).map(([name, value]) => `${name}: ${value}`).join("\n"));
    if (!(await hasAdapter())) {
      output.notice(
        "No WebGPU adapter: annulus runs on the CPU (a Vulkan driver, such as Mesa's lavapipe, would add one)",
      );
    }
    const compute = await openCompute(backend);
    try {
      const checks = await selfTest(compute);
      report(checks, compute.description, output);
    } finally {
      compute.destroy();
    }
  },
};

async function describeMachine(): Promise<Record<string, string>> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  const machine: Record<string, string> = {
    annulus: VERSION,
    Deno: `${Deno.version.deno} (${Deno.build.target})`,
    memory: `${showMemory(Deno.systemMemoryInfo().total)}, of which annulus plans with ${showMemory(defaultMemory())}`,
    cores: String(navigator.hardwareConcurrency),
  };
  if (adapter == null) return { ...machine, adapter: "none" };
  const { description, vendor, architecture, device } = adapter.info;
  machine.adapter = [description, vendor, architecture, device].filter((text) => text !== "").join(", ");
  for (const limit of LIMITS) machine[limit] = String(adapter.limits[limit]);
  return machine;
}

function report(checks: readonly KernelCheck[], device: string, output: Output): void {
  const failed = checks.filter(({ error, tolerance }) => !(error <= tolerance));
  const rows = checks.map((check) => [
    check.kernel,
    failed.includes(check) ? "WRONG" : "ok",
    check.error.toExponential(1),
    check.tolerance.toExponential(1),
  ]);
  output.result(
    { device, kernels: checks.map((check) => ({ ...check, ok: !failed.includes(check) })) },
    [`Kernels on ${device}, against their twins:`, alignedTable([["kernel", "", "difference", "allowed"], ...rows])]
      .join("\n"),
  );
  if (failed.length === 0) {
    output.result({ ok: true }, `All ${checks.length} kernels compute what they should`);
    return;
  }
  const reasons = failed.map(({ kernel, refusal }) => refusal === undefined ? kernel : `${kernel} (${refusal})`);
  throw new ComputeError(
    `${failed.length} of ${checks.length} kernels fail on ${device}: ${reasons.join(", ")}; use --backend cpu`,
  );
}
