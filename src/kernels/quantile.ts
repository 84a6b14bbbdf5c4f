import { ParameterError } from "../core/errors.ts";
import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/quantile.wgsl" with { type: "text" };

/** Quantile over the frames of a stack. One item per block of four pixels. */
export const quantileProgram = program({
  name: "quantile",
  module: import.meta.url,
  code: unroll(code, {}),
  bindings: { stack: read("vec4f"), image: write("vec4f") },
  params: { frames: "u32", rank: "u32", fraction: "f32", blocks: "u32" },
  twin({ stack, image }, p, begin, end) {
    const size = p.blocks * 4, values = new Float32Array(p.frames), fraction = Math.fround(p.fraction);
    for (let pixel = begin * 4; pixel < end * 4; pixel++) {
      for (let frame = 0; frame < p.frames; frame++) values[frame] = stack[frame * size + pixel];
      // A typed array sorts by value, −0 before 0, as the bits do.
      values.sort();
      const a = values[p.rank], b = values[Math.min(p.rank + 1, p.frames - 1)];
      const lowerShare = Math.fround(a * Math.fround(1 - fraction)), upperShare = Math.fround(b * fraction);
      image[pixel] = fraction === 0 || a === b ? a : lowerShare + upperShare;
    }
  },
});

/**
 * The quantile q of every pixel over the frames of a stack: between the two order statistics next to place q·(frames −
 * 1), linearly, as `numpy.quantile` does by default; q = 0.5 is the median. Order statistics are exact. Infinite values
 * are sorted in; where NaN sorts is not told.
 * @param image receives [height][pitch] float32
 * @param q from 0 (least) to 1 (largest)
 * @throws ParameterError when q is outside, or there is no frame
 */
export function quantile(
  compute: Compute,
  stack: DeviceBuffer,
  image: DeviceBuffer,
  shape: StackShape,
  q: number,
): void {
  if (!(q >= 0 && q <= 1)) throw new ParameterError(`The quantile ${q} does not exist: it must be from 0 to 1`);
  if (shape.frames < 1) {
    throw new ParameterError("A quantile over no frames does not exist: it takes at least one frame");
  }
  const place = q * (shape.frames - 1), rank = Math.floor(place), blocks = shape.height * pitchOf(shape.width) / 4;
  compute.run(
    quantileProgram,
    { stack, image },
    { frames: shape.frames, rank, fraction: place - rank, blocks },
    blocks,
  );
}
