import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { binSpace } from "../kernels/bin_space.ts";
import { filter } from "../kernels/filter.ts";
import { stackBytes, type StackShape } from "../kernels/stack.ts";
import type { Scale } from "./scale.ts";

/** Frames as they are compared: averaged over blocks of pixels and high-pass filtered. */
export class CoarseFrames {
  readonly #weights: DeviceBuffer | undefined;
  readonly #binned: DeviceBuffer | undefined;

  /** The coarse frames that were made last. */
  readonly stack: DeviceBuffer;

  /** @param mostFrames frames that will be made at once */
  constructor(readonly compute: Compute, readonly scale: Scale, mostFrames: number) {
    const bytes = stackBytes({ frames: mostFrames, width: scale.width, height: scale.height });
    this.stack = compute.allocate("coarse frames", bytes);
    if (scale.kernel) {
      this.#weights = compute.upload("high-pass filter", scale.kernel.weights);
      this.#binned = compute.allocate("coarse frames, unfiltered", bytes);
    }
  }

  /**
   * Queues the making of coarse frames.
   * @param shape of the stack in full resolution
   * @returns the coarse stack, overwritten by the next call
   */
  make(stack: DeviceBuffer, shape: StackShape): DeviceBuffer {
    const { compute, scale } = this, coarse = { frames: shape.frames, width: scale.width, height: scale.height };
    const binned = this.#binned ?? this.stack;
    binSpace(compute, stack, binned, shape, scale.factor);
    if (scale.kernel && this.#weights) {
      filter(compute, binned, this.stack, coarse, this.#weights, scale.kernel.radius);
    }
    return this.stack;
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [this.stack, this.#weights, this.#binned]) buffer?.release();
  }
}
