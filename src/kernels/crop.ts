import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/crop.wgsl" with { type: "text" };

/** A rectangle of pixels. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A window of every frame. One item per float of the output. */
export const cropProgram = program({
  name: "crop",
  module: import.meta.url,
  code,
  bindings: { stack: read("f32"), cropped: write("f32") },
  params: {
    height: "u32",
    pitch: "u32",
    x: "u32",
    y: "u32",
    out_width: "u32",
    out_height: "u32",
    out_pitch: "u32",
    out_frame: "u32",
  },
  twin({ stack, cropped }, p, begin, end) {
    const offset = p.out_frame * p.out_pitch * p.out_height;
    for (let item = begin; item < end; item++) {
      const x = item % p.out_pitch, y = Math.floor(item / p.out_pitch) % p.out_height;
      const frame = Math.floor(item / (p.out_pitch * p.out_height));
      cropped[item + offset] = x < p.out_width ? stack[(frame * p.height + p.y + y) * p.pitch + p.x + x] : 0;
    }
  },
});

/**
 * Copies a window of each frame of `stack` to frames `outFrame…` of `cropped`.
 * @param shape frames to copy and the size of the whole field
 */
export function crop(
  compute: Compute,
  stack: DeviceBuffer,
  cropped: DeviceBuffer,
  shape: StackShape,
  window: Window,
  outFrame = 0,
): void {
  const out_pitch = pitchOf(window.width);
  compute.run(cropProgram, { stack, cropped }, {
    height: shape.height,
    pitch: pitchOf(shape.width),
    x: window.x,
    y: window.y,
    out_width: window.width,
    out_height: window.height,
    out_pitch,
    out_frame: outFrame,
  }, shape.frames * window.height * out_pitch);
}
