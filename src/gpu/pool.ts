import { ComputeError } from "../core/errors.ts";

/** Pooled (released, kept for reuse) memory is given back to the driver above this many bytes. */
export const POOL_CAP_BYTES = 32 * 2 ** 20;

/** A piece of device memory. Handles come and go; the slab stays and is reused. */
export interface Slab {
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  readonly id: number;
  /** The last batch of commands that uses it. */
  batch: number;
}

/** Memory accounting shared by all pools of a device. */
export interface MemoryCount {
  current: number;
  peak: number;
}

/**
 * Slabs of one usage, reused when a released one has exactly the wanted size (a chunked computation asks for the same few sizes
 * again and again) and counted against the device's ceiling.
 */
export class SlabPool {
  readonly #free = new Map<number, Slab[]>();
  readonly #all = new Set<Slab>();
  #freeBytes = 0;
  #nextId = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly usage: GPUBufferUsageFlags,
    private readonly memory: MemoryCount,
    private readonly ceiling: number,
    /** Submits queued commands: memory may only be destroyed when no unsubmitted command uses it. */
    private readonly submit: () => void,
    /** Empties the device's other pools when this one meets the ceiling. */
    private readonly relieve: () => void,
  ) {}

  /** A slab of `bytes`; `fresh` says that it is still zero from its creation. */
  take(label: string, bytes: number): { slab: Slab; fresh: boolean } {
    const list = this.#free.get(bytes);
    const kept = list?.pop();
    if (kept) {
      this.#freeBytes -= bytes;
      return { slab: kept, fresh: false };
    }
    if (this.memory.current + bytes > this.ceiling) {
      this.trim(0);
      this.relieve();
    }
    if (this.memory.current + bytes > this.ceiling) {
      throw new ComputeError(
        `Buffer "${label}" of ${bytes} bytes does not fit: ${this.memory.current} bytes are in use and the ceiling is ` +
          `${this.ceiling} bytes; raise the memory limit or use smaller chunks`,
      );
    }
    const gpu = this.device.createBuffer({ label, size: bytes, usage: this.usage });
    const slab = { gpu, bytes, id: this.#nextId++, batch: -1 };
    this.#all.add(slab);
    this.memory.current += bytes;
    this.memory.peak = Math.max(this.memory.peak, this.memory.current);
    return { slab, fresh: true };
  }

  /** Puts a slab back; the pool keeps at most `POOL_CAP_BYTES` for reuse. */
  give(slab: Slab): void {
    const list = this.#free.get(slab.bytes);
    if (list) list.push(slab);
    else this.#free.set(slab.bytes, [slab]);
    this.#freeBytes += slab.bytes;
    if (this.#freeBytes > POOL_CAP_BYTES) this.trim(POOL_CAP_BYTES / 2);
  }

  /** Destroys kept slabs, those of the oldest sizes first, until at most `bytes` are kept. */
  trim(bytes: number): void {
    if (this.#freeBytes <= bytes) return;
    this.submit();
    for (const [size, list] of this.#free) {
      while (list.length > 0 && this.#freeBytes > bytes) this.#destroy(list.pop()!);
      if (list.length === 0) this.#free.delete(size);
    }
  }

  #destroy(slab: Slab): void {
    slab.gpu.destroy();
    this.#all.delete(slab);
    this.#freeBytes -= slab.bytes;
    this.memory.current -= slab.bytes;
  }

  /** Destroys everything, used or not. */
  destroy(): void {
    for (const slab of this.#all) {
      slab.gpu.destroy();
      this.memory.current -= slab.bytes;
    }
    this.#all.clear();
    this.#free.clear();
    this.#freeBytes = 0;
  }
}
