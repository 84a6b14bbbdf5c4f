import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { correlatePlanes } from "../kernels/correlate_planes.ts";
import { fft2d, goodSize, planesBytes } from "../kernels/fft.ts";
import { gatherPlanes, planesOf, type Regions } from "../kernels/gather_planes.ts";
import { lagWindows } from "../kernels/lag_windows.ts";
import { pad, stackBytes, type StackShape } from "../kernels/stack.ts";

/** Planes are not transformed in larger batches than this, bytes: they should stay in the cache of a processor. */
const BATCH_BYTES = 2 ** 22;

/** What a correlator compares. */
export interface CorrelatorShape {
  /** Regions of a frame that are compared each on its own. */
  readonly patches: number;
  /** Pixels per row of a region. */
  readonly width: number;
  /** Rows of a region. */
  readonly height: number;
  /** Lags each way. */
  readonly reach: number;
}

/**
 * Cross-correlates regions of frames with templates by Fourier transforms, two frames in each complex plane (NoRMCorre,
 * Pnevmatikakis & Giovannucci 2017). A template is 0 within `reach` of its region's edge, so that no lag within reach
 * wraps around.
 */
export class Correlator {
  readonly #regions: Regions;
  readonly #batch: number;
  readonly #planes: readonly [DeviceBuffer, DeviceBuffer];
  readonly #templates: DeviceBuffer;

  /**
   * @param templates one image of the region's size per patch, row-major
   * @param mostFrames frames that will be compared at once
   */
  constructor(
    readonly compute: Compute,
    readonly shape: CorrelatorShape,
    templates: readonly Float32Array[],
    mostFrames: number,
  ) {
    const { patches, width, height } = shape;
    this.#regions = { patches, width, height, planeWidth: goodSize(width), planeHeight: goodSize(height) };
    const plane = { batch: 1, width: this.#regions.planeWidth, height: this.#regions.planeHeight };
    const bytes = planesBytes(plane);
    this.#batch = 2 * Math.max(1, Math.min(Math.ceil(mostFrames / 2), Math.floor(BATCH_BYTES / (bytes * patches))));
    const planes = planesOf(this.#batch, patches) * bytes;
    this.#planes = [compute.allocate("correlation planes", planes), compute.allocate("correlation scratch", planes)];
    const origins = compute.upload("template origins", new Int32Array(4 * patches));
    const spectra = [compute.allocate("template spectra", bytes * patches), compute.allocate("", bytes * patches)];
    // Templates are laid into planes as the first frames of as many pairs: the second frames do not exist.
    const asFrames = { frames: patches, width, height };
    const single = { ...this.#regions, patches: 1 };
    const apart = compute.allocate("templates apart", 2 * stackBytes(asFrames));
    const frame = stackBytes({ ...asFrames, frames: 1 });
    templates.forEach((image, p) => compute.write(apart, pad(image, width, height), 2 * p * frame));
    gatherPlanes(compute, apart, origins, spectra[0], { ...asFrames, frames: 2 * patches }, single);
    const result = fft2d(compute, spectra[0], spectra[1], { ...plane, batch: patches }, "forward");
    this.#templates = result;
    for (const buffer of [origins, apart, ...spectra.filter((one) => one !== result)]) buffer.release();
  }

  /**
   * Queues the correlations of all frames of a stack.
   * @param origins x and y of each region's first pixel, frame by frame and patch by patch
   * @returns [frames][patches][2·reach + 1][2·reach + 1] float32, to be read and released by the caller
   */
  correlate(stack: DeviceBuffer, shape: StackShape, origins: Int32Array): DeviceBuffer {
    const { compute } = this, { patches, reach } = this.shape, { planeWidth, planeHeight } = this.#regions;
    const size = patches * (2 * reach + 1) ** 2 * 4;
    const windows = compute.allocate("correlations", shape.frames * size);
    const frameBytes = stackBytes({ ...shape, frames: 1 });
    const whole = shape.frames <= this.#batch;
    const part = whole ? stack : compute.allocate("frames to correlate", this.#batch * frameBytes);
    const some = whole ? windows : compute.allocate("some correlations", this.#batch * size);
    for (let first = 0; first < shape.frames; first += this.#batch) {
      const frames = Math.min(this.#batch, shape.frames - first), planes = planesOf(frames, patches);
      if (!whole) compute.copy(stack, first * frameBytes, part, 0, frames * frameBytes);
      const from = compute.upload(
        "origins",
        origins.subarray(first * patches * 2, (first + frames) * patches * 2),
      );
      const [data, scratch] = this.#planes;
      gatherPlanes(compute, part, from, data, { ...shape, frames }, this.#regions);
      const plane = { batch: planes, width: planeWidth, height: planeHeight };
      const spectra = fft2d(compute, data, scratch, plane, "forward");
      correlatePlanes(compute, this.#templates, spectra, { planes, patches, plane_size: planeWidth * planeHeight });
      const back = fft2d(compute, spectra, spectra === data ? scratch : data, plane, "inverse");
      lagWindows(compute, back, some, { frames, patches, reach, planeWidth, planeHeight });
      if (!whole) compute.copy(some, 0, windows, first * size, frames * size);
      from.release();
    }
    if (!whole) { for (const buffer of [part, some]) buffer.release(); }
    return windows;
  }

  /** Frees the device buffers. */
  release(): void {
    for (const buffer of [...this.#planes, this.#templates]) buffer.release();
  }
}
