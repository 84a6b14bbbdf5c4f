import type { Compute, DeviceBuffer } from "../../gpu/compute.ts";
import { pitchOf, type StackShape } from "../stack.ts";

/** Random data on which a kernel is compared with its twin: by `selfTest` (the `doctor` command) and by the tests. */
export interface KernelCase {
  /** The program's name. */
  readonly kernel: string;
  /** Largest difference that rounding explains, relative to the largest value of a buffer. */
  readonly tolerance: number;
  /** Makes data of a size from a seed, queues the kernel's calls, and returns the float32 buffers to compare. */
  readonly calls: (compute: Compute, shape: StackShape, seed: number) => DeviceBuffer[];
}

/** Seeded uniform numbers in [0, 1): splitmix32. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A padded random stack [frames][height][pitch] of values in [low, high), padding 0. */
export function randomStack(seed: number, shape: StackShape, low = -1, high = 1): Float32Array {
  const next = uniform(seed), pitch = pitchOf(shape.width);
  const stack = new Float32Array(shape.frames * shape.height * pitch);
  for (let i = 0; i < stack.length; i++) if (i % pitch < shape.width) stack[i] = low + (high - low) * next();
  return stack;
}

/** Floats of a padded image. */
export function imageSize(shape: StackShape): number {
  return shape.height * pitchOf(shape.width);
}

/** About half of an image's blocks of four pixels, ascending, at least one. */
export function someBlocks(seed: number, shape: StackShape): Uint32Array {
  const next = uniform(seed), all = Uint32Array.from({ length: imageSize(shape) / 4 }, (_, i) => i);
  return all.filter((i) => i === 0 || next() < 0.5);
}
