import type { Program } from "./compute.ts";
import { uniformBytes } from "./uniforms.ts";
import { ComputeError } from "../core/errors.ts";

/** A compiled program. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles each program once, by its name. */
export class PipelineCache {
  readonly #pipelines = new Map<string, { readonly code: string; readonly made: Pipeline }>();

  constructor(
    private readonly device: GPUDevice,
    /** Runs device calls in an error scope under a label. */
    private readonly scoped: <T>(label: string, action: () => T) => T,
  ) {}

  /** The compiled program; the bind group layout follows from the declared bindings, not from the shader. */
  get(program: Program): Pipeline {
    const known = this.#pipelines.get(program.name);
    if (known) {
      if (known.code !== program.code) throw new ComputeError(`Two different kernels are named "${program.name}"`);
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
    this.#pipelines.set(program.name, { code: program.code, made });
    return made;
  }
}
