import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { bytesPerSample, type SampleType } from "../core/movie.ts";
import type { Window } from "./crop.ts";
import { pitchOf } from "./stack.ts";
import code from "../../shaders/convert.wgsl" with { type: "text" };

/** The samples under a buffer of words, as their own type. */
function samplesOf(words: Uint32Array, bits: number, isSigned: number, isFloat: number): ArrayLike<number> {
  const { buffer, byteOffset, byteLength } = words;
  if (isFloat) return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (bits === 8) return new Uint8Array(buffer, byteOffset, byteLength);
  return isSigned
    ? new Int16Array(buffer, byteOffset, byteLength / 2)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Centred float32 stack from packed samples. One item per block of four output pixels of a frame. */
export const convertProgram = program({
  name: "convert",
  code,
  bindings: { samples: read("u32"), centre: read("f32"), stack: write("vec4f") },
  params: {
    bits: "u32",
    is_signed: "u32",
    is_float: "u32",
    movie_width: "u32",
    movie_height: "u32",
    movie_pitch: "u32",
    x: "u32",
    y: "u32",
    width: "u32",
    height: "u32",
    row_blocks: "u32",
  },
  twin({ samples, centre, stack }, p, begin, end) {
    const values = samplesOf(samples, p.bits, p.is_signed, p.is_float);
    for (let item = begin; item < end; item++) {
      const x = item % p.row_blocks * 4;
      const y = Math.floor(item / p.row_blocks) % p.height;
      const frame = Math.floor(item / (p.row_blocks * p.height));
      const first = (frame * p.movie_height + p.y + y) * p.movie_width + p.x + x;
      const centreFirst = (p.y + y) * p.movie_pitch + p.x + x;
      for (let c = 0; c < 4; c++) {
        stack[item * 4 + c] = x + c < p.width ? values[first + c] - centre[centreFirst + c] : 0;
      }
    }
  },
});

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
  compute.run(convertProgram, { samples, centre, stack }, {
    bits: bytesPerSample(movie.type) * 8,
    is_signed: movie.type === "int16" ? 1 : 0,
    is_float: movie.type === "float32" ? 1 : 0,
    movie_width: movie.width,
    movie_height: movie.height,
    movie_pitch: pitchOf(movie.width),
    x: window.x,
    y: window.y,
    width: window.width,
    height: window.height,
    row_blocks,
  }, frames * window.height * row_blocks);
}
