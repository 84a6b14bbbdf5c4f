import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { correlationSums, resetCorrelationSums } from "../kernels/correlation_sums.ts";
import { localCorrelation } from "../kernels/local_correlation.ts";
import { peakNoise, resetPeakNoise } from "../kernels/peak_noise.ts";
import { pnr } from "../kernels/pnr.ts";
import { pitchOf, unpad } from "../kernels/stack.ts";
import type { SeedImages } from "./seeds.ts";

/** Samples of the filtered movie below this many noise s.d. count as 0 in the correlation image (algorithm.md section 3). */
const CORRELATION_THRESHOLD = 2;
/** Frames the noise filter loses at the start of each segment. */
const NOISE_LEAD = 6;

/** A run of frames of a tile on the device: the (binned) movie and its filtered counterpart. */
export interface TileSegment {
  readonly raw: DeviceBuffer;
  readonly filtered: DeviceBuffer;
  readonly frames: number;
}

/**
 * The correlation and PNR images of a tile, kept on the device and brought up to date where the filtered movie changed.
 * This one computation serves the preview (`summary`) and the initialiser.
 */
export class SeedImageMaker {
  readonly #frames: number;
  readonly #blocks: number;
  readonly #state: DeviceBuffer;
  readonly #sums: DeviceBuffer;
  readonly #images: { pnr: DeviceBuffer; mean: DeviceBuffer; noise: DeviceBuffer; rise: DeviceBuffer };
  readonly #correlation: DeviceBuffer;

  /** @param width,height size of the tile in pixels */
  constructor(
    private readonly compute: Compute,
    private readonly width: number,
    private readonly height: number,
    private readonly segments: readonly TileSegment[],
  ) {
    this.#frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
    this.#blocks = pitchOf(width) / 4 * height;
    const image = (label: string, planes = 1) => compute.allocate(`seed images: ${label}`, this.#blocks * 16 * planes);
    this.#state = image("peak and noise", 5);
    this.#sums = image("correlation sums", 6);
    this.#images = { pnr: image("pnr"), mean: image("mean"), noise: image("noise"), rise: image("rise") };
    this.#correlation = image("correlation");
  }

  /** Recomputes everything. */
  updateAll(): void {
    const all = Uint32Array.from({ length: this.#blocks }, (_, i) => i);
    this.#update(all, all);
  }

  /**
   * Recomputes what changes when the filtered movie changed in some blocks of four pixels.
   * @param changed one flag per block of the tile
   */
  update(changed: Uint8Array): void {
    const columns = pitchOf(this.width) / 4, wider = new Uint8Array(changed.length);
    for (let i = 0; i < changed.length; i++) {
      if (!changed[i]) continue;
      const x = i % columns, y = (i - x) / columns;
      for (let v = Math.max(0, y - 1); v <= Math.min(this.height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) wider[v * columns + u] = 1;
      }
    }
    const list = (flags: Uint8Array) => Uint32Array.from(flags.keys().filter((i) => flags[i] === 1));
    this.#update(list(changed), list(wider));
  }

  #update(changed: Uint32Array, wider: Uint32Array): void {
    const { compute, width, height } = this;
    const shape = (frames: number) => ({ frames, width, height });
    const own = compute.upload("seed images: changed blocks", changed);
    const around = compute.upload("seed images: blocks around", wider);
    resetPeakNoise(compute, own, changed.length, this.#state, shape(1));
    let energyCount = 0;
    for (const segment of this.segments) {
      peakNoise(compute, segment.filtered, own, changed.length, this.#state, shape(segment.frames));
      energyCount += Math.max(0, segment.frames - NOISE_LEAD);
    }
    pnr(compute, this.#state, own, changed.length, this.#images, shape(this.#frames), energyCount);
    resetCorrelationSums(compute, around, wider.length, this.#sums, shape(1));
    for (const segment of this.segments) {
      correlationSums(
        compute,
        segment.filtered,
        this.#images.mean,
        this.#images.noise,
        around,
        wider.length,
        this.#sums,
        shape(segment.frames),
        CORRELATION_THRESHOLD,
      );
    }
    localCorrelation(compute, this.#sums, around, wider.length, this.#correlation, shape(this.#frames));
    own.release();
    around.release();
  }

  /** Reads the images, without padding; `mean` is the mean of the filtered movie. */
  async read(): Promise<SeedImages & { readonly mean: Float32Array }> {
    const { width, height } = this;
    const buffers = await this.compute.read(
      this.#correlation,
      this.#images.pnr,
      this.#images.rise,
      this.#images.mean,
    );
    const [correlation, pnr, rise, mean] = buffers.map((b) => unpad(new Float32Array(b), width, height));
    return { width, height, correlation, pnr, rise, mean };
  }

  /** Frees the device images. */
  release(): void {
    for (const buffer of [this.#state, this.#sums, this.#correlation, ...Object.values(this.#images)]) buffer.release();
  }
}
