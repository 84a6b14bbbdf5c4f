import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/ring_apply.wgsl" with { type: "text" };

const FRAMES_PER_ITEM = 8;

/** The ring background of every frame. One item makes one pixel of eight successive frames. */
export const ringApplyProgram = program({
  name: "ring_apply",
  module: import.meta.url,
  code,
  bindings: { low: read("f32"), weights: read("f32"), offsets: read("i32"), out: write("f32") },
  params: { frames: "u32", width: "u32", height: "u32", pitch: "u32", count: "u32" },
  twin({ low, weights, offsets, out }, p, begin, end) {
    const plane = p.height * p.pitch, sums = new Float64Array(FRAMES_PER_ITEM);
    for (let item = begin; item < end; item++) {
      const pixel = item % plane, first = Math.floor(item / plane) * FRAMES_PER_ITEM;
      const frames = Math.min(FRAMES_PER_ITEM, p.frames - first);
      const x = pixel % p.pitch, y = Math.floor(pixel / p.pitch);
      sums.fill(0);
      if (x < p.width) {
        for (let j = 0; j < p.count; j++) {
          const v = y + offsets[j * 2], u = x + offsets[j * 2 + 1];
          if (v < 0 || v >= p.height || u < 0 || u >= p.width) continue;
          const weight = weights[j * plane + pixel], from = first * plane + v * p.pitch + u;
          for (let f = 0; f < frames; f++) sums[f] += weight * low[from + f * plane];
        }
      }
      for (let f = 0; f < frames; f++) out[(first + f) * plane + pixel] = sums[f];
    }
  },
});

/**
 * Applies the ring weights to every frame of a downsampled stack (W of B = b0 + U W D (Y − A C − b0)):
 * `out[f][p] = Σ_j weights[j][p] · low[f][p + offset_j]` over the ring pixels inside the field.
 * @param weights [m][height][pitch], `ringSolve`'s; a buffer of exactly that size, which tells m
 * @param offsets (dy, dx) pairs on the device
 * @param out a stack of the same shape; may not be `low`
 */
export function ringApply(
  compute: Compute,
  low: DeviceBuffer,
  weights: DeviceBuffer,
  offsets: DeviceBuffer,
  out: DeviceBuffer,
  shape: StackShape,
): void {
  const pitch = pitchOf(shape.width);
  // A plane is a multiple of 16 bytes, so the size of `weights` is exact (that of `offsets` may be rounded up).
  const count = Math.min(Math.floor(weights.bytes / (shape.height * pitch * 4)), Math.floor(offsets.bytes / 8));
  compute.run(ringApplyProgram, { low, weights, offsets, out }, {
    frames: shape.frames,
    width: shape.width,
    height: shape.height,
    pitch,
    count,
  }, Math.ceil(shape.frames / FRAMES_PER_ITEM) * shape.height * pitch);
}
