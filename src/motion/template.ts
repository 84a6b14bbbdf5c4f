import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { binTime } from "../kernels/bin_time.ts";
import { quantile } from "../kernels/quantile.ts";
import { stackBytes, unpad } from "../kernels/stack.ts";

/** Frames averaged before medians are taken, at most; fewer where the movie is short. */
const MOST_AVERAGED = 20;
/** Bins a movie should at least have. */
const FEWEST_BINS = 50;
/** Averages a median is taken of, at most: those of a longer movie are spread evenly over it. */
const MOST_BINS = 100;

/** Frames of a movie that are averaged into one, and which of the averages count. */
export interface Bins {
  /** Frames averaged. Chunks are multiples of it. */
  readonly frames: number;
  /** Every how many of the averages is taken. */
  readonly every: number;
  /** Averages that are taken. */
  readonly count: number;
}

/** How a movie's frames are averaged. Depends on its length only: templates must not depend on chunks. */
export function binsOf(frames: number): Bins {
  const length = Math.max(1, Math.min(MOST_AVERAGED, Math.floor(frames / FEWEST_BINS)));
  const all = Math.ceil(frames / length), every = Math.ceil(all / MOST_BINS);
  return { frames: length, every, count: Math.ceil(all / every) };
}

/**
 * Makes the template: the median, pixel by pixel, of averages of consecutive registered frames (NoRMCorre). Activity
 * and noise average out before the median; frames that were registered wrongly are outvoted by it.
 */
export class TemplateMaker {
  readonly #bins: Bins;
  readonly #averages: DeviceBuffer;
  readonly #chunk: DeviceBuffer;
  readonly #frameBytes: number;

  constructor(
    readonly compute: Compute,
    readonly size: { readonly width: number; readonly height: number },
    frames: number,
    chunkFrames: number,
  ) {
    this.#bins = binsOf(frames);
    this.#frameBytes = stackBytes({ ...size, frames: 1 });
    this.#averages = compute.allocate("averages of frames", this.#bins.count * this.#frameBytes);
    this.#chunk = compute.allocate(
      "averages of a chunk",
      Math.ceil(chunkFrames / this.#bins.frames) * this.#frameBytes,
    );
  }

  /** Queues the averages of a chunk of registered frames; `start` is a multiple of the bins' length. */
  add(stack: DeviceBuffer, start: number, frames: number): void {
    const { frames: length, every } = this.#bins, first = start / length, count = Math.ceil(frames / length);
    binTime(this.compute, stack, this.#chunk, { frames, ...this.size }, length, 0);
    for (let bin = 0; bin < count; bin++) {
      if ((first + bin) % every !== 0) continue;
      const to = (first + bin) / every * this.#frameBytes;
      this.compute.copy(this.#chunk, bin * this.#frameBytes, this.#averages, to, this.#frameBytes);
    }
  }

  /** The template, row-major. */
  async finish(): Promise<Float32Array> {
    const { compute } = this, { width, height } = this.size;
    const image = compute.allocate("template", this.#frameBytes);
    quantile(compute, this.#averages, image, { frames: this.#bins.count, width, height }, 0.5);
    const [bytes] = await compute.read(image);
    image.release();
    return unpad(new Float32Array(bytes), width, height);
  }

  /** Frees the device buffers. */
  release(): void {
    this.#averages.release();
    this.#chunk.release();
  }
}
