import { frameSums, rowSumsBytes } from "../line_sums.ts";
import { RANK_STEPS, rankCounts } from "../rank_counts.ts";
import { keyOf } from "../sample_key.ts";
import { imageSize, type KernelCase, randomStack, uniform } from "./kernel_case.ts";

/** Kernels that projections of a movie need. */
export const projectionCases: readonly KernelCase[] = [
  {
    kernel: "line_sums",
    tolerance: 1e-6,
    calls(compute, shape, seed) {
      const stack = compute.upload("stack", randomStack(seed, shape, 0.1, 1));
      const rowSums = compute.allocate("sums of rows", rowSumsBytes(shape));
      const sums = compute.allocate("sums of frames", (shape.frames + 3) * 4);
      frameSums(compute, stack, rowSums, sums, shape, 3);
      stack.release();
      return [rowSums, sums];
    },
  },
  {
    kernel: "rank_counts",
    // Counts, and one of the samples.
    tolerance: 0,
    calls(compute, shape, seed) {
      const size = imageSize(shape), next = uniform(seed);
      return (["whole", "float"] as const).flatMap((kind) => {
        const data = randomStack(seed, shape, -60, 60), low = new Uint32Array(size);
        if (kind === "whole") data.forEach((value, i) => data[i] = Math.round(value));
        // Samples below, in and above the interval.
        low.forEach((_, i) => low[i] = keyOf(kind, kind === "whole" ? -40 + Math.floor(next() * 20) : 1 + next()));
        const stack = compute.upload("stack", data), lows = compute.upload("lowest keys", low);
        const above = compute.upload("least above", new Float32Array(size).fill(3e38));
        const blocks = size / 4, half = Math.floor(blocks / 2);
        const counts = [{ first: 0, blocks: half }, { first: half, blocks: blocks - half }].map((band) => {
          const counts = compute.allocate("counts", RANK_STEPS * band.blocks * 16);
          for (let i = 0; i < 2; i++) {
            rankCounts(compute, stack, lows, counts, above, shape, band, kind, kind === "whole" ? 2 : 20);
          }
          return counts;
        });
        [stack, lows].forEach((buffer) => buffer.release());
        return [...counts, above];
      });
    },
  },
];
