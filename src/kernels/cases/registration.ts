import { fft2d, goodSize, planesBytes } from "../fft.ts";
import { packPairs } from "../pack_pairs.ts";
import { phaseShift } from "../phase_shift.ts";
import { quantile } from "../quantile.ts";
import { stackBytes, type StackShape } from "../stack.ts";
import { unpackPairs } from "../unpack_pairs.ts";
import { warp } from "../warp.ts";
import { warpLocal } from "../warp_local.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** All frames of a stack but the first, in planes a little larger. */
function pairsOf(shape: StackShape) {
  const first = shape.frames > 1 ? 1 : 0, width = goodSize(shape.width + 3), height = goodSize(shape.height + 3);
  const pairs = { frame: shape, width, height, first, count: shape.frames - first };
  return { pairs, bytes: planesBytes({ batch: Math.ceil(pairs.count / 2), width, height }) };
}

/** Displacements of up to four pixels. */
function displacementsOf(seed: number, frames: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length: 2 * frames }, () => 8 * next() - 4);
}

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
  {
    kernel: "pack_pairs",
    // Means of four values.
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape)), { pairs, bytes } = pairsOf(shape);
      const planes = compute.allocate("planes", bytes);
      packPairs(compute, stack, planes, pairs);
      stack.release();
      return [planes];
    },
  },
  {
    kernel: "phase_shift",
    // Angles of up to two turns, rounded to float32.
    tolerance: 3e-6,
    calls(compute, shape, seed) {
      const { pairs, bytes } = pairsOf(shape), next = uniform(seed);
      const spectra = compute.upload("spectra", Float32Array.from({ length: bytes / 4 }, () => next() - 0.5));
      const displacements = compute.upload("displacements", displacementsOf(seed, shape.frames));
      const shifted = compute.allocate("shifted", bytes);
      phaseShift(compute, spectra, shifted, displacements, pairs);
      for (const buffer of [spectra, displacements]) buffer.release();
      return [shifted];
    },
  },
  {
    kernel: "unpack_pairs",
    // Copies.
    tolerance: 0,
    calls(compute, shape, seed) {
      const { pairs, bytes } = pairsOf(shape), next = uniform(seed);
      const planes = compute.upload("planes", Float32Array.from({ length: bytes / 4 }, () => next()));
      const displacements = compute.upload("displacements", displacementsOf(seed, shape.frames));
      const fill = compute.upload("fill", Float32Array.from({ length: shape.frames }, () => next()));
      const stacks = [undefined, fill].map((border) => {
        const stack = compute.allocate(border ? "stack, filled" : "stack", stackBytes(shape));
        unpackPairs(compute, planes, stack, displacements, pairs, border);
        return stack;
      });
      for (const buffer of [planes, displacements, fill]) buffer.release();
      return stacks;
    },
  },
];
