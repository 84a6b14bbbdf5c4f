import { sampleArray, type SampleType } from "../../core/movie.ts";
import type { DeviceBuffer } from "../../gpu/compute.ts";
import { binnedShape, binSpace } from "../bin_space.ts";
import { binTime } from "../bin_time.ts";
import { convert } from "../convert.ts";
import { diskKernel, filter } from "../filter.ts";
import { stackBytes } from "../stack.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Kernels that make stacks. */
export const stackCases: readonly KernelCase[] = [
  {
    kernel: "convert",
    // One subtraction.
    tolerance: 1e-7,
    calls(compute, shape, seed) {
      const next = uniform(seed), movie = { width: shape.width + 3, height: shape.height + 2 };
      const centre = compute.upload("centre", randomStack(seed, { frames: 1, ...movie }, 0, 200));
      const stacks = (["uint8", "uint16", "int16", "float32"] satisfies SampleType[]).map((type): DeviceBuffer => {
        const values = sampleArray(type, shape.frames * movie.width * movie.height);
        for (let i = 0; i < values.length; i++) values[i] = next() * 65536 - (type === "int16" ? 32768 : 0);
        const samples = compute.upload("samples", values);
        const stack = compute.allocate(`stack from ${type}`, stackBytes(shape));
        const window = { x: 2, y: 1, width: shape.width, height: shape.height };
        convert(compute, samples, centre, stack, { ...movie, type }, window, shape.frames);
        samples.release();
        return stack;
      });
      centre.release();
      return stacks;
    },
  },
  {
    kernel: "bin_space",
    // Means of a few values.
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape));
      const binned = [1, 2, 3].map((factor) => {
        const binned = compute.allocate(`binned by ${factor}`, stackBytes(binnedShape(shape, factor)));
        binSpace(compute, stack, binned, shape, factor);
        return binned;
      });
      stack.release();
      return binned;
    },
  },
  {
    kernel: "bin_time",
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape));
      const binned = [1, 2, 5].map((factor) => {
        const frames = Math.ceil(shape.frames / factor) + 2;
        const binned = compute.allocate(`binned by ${factor}`, stackBytes({ ...shape, frames }));
        binTime(compute, stack, binned, shape, factor, 1);
        return binned;
      });
      stack.release();
      return binned;
    },
  },
  {
    kernel: "filter",
    // Sums of up to about a hundred products in another order.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape, 0, 100));
      const filtered = [1.5, 3].map((gSig) => {
        // A zero-mean kernel would leave nothing but rounding of a field of one pixel.
        const kernel = diskKernel(gSig), raised = kernel.weights.map((weight) => weight === 0 ? 0 : weight + 0.01);
        const weights = compute.upload("weights", raised);
        const filtered = compute.allocate(`filtered with gSig ${gSig}`, imageSize(shape) * shape.frames * 4);
        filter(compute, stack, filtered, shape, weights, kernel.radius);
        weights.release();
        return filtered;
      });
      stack.release();
      return filtered;
    },
  },
];
