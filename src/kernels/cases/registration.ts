import { fft2d, goodSize, planesBytes } from "../fft.ts";
import { quantile } from "../quantile.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Kernels that find and undo motion. */
export const registrationCases: readonly KernelCase[] = [
  {
    kernel: "fft",
    // Up to eighteen levels of sums, whose roundings hardly add up.
    tolerance: 2e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed);
      const planes = { batch: shape.frames, width: goodSize(shape.width), height: goodSize(shape.height) };
      const data = Float32Array.from({ length: planesBytes(planes) / 4 }, () => next() - 0.5);
      return (["forward", "inverse"] as const).map((direction) => {
        const first = compute.upload(`planes, ${direction}`, data);
        const second = compute.allocate(`planes, ${direction}`, planesBytes(planes));
        const result = fft2d(compute, first, second, planes, direction);
        (result === first ? second : first).release();
        return result;
      });
    },
  },
  {
    kernel: "quantile",
    // Order statistics are exact; between them a rounding.
    tolerance: 1e-7,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape));
      const images = [0, 0.08, 0.5, 1].map((q) => {
        const image = compute.allocate(`quantile ${q}`, imageSize(shape) * 4);
        quantile(compute, stack, image, shape, q);
        return image;
      });
      stack.release();
      return images;
    },
  },
];
