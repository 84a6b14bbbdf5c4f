import type { Compute, DeviceBuffer } from "../gpu/compute.ts";
import { likeness } from "../kernels/likeness.ts";
import { pad, type StackShape } from "../kernels/stack.ts";
import type { Scale } from "./scale.ts";

/** How like a frame is to the template. */
export interface Likeness {
  /** Pearson correlation; 0 for a frame without contrast. */
  readonly correlation: number;
  /** Mean square of what the template, scaled, does not explain of the frame. */
  readonly rest: number;
}

/**
 * The part of the field frames are compared in, where no displacement within reach leaves the frame, and the template
 * there.
 */
export class ComparedRegion {
  /** The template without its mean, 0 outside of the region; row-major. */
  readonly image: Float32Array;
  readonly #pixels: number;
  readonly #energy: number;
  readonly #template: DeviceBuffer;
  readonly #mask: DeviceBuffer;

  /** @param template coarse and filtered, row-major */
  constructor(readonly compute: Compute, readonly scale: Scale, template: Float32Array) {
    const { width, height, reach } = scale, mask = new Float32Array(width * height);
    let sum = 0, pixels = 0;
    for (let y = reach; y < height - reach; y++) {
      for (let x = reach; x < width - reach; x++) {
        mask[y * width + x] = 1;
        sum += template[y * width + x];
        pixels++;
      }
    }
    this.image = template.map((value, i) => mask[i] * (value - sum / pixels));
    this.#pixels = pixels;
    this.#energy = this.image.reduce((sum, value) => sum + value * value, 0);
    this.#template = compute.upload("compared template", pad(this.image, width, height));
    this.#mask = compute.upload("compared region", pad(mask, width, height));
  }

  /** Queues the comparison of coarse frames; `rows` receives [frames][height][4] float32, to be read. */
  compare(stack: DeviceBuffer, rows: DeviceBuffer, shape: StackShape): void {
    likeness(this.compute, stack, this.#template, this.#mask, rows, shape);
  }

  /** Likeness of one frame, from the rows that `compare` made. */
  likeness(rows: Float32Array, frame: number): Likeness {
    const { height } = this.scale, pixels = this.#pixels, energy = this.#energy;
    let products = 0, values = 0, squares = 0;
    for (let row = frame * height; row < (frame + 1) * height; row++) {
      products += rows[4 * row];
      values += rows[4 * row + 1];
      squares += rows[4 * row + 2];
    }
    const variance = squares - values * values / pixels;
    // What rounding leaves of a frame without contrast is not a variance.
    if (!(variance > 1e-9 * squares && energy > 0)) return { correlation: 0, rest: Math.max(0, variance) / pixels };
    const explained = products * products / energy;
    return { correlation: products / Math.sqrt(variance * energy), rest: Math.max(0, variance - explained) / pixels };
  }

  /** Frees the device buffers. */
  release(): void {
    this.#template.release();
    this.#mask.release();
  }
}
