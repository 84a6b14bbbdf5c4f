import { type Compute, type DeviceBuffer, type Program, program, read, write } from "../gpu/compute.ts";
import { ParameterError } from "../core/errors.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/filter.wgsl" with { type: "text" };

/** A square kernel of (2·radius + 1)² weights, row-major. */
export interface DiskKernel {
  readonly radius: number;
  readonly weights: Float32Array;
}

/**
 * The zero-mean disk: a Gaussian of standard deviation `gSig` pixels on a square of side 2·⌊2·gSig⌋ + 1, of which the entries at
 * least as large as the largest of the first row are kept (the disk of that radius), less their mean; 0 elsewhere.
 * Throws `ParameterError` when `gSig` is less than 0.5 or more than 16. Source: CNMF-E (Zhou et al. 2018), as CaImAn computes it.
 * @param radius of the disk, pixels; default ⌊2·gSig⌋
 */
export function diskKernel(gSig: number, radius: number = Math.floor(2 * gSig)): DiskKernel {
  if (!(gSig >= 0.5 && gSig <= 16)) {
    throw new ParameterError(`gSig is ${gSig} pixels but must be from 0.5 to 16; bin larger cells in space first`);
  }
  const side = 2 * radius + 1;
  const line = Array.from({ length: side }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * gSig * gSig)));
  const norm = line.reduce((sum, value) => sum + value, 0);
  const gaussian = Float64Array.from({ length: side * side }, (_, i) => {
    return line[Math.floor(i / side)] * line[i % side] / (norm * norm);
  });
  // The largest entry of the first row lies straight above the middle: what is as large lies no further away.
  const inside = (i: number) => (Math.floor(i / side) - radius) ** 2 + (i % side - radius) ** 2 <= radius * radius;
  const kept = [...gaussian.keys()].filter(inside);
  const mean = kept.reduce((sum, i) => sum + gaussian[i], 0) / kept.length;
  return { radius, weights: Float32Array.from(gaussian, (value, i) => inside(i) ? value - mean : 0) };
}

/** Entries of the disk's row j that are to the right of its middle: half the width of the row. */
function reach(radius: number, j: number): number {
  return Math.floor(Math.sqrt(radius * radius - j * j));
}

const programs = new Map<number, typeof filterProgram>();

/** The filter written out for one radius. */
function programOf(radius: number): typeof filterProgram {
  let known = programs.get(radius);
  if (!known) {
    const sideBlocks = Math.ceil(radius / 4);
    const constants: Record<string, number> = {
      RADIUS: radius,
      TWICE: 2 * radius,
      SIDE: 2 * radius + 1,
      SIDE_BLOCKS: sideBlocks,
      LAST_BLOCK: 2 * sideBlocks + 1,
      MIDDLE: 4 * sideBlocks,
    };
    for (let j = 0; j <= radius; j++) constants[`REACH_${j}`] = reach(radius, j);
    known = { ...filterProgram, variant: `radius ${radius}`, code: unroll(code, constants) };
    programs.set(radius, known);
  }
  return known;
}

/** Correlation of frames with a mirror-symmetric disk. One item per strip of rows, eight pixels wide, of a frame. */
export const filterProgram: Program<
  {
    stack: ReturnType<typeof read<"vec4f">>;
    weights: ReturnType<typeof read<"f32">>;
    filtered: ReturnType<typeof write<"vec4f">>;
  },
  { width: "u32"; height: "u32"; row_blocks: "u32"; columns: "u32"; strips: "u32"; strip: "u32"; radius: "u32" }
> = program({
  name: "filter",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), weights: read("f32"), filtered: write("vec4f") },
  params: {
    width: "u32",
    height: "u32",
    row_blocks: "u32",
    columns: "u32",
    strips: "u32",
    strip: "u32",
    radius: "u32",
  },
  twin({ stack, weights, filtered }, p, begin, end) {
    const radius = p.radius, side = 2 * radius + 1;
    const pitch = p.row_blocks * 4;
    const pixels = new Float64Array(8 + 2 * radius), folded = new Float64Array(8 * (radius + 1));
    const sums = new Float64Array(8 * (radius + 1));
    // A ring of output rows that wait for input rows.
    const waiting = new Float64Array(8 * side);
    for (let item = begin; item < end; item++) {
      const x = item % p.columns * 8;
      const firstRow = Math.floor(item / p.columns) % p.strips * p.strip;
      const frameRow = Math.floor(item / (p.columns * p.strips)) * p.height;
      const lastRow = Math.min(firstRow + p.strip, p.height) - 1;
      waiting.fill(0);
      for (let y = firstRow - radius; y <= lastRow + radius; y++) {
        const row = (frameRow + Math.min(Math.max(y, 0), p.height - 1)) * pitch;
        for (let i = 0; i < pixels.length; i++) {
          pixels[i] = stack[row + Math.min(Math.max(x - radius + i, 0), p.width - 1)];
        }
        for (let c = 0; c < 8; c++) folded[c] = pixels[radius + c];
        for (let d = 1; d <= radius; d++) {
          for (let c = 0; c < 8; c++) folded[d * 8 + c] = pixels[radius + c - d] + pixels[radius + c + d];
        }
        for (let j = 0; j <= radius; j++) {
          const to = j * 8, last = reach(radius, j);
          for (let c = 0; c < 8; c++) sums[to + c] = 0;
          for (let d = 0; d <= last; d++) {
            const weight = weights[(radius + j) * side + radius + d];
            for (let c = 0; c < 8; c++) sums[to + c] += weight * folded[d * 8 + c];
          }
        }
        for (let dy = -radius; dy <= radius; dy++) {
          const to = (y + dy + side * 2) % side * 8, from = Math.abs(dy) * 8;
          for (let c = 0; c < 8; c++) waiting[to + c] += sums[from + c];
        }
        const done = y - radius, from = (done + side * 2) % side * 8;
        if (done >= firstRow) {
          const to = (frameRow + done) * pitch + x;
          for (let c = 0; c < 8 && x + c < pitch; c++) filtered[to + c] = x + c < p.width ? waiting[from + c] : 0;
        }
        waiting.fill(0, from, from + 8);
      }
    }
  },
});

/**
 * Filters every frame of a stack with a disk, the field's border replicated.
 * @param filtered stack of the same shape, another buffer
 * @param weights (2·radius + 1)² weights of `diskKernel`: mirror-symmetric both ways and 0 beyond `radius` of the middle
 */
export function filter(
  compute: Compute,
  stack: DeviceBuffer,
  filtered: DeviceBuffer,
  shape: StackShape,
  weights: DeviceBuffer,
  radius: number,
): void {
  const row_blocks = pitchOf(shape.width) / 4, columns = Math.ceil(row_blocks / 2);
  // Long strips read few rows twice; many strips keep a large device busy.
  const strip = Math.min(shape.height, Math.max(64, 4 * radius)), strips = Math.ceil(shape.height / strip);
  compute.run(programOf(radius), { stack, weights, filtered }, {
    width: shape.width,
    height: shape.height,
    row_blocks,
    columns,
    strips,
    strip,
    radius,
  }, shape.frames * strips * columns);
}
