import type { MovieSource } from "../core/movie.ts";
import { pad } from "../kernels/stack.ts";
import { subtract } from "../kernels/subtract.ts";
import type { FrameFilter } from "./filter_frames.ts";
import { requireFinite } from "./finite.ts";
import { once, passOver, type PreprocessOptions } from "./pass.ts";

/**
 * Every frame minus each pixel's minimum over the whole movie, as minian removes glow and vignetting. The minimum is exact; it takes one
 * pass over the movie before the first frame can be read.
 * @param movie the movie the minimum is taken of: what the filter gets, frame by frame
 */
export function removeGlow(movie: MovieSource, options: PreprocessOptions): FrameFilter {
  const { width, height } = movie.header, minimum = once(() => minimumProjection(movie, options));
  let padded: Float32Array | undefined;
  return {
    done: "Each pixel's minimum over the movie subtracted",
    async prepare() {
      padded ??= pad(await minimum(), width, height);
    },
    apply(compute, stack, out, shape) {
      const image = compute.upload("minimum over the movie", padded!);
      subtract(compute, stack, image, out, shape, { isImage: true });
      image.release();
    },
  };
}

/**
 * Each pixel's least sample over the movie, row-major.
 * @throws MovieError for samples that are not finite numbers
 */
export async function minimumProjection(movie: MovieSource, options: PreprocessOptions): Promise<Float32Array> {
  const size = movie.header.width * movie.header.height, minimum = new Float32Array(size).fill(Infinity);
  await passOver(movie, "minimum over the movie", options, (samples, start, count) => {
    requireFinite(samples, start, movie.header, "the minimum over the movie");
    for (let i = 0; i < count * size;) {
      for (let pixel = 0; pixel < size; pixel++, i++) if (samples[i] < minimum[pixel]) minimum[pixel] = samples[i];
    }
  });
  return minimum;
}
