import type { Compute, ComputeLimits, DeviceBuffer, Program, ScalarType, Uploadable } from "./compute.ts";
import { ComputeError } from "../core/errors.ts";
import { TwinThreads } from "./twin_threads.ts";
import { viewsOf } from "./twin_views.ts";

/** Dispatches that would take longer than this on one thread are shared with workers, milliseconds. */
const WORTH_SHARING_MS = 4;
/** Items that are done first, to learn how long one takes. */
const SAMPLE_ITEMS = 64;
/** Most workers that are started. */
const MAX_WORKERS = 15;
/**
 * Released memory that is kept for the next buffer of its size, bytes. A chunked computation asks for the same few sizes again and again,
 * and the garbage collector lets shared memory pile up. It is not counted as in use.
 */
const KEPT_BYTES = 2 ** 27;

class CpuBuffer implements DeviceBuffer {
  data: ArrayBufferLike | undefined;
  constructor(readonly label: string, readonly bytes: number, shared: boolean, private readonly owner: CpuCompute) {
    this.data = owner.kept(bytes) ?? (shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  }
  release(): void {
    if (this.data) this.owner.forget(this.data);
    this.data = undefined;
  }
}

/** Options of `CpuCompute`. */
export interface CpuOptions {
  /** Most memory that buffers may take together, bytes. Default: no ceiling. */
  readonly memoryBytes?: number;
  /**
   * Worker threads besides the calling one. Default: one less than the machine has cores, 15 at most; 0 where workers or shared memory
   * are missing. Results do not depend on it.
   */
  readonly workers?: number;
}

/**
 * The CPU twin of the WebGPU backend: runs each program's plain TypeScript twin, at once. Long dispatches are shared with worker
 * threads, which live until `destroy`.
 */
export class CpuCompute implements Compute {
  readonly backend = "cpu";
  readonly description: string;
  readonly memory = { current: 0, peak: 0 };
  readonly limits: ComputeLimits;
  readonly #threads: TwinThreads | undefined;
  /** Released memory, the longest released first. */
  readonly #kept: ArrayBufferLike[] = [];
  #keptBytes = 0;

  constructor(options: CpuOptions = {}) {
    const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
    const workers = TwinThreads.available() ? options.workers ?? Math.min(cores - 1, MAX_WORKERS) : 0;
    this.#threads = workers > 0 ? new TwinThreads(workers) : undefined;
    this.description = `CPU twin (plain TypeScript, ${workers + 1} thread${workers > 0 ? "s" : ""})`;
    this.limits = { maxBindingBytes: 2 ** 31 - 16, memoryBytes: options.memoryBytes ?? Infinity };
  }
  /** Takes a released buffer off the account, and keeps its memory for another. */
  forget(data: ArrayBufferLike): void {
    this.memory.current -= data.byteLength;
    this.#kept.push(data);
    this.#keptBytes += data.byteLength;
    while (this.#keptBytes > KEPT_BYTES) this.#keptBytes -= this.#kept.shift()!.byteLength;
  }
  /** Zeroed memory of a released buffer of the same size, if there is one. */
  kept(bytes: number): ArrayBufferLike | undefined {
    const at = this.#kept.findLastIndex(({ byteLength }) => byteLength === bytes);
    if (at < 0) return undefined;
    const [data] = this.#kept.splice(at, 1);
    this.#keptBytes -= bytes;
    new Uint8Array(data).fill(0);
    return data;
  }
  allocate(label: string, bytes: number): DeviceBuffer {
    const rounded = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (this.memory.current + rounded > this.limits.memoryBytes) {
      throw new ComputeError(
        `Buffer "${label}" of ${rounded} bytes does not fit: ${this.memory.current} bytes are in use and the ceiling is ` +
          `${this.limits.memoryBytes} bytes; raise the memory limit or use smaller chunks`,
      );
    }
    const buffer = new CpuBuffer(label, rounded, this.#threads !== undefined, this);
    this.memory.current += rounded;
    this.memory.peak = Math.max(this.memory.peak, this.memory.current);
    return buffer;
  }
  upload(label: string, data: Uploadable): DeviceBuffer {
    const buffer = this.allocate(label, data.byteLength);
    this.write(buffer, data);
    return buffer;
  }
  #data(buffer: DeviceBuffer): ArrayBufferLike {
    const data = buffer instanceof CpuBuffer ? buffer.data : undefined;
    if (!data) throw new ComputeError(`Buffer "${buffer.label}" was released or belongs to another device`);
    return data;
  }
  write(buffer: DeviceBuffer, data: Uploadable, byteOffset = 0): void {
    const all = new Uint8Array(this.#data(buffer)), end = byteOffset + data.byteLength;
    if (byteOffset % 4 !== 0 || byteOffset < 0 || end > all.length) {
      throw new ComputeError(
        `Cannot write ${data.byteLength} bytes at offset ${byteOffset} of buffer "${buffer.label}": it has ${all.length} ` +
          `bytes, and offsets are multiples of 4`,
      );
    }
    all.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), byteOffset);
    all.fill(0, end, Math.ceil(end / 4) * 4);
  }
  clear(buffer: DeviceBuffer): void {
    new Uint32Array(this.#data(buffer)).fill(0);
  }
  copy(from: DeviceBuffer, fromOffset: number, to: DeviceBuffer, toOffset: number, bytes: number): void {
    new Uint8Array(this.#data(to)).set(new Uint8Array(this.#data(from), fromOffset, bytes), toOffset);
  }
  run<B extends Program["bindings"], P extends Record<string, ScalarType>>(
    program: Program<B, P>,
    buffers: { readonly [K in keyof B]: DeviceBuffer },
    params: { readonly [K in keyof P]: number },
    items: number,
  ): void {
    if (items <= 0) return;
    // The twin's parameter types make `Program` invariant in its bindings; names and order are all that is needed here.
    const general = program as unknown as Program;
    const data: Record<string, ArrayBufferLike> = {};
    for (const name of Object.keys(program.bindings)) {
      if (!buffers[name]) throw new ComputeError(`Kernel "${program.name}" got no buffer for its binding "${name}"`);
      data[name] = this.#data(buffers[name]);
    }
    const views = viewsOf(general, data);
    if (!this.#threads?.canRun(general)) {
      general.twin(views, params, 0, items);
      return;
    }
    const sample = Math.min(items, SAMPLE_ITEMS), start = performance.now();
    general.twin(views, params, 0, sample);
    const expected = (performance.now() - start) / sample * (items - sample);
    if (expected < WORTH_SHARING_MS) {
      if (sample < items) general.twin(views, params, sample, items);
    } else {
      this.#threads.run(general, data as Record<string, SharedArrayBuffer>, params, sample, items);
    }
  }
  read(...buffers: DeviceBuffer[]): Promise<ArrayBuffer[]> {
    try {
      return Promise.resolve(buffers.map((buffer) => new Uint8Array(this.#data(buffer)).slice().buffer));
    } catch (error) {
      return Promise.reject(error);
    }
  }
  flush(): void {}
  finish(): Promise<void> {
    return Promise.resolve();
  }
  destroy(): void {
    this.#threads?.terminate();
    this.#kept.length = 0;
    this.#keptBytes = 0;
  }
}
