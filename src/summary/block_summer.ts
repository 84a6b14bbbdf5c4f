import type { DeviceBuffer } from "../gpu/compute.ts";
import { binTime } from "../kernels/bin_time.ts";
import { CORRELATION_PLANES, correlationSums } from "../kernels/correlation_sums.ts";
import { moments, momentsState } from "../kernels/moments.ts";
import { pitchOf } from "../kernels/stack.ts";
import type { Chunk, ChunkStream } from "../stream/chunks.ts";
import type { BlockSums } from "./field_statistics.ts";
import type { FrameRange } from "./frame_ranges.ts";

/** With this noise and threshold every sample counts: the sums are of plain differences from the centre. */
const EVERY_SAMPLE = { noise: 1e30, threshold: -1 };

/**
 * Sums blocks of frames on the device. A block's samples are counted from the mean of its first chunk: what the sums lose to rounding is then
 * bounded by the chunks per block, whatever the movie did before.
 */
export class BlockSummer {
  readonly #centre: DeviceBuffer;
  readonly #noise: DeviceBuffer;
  readonly #blocks: DeviceBuffer;
  readonly #sums: DeviceBuffer;
  readonly #size: number;

  constructor(private readonly stream: ChunkStream) {
    const { compute, source: { header: { width, height } } } = stream;
    this.#size = pitchOf(width) * height;
    this.#centre = compute.allocate("block centre", this.#size * 4);
    this.#noise = compute.upload("no noise", new Float32Array(this.#size).fill(EVERY_SAMPLE.noise));
    this.#blocks = compute.upload("all blocks", Uint32Array.from({ length: this.#size / 4 }, (_, i) => i));
    this.#sums = compute.allocate("block sums", CORRELATION_PLANES * this.#size * 4);
  }

  /** Streams the frames of a range, sums them, and shows every chunk to `visit`. */
  async sum(range: FrameRange, visit: (chunk: Chunk) => void): Promise<BlockSums> {
    const { compute, source: { header: { width, height } } } = this.stream;
    const state = momentsState(compute, "block extremes", this.#size);
    try {
      compute.clear(this.#sums);
      await this.stream.each({ ...range, checked: true }, (chunk) => {
        const { stack, frames, start } = chunk, shape = { frames, width, height };
        if (start === range.from) binTime(compute, stack, this.#centre, shape, frames, 0);
        moments(compute, stack, state, shape, 0);
        correlationSums(
          compute,
          stack,
          this.#centre,
          this.#noise,
          this.#blocks,
          this.#size / 4,
          this.#sums,
          shape,
          EVERY_SAMPLE.threshold,
        );
        visit(chunk);
      });
      const [centre, sums, extremes] = (await compute.read(this.#centre, this.#sums, state)).map((bytes) =>
        new Float32Array(bytes)
      );
      return {
        frames: range.to - range.from,
        centre,
        sums,
        low: extremes.subarray(4 * this.#size, 5 * this.#size),
        high: extremes.subarray(5 * this.#size, 6 * this.#size),
      };
    } finally {
      state.release();
    }
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [this.#centre, this.#noise, this.#blocks, this.#sums]) buffer.release();
  }
}
