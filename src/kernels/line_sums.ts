import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { pitchOf, type StackShape } from "./stack.ts";
import code from "../../shaders/line_sums.wgsl" with { type: "text" };

/** Sums of padded lines. One item per line. */
export const lineSumsProgram = program({
  name: "line_sums",
  module: import.meta.url,
  code,
  bindings: { lines: read("vec4f"), sums: write("f32") },
  params: { line_blocks: "u32", group: "u32", group_pitch: "u32", first: "u32" },
  twin({ lines, sums }, p, begin, end) {
    const length = p.line_blocks * 4;
    for (let item = begin; item < end; item++) {
      let sum = 0;
      for (let i = item * length, last = i + length; i < last; i++) sum += lines[i];
      sums[p.first + Math.floor(item / p.group) * p.group_pitch + item % p.group] = sum;
    }
  },
});

/** Bytes of the sums of a stack's rows that `frameSums` needs room for. */
export function rowSumsBytes({ frames, height }: Pick<StackShape, "frames" | "height">): number {
  return frames * pitchOf(height) * 4;
}

/**
 * sums[first + f] = the sum of frame f of a stack: row by row, then over the rows, so that neither many nor bright pixels cost precision.
 * @param rowSums room for `rowSumsBytes`, zeros at first
 * @param sums float32
 */
export function frameSums(
  compute: Compute,
  stack: DeviceBuffer,
  rowSums: DeviceBuffer,
  sums: DeviceBuffer,
  { frames, width, height }: StackShape,
  first: number,
): void {
  const pitch = pitchOf(height);
  compute.run(
    lineSumsProgram,
    { lines: stack, sums: rowSums },
    { line_blocks: pitchOf(width) / 4, group: height, group_pitch: pitch, first: 0 },
    frames * height,
  );
  compute.run(
    lineSumsProgram,
    { lines: rowSums, sums },
    { line_blocks: pitch / 4, group: 1, group_pitch: 1, first },
    frames,
  );
}
