import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { FRAME_RUN } from "./stack.ts";
import code from "../../shaders/row_minimum.wgsl" with { type: "text" };

/** Minima over runs twice as long. One item per pixel of a run of frames. */
export const rowMinimumProgram = program({
  name: "row_minimum",
  module: import.meta.url,
  code,
  bindings: { wide: read("f32"), minima: write("f32") },
  params: { frames: "u32", run: "u32", height: "u32", pitch: "u32", step: "u32" },
  twin({ wide, minima }, p, begin, end) {
    const size = p.pitch * p.height;
    for (let item = begin; item < end; item++) {
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const place = item % size, step = place % p.pitch + p.step < p.pitch ? p.step : 0;
      for (let frame = firstFrame; frame < lastFrame; frame++) {
        const at = frame * size + place;
        minima[at] = Math.min(wide[at], wide[at + step]);
      }
    }
  },
});

/**
 * minima[f][y][x] = min(wide[f][y][x], wide[f][y][x + step]); at the end of a row the value itself.
 * @param wide [frames][height][pitch], any pitch
 * @param minima the same shape, another buffer
 */
export function rowMinimum(
  compute: Compute,
  wide: DeviceBuffer,
  minima: DeviceBuffer,
  shape: { readonly frames: number; readonly height: number; readonly pitch: number },
  step: number,
): void {
  const { frames, height, pitch } = shape;
  compute.run(
    rowMinimumProgram,
    { wide, minima },
    { frames, run: FRAME_RUN, height, pitch, step },
    Math.ceil(frames / FRAME_RUN) * height * pitch,
  );
}
