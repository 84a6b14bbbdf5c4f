import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { addCompensated } from "./moments.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/noise_band.wgsl" with { type: "text" };
import twoSum from "../../shaders/shared/two_sum.wgsl" with { type: "text" };

/**
 * Half-band high-pass filter for the noise: taps [1, 0, −9, 16, −9, 0, 1]/√420 (a binomial half-band filter with the signs of a
 * high-pass), of unit energy: white noise keeps its variance, and what lies below a quarter of the frame rate hardly passes. The mean
 * square of its output is the power density over (0.25, 0.5] of the frame rate; output t uses samples t − 6 … t.
 */
export const NOISE_TAPS: readonly number[] = [1, 0, -9, 16, -9, 0, 1].map((tap) => tap / Math.sqrt(420));

/** The squared output of the noise filter at sample `i` of data `stride` apart. */
export function bandEnergy(data: Float32Array, i: number, stride: number): number {
  const high = data[i] + data[i - 6 * stride] - 9 * (data[i - 2 * stride] + data[i - 4 * stride]) +
    16 * data[i - 3 * stride];
  return high * high / 420;
}

/** Upper-band energy over the frames of a stack. One item per block of four pixels. */
export const noiseBandProgram = program({
  name: "noise_band",
  module: import.meta.url,
  code: twoSum + code,
  bindings: { stack: read("vec4f"), state: write("vec4f") },
  params: { frames: "u32", zero: "u32", blocks: "u32" },
  twin({ stack, state }, p, begin, end) {
    const size = p.blocks * 4;
    for (let pixel = begin * 4; pixel < end * 4; pixel++) {
      let energy = 0;
      for (let frame = 6; frame < p.frames; frame++) energy += bandEnergy(stack, frame * size + pixel, size);
      addCompensated(state, pixel, size + pixel, energy);
    }
  },
});

/**
 * Adds to `state`, [2][N4] float32 (energy, its compensation), the energy of the noise filter's output over frames 6, … of a stack.
 * The noise of a pixel is √(energy / count) with count = frames − 6 summed over the stacks: let successive stacks overlap by six
 * frames to count each output once. Stacks of fewer than seven frames add nothing.
 */
export function noiseBand(compute: Compute, stack: DeviceBuffer, state: DeviceBuffer, shape: StackShape): void {
  const blocks = shape.height * pitchOf(shape.width) / 4;
  compute.run(noiseBandProgram, { stack, state }, { frames: shape.frames, zero: 0, blocks }, blocks);
}
