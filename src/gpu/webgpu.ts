import type { Compute, ComputeLimits, DeviceBuffer, Program, ScalarType, Uploadable } from "./compute.ts";
import { ComputeError } from "../core/errors.ts";
import { PipelineCache } from "./pipelines.ts";
import { type Slab, SlabPool } from "./pool.ts";
import { packUniforms, UNIFORM_BYTES, uniformBytes } from "./uniforms.ts";

/** Lanes of a workgroup: every kernel declares this. */
const WORKGROUP = 64;
/** Workgroups along one axis of a dispatch; kernels compute their item with this number. */
const GRID_WIDTH = 65535;
/** Written bytes that may wait for a submit: the driver keeps a copy of them until then. */
const PENDING_WRITE_BYTES = 64 * 2 ** 20;
/** Dispatches that may wait for a submit: the device starts working early on long batches. */
const BATCH_DISPATCHES = 256;
/** Bind groups kept for reuse; all are forgotten when there are more. */
const BIND_GROUP_CAP = 512;

class WebGpuBuffer implements DeviceBuffer {
  slab: Slab | undefined;
  constructor(readonly label: string, readonly bytes: number, slab: Slab, private readonly pool: SlabPool) {
    this.slab = slab;
  }
  release(): void {
    const slab = this.slab;
    this.slab = undefined;
    if (slab) this.pool.give(slab);
  }
}

/** Options of `openWebGpu`. */
export interface WebGpuOptions {
  /** Most memory that buffers may take together (pooled and read-back ones included), bytes. Default: no ceiling. */
  readonly memoryBytes?: number;
}

/**
 * Opens the machine's WebGPU adapter with its largest buffer limits.
 * Rejects with a `ComputeError` when there is no adapter or it refuses a device.
 */
export async function openWebGpu(options: WebGpuOptions = {}): Promise<WebGpuCompute> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new ComputeError(
      "No WebGPU adapter was found: install a Vulkan driver (for software rendering Mesa's lavapipe, package " +
        '"mesa-vulkan-drivers") or use the backend "cpu"',
    );
  }
  const { limits } = adapter;
  const requiredLimits = {
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxBufferSize: limits.maxBufferSize,
    maxStorageBuffersPerShaderStage: Math.min(limits.maxStorageBuffersPerShaderStage, 16),
  };
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ label: "annulus", requiredLimits });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ComputeError(`The WebGPU adapter "${describe(adapter.info)}" refused a device: ${reason}`, {
      cause: error,
    });
  }
  return new WebGpuCompute(device, describe(adapter.info), options);
}

function describe(info: GPUAdapterInfo): string {
  const text = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(" ");
  return text || "unnamed adapter";
}

/** Runs programs on a WebGPU device. Commands collect in one encoder until a read, a flush or a full batch submits them. */
export class WebGpuCompute implements Compute {
  readonly backend = "webgpu";
  readonly limits: ComputeLimits;
  readonly memory = { current: 0, peak: 0 };

  readonly #storage: SlabPool;
  readonly #staging: SlabPool;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: GPUBuffer;
  readonly #uniformData = new DataView(new ArrayBuffer(UNIFORM_BYTES));
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  #uniformOffset = 0;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #batch = 0;
  #dispatches = 0;
  #labels = new Set<string>();
  #writtenBytes = 0;
  #scopes: Promise<void>[] = [];
  #failure: ComputeError | undefined;
  #lost = false;
  #destroyed = false;

