/**
 * The one interface the science is written against. It runs programs on buffers and reads buffers back. It knows nothing of
 * cells, movies or files; it does not choose algorithms; and a stage can not ask it which backend it is to act differently.
 */

/** Element of a storage binding. On the CPU "vec4f" is a Float32Array and "vec4u" a Uint32Array. */
export type ElementType = "f32" | "u32" | "i32" | "vec4f" | "vec4u";

/** A storage binding of a program. */
export interface Binding {
  /** Type of an element. */
  readonly type: ElementType;
  /** Whether the kernel writes it. */
  readonly access: "read" | "read_write";
}

/** The array a binding's elements are seen as on the CPU. */
export type ViewOf<E extends ElementType> = E extends "f32" | "vec4f" ? Float32Array
  : E extends "i32" ? Int32Array
  : Uint32Array;

/** What the twin of a program receives for its bindings. */
export type Views<B extends Record<string, Binding>> = { readonly [K in keyof B]: ViewOf<B[K]["type"]> };

/** Scalar in the uniform block. */
export type ScalarType = "u32" | "i32" | "f32";

/**
 * A kernel: WGSL and its plain TypeScript twin. `items` invocations are launched, in workgroups of 64 along one axis.
 * In WGSL the uniform block is `@group(0) @binding(0)`; its first field is always `items: u32`, then `params` in the order declared.
 * Storage bindings follow from `@binding(1)` in the order declared. The entry point is `main`, the item is
 * `(group.x + group.y * 65535u) * 64u + lane`, and invocations with `item >= params.items` return at once.
 */
export interface Program<
  B extends Record<string, Binding> = Record<string, Binding>,
  P extends Record<string, ScalarType> = Record<string, ScalarType>,
> {
  /** The shader's file name without extension. Unique. */
  readonly name: string;
  /**
   * URL of the module that exports the program (`import.meta.url`): lets worker threads load it and share its twin's work. Without it
   * the twin runs on the calling thread only.
   */
  readonly module?: string;
  /** Tells apart versions of one kernel whose WGSL was written out for different constants. The twin serves them all. */
  readonly variant?: string;
  /** WGSL source. */
  readonly code: string;
  /** Storage bindings in order. */
  readonly bindings: B;
  /** Uniform scalars in order (after `items`). */
  readonly params: P;
  /** Does items `[begin, end)` on the CPU. Items never write what another item reads or writes: ranges may run on other threads. */
  readonly twin: (views: Views<B>, params: { readonly [K in keyof P]: number }, begin: number, end: number) => void;
}

/** Declares a program; only gives the literal types their names. */
export function program<B extends Record<string, Binding>, P extends Record<string, ScalarType>>(
  definition: Program<B, P>,
): Program<B, P> {
  return definition;
}

/** A read-only storage binding. */
export function read<E extends ElementType>(type: E): { readonly type: E; readonly access: "read" } {
  return { type, access: "read" };
}

/** A read-write storage binding. */
export function write<E extends ElementType>(type: E): { readonly type: E; readonly access: "read_write" } {
  return { type, access: "read_write" };
}

/** Memory on the device. */
export interface DeviceBuffer {
  /** Name in error messages. */
  readonly label: string;
  /** Size, bytes. */
  readonly bytes: number;
  /** Gives the memory back to the pool. Safe while queued work still uses it; using it in later calls is an error. */
  release(): void;
}

/** Data that can be put on the device. */
export type Uploadable = Float32Array | Uint32Array | Int32Array | Uint8Array | Uint16Array | Int16Array;

/** What a device can do and how much it may use. */
export interface ComputeLimits {
  /** Largest buffer that can be bound, bytes. */
  readonly maxBindingBytes: number;
  /** Memory the pool may hold, bytes. */
  readonly memoryBytes: number;
}

/** Runs programs in the order they are given. Everything but `read` and `finish` only queues. */
export interface Compute {
  /** Which implementation it is, for reports. */
  readonly backend: "webgpu" | "cpu";
  /** Adapter or CPU, for people. */
  readonly description: string;
  /** What it can do and how much it may use. */
  readonly limits: ComputeLimits;
  /** Bytes now held by buffers (including pooled ones), and the most ever held. */
  readonly memory: { readonly current: number; readonly peak: number };
  /** A zeroed buffer. Bytes are rounded up to a multiple of 16. */
  allocate(label: string, bytes: number): DeviceBuffer;
  /** A buffer holding a copy of `data` (the rest, up to a multiple of 16 bytes, is 0). */
  upload(label: string, data: Uploadable): DeviceBuffer;
  /**
   * Copies `data` into a buffer at `byteOffset` (a multiple of 4), with zeros up to a multiple of 4 bytes. `data` may be changed
   * after the call.
   */
  write(buffer: DeviceBuffer, data: Uploadable, byteOffset?: number): void;
  /** Sets a whole buffer to zero. */
  clear(buffer: DeviceBuffer): void;
  /** Copies bytes between buffers (offsets and length multiples of 4). */
  copy(from: DeviceBuffer, fromOffset: number, to: DeviceBuffer, toOffset: number, bytes: number): void;
  /** Queues `items` invocations of a program. */
  run<B extends Record<string, Binding>, P extends Record<string, ScalarType>>(
    program: Program<B, P>,
    buffers: { readonly [K in keyof B]: DeviceBuffer },
    params: { readonly [K in keyof P]: number },
    items: number,
  ): void;
  /** Submits what is queued and reads whole buffers back, as copies, in one wait. Rejects with `ComputeError`. */
  read(...buffers: DeviceBuffer[]): Promise<ArrayBuffer[]>;
  /** Submits what is queued and starts it, without waiting. */
  flush(): void;
  /** Submits what is queued and waits until it is done. Rejects with `ComputeError`. */
  finish(): Promise<void>;
  /** Frees everything. */
  destroy(): void;
}
