import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/local_correlation.wgsl" with { type: "text" };

/** Neighbours E, SW, S, SE in the order of the planes of `correlationSums`. */
const NEIGHBOURS = [[1, 0], [-1, 1], [0, 1], [1, 1]] as const;

/** Mean correlation with the neighbours. One item per pixel of a listed block. */
export const localCorrelationProgram = program({
  name: "local_correlation",
  module: import.meta.url,
  code,
  bindings: { sums: read("f32"), blocks: read("u32"), correlation: write("f32") },
  params: { frames: "u32", width: "u32", height: "u32", pitch: "u32" },
  twin({ sums, blocks, correlation }, p, begin, end) {
    const size = p.pitch * p.height;
    const deviation = (pixel: number) => {
      const mean = sums[pixel] / p.frames, square = sums[size + pixel] / p.frames, variance = square - mean * mean;
      return variance > square * 1e-6 ? Math.sqrt(variance) : 0;
    };
    for (let item = begin; item < end; item++) {
      const pixel = blocks[Math.floor(item / 4)] * 4 + item % 4;
      const x = pixel % p.pitch, y = Math.floor(pixel / p.pitch);
      if (x >= p.width) {
        correlation[pixel] = 0;
        continue;
      }
      const spread = deviation(pixel);
      let total = 0, count = 0;
      for (let k = 0; k < 4; k++) {
        // Forwards the product is this pixel's own, backwards it is the neighbour's.
        for (const sign of [1, -1]) {
          const u = x + sign * NEIGHBOURS[k][0], v = y + sign * NEIGHBOURS[k][1];
          if (u < 0 || v < 0 || u >= p.width || v >= p.height) continue;
          const other = v * p.pitch + u;
          const product = sums[(2 + k) * size + (sign > 0 ? pixel : other)];
          const covariance = product / p.frames - sums[pixel] / p.frames * (sums[other] / p.frames);
          const scale = spread * deviation(other);
          count++;
          if (scale > 0) total += covariance / scale;
        }
      }
      correlation[pixel] = total / Math.max(count, 1);
    }
  },
});

/**
 * Mean Pearson correlation of each pixel of the listed blocks with its neighbours that exist (up to eight), −1..1. A pair in which
 * one pixel never varies counts as 0. Source: CNMF-E's correlation image.
 * @param sums what `correlationSums` made; the blocks around the listed ones must be up to date, too
 * @param correlation padded image
 * @param shape the field and the number of frames that were summed
 */
export function localCorrelation(
  compute: Compute,
  sums: DeviceBuffer,
  blocks: DeviceBuffer,
  blockCount: number,
  correlation: DeviceBuffer,
  shape: StackShape,
): void {
  compute.run(
    localCorrelationProgram,
    { sums, blocks, correlation },
    { frames: shape.frames, width: shape.width, height: shape.height, pitch: pitchOf(shape.width) },
    blockCount * 4,
  );
}
