import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/pixel_trace.wgsl" with { type: "text" };

/** Side of a tile of pixels. 4 vec4 × 16 rows are the 64 lanes of one workgroup. */
export const PRODUCT_TILE = 16;
/** Marks an unused slot, and a (tile, cell) pair that is not kept. */
export const NO_ENTRY = 0xffffffff;

const SLOTS = 8, PIXELS = PRODUCT_TILE * PRODUCT_TILE, GROUP_WORDS = 12;

/** A rectangle of pixels: columns `x0 ≤ x < x1`, rows `y0 ≤ y < y1`. */
export interface Box {
  /** First column. */
  readonly x0: number;
  /** First row. */
  readonly y0: number;
  /** Column after the last. */
  readonly x1: number;
  /** Row after the last. */
  readonly y1: number;
}

/** Which pixel–trace products are kept: for every cell, whole tiles of 16×16 pixels that its box touches. */
export interface ProductPlan {
  /** Pixels per row of the field. */
  readonly width: number;
  /** Rows of the field. */
  readonly height: number;
  /** Tiles per row of tiles; tile = `floor(y / 16) * tilesAcross + floor(x / 16)`. */
  readonly tilesAcross: number;
  /** Rows of tiles. */
  readonly tilesDown: number;
  /** Cells. */
  readonly cellCount: number;
  /** Groups of one tile and eight cell slots: one workgroup each. */
  readonly groupCount: number;
  /** Entries, used or not: 8 per group. Each holds 256 products, row-major in its tile. */
  readonly entryCount: number;
  /** Bytes of the buffer of products. */
  readonly productBytes: number;
  /** For the device: per group 12 words: tile column, tile row, 0, 0, then eight cells (`NO_ENTRY` = unused). */
  readonly groups: Uint32Array;
  /** For the device: entry of `tile * cellCount + cell`, or `NO_ENTRY`. */
  readonly tileIndex: Uint32Array;
  /** The entry of a tile and a cell, or −1 when it is not kept. */
  entry(tile: number, cell: number): number;
}

/**
 * Plans the products of every cell with every pixel of the tiles its box touches. Boxes are cut to the field; an empty box
 * keeps nothing.
 */
export function planProducts(width: number, height: number, reachBoxes: readonly Box[]): ProductPlan {
  const tilesAcross = Math.ceil(width / PRODUCT_TILE), tilesDown = Math.ceil(height / PRODUCT_TILE);
  const cellCount = reachBoxes.length;
  const cellsOf: number[][] = Array.from({ length: tilesAcross * tilesDown }, () => []);
  reachBoxes.forEach((box, cell) => {
    const x0 = Math.max(0, box.x0), x1 = Math.min(width, box.x1);
    const y0 = Math.max(0, box.y0), y1 = Math.min(height, box.y1);
    if (x0 >= x1 || y0 >= y1) return;
    for (let ty = Math.floor(y0 / PRODUCT_TILE); ty * PRODUCT_TILE < y1; ty++) {
      for (let tx = Math.floor(x0 / PRODUCT_TILE); tx * PRODUCT_TILE < x1; tx++) {
        cellsOf[ty * tilesAcross + tx].push(cell);
      }
    }
  });
  const groupCount = cellsOf.reduce((sum, cells) => sum + Math.ceil(cells.length / SLOTS), 0);
  const groups = new Uint32Array(groupCount * GROUP_WORDS);
  const tileIndex = new Uint32Array(cellsOf.length * cellCount).fill(NO_ENTRY);
  let group = 0;
  cellsOf.forEach((cells, tile) => {
    for (let from = 0; from < cells.length; from += SLOTS, group++) {
      const at = group * GROUP_WORDS;
      groups[at] = tile % tilesAcross;
      groups[at + 1] = Math.floor(tile / tilesAcross);
      for (let slot = 0; slot < SLOTS; slot++) {
        const cell = cells[from + slot];
        groups[at + 4 + slot] = cell ?? NO_ENTRY;
        if (cell !== undefined) tileIndex[tile * cellCount + cell] = group * SLOTS + slot;
      }
    }
  });
  return {
    width,
    height,
    tilesAcross,
    tilesDown,
    cellCount,
    groupCount,
    entryCount: groupCount * SLOTS,
    productBytes: groupCount * SLOTS * PIXELS * 4,
    groups,
    tileIndex,
    entry(tile, cell) {
      const entry = tileIndex[tile * cellCount + cell];
      return entry === undefined || entry === NO_ENTRY ? -1 : entry;
    },
  };
}

