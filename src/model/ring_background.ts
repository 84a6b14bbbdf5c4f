import { uploadWeights } from "../cnmfe/known.ts";
import { LowGrid } from "../cnmfe/low_grid.ts";
import { RingOperator } from "../cnmfe/ring_operator.ts";
import type { Extraction } from "../core/extraction.ts";
import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { binSpace } from "../kernels/bin_space.ts";
import { ringApply } from "../kernels/ring_apply.ts";
import { pitchOf, stackBytes } from "../kernels/stack.ts";
import { upsampleSubtract } from "../kernels/upsample_subtract.ts";

/** Makes the background B = b0 + U W D (Y − A·C − b0) of frames. The ring's weights stay on the device until `release`. */
export class RingBackgroundMaker {
  readonly #ring: { readonly weights: DeviceBuffer; readonly offsets: DeviceBuffer } | undefined;

  /** @param extraction results; with no ring offsets there is no ring, and B = b0 */
  constructor(private readonly compute: Compute, private readonly extraction: Extraction) {
    const { ring, footprints: { width, height } } = extraction;
    if (ring.offsets.length === 0) return;
    this.#ring = {
      weights: uploadWeights(
        compute,
        new RingOperator(new LowGrid(width, height, ring.factor), ring.offsets, ring.weights),
      ),
      offsets: compute.upload("ring offsets", ring.offsets),
    };
  }

  /**
   * The background of frames, counts, row-major.
   * @param samples the movie's frames Y
   * @param cells A·C of the same frames, all cells that the ring was fitted with
   */
  async of(samples: ArrayLike<number>, cells: Float32Array, frames: number): Promise<Float32Array<ArrayBuffer>> {
    const { compute, extraction: { b0, ring: { factor }, footprints: { width, height } } } = this;
    const out = new Float32Array(frames * b0.length);
    if (!this.#ring) {
      for (let frame = 0; frame < frames; frame++) out.set(b0, frame * b0.length);
      return out;
    }
    const pitch = pitchOf(width), padded = new Float32Array(frames * height * pitch);
    this.#each(frames, (at, pixel, to) => padded[to] = samples[at] - cells[at] - b0[pixel]);
    const shape = { frames, width, height };
    const low = { frames, width: Math.ceil(width / factor), height: Math.ceil(height / factor) };
    const stack = compute.upload("movie without cells", padded);
    const small = compute.allocate("downsampled movie without cells", stackBytes(low));
    const ring = compute.allocate("ring background", stackBytes(low));
    try {
      binSpace(compute, stack, small, shape, factor);
      compute.clear(stack);
      ringApply(compute, small, this.#ring.weights, this.#ring.offsets, ring, low);
      upsampleSubtract(compute, ring, stack, shape, factor);
      const below = new Float32Array((await compute.read(stack))[0]);
      this.#each(frames, (at, pixel, from) => out[at] = b0[pixel] - below[from]);
    } finally {
      for (const buffer of [stack, small, ring]) buffer.release();
    }
    return out;
  }

  /** Goes through all samples: index in frames, in one image, and in padded frames. */
  #each(frames: number, visit: (at: number, pixel: number, padded: number) => void): void {
    const { width, height } = this.extraction.footprints, pitch = pitchOf(width);
    for (let row = 0, at = 0; row < frames * height; row++) {
      for (let x = 0, pixel = row % height * width, to = row * pitch; x < width; x++) visit(at++, pixel++, to++);
    }
  }

  /** Frees the device buffers. */
  release(): void {
    this.#ring?.weights.release();
    this.#ring?.offsets.release();
  }
}
