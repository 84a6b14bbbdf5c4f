import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { bytesPerSample, type SampleType } from "../core/movie.ts";
import type { Window } from "./crop.ts";
import { FRAME_RUN, pitchOf } from "./stack.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/convert.wgsl" with { type: "text" };

const TYPES: readonly SampleType[] = ["uint8", "uint16", "int16", "float32"];

/** The samples under a buffer of words, as their own type. */
function samplesOf({ buffer, byteOffset, byteLength }: Uint32Array, type: SampleType): ArrayLike<number> {
  switch (type) {
    case "uint8":
      return new Uint8Array(buffer, byteOffset, byteLength);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case "int16":
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case "float32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
  }
}

/** Centred float32 stack from packed samples. One item per block of four output pixels of a run of frames. */
export const convertProgram = program({
  name: "convert",
  module: import.meta.url,
  code,
  bindings: { samples: read("u32"), centre: read("f32"), stack: write("vec4f") },
  params: {
    frames: "u32",
    run: "u32",
    movie_width: "u32",
    movie_height: "u32",
    movie_pitch: "u32",
    x: "u32",
    y: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    type: "u32",
  },
  twin({ samples, centre, stack }, p, begin, end) {
    const values = samplesOf(samples, TYPES[p.type]), size = p.row_blocks * p.height;
    for (let item = begin; item < end; item++) {
      const block = item % size, x = block % p.row_blocks * 4, y = Math.floor(block / p.row_blocks);
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const centreFirst = (p.y + y) * p.movie_pitch + p.x + x;
      for (let frame = firstFrame; frame < lastFrame; frame++) {
        const first = (frame * p.movie_height + p.y + y) * p.movie_width + p.x + x, to = (frame * size + block) * 4;
        for (let c = 0; c < 4; c++) stack[to + c] = x + c < p.width ? values[first + c] - centre[centreFirst + c] : 0;
      }
    }
  },
});

const programs = new Map<SampleType, typeof convertProgram>();

/** The program written out for a sample type. */
function programOf(type: SampleType): typeof convertProgram {
  let known = programs.get(type);
  if (!known) {
    const constants = { BITS: bytesPerSample(type) * 8, SIGNED: type === "int16" ? 1 : 0 };
    known = { ...convertProgram, variant: type, code: unroll(code, constants) };
    programs.set(type, known);
  }
  return known;
}

/**
 * stack[f][y][x] = sample(f, window.y + y, window.x + x) − centre there.
 * @param samples the file's samples of `frames` whole frames, packed and unpadded, uploaded as they are
 * @param centre padded image of the whole field, [movie.height][pitchOf(movie.width)]
 * @param stack [frames][window.height][pitchOf(window.width)]
 */
export function convert(
  compute: Compute,
  samples: DeviceBuffer,
  centre: DeviceBuffer,
  stack: DeviceBuffer,
  movie: { readonly width: number; readonly height: number; readonly type: SampleType },
  window: Window,
  frames: number,
): void {
  const row_blocks = pitchOf(window.width) / 4;
  compute.run(programOf(movie.type), { samples, centre, stack }, {
    frames,
    run: FRAME_RUN,
    movie_width: movie.width,
    movie_height: movie.height,
    movie_pitch: pitchOf(movie.width),
    x: window.x,
    y: window.y,
    width: window.width,
    height: window.height,
    row_blocks,
    type: TYPES.indexOf(movie.type),
  }, Math.ceil(frames / FRAME_RUN) * window.height * row_blocks);
}
