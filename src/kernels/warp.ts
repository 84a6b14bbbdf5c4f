import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/warp.wgsl" with { type: "text" };

/** Rows that one item does. */
const STRIP = 64;

/** Moves whole frames. One item per strip of rows, eight pixels wide, of a frame. */
export const warpProgram = program({
  name: "warp",
  module: import.meta.url,
  code: unroll(code, {}),
  bindings: { stack: read("f32"), displacements: read("f32"), fill: read("f32"), moved: write("vec4f") },
  params: {
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    columns: "u32",
    strips: "u32",
    strip: "u32",
    is_filled: "u32",
  },
  twin({ stack, displacements, fill, moved }, p, begin, end) {
    const pitch = p.row_blocks * 4, across = new Float64Array(4), down = new Float64Array(4);
    // Rows interpolated along x: the four that the next row of the result is made of, as a ring.
    const rows = [0, 1, 2, 3].map(() => new Float64Array(8));
    for (let item = begin; item < end; item++) {
      const x = item % p.columns * 8, firstRow = Math.floor(item / p.columns) % p.strips * p.strip;
      const frame = Math.floor(item / (p.columns * p.strips)), lastRow = Math.min(firstRow + p.strip, p.height);
      const dx = displacements[2 * frame], dy = displacements[2 * frame + 1];
      const wholeX = Math.floor(dx), wholeY = Math.floor(dy);
      const partX = Math.fround(dx - wholeX), partY = Math.fround(dy - wholeY);
      cubicWeights(partX, across);
      cubicWeights(partY, down);
      for (let y = firstRow - 3; y < lastRow; y++) {
        const row = rows[(y + 4) & 3], from = (frame * p.height + clamp(y + wholeY + 2, p.height)) * pitch;
        for (let c = 0; c < 8; c++) {
          const at = x + c + wholeX, middle = stack[from + clamp(at, p.width)];
          row[c] = partX === 0 || isOutside(x + c + dx, p.width)
            ? middle
            : across[0] * stack[from + clamp(at - 1, p.width)] +
              across[1] * middle + across[2] * stack[from + clamp(at + 1, p.width)] +
              across[3] * stack[from + clamp(at + 2, p.width)];
        }
        if (y < firstRow) continue;
        const [a, b, c, d] = [1, 2, 3, 4].map((k) => rows[(y + k) & 3]);
        const isRowOutside = isOutside(y + dy, p.height), to = (frame * p.height + y) * pitch + x;
        for (let k = 0; k < 8 && x + k < pitch; k++) {
          const isFilled = p.is_filled === 1 && (isRowOutside || isOutside(x + k + dx, p.width));
          moved[to + k] = x + k >= p.width
            ? 0
            : isFilled
            ? fill[frame]
            : partY === 0 || isRowOutside
            ? b[k]
            : down[0] * a[k] + down[1] * b[k] + down[2] * c[k] + down[3] * d[k];
        }
      }
    }
  },
});

/**
 * Weights of the samples at −1, 0, 1, 2 for a place t between 0 and 1 (Keys 1981, IEEE Trans. ASSP 29:1153, a = −1/2).
 */
export function cubicWeights(t: number, weights: Float64Array): void {
  weights[0] = ((2 - t) * t - 1) * t / 2;
  weights[1] = ((3 * t - 5) * t * t + 2) / 2;
  weights[2] = ((4 - 3 * t) * t + 1) * t / 2;
  weights[3] = (t - 1) * t * t / 2;
}

/** The nearest index from 0 to size − 1. */
export function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}

/** Whether a place, rounded to float32 as shaders do, lies outside of [0, size − 1]. */
export function isOutside(place: number, size: number): boolean {
  const rounded = Math.fround(place);
  return rounded < 0 || rounded > size - 1;
}

/**
 * Moves every frame of a stack as a whole: moved(p) = frame(p + d), between samples by bicubic interpolation (Keys
 * 1981). Whole-number displacements give the samples themselves.
 * @param moved stack of the same shape, another buffer
 * @param displacements [frames][2] float32: d = (x, y) of each frame, pixels
 * @param fill [frames] float32: what a pixel becomes whose p + d lies outside [0, width − 1] × [0, height − 1], in each
 * frame. Default: the nearest place inside
 */
export function warp(
  compute: Compute,
  stack: DeviceBuffer,
  moved: DeviceBuffer,
  shape: StackShape,
  displacements: DeviceBuffer,
  fill?: DeviceBuffer,
): void {
  const { frames, width, height } = shape, row_blocks = pitchOf(width) / 4, columns = Math.ceil(row_blocks / 2);
  const strip = Math.min(height, STRIP), strips = Math.ceil(height / strip);
  // A kernel's bindings are never empty: without a fill it gets a buffer that it does not use.
  compute.run(warpProgram, { stack, displacements, fill: fill ?? displacements, moved }, {
    width,
    height,
    row_blocks,
    columns,
    strips,
    strip,
    is_filled: fill ? 1 : 0,
  }, frames * strips * columns);
}