  /** Use `openWebGpu`. */
  constructor(
    private readonly device: GPUDevice,
    readonly description: string,
    options: WebGpuOptions,
  ) {
    this.limits = {
      maxBindingBytes: Math.floor(
        Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize) / 16,
      ) * 16,
      memoryBytes: options.memoryBytes ?? Infinity,
    };
    const pool = (usage: GPUBufferUsageFlags, other: () => SlabPool) =>
      new SlabPool(
        device,
        usage,
        this.memory,
        this.limits.memoryBytes,
        () => this.flush(),
        () => other().trim(0),
      );
    this.#storage = pool(
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      () => this.#staging,
    );
    this.#staging = pool(GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST, () => this.#storage);
    this.#pipelines = new PipelineCache(device, (label, action) => this.#scoped(label, action));
    this.#uniforms = device.createBuffer({
      label: "uniforms",
      size: UNIFORM_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#fail(`The WebGPU device reported an error: ${(event as GPUUncapturedErrorEvent).error.message}`);
    });
    device.lost.then((info) => {
      this.#lost = true;
      if (!this.#destroyed) this.#fail(`The WebGPU device was lost (${info.reason}): ${info.message || "no reason"}`);
    });
  }

  allocate(label: string, bytes: number): DeviceBuffer {
    const { buffer, fresh } = this.#take(label, bytes);
    if (!fresh) this.clear(buffer);
    return buffer;
  }

  upload(label: string, data: Uploadable): DeviceBuffer {
    const { buffer, fresh } = this.#take(label, data.byteLength);
    if (!fresh && data.byteLength < buffer.bytes) this.clear(buffer);
    this.write(buffer, data);
    return buffer;
  }

  write(buffer: DeviceBuffer, data: Uploadable, byteOffset = 0): void {
    if (data.byteLength === 0) return;
    const slab = this.#slab(buffer, "write");
    checkRange(buffer, byteOffset, data.byteLength, "write");
    // A queue write happens before everything that is still unsubmitted.
    if (slab.batch === this.#batch || this.#writtenBytes > PENDING_WRITE_BYTES) this.flush();
    const whole = data.byteLength - data.byteLength % 4;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    this.#scoped(`Writing buffer "${buffer.label}" failed`, () => {
      if (whole > 0) this.device.queue.writeBuffer(slab.gpu, byteOffset, bytes, 0, whole);
      if (whole < data.byteLength) {
        const tail = new Uint8Array(4);
        tail.set(bytes.subarray(whole));
        this.device.queue.writeBuffer(slab.gpu, byteOffset + whole, tail);
      }
    });
    this.#writtenBytes += data.byteLength;
  }

  clear(buffer: DeviceBuffer): void {
    const slab = this.#slab(buffer, "clear");
    this.#commands().clearBuffer(slab.gpu, 0, buffer.bytes);
    slab.batch = this.#batch;
  }

  copy(from: DeviceBuffer, fromOffset: number, to: DeviceBuffer, toOffset: number, bytes: number): void {
    if (bytes === 0) return;
    const source = this.#slab(from, "copy from"), target = this.#slab(to, "copy to");
    checkRange(from, fromOffset, bytes, "copy from");
    checkRange(to, toOffset, bytes, "copy to");
    if (bytes % 4 !== 0) {
      throw new ComputeError(`Cannot copy ${bytes} bytes to buffer "${to.label}": the length must be a multiple of 4`);
    }
    if (source === target) {
      throw new ComputeError(`Cannot copy buffer "${from.label}" into itself: use two buffers`);
    }
    this.#commands().copyBufferToBuffer(source.gpu, fromOffset, target.gpu, toOffset, bytes);
    source.batch = target.batch = this.#batch;
  }

  run<B extends Program["bindings"], P extends Record<string, ScalarType>>(
    program: Program<B, P>,
    buffers: { readonly [K in keyof B]: DeviceBuffer },
    params: { readonly [K in keyof P]: number },
    items: number,
  ): void {
    if (items <= 0) return;
    const groups = Math.ceil(items / WORKGROUP);
    if (groups > 2 ** 26 - GRID_WIDTH) {
      throw new ComputeError(`Kernel "${program.name}" cannot run ${items} items at once: use smaller chunks`);
    }
    // The twin's parameter types make `Program` invariant in its bindings; names and order are all that is needed here.
    const general = program as unknown as Program;
    const size = Math.ceil(uniformBytes(general) / this.device.limits.minUniformBufferOffsetAlignment) *
      this.device.limits.minUniformBufferOffsetAlignment;
    if (this.#uniformOffset + size > UNIFORM_BYTES || this.#dispatches >= BATCH_DISPATCHES) this.flush();
    const slabs = Object.keys(program.bindings).map((name) => {
      const buffer = buffers[name];
      if (!buffer) throw new ComputeError(`Kernel "${program.name}" got no buffer for its binding "${name}"`);
      if (buffer.bytes > this.limits.maxBindingBytes) {
        throw new ComputeError(
          `Kernel "${program.name}" cannot bind buffer "${buffer.label}" of ${buffer.bytes} bytes: the adapter binds at ` +
            `most ${this.limits.maxBindingBytes} bytes; use smaller chunks`,
        );
      }
      return this.#slab(buffer, `run kernel "${program.name}" on`);
    });
    const { pipeline, layout } = this.#pipelines.get(general);
    const offset = this.#uniformOffset;
    packUniforms(general, params, items, this.#uniformData, offset);
    const group = this.#bindGroup(general, layout, slabs);
    this.#uniformOffset += size;
    const pass = this.#pass ??= this.#commandEncoder().beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(Math.min(groups, GRID_WIDTH), Math.ceil(groups / GRID_WIDTH));
    for (const slab of slabs) slab.batch = this.#batch;
    this.#labels.add(program.name);
    this.#dispatches++;
  }

  async read(...buffers: DeviceBuffer[]): Promise<ArrayBuffer[]> {
    const staged = buffers.map((buffer) => {
      const source = this.#slab(buffer, "read");
      const { slab } = this.#staging.take(`read-back of ${buffer.label}`, buffer.bytes);
      this.#commands().copyBufferToBuffer(source.gpu, 0, slab.gpu, 0, buffer.bytes);
      source.batch = slab.batch = this.#batch;
      return slab;
    });
    this.flush();
    try {
      await Promise.all(staged.map((slab) => slab.gpu.mapAsync(GPUMapMode.READ)));
    } catch (error) {
      await this.#check();
      const names = buffers.map((buffer) => `"${buffer.label}"`).join(", ");
      throw new ComputeError(`Reading ${names} back failed: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    const copies = staged.map((slab) => {
      const copy = slab.gpu.getMappedRange().slice(0);
      slab.gpu.unmap();
      this.#staging.give(slab);
      return copy;
    });
    await this.#check();
    return copies;
  }

  flush(): void {
    this.#pass?.end();
    this.#pass = undefined;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder) {
      this.#scoped(`A batch with the kernels ${[...this.#labels].join(", ") || "(none)"} failed`, () => {
        if (this.#uniformOffset > 0) {
          this.device.queue.writeBuffer(
            this.#uniforms,
            0,
            this.#uniformData.buffer as ArrayBuffer,
            0,
            this.#uniformOffset,
          );
        }
        this.device.queue.submit([encoder.finish()]);
      });
    } else if (this.#writtenBytes > 0) {
      this.device.queue.submit([]);
    }
    this.#batch++;
    this.#dispatches = 0;
    this.#uniformOffset = 0;
    this.#writtenBytes = 0;
    this.#labels.clear();
  }

  async finish(): Promise<void> {
    this.flush();
    await this.device.queue.onSubmittedWorkDone();
    await this.#check();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.flush();
    this.#destroyed = true;
    this.#bindGroups.clear();
    this.#storage.destroy();
    this.#staging.destroy();
    this.#uniforms.destroy();
    this.device.destroy();
  }

  #take(label: string, bytes: number): { buffer: DeviceBuffer; fresh: boolean } {
    if (this.#destroyed) throw new ComputeError(`Cannot allocate buffer "${label}": the device was destroyed`);
    const rounded = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (!(rounded <= this.device.limits.maxBufferSize)) {
      throw new ComputeError(
        `Buffer "${label}" of ${bytes} bytes is larger than the adapter's largest buffer, ` +
          `${this.device.limits.maxBufferSize} bytes; use smaller chunks`,
      );
    }
    const { slab, fresh } = this.#scoped(
      `Buffer "${label}" of ${rounded} bytes could not be allocated`,
      () => this.#storage.take(label, rounded),
    );
    return { buffer: new WebGpuBuffer(label, rounded, slab, this.#storage), fresh };
  }

  #slab(buffer: DeviceBuffer, verb: string): Slab {
    const slab = buffer instanceof WebGpuBuffer ? buffer.slab : undefined;
    if (!slab) {
      throw new ComputeError(`Cannot ${verb} buffer "${buffer.label}": it was released or belongs to another device`);
    }
    return slab;
  }

  #bindGroup(program: Program, layout: GPUBindGroupLayout, slabs: readonly Slab[]): GPUBindGroup {
    const key = `${program.name} ${program.variant ?? ""} ${slabs.map((slab) => slab.id).join(" ")}`;
    const known = this.#bindGroups.get(key);
    if (known) return known;
    const group = this.#scoped(
      `Kernel "${program.name}" does not accept its buffers`,
      () =>
        this.device.createBindGroup({
          label: program.name,
          layout,
          entries: [
            { binding: 0, resource: { buffer: this.#uniforms, offset: 0, size: uniformBytes(program) } },
            ...slabs.map((slab, i) => ({
              binding: i + 1,
              resource: { buffer: slab.gpu, offset: 0, size: slab.bytes },
            })),
          ],
        }),
    );
    if (this.#bindGroups.size >= BIND_GROUP_CAP) this.#bindGroups.clear();
    this.#bindGroups.set(key, group);
    return group;
  }

  #commandEncoder(): GPUCommandEncoder {
    return this.#encoder ??= this.device.createCommandEncoder({ label: "batch" });
  }

  /** The encoder outside of a compute pass. */
  #commands(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    return this.#commandEncoder();
  }

  /** Errors of the device inside `action` become a failure under `label`, told at the next await. */
  #scoped<T>(label: string, action: () => T): T {
    this.device.pushErrorScope("out-of-memory");
    this.device.pushErrorScope("validation");
    try {
      return action();
    } finally {
      for (let scope = 0; scope < 2; scope++) {
        this.#scopes.push(
          this.device.popErrorScope().then(
            (error) => {
              if (error) this.#fail(`${label}: ${error.message}`);
            },
            // The device is gone; `lost` tells.
            () => {},
          ),
        );
      }
    }
  }

  #fail(message: string): void {
    this.#failure ??= new ComputeError(message.trim());
  }

  async #check(): Promise<void> {
    const scopes = this.#scopes;
    this.#scopes = [];
    await Promise.all(scopes);
    const failure = this.#failure;
    // A failure is told once; a lost device stays lost.
    if (!this.#lost) this.#failure = undefined;
    if (failure) throw failure;
  }
}

function checkRange(buffer: DeviceBuffer, offset: number, bytes: number, verb: string): void {
  if (offset % 4 !== 0 || offset < 0 || Math.ceil((offset + bytes) / 4) * 4 > buffer.bytes) {
    throw new ComputeError(
      `Cannot ${verb} ${bytes} bytes at offset ${offset} of buffer "${buffer.label}": it has ${buffer.bytes} bytes, ` +
        `and offsets are multiples of 4`,
    );
  }
}
