import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/moments.wgsl" with { type: "text" };
import twoSum from "../../shaders/shared/two_sum.wgsl" with { type: "text" };

/** Moments over the frames of a stack. One item per block of four pixels. */
export const momentsProgram = program({
  name: "moments",
  module: import.meta.url,
  code: twoSum + code,
  bindings: { stack: read("vec4f"), state: write("vec4f") },
  params: { frames: "u32", skip: "u32", zero: "u32", blocks: "u32" },
  twin({ stack, state }, p, begin, end) {
    const size = p.blocks * 4;
    for (let pixel = begin * 4; pixel < end * 4; pixel++) {
      let sum = 0, squares = 0, low = state[4 * size + pixel], high = state[5 * size + pixel];
      for (let frame = p.skip, i = p.skip * size + pixel; frame < p.frames; frame++, i += size) {
        const value = stack[i];
        sum += value;
        squares += value * value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      addCompensated(state, pixel, size + pixel, sum);
      addCompensated(state, 2 * size + pixel, 3 * size + pixel, squares);
      state[4 * size + pixel] = low;
      state[5 * size + pixel] = high;
    }
  },
});

/** state[at] += value; what float32 rounding loses of it is added to state[lost]. */
export function addCompensated(state: Float32Array, at: number, lost: number, value: number): void {
  const exact = state[at] + value;
  state[at] = exact;
  state[lost] += exact - state[at];
}

/**
 * A state for `moments`, [6][N4] float32: sum, its compensation, sum of squares, its compensation, minimum, maximum.
 * Sums begin at 0, the minimum at +3e38 and the maximum at −3e38.
 * @param size floats of a padded image, N4 = height·pitch
 */
export function momentsState(compute: Compute, label: string, size: number): DeviceBuffer {
  const state = new Float32Array(6 * size);
  state.fill(3e38, 4 * size, 5 * size);
  state.fill(-3e38, 5 * size);
  return compute.upload(label, state);
}

/**
 * Adds frames `skip`, … of a stack to a state made by `momentsState`. The sum of squares is only accurate for data that were centred.
 * The true sums are sum + compensation, to be added in float64.
 */
export function moments(
  compute: Compute,
  stack: DeviceBuffer,
  state: DeviceBuffer,
  shape: StackShape,
  skip: number,
): void {
  const blocks = shape.height * pitchOf(shape.width) / 4;
  compute.run(momentsProgram, { stack, state }, { frames: shape.frames, skip, zero: 0, blocks }, blocks);
}