/** Where the product of pixel (x, y) with a cell's trace is kept, or −1. */
export function productIndex(plan: ProductPlan, x: number, y: number, cell: number): number {
  const tile = Math.floor(y / PRODUCT_TILE) * plan.tilesAcross + Math.floor(x / PRODUCT_TILE);
  const entry = plan.entry(tile, cell);
  return entry < 0 ? -1 : entry * PIXELS + (y % PRODUCT_TILE) * PRODUCT_TILE + x % PRODUCT_TILE;
}

/** The product of pixel (x, y) with a cell's trace; 0 where the plan does not keep it. */
export function productAt(products: Float32Array, plan: ProductPlan, x: number, y: number, cell: number): number {
  const at = productIndex(plan, x, y, cell);
  return at < 0 ? 0 : products[at];
}

/** Products of pixels with traces over the frames of a stack. One item makes four pixels × eight cells of one group. */
export const pixelTraceProgram = program({
  name: "pixel_trace",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), traces: read("f32"), groups: read("vec4u"), products: write("vec4f") },
  params: {
    frames: "u32",
    height: "u32",
    blocks_across: "u32",
    trace_stride: "u32",
    frame_offset: "u32",
  },
  twin({ stack, traces, groups, products }, p, begin, end) {
    const frameFloats = p.height * p.blocks_across * 4;
    for (let item = begin; item < end; item++) {
      const group = Math.floor(item / 64), lane = item % 64, at = group * GROUP_WORDS;
      const block = groups[at] * 4 + lane % 4, row = groups[at + 1] * PRODUCT_TILE + Math.floor(lane / 4);
      if (block >= p.blocks_across || row >= p.height) continue;
      const pixel = (row * p.blocks_across + block) * 4;
      for (let slot = 0; slot < SLOTS; slot += 2) {
        const first = groups[at + 4 + slot];
        if (first === NO_ENTRY) break;
        const second = groups[at + 5 + slot];
        let u = first * p.trace_stride + p.frame_offset;
        let v = second === NO_ENTRY ? u : second * p.trace_stride + p.frame_offset;
        let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
        for (let f = 0, i = pixel; f < p.frames; f++, i += frameFloats) {
          const a = traces[u++], b = traces[v++];
          const y0 = stack[i], y1 = stack[i + 1], y2 = stack[i + 2], y3 = stack[i + 3];
          a0 += a * y0;
          a1 += a * y1;
          a2 += a * y2;
          a3 += a * y3;
          b0 += b * y0;
          b1 += b * y1;
          b2 += b * y2;
          b3 += b * y3;
        }
        const out = (group * SLOTS + slot) * PIXELS + lane * 4;
        products[out] += a0;
        products[out + 1] += a1;
        products[out + 2] += a2;
        products[out + 3] += a3;
        if (second === NO_ENTRY) break;
        products[out + PIXELS] += b0;
        products[out + PIXELS + 1] += b1;
        products[out + PIXELS + 2] += b2;
        products[out + PIXELS + 3] += b3;
      }
    }
  },
});

/**
 * Adds Y Cᵀ for the kept pairs (`algorithm.md` section 2.3):
 * `products[entry][(y % 16) * 16 + x % 16] += Σ_f stack[f][y][x] · traces[cell * traceStride + frameOffset + f]`.
 * @param traces [cellCount][traceStride] floats
 * @param groups `plan.groups` on the device
 * @param products `plan.productBytes`; callers clear it before the first chunk
 * @param frameOffset frame of the traces that belongs to the first frame of the stack
 */
export function pixelTrace(
  compute: Compute,
  stack: DeviceBuffer,
  traces: DeviceBuffer,
  groups: DeviceBuffer,
  products: DeviceBuffer,
  shape: StackShape,
  traceStride: number,
  frameOffset: number,
  plan: ProductPlan,
): void {
  compute.run(pixelTraceProgram, { stack, traces, groups, products }, {
    frames: shape.frames,
    height: shape.height,
    blocks_across: pitchOf(shape.width) / 4,
    trace_stride: traceStride,
    frame_offset: frameOffset,
  }, plan.groupCount * 64);
}
