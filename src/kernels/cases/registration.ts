import { fft2d, goodSize, planesBytes } from "../fft.ts";
import { quantile } from "../quantile.ts";
import { stackBytes } from "../stack.ts";
import { warp } from "../warp.ts";
import { warpLocal } from "../warp_local.ts";
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
  {
    kernel: "warp",
    // Sums of sixteen products; displacements are rounded alike.
    tolerance: 2e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), stack = compute.upload("stack", randomStack(seed, shape, 50, 100));
      const displacements = compute.upload(
        "displacements",
        Float32Array.from({ length: 2 * shape.frames }, (_, i) => i < 4 ? 2 - i : 8 * next() - 4),
      );
      const fill = compute.upload("fill", Float32Array.from({ length: shape.frames }, () => next()));
      const moved = [undefined, fill].map((border) => {
        const moved = compute.allocate(border ? "moved, filled" : "moved", stackBytes(shape));
        warp(compute, stack, moved, shape, displacements, border);
        return moved;
      });
      for (const buffer of [stack, displacements, fill]) buffer.release();
      return moved;
    },
  },
  {
    kernel: "warp_local",
    // Displacements between nodes are rounded to 10⁻⁷ of some pixels, and neighbouring samples differ by up to their size.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const next = uniform(seed), stack = compute.upload("stack", randomStack(seed, shape, 50, 100));
      const grid = { columns: 3, rows: 2, x: 3, y: 4, stepX: 8, stepY: 12 };
      const nodes = compute.upload("nodes", Float32Array.from({ length: 12 * shape.frames }, () => 8 * next() - 4));
      const fill = compute.upload("fill", Float32Array.from({ length: shape.frames }, () => next()));
      const moved = [undefined, fill].map((border) => {
        const moved = compute.allocate(border ? "moved, filled" : "moved", stackBytes(shape));
        warpLocal(compute, stack, moved, shape, nodes, grid, border);
        return moved;
      });
      for (const buffer of [stack, nodes, fill]) buffer.release();
      return moved;
    },
  },
];
