import type { ContextTables } from "./ffv1_parameters.ts";
import { type GolombReader, KEPT, RUN_BITS } from "./golomb.ts";
import { type RangeCoder, STATES } from "./range_coder.ts";

/** Samples before the first of a line. */
const BEFORE = 3;

/** The two lines of a plane that predict the next, with what lies beyond their ends. */
export class LinePair {
  /** The line that is decoded, or was last. */
  current: Int32Array;
  /** The one above. */
  above: Int32Array;

  constructor(width: number) {
    this.current = new Int32Array(width + 2 * BEFORE);
    this.above = new Int32Array(width + 2 * BEFORE);
  }

  /** Moves on: the line becomes the one above. */
  next(width: number): void {
    const last = this.current;
    this.current = this.above;
    this.above = last;
    this.current[BEFORE - 1] = last[BEFORE];
    last[BEFORE + width] = last[BEFORE + width - 1];
  }

  /** The samples of the line. */
  samples(width: number): Int32Array {
    return this.current.subarray(BEFORE, BEFORE + width);
  }
}

/** How the numbers of a line are read: with states of the range code, or with Golomb–Rice statistics. */
export interface NumberReader {
  readonly range?: { readonly coder: RangeCoder; readonly states: Uint8Array };
  readonly golomb?: { readonly reader: GolombReader; readonly kept: Int32Array };
}

/** How runs went so far; shared by the lines of a slice. */
export interface RunState {
  index: number;
}

/**
 * Decodes one line: each sample is the median of its neighbours' predictions and a difference, read in the context of
 * its neighbours.
 */
export function decodeLine(
  lines: LinePair,
  width: number,
  depth: number,
  { tables: [q0, q1, q2, q3, q4] }: ContextTables,
  { range, golomb }: NumberReader,
  runs: RunState,
): void {
  const { current, above } = lines, wide = q3[127] !== 0, mask = (1 << depth) - 1;
  // A slip of the first encoder that became the rule (RFC 9043, 3.3): these samples predict as if they were signed.
  const signed = depth === 16 && range ? 16 : 0;
  let mode = 0, left = 0;
  for (let x = 0, i = BEFORE; x < width; x++, i++) {
    const l = current[i - 1], t = above[i], lt = above[i - 1], rt = above[i + 1];
    let context = q0[l - lt & 255] + q1[lt - t & 255] + q2[t - rt & 255];
    // The sample two lines above has not been overwritten yet.
    if (wide) context += q3[current[i - 2] - l & 255] + q4[current[i] - t & 255];
    const negative = context < 0;
    if (negative) context = -context;
    let difference: number;
    if (range) {
      difference = range.coder.number(range.states, context * STATES, true);
    } else {
      const { reader, kept } = golomb!;
      if (context === 0 && mode === 0) mode = 1;
      if (mode === 0) {
        difference = reader.difference(kept, context * KEPT, depth);
      } else {
        if (left === 0 && mode === 1) {
          const bits = RUN_BITS[runs.index];
          if (reader.bits(1)) {
            left = 1 << bits;
            if (x + left <= width && runs.index < RUN_BITS.length - 1) runs.index++;
          } else {
            left = reader.bits(bits);
            if (runs.index > 0) runs.index--;
            mode = 2;
          }
        }
        if (--left < 0) {
          mode = 0;
          left = 0;
          difference = reader.difference(kept, context * KEPT, depth);
          if (difference >= 0) difference++;
        } else difference = 0;
      }
    }
    const slope = l + t - lt, low = l < t ? l : t, high = l < t ? t : l;
    const median = slope < low ? low : slope > high ? high : slope;
    current[i] = (median + (negative ? -difference : difference) & mask) << signed >> signed;
  }
}
