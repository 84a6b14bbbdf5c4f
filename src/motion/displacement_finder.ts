import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { pad, type StackShape } from "../kernels/stack.ts";
import { Correlator } from "./correlator.ts";
import { findPeak } from "./peak.ts";
import type { Scale } from "./scale.ts";

/** A frame whose correlation stays below this share of the template's own has no structure to register by. */
const LEAST_SHARE = 1e-3;

/**
 * Finds displacements of frames as wholes: where their cross-correlation with the template peaks. That of the template
 * with itself does not peak at 0 exactly, as more of the tissue lies beyond one edge of the compared region than beyond
 * the other; so far off is every other, and it is taken away.
 */
export class DisplacementFinder {
  readonly #correlator: Correlator;
  readonly #scale: Scale;
  readonly #own: { readonly x: number; readonly y: number; readonly height: number };

  private constructor(correlator: Correlator, scale: Scale, own: Float32Array) {
    const { reach, limit } = scale;
    this.#correlator = correlator;
    this.#scale = scale;
    this.#own = { ...findPeak(own, reach, limit), height: largestOf(own) };
  }

  /**
   * @param template coarse and filtered, row-major
   * @param compared the template without its mean, 0 outside of the region frames are compared in
   * @param mostFrames frames that will be compared at once
   */
  static async open(
    compute: Compute,
    scale: Scale,
    template: Float32Array,
    compared: Float32Array,
    mostFrames: number,
  ): Promise<DisplacementFinder> {
    const { width, height, reach } = scale;
    const correlator = new Correlator(compute, { patches: 1, width, height, reach }, [compared], mostFrames);
    const frame = compute.upload("template", pad(template, width, height));
    const windows = correlator.correlate(frame, { frames: 1, width, height }, new Int32Array(2));
    const own = new Float32Array((await compute.read(windows))[0]).subarray(0, (2 * reach + 1) ** 2);
    for (const buffer of [frame, windows]) buffer.release();
    return new DisplacementFinder(correlator, scale, own);
  }

  /** Displacements of coarse frames, (x, y) frame by frame, blocks; 0 for a frame without structure. */
  async find(stack: DeviceBuffer, shape: StackShape): Promise<Float32Array> {
    const { compute } = this.#correlator, { reach, limit } = this.#scale, size = (2 * reach + 1) ** 2;
    const windows = this.#correlator.correlate(stack, shape, new Int32Array(2 * shape.frames));
    const correlations = new Float32Array((await compute.read(windows))[0]);
    windows.release();
    const found = new Float32Array(2 * shape.frames);
    for (let f = 0; f < shape.frames; f++) {
      const window = correlations.subarray(f * size, (f + 1) * size);
      if (!(largestOf(window) > LEAST_SHARE * this.#own.height)) continue;
      const peak = findPeak(window, reach, limit);
      found[2 * f] = Math.min(Math.max(peak.x - this.#own.x, -limit), limit);
      found[2 * f + 1] = Math.min(Math.max(peak.y - this.#own.y, -limit), limit);
    }
    return found;
  }

  /** Frees the device buffers. */
  release(): void {
    this.#correlator.release();
  }
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, value), -Infinity);
}
