import { firstAtLeast } from "../core/sorted.ts";
import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/cell_frame.wgsl" with { type: "text" };

/** Frames that one item makes: lanes are 64 successive frames, an item strides over four of them. */
const FRAMES_PER_ITEM = 4;

/** One sparse row: weights of pixels. */
export interface SparseRow {
  /** Row-major pixel indices of the unpadded field, in any order, each at most once. */
  readonly pixels: Uint32Array;
  /** Weights, same length. */
  readonly values: Float32Array;
}

/** Sparse rows in blocks of four successive pixels of the padded field. */
export interface PackedRows {
  /** Where each row begins in `blocks`; length rows + 1. */
  readonly starts: Uint32Array;
  /** Block index of each entry: `(y * pitch + x) / 4`, ascending within a row. */
  readonly blocks: Uint32Array;
  /** Four weights per block. */
  readonly weights: Float32Array;
}

/** Packs sparse rows over a width×height field for `cellFrame`. Throws `RangeError` for a pixel outside the field. */
export function packRows(width: number, height: number, rows: readonly SparseRow[]): PackedRows {
  const pitch = pitchOf(width);
  const starts = new Uint32Array(rows.length + 1), blockLists: Uint32Array[] = [];
  const address = (pixel: number) => {
    if (!(pixel < width * height)) {
      throw new RangeError(`Pixel ${pixel} is outside the field of ${width}×${height} pixels`);
    }
    return Math.floor(pixel / width) * pitch + pixel % width;
  };
  rows.forEach((row, k) => {
    const sorted = Uint32Array.from(row.pixels, (pixel) => address(pixel) >>> 2).sort();
    let count = 0;
    for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i];
    blockLists.push(sorted.subarray(0, count));
    starts[k + 1] = starts[k] + count;
  });
  const blocks = new Uint32Array(starts[rows.length]), weights = new Float32Array(blocks.length * 4);
  rows.forEach((row, k) => {
    const list = blockLists[k];
    blocks.set(list, starts[k]);
    let at = 0;
    for (let i = 0; i < row.pixels.length; i++) {
      const where = address(row.pixels[i]), block = where >>> 2;
      if (list[at] !== block) at = firstAtLeast(list, block);
      weights[(starts[k] + at) * 4 + where % 4] = row.values[i];
    }
  });
  return { starts, blocks, weights };
}

/** Products of sparse rows with every frame of a stack. One item makes four frames (64 apart) of one row. */
export const cellFrameProgram = program({
  name: "cell_frame",
  module: import.meta.url,
  code,
  bindings: {
    stack: read("vec4f"),
    starts: read("u32"),
    blocks: read("u32"),
    weights: read("vec4f"),
    out: write("f32"),
  },
  params: { frames: "u32", frame_blocks: "u32", frame_groups: "u32", out_stride: "u32", frame_offset: "u32" },
  twin({ stack, starts, blocks, weights, out }, p, begin, end) {
    for (let item = begin; item < end; item++) {
      const lane = item % 64, group = Math.floor(item / 64);
      const cell = Math.floor(group / p.frame_groups);
      const first = (group % p.frame_groups) * 64 * FRAMES_PER_ITEM + lane;
      for (let j = 0; j < FRAMES_PER_ITEM; j++) {
        const frame = first + 64 * j;
        if (frame >= p.frames) break;
        let sum = 0;
        for (let e = starts[cell], w = e * 4; e < starts[cell + 1]; e++, w += 4) {
          const i = (frame * p.frame_blocks + blocks[e]) * 4;
          sum += stack[i] * weights[w] + stack[i + 1] * weights[w + 1] +
            stack[i + 2] * weights[w + 2] + stack[i + 3] * weights[w + 3];
        }
        out[cell * p.out_stride + p.frame_offset + frame] += sum;
      }
    }
  },
});

/**
 * Adds cell–frame products Q = Ãᵀ Y (`algorithm.md` section 2.4):
 * `out[k * outStride + frameOffset + f] += Σ_i stack[f][i] · w[k][i]`.
 * @param rows `packRows` of the weights, on the device
 * @param out [cellCount][outStride] floats; callers clear it
 */
export function cellFrame(
  compute: Compute,
  stack: DeviceBuffer,
  rows: { readonly starts: DeviceBuffer; readonly blocks: DeviceBuffer; readonly weights: DeviceBuffer },
  out: DeviceBuffer,
  shape: StackShape,
  outStride: number,
  frameOffset: number,
  cellCount: number,
): void {
  const frame_groups = Math.ceil(shape.frames / (64 * FRAMES_PER_ITEM));
  const { starts, blocks, weights } = rows;
  compute.run(cellFrameProgram, { stack, starts, blocks, weights, out }, {
    frames: shape.frames,
    frame_blocks: shape.height * pitchOf(shape.width) / 4,
    frame_groups,
    out_stride: outStride,
    frame_offset: frameOffset,
  }, cellCount * frame_groups * 64);
}
