import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { bandEnergy } from "./noise_band.ts";
import { resetBlocks } from "./reset_blocks.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/peak_noise.wgsl" with { type: "text" };

/** Planes of a peak-noise state: sum, maximum, upper-band energy, largest rise y[t] − y[t−1], energy of the differences. */
export const PEAK_NOISE_PLANES = 5;

/** What PNR is made of, of listed blocks. One item per listed block of four pixels. */
export const peakNoiseProgram = program({
  name: "peak_noise",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), blocks: read("u32"), state: write("vec4f") },
  params: { frames: "u32", blocks_per_frame: "u32" },
  twin({ stack, blocks, state }, p, begin, end) {
    const size = p.blocks_per_frame * 4;
    for (let item = begin; item < end; item++) {
      for (let pixel = blocks[item] * 4, last = pixel + 4; pixel < last; pixel++) {
        let sum = 0, high = state[size + pixel], energy = 0, rise = state[3 * size + pixel], differences = 0;
        for (let frame = 0, i = pixel; frame < p.frames; frame++, i += size) {
          const value = stack[i];
          sum += value;
          if (value > high) high = value;
          if (frame === 0) continue;
          const difference = value - stack[i - size];
          if (difference > rise) rise = difference;
          differences += difference * difference;
          if (frame >= 6) energy += bandEnergy(stack, i, size);
        }
        state[pixel] += sum;
        state[size + pixel] = high;
        state[2 * size + pixel] += energy;
        state[3 * size + pixel] = rise;
        state[4 * size + pixel] += differences;
      }
    }
  },
});

/**
 * Adds the frames of a stack to the listed blocks of `state`, [5][N4] float32 (`PEAK_NOISE_PLANES`), which `resetPeakNoise` begins.
 * Energy counts frames 6, … of each stack, differences frames 1, ….
 * @param blocks u32 list of block indices y·pitch/4 + x/4, each once; other blocks are not touched
 */
export function peakNoise(
  compute: Compute,
  stack: DeviceBuffer,
  blocks: DeviceBuffer,
  blockCount: number,
  state: DeviceBuffer,
  shape: StackShape,
): void {
  if (shape.frames === 0) return;
  const blocks_per_frame = shape.height * pitchOf(shape.width) / 4;
  compute.run(peakNoiseProgram, { stack, blocks, state }, { frames: shape.frames, blocks_per_frame }, blockCount);
}

/** Sets the listed blocks of a peak-noise state to (0, −3e38, 0, −3e38, 0). */
export function resetPeakNoise(
  compute: Compute,
  blocks: DeviceBuffer,
  blockCount: number,
  state: DeviceBuffer,
  shape: { readonly width: number; readonly height: number },
): void {
  resetBlocks(compute, blocks, blockCount, state, shape, PEAK_NOISE_PLANES, [1, 3]);
}
