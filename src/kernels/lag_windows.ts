import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import code from "../../shaders/lag_windows.wgsl" with { type: "text" };

/** Middles of cross-correlations. One item per lag of a frame and patch. */
export const lagWindowsProgram = program({
  name: "lag_windows",
  module: import.meta.url,
  code,
  bindings: { planes: read("f32"), windows: write("f32") },
  params: { patches: "u32", reach: "u32", plane_width: "u32", plane_height: "u32" },
  twin({ planes, windows }, p, begin, end) {
    const side = 2 * p.reach + 1;
    for (let item = begin; item < end; item++) {
      const which = Math.floor(item / (side * side)), frame = Math.floor(which / p.patches);
      const x = (item % side + p.plane_width - p.reach) % p.plane_width;
      const y = (Math.floor(item / side) % side + p.plane_height - p.reach) % p.plane_height;
      const plane = (frame >> 1) * p.patches + which % p.patches;
      windows[item] = planes[2 * ((plane * p.plane_height + y) * p.plane_width + x) + frame % 2];
    }
  },
});

/**
 * Takes the lags from −reach to reach along both axes out of cross-correlations that wrap around.
 * @param planes [⌈frames/2⌉·patches][planeHeight][planeWidth][2] float32, as `gatherPlanes` lays them out
 * @param windows receives [frames][patches][2·reach + 1][2·reach + 1] float32, rows of lags along y
 * @param shape `reach` less than half of a plane's sides
 */
export function lagWindows(
  compute: Compute,
  planes: DeviceBuffer,
  windows: DeviceBuffer,
  shape: {
    readonly frames: number;
    readonly patches: number;
    readonly reach: number;
    readonly planeWidth: number;
    readonly planeHeight: number;
  },
): void {
  const { frames, patches, reach } = shape;
  compute.run(
    lagWindowsProgram,
    { planes, windows },
    { patches, reach, plane_width: shape.planeWidth, plane_height: shape.planeHeight },
    frames * patches * (2 * reach + 1) ** 2,
  );
}
