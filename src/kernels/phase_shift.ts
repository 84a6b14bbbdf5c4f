import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import type { PairsShape } from "./pack_pairs.ts";
import { FRAME_RUN } from "./stack.ts";
import code from "../../shaders/phase_shift.wgsl" with { type: "text" };

/**
 * Turns spectra of pairs of frames. One item per frequency of a run of planes. The shader sees all float32 values as
 * pairs.
 */
export const phaseShiftProgram = program({
  name: "phase_shift",
  module: import.meta.url,
  code,
  bindings: { spectra: read("f32"), displacements: read("f32"), shifted: write("f32") },
  params: { frames: "u32", first_frame: "u32", run: "u32", width: "u32", height: "u32" },
  twin({ spectra, displacements, shifted }, p, begin, end) {
    const size = p.width * p.height;
    /** Real and imaginary part of what the spectrum of a frame is multiplied with. */
    const factor = (u: number, v: number, frame: number): [number, number] => {
      const dx = displacements[2 * frame], dy = displacements[2 * frame + 1];
      // The highest frequency stands for both its signs, whose mean is real.
      const gain = (2 * u === p.width ? Math.cos(Math.PI * dx) : 1) * (2 * v === p.height ? Math.cos(Math.PI * dy) : 1);
      const turns = signed(u, p.width) / p.width * dx + signed(v, p.height) / p.height * dy;
      return [gain * Math.cos(2 * Math.PI * turns), gain * Math.sin(2 * Math.PI * turns)];
    };
    for (let item = begin; item < end; item++) {
      const place = item % size, v = Math.floor(place / p.width), u = place % p.width;
      const mirror = (p.height - v) % p.height * p.width + (p.width - u) % p.width;
      const firstPlane = Math.floor(item / size) * p.run;
      const lastPlane = Math.min(firstPlane + p.run, Math.ceil(p.frames / 2));
      for (let plane = firstPlane; plane < lastPlane; plane++) {
        const z = 2 * (plane * size + place), m = 2 * (plane * size + mirror), frame = p.first_frame + 2 * plane;
        const [evenRe, evenIm] = [spectra[z] + spectra[m], spectra[z + 1] - spectra[m + 1]];
        const [oddRe, oddIm] = [spectra[z + 1] + spectra[m + 1], spectra[m] - spectra[z]];
        const [aRe, aIm] = factor(u, v, frame);
        const [bRe, bIm] = factor(u, v, p.first_frame + Math.min(2 * plane + 1, p.frames - 1));
        shifted[z] = (evenRe * aRe - evenIm * aIm - (oddRe * bIm + oddIm * bRe)) / 2;
        shifted[z + 1] = (evenRe * aIm + evenIm * aRe + (oddRe * bRe - oddIm * bIm)) / 2;
      }
    }
  },
});

/** The frequency of a place of a spectrum, in periods per length; 0 for the highest, whose sign is not known. */
function signed(place: number, length: number): number {
  return 2 * place < length ? place : 2 * place === length ? 0 : place - length;
}

/**
 * Multiplies the spectra of pairs of real frames so that each frame moves by its own d: moved(p) = frame(p + d),
 * periodically.
 * @param spectra forward transforms of planes made by `packPairs`
 * @param shifted another buffer of the same size
 * @param displacements [frames][2] float32: d = (x, y) of each frame of the stack, pixels
 */
export function phaseShift(
  compute: Compute,
  spectra: DeviceBuffer,
  shifted: DeviceBuffer,
  displacements: DeviceBuffer,
  { width, height, first, count }: PairsShape,
): void {
  compute.run(
    phaseShiftProgram,
    { spectra, displacements, shifted },
    { frames: count, first_frame: first, run: FRAME_RUN, width, height },
    Math.ceil(count / 2 / FRAME_RUN) * width * height,
  );
}
