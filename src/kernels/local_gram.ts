import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { type GramTable, RANGE_WORDS } from "./gram_table.ts";
import type { RowBand } from "./gram_bands.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/local_gram.wgsl" with { type: "text" };

export { type GramTable, gramTable } from "./gram_table.ts";

/**
 * Frames summed at a time: what one workgroup reads of so many frames stays in a core's cache, and sums over many frames
 * are sums of such partial sums, which keeps the rounding of float32 small.
 */
const FRAMES_PER_RUN = 256;

/** Products of near pixels, summed over frames. One item makes 2×4 pixels × 4 target pixels: eight vec4f sums. */
export const localGramProgram = program({
  name: "local_gram",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), groups: read("i32"), gram: write("f32") },
  params: {
    first_frame: "u32",
    frames: "u32",
    height: "u32",
    first_row: "u32",
    band_rows: "u32",
    blocks_across: "u32",
    slots: "u32",
    slots_at: "u32",
    workgroups_per_block: "u32",
  },
  twin({ stack, groups, gram }, p, begin, end) {
    const pitch = p.blocks_across * 4, frameFloats = p.height * pitch, plane = p.band_rows * pitch;
    const lanes = p.workgroups_per_block * 64;
    const sums = new Float64Array(32);
    for (let item = begin; item < end; item++) {
      const slot = item % lanes;
      if (slot >= p.slots) continue;
      const block = Math.floor(item / lanes);
      const x = (block % p.blocks_across) * 4, bandY = Math.floor(block / p.blocks_across) * 2;
      const y = p.first_row + bandY;
      const dy = groups[p.slots_at + slot * 2], blockX = groups[p.slots_at + slot * 2 + 1];
      const targetX = x + blockX * 4, targetY = y + dy;
      if (targetY >= p.height || targetX < 0 || targetX >= pitch) continue;
      sums.fill(0);
      const rows = bandY + 1 < p.band_rows ? 2 : 1;
      const first = p.first_frame * frameFloats, last = first + p.frames * frameFloats;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < 4; c += 2) {
          let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
          const own = (y + r) * pitch + x + c, target = targetY * pitch + targetX;
          for (let frame = first; frame < last; frame += frameFloats) {
            const a = stack[frame + own], b = stack[frame + own + 1], i = frame + target;
            const q0 = stack[i], q1 = stack[i + 1], q2 = stack[i + 2], q3 = stack[i + 3];
            a0 += a * q0;
            a1 += a * q1;
            a2 += a * q2;
            a3 += a * q3;
            b0 += b * q0;
            b1 += b * q1;
            b2 += b * q2;
            b3 += b * q3;
          }
          const at = (r * 4 + c) * 4;
          sums[at] = a0;
          sums[at + 1] = a1;
          sums[at + 2] = a2;
          sums[at + 3] = a3;
          sums[at + 4] = b0;
          sums[at + 5] = b1;
          sums[at + 6] = b2;
          sums[at + 7] = b3;
        }
      }
      for (let r = 0; r < rows; r++) {
        const range = (dy - r + 1) * RANGE_WORDS;
        const low = groups[range], high = groups[range + 1], base = groups[range + 2];
        for (let c = 0; c < 4; c++) {
          for (let q = 0; q < 4; q++) {
            const dx = blockX * 4 + q - c;
            if (dx < low || dx > high) continue;
            gram[(base + dx - low) * plane + (bandY + r) * pitch + x + c] += sums[(r * 4 + c) * 4 + q];
          }
        }
      }
    }
  },
});

/**
 * Adds the local Gram of a stack (`algorithm.md` section 2.2): `gram[row(dy, dx)][y][x] += Σ_f y(y, x) · y(y + dy, x + dx)` for
 * every offset of the table. Targets outside the field contribute 0.
 * @param gram `table.rows * height * pitch` floats; callers clear it before the first chunk
 * @param groups `table.groups` on the device
 * @param band rows y for which the Gram is held: [table.rows][band.rows][pitch]. Default: all
 */
export function localGram(
  compute: Compute,
  stack: DeviceBuffer,
  gram: DeviceBuffer,
  shape: StackShape,
  table: GramTable,
  groups: DeviceBuffer,
  band: RowBand = { first: 0, rows: shape.height },
): void {
  const blocks_across = pitchOf(shape.width) / 4, workgroups_per_block = Math.ceil(table.slots / 64);
  const items = blocks_across * Math.ceil(band.rows / 2) * workgroups_per_block * 64;
  for (let first_frame = 0; first_frame < shape.frames; first_frame += FRAMES_PER_RUN) {
    compute.run(localGramProgram, { stack, groups, gram }, {
      first_frame,
      frames: Math.min(FRAMES_PER_RUN, shape.frames - first_frame),
      height: shape.height,
      first_row: band.first,
      band_rows: band.rows,
      blocks_across,
      slots: table.slots,
      slots_at: table.slotsAt,
      workgroups_per_block,
    }, items);
  }
}
