import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { type KeyKind, keyOfBits, WHOLE_OFFSET } from "./sample_key.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import { unroll } from "./unroll.ts";
import code from "../../shaders/rank_counts.wgsl" with { type: "text" };

/** Bits of a key that one pass over the samples finds. */
export const RANK_BITS = 4;
/** Steps that an interval of keys is cut into. */
export const RANK_STEPS = 2 ** RANK_BITS;
/** Frames that one dispatch can count: it counts in bytes. */
const MOST_FRAMES = 255;
const KINDS: readonly KeyKind[] = ["whole", "float"];

/** Samples per step of an interval of keys. One item per block of four pixels of a band. */
export const rankCountsProgram = program({
  name: "rank_counts",
  module: import.meta.url,
  code,
  bindings: { stack: read("vec4f"), low: read("vec4u"), counts: write("vec4f"), above: write("vec4f") },
  params: {
    first_frame: "u32",
    last_frame: "u32",
    frame_blocks: "u32",
    first_block: "u32",
    band_blocks: "u32",
    shift: "u32",
    kind: "u32",
  },
  twin({ stack, low, counts, above }, p, begin, end) {
    const bits = new Uint32Array(stack.buffer, stack.byteOffset, stack.length);
    const size = p.frame_blocks * 4, band = p.band_blocks * 4, isWhole = KINDS[p.kind] === "whole";
    for (let i = begin * 4; i < end * 4; i++) {
      const pixel = p.first_block * 4 + i, start = low[pixel];
      let least = above[pixel];
      for (let frame = p.first_frame, at = frame * size + pixel; frame < p.last_frame; frame++, at += size) {
        const key = isWhole ? stack[at] + WHOLE_OFFSET : keyOfBits(bits[at]);
        const step = (Math.max(key, start) - start) >>> p.shift;
        if (step < RANK_STEPS) counts[step * band + i]++;
        else if (stack[at] < least) least = stack[at];
      }
      above[pixel] = least;
    }
  },
});

const programs = new Map<KeyKind, typeof rankCountsProgram>();

/** The program written out for a kind of keys. */
function programOf(kind: KeyKind): typeof rankCountsProgram {
  let known = programs.get(kind);
  if (!known) {
    const constants = { IS_WHOLE: kind === "whole" ? 1 : 0, WHOLE_OFFSET };
    known = { ...rankCountsProgram, variant: kind, code: unroll(code, constants) };
    programs.set(kind, known);
  }
  return known;
}

/** Some successive blocks of four pixels of a padded image. */
export interface BlockBand {
  /** First block, y·pitch/4 + x/4. */
  readonly first: number;
  /** Blocks. */
  readonly blocks: number;
}

/**
 * Adds the frames of a stack to the counts of a band's pixels: how many samples lie in each of 16 steps of 2^shift keys, from the key `low` on.
 * Samples below `low` count for the first step; those above the last step do not count, but the least of them is kept.
 * Counts are exact up to 2^24 frames.
 * @param low padded image of keys, u32
 * @param counts [16][band] float32, zeros at first
 * @param above padded image, float32, +3e38 at first
 * @param kind how keys are made of the samples
 * @param shift 0 to 28
 */
export function rankCounts(
  compute: Compute,
  stack: DeviceBuffer,
  low: DeviceBuffer,
  counts: DeviceBuffer,
  above: DeviceBuffer,
  shape: StackShape,
  band: BlockBand,
  kind: KeyKind,
  shift: number,
): void {
  for (let first = 0; first < shape.frames; first += MOST_FRAMES) {
    compute.run(programOf(kind), { stack, low, counts, above }, {
      first_frame: first,
      last_frame: Math.min(shape.frames, first + MOST_FRAMES),
      frame_blocks: shape.height * pitchOf(shape.width) / 4,
      first_block: band.first,
      band_blocks: band.blocks,
      shift,
      kind: KINDS.indexOf(kind),
    }, band.blocks);
  }
}
