import type { Binding, Compute, ComputeLimits, DeviceBuffer, Program, ScalarType, Uploadable } from "./compute.ts";
import { ComputeError } from "../core/errors.ts";

class CpuBuffer implements DeviceBuffer {
  data: ArrayBuffer | undefined;
  constructor(readonly label: string, readonly bytes: number, private readonly owner: CpuCompute) {
    this.data = new ArrayBuffer(bytes);
  }
  release(): void {
    if (this.data) this.owner.forget(this.bytes);
    this.data = undefined;
  }
}

/** The CPU twin of the WebGPU backend: runs each program's plain TypeScript twin. */
export class CpuCompute implements Compute {
  readonly backend = "cpu";
  readonly description = "CPU twin (plain TypeScript)";
  readonly memory = { current: 0, peak: 0 };
  readonly limits: ComputeLimits;

  constructor(options: { memoryBytes?: number } = {}) {
    this.limits = { maxBindingBytes: 2 ** 31 - 16, memoryBytes: options.memoryBytes ?? Infinity };
  }
  forget(bytes: number): void {
    this.memory.current -= bytes;
  }
  allocate(label: string, bytes: number): DeviceBuffer {
    const rounded = Math.max(16, Math.ceil(bytes / 16) * 16);
    this.memory.current += rounded;
    this.memory.peak = Math.max(this.memory.peak, this.memory.current);
    return new CpuBuffer(label, rounded, this);
  }
  upload(label: string, data: Uploadable): DeviceBuffer {
    const buffer = this.allocate(label, data.byteLength);
    this.write(buffer, data);
    return buffer;
  }
  #data(buffer: DeviceBuffer): ArrayBuffer {
    const data = (buffer as CpuBuffer).data;
    if (!data) throw new ComputeError(`Buffer "${buffer.label}" was used after its release`);
    return data;
  }
  write(buffer: DeviceBuffer, data: Uploadable, byteOffset = 0): void {
    new Uint8Array(this.#data(buffer)).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byteOffset);
  }
  clear(buffer: DeviceBuffer): void {
    new Uint32Array(this.#data(buffer)).fill(0);
  }
  copy(from: DeviceBuffer, fromOffset: number, to: DeviceBuffer, toOffset: number, bytes: number): void {
    new Uint8Array(this.#data(to)).set(new Uint8Array(this.#data(from), fromOffset, bytes), toOffset);
  }
  run<B extends Record<string, Binding>, P extends Record<string, ScalarType>>(
    program: Program<B, P>,
    buffers: { readonly [K in keyof B]: DeviceBuffer },
    params: { readonly [K in keyof P]: number },
    items: number,
  ): void {
    const views: Record<string, Float32Array | Uint32Array | Int32Array> = {};
    for (const [name, binding] of Object.entries(program.bindings)) {
      const data = this.#data(buffers[name]);
      views[name] = binding.type === "f32" || binding.type === "vec4f"
        ? new Float32Array(data)
        : binding.type === "i32"
        ? new Int32Array(data)
        : new Uint32Array(data);
    }
    program.twin(views as Parameters<typeof program.twin>[0], params, 0, items);
  }
  read(...buffers: DeviceBuffer[]): Promise<ArrayBuffer[]> {
    return Promise.resolve(buffers.map((buffer) => this.#data(buffer).slice(0)));
  }
  flush(): void {}
  finish(): Promise<void> {
    return Promise.resolve();
  }
  destroy(): void {}
}
