import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/pnr.wgsl" with { type: "text" };

/** PNR and its companions from the sums of `peakNoise`. One item per listed block of four pixels. */
export const pnrProgram = program({
  name: "pnr",
  module: import.meta.url,
  code,
  bindings: {
    state: read("vec4f"),
    blocks: read("u32"),
    pnr: write("vec4f"),
    mean: write("vec4f"),
    noise: write("vec4f"),
    rise: write("vec4f"),
  },
  params: { blocks_per_frame: "u32", frames: "u32", energy_count: "u32" },
  twin({ state, blocks, pnr, mean, noise, rise }, p, begin, end) {
    const size = p.blocks_per_frame * 4;
    for (let item = begin; item < end; item++) {
      for (let pixel = blocks[item] * 4, last = pixel + 4; pixel < last; pixel++) {
        const average = state[pixel] / p.frames;
        const deviation = Math.sqrt(state[2 * size + pixel] / Math.max(p.energy_count, 1));
        const spread = Math.sqrt(state[4 * size + pixel] / Math.max(p.frames - 1, 1));
        mean[pixel] = average;
        noise[pixel] = deviation;
        pnr[pixel] = deviation > 0 ? (state[size + pixel] - average) / deviation : 0;
        rise[pixel] = spread > 0 ? state[3 * size + pixel] / spread : 0;
      }
    }
  },
});

/**
 * Finishes what `peakNoise` summed, for the listed blocks: mean = sum/frames, noise = √(energy/energyCount),
 * pnr = (maximum − mean)/noise (0 where noise is 0), rise = largest difference / √(difference energy/(frames − 1)) (0 where undefined).
 * @param images padded images, counts (mean, noise) and ratios (pnr, rise)
 * @param shape the field and the number of frames that were summed
 * @param energyCount outputs of the noise filter that were summed
 */
export function pnr(
  compute: Compute,
  state: DeviceBuffer,
  blocks: DeviceBuffer,
  blockCount: number,
  images: {
    readonly pnr: DeviceBuffer;
    readonly mean: DeviceBuffer;
    readonly noise: DeviceBuffer;
    readonly rise: DeviceBuffer;
  },
  shape: StackShape,
  energyCount: number,
): void {
  compute.run(
    pnrProgram,
    { state, blocks, pnr: images.pnr, mean: images.mean, noise: images.noise, rise: images.rise },
    {
      blocks_per_frame: shape.height * pitchOf(shape.width) / 4,
      frames: shape.frames,
      energy_count: Math.max(energyCount, 0),
    },
    blockCount,
  );
}
