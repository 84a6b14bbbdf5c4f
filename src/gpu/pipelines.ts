import type { Program } from "./compute.ts";
import { uniformBytes } from "./uniforms.ts";
import { ComputeError } from "../core/errors.ts";

/** A compiled program. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles each program once, by its name and variant. */
export class PipelineCache {
  readonly #pipelines = new Map<string, { readonly code: string; readonly made: Pipeline }>();

  constructor(
    private readonly device: GPUDevice,
    /** Runs device calls in an error scope under a label. */
    private readonly scoped: <T>(label: string, action: () => T) => T,
  ) {}

  /** The compiled program; the bind group layout follows from the declared bindings, not from the shader. */
  get(program: Program): Pipeline {
    const key = program.variant ? `${program.name} ${program.variant}` : program.name;
    const known = this.#pipelines.get(key);
    if (known) {
      if (known.code !== program.code) throw new ComputeError(`Two different kernels are named "${key}"`);
      return known.made;
    }
    const made = this.scoped(`Kernel "${program.name}" does not compile`, () => {
      const layout = this.device.createBindGroupLayout({
        label: program.name,
        entries: [
          {
            binding: 0,
            visibility: GPUShaderStage.COMPUTE,
            buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: uniformBytes(program) },
          },
          ...Object.values(program.bindings).map(({ access }, i): GPUBindGroupLayoutEntry => ({
            binding: i + 1,
            visibility: GPUShaderStage.COMPUTE,
            buffer: { type: access === "read" ? "read-only-storage" : "storage" },
          })),
        ],
      });
      const pipeline = this.device.createComputePipeline({
        label: program.name,
        layout: this.device.createPipelineLayout({ label: program.name, bindGroupLayouts: [layout] }),
        compute: {
          module: this.device.createShaderModule({ label: program.name, code: program.code }),
          entryPoint: "main",
        },
      });
      return { pipeline, layout };
    });
    this.#pipelines.set(key, { code: program.code, made });
    return made;
  }
}
