import type { Compute, DeviceBuffer } from "../../gpu/compute.ts";
import { CORRELATION_PLANES, correlationSums, resetCorrelationSums } from "../correlation_sums.ts";
import { localCorrelation } from "../local_correlation.ts";
import { moments, momentsState } from "../moments.ts";
import { noiseBand } from "../noise_band.ts";
import { PEAK_NOISE_PLANES, peakNoise, resetPeakNoise } from "../peak_noise.ts";
import { pnr } from "../pnr.ts";
import { resetBlocks } from "../reset_blocks.ts";
import type { StackShape } from "../stack.ts";
import { imageSize, type KernelCase, randomStack, someBlocks } from "./kernel_case.ts";

/** Tolerance of float32 sums over frames, relative to the largest. */
const SUMS = 3e-6;

/** An image of zeros, or of noise (padding 0) when a range is given. */
function image(compute: Compute, label: string, seed: number, shape: StackShape, low = 0, high = 0): DeviceBuffer {
  return compute.upload(label, randomStack(seed, { ...shape, frames: 1 }, low, high));
}

/** A stack in two chunks, each handed on and released. */
function inChunks(
  compute: Compute,
  shape: StackShape,
  seed: number,
  body: (stack: DeviceBuffer, shape: StackShape) => void,
): void {
  const data = randomStack(seed, shape), half = Math.ceil(shape.frames / 2), size = imageSize(shape);
  for (const [from, to] of [[0, half], [half, shape.frames]]) {
    if (from === to) continue;
    const stack = compute.upload("stack", data.subarray(from * size, to * size));
    body(stack, { ...shape, frames: to - from });
    stack.release();
  }
}

/** The sums of `correlation_sums` for listed blocks. */
function someSums(
  compute: Compute,
  shape: StackShape,
  seed: number,
  blocks: DeviceBuffer,
  count: number,
): DeviceBuffer {
  const sums = compute.upload("sums", new Float32Array(CORRELATION_PLANES * imageSize(shape)).fill(1));
  const mean = image(compute, "mean", seed + 1, shape, -0.1, 0.1),
    noise = image(compute, "noise", seed + 2, shape, 0, 0.3);
  resetCorrelationSums(compute, blocks, count, sums, shape);
  inChunks(compute, shape, seed, (stack, chunk) => {
    correlationSums(compute, stack, mean, noise, blocks, count, sums, chunk, 2);
  });
  mean.release();
  noise.release();
  return sums;
}

/** Kernels that sum over frames, and what is made of the sums. */
export const statisticsCases: readonly KernelCase[] = [
  {
    kernel: "moments",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      // Each plane on its own would have its own scale: the extremes' start is 3e38.
      const state = momentsState(compute, "moments", imageSize(shape));
      inChunks(compute, shape, seed, (stack, chunk) => moments(compute, stack, state, chunk, 0));
      inChunks(compute, shape, seed + 1, (stack, chunk) => moments(compute, stack, state, chunk, chunk.frames - 1));
      return [state];
    },
  },
  {
    kernel: "noise_band",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const state = compute.allocate("energy", 2 * imageSize(shape) * 4);
      inChunks(compute, shape, seed, (stack, chunk) => noiseBand(compute, stack, state, chunk));
      return [state];
    },
  },
  {
    kernel: "reset_blocks",
    tolerance: 0,
    calls(compute, shape, seed) {
      const list = someBlocks(seed, shape), blocks = compute.upload("blocks", list);
      const state = compute.upload("state", new Float32Array(3 * imageSize(shape)).fill(1));
      resetBlocks(compute, blocks, list.length, state, shape, 3, [1]);
      blocks.release();
      return [state];
    },
  },
  {
    kernel: "peak_noise",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const list = someBlocks(seed, shape), blocks = compute.upload("blocks", list);
      const state = compute.allocate("state", PEAK_NOISE_PLANES * imageSize(shape) * 4);
      inChunks(compute, shape, seed, (stack, chunk) => {
        peakNoise(compute, stack, blocks, list.length, state, chunk);
      });
      blocks.release();
      return [state];
    },
  },
  {
    kernel: "pnr",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const list = someBlocks(seed, shape), blocks = compute.upload("blocks", list);
      const state = compute.allocate("state", PEAK_NOISE_PLANES * imageSize(shape) * 4);
      resetPeakNoise(compute, blocks, list.length, state, shape);
      const stack = compute.upload("stack", randomStack(seed, shape));
      peakNoise(compute, stack, blocks, list.length, state, shape);
      const make = (label: string) => image(compute, label, seed, shape);
      const images = { pnr: make("pnr"), mean: make("mean"), noise: make("noise"), rise: make("rise") };
      pnr(compute, state, blocks, list.length, images, shape, shape.frames - 6);
      [stack, state, blocks].forEach((buffer) => buffer.release());
      return [images.pnr, images.mean, images.noise, images.rise];
    },
  },
  {
    kernel: "correlation_sums",
    tolerance: SUMS,
    calls(compute, shape, seed) {
      const list = someBlocks(seed, shape), blocks = compute.upload("blocks", list);
      const sums = someSums(compute, shape, seed, blocks, list.length);
      blocks.release();
      return [sums];
    },
  },
  {
    kernel: "local_correlation",
    // Differences of sums that nearly cancel where few samples are above the threshold.
    tolerance: 3e-5,
    calls(compute, shape, seed) {
      const all = Uint32Array.from({ length: imageSize(shape) / 4 }, (_, i) => i), list = someBlocks(seed, shape);
      const everywhere = compute.upload("all blocks", all), blocks = compute.upload("blocks", list);
      const sums = someSums(compute, shape, seed, everywhere, all.length);
      const correlation = image(compute, "correlation", seed, shape);
      localCorrelation(compute, sums, blocks, list.length, correlation, shape);
      [sums, everywhere, blocks].forEach((buffer) => buffer.release());
      return [correlation];
    },
  },
];
