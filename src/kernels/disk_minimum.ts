import { type Compute, type DeviceBuffer, program, read, write } from "../gpu/compute.ts";
import { rowMinimum } from "./row_minimum.ts";
import { FRAME_RUN, pitchOf, type StackShape } from "./stack.ts";
import { wideBytes, widen, widePitch } from "./widen.ts";
import code from "../../shaders/disk_minimum.wgsl" with { type: "text" };

const HUGE = Math.fround(3.4e38);

/** Minima over chords of a disk. One item per pixel of a run of frames. */
export const diskMinimumProgram = program({
  name: "disk_minimum",
  module: import.meta.url,
  code,
  bindings: { minima: read("f32"), chords: read("i32"), eroded: write("f32") },
  params: {
    frames: "u32",
    run: "u32",
    width: "u32",
    height: "u32",
    pitch: "u32",
    margin: "u32",
    wide_pitch: "u32",
    length: "u32",
    chords: "u32",
    is_first: "u32",
  },
  twin({ minima, chords, eroded }, p, begin, end) {
    const size = p.pitch * p.height, wideSize = p.wide_pitch * p.height;
    for (let item = begin; item < end; item++) {
      const firstFrame = Math.floor(item / size) * p.run, lastFrame = Math.min(firstFrame + p.run, p.frames);
      const place = item % size, y = Math.floor(place / p.pitch), x = place % p.pitch;
      for (let frame = firstFrame; frame < lastFrame; frame++) {
        let least = p.is_first === 1 ? HUGE : eroded[frame * size + place];
        for (let i = 0; i < p.chords && x < p.width; i++) {
          const row = y + chords[2 * i], half = chords[2 * i + 1];
          if (row < 0 || row >= p.height) continue;
          const at = frame * wideSize + row * p.wide_pitch + x + p.margin;
          least = Math.min(least, minima[at - half], minima[at + half + 1 - p.length]);
        }
        eroded[frame * size + place] = x < p.width ? least : 0;
      }
    }
  },
});

/** The chords of a disk of odd diameter, and by which length of runs their minima are found: the largest power of two they hold. */
function chordsByLength(diameter: number): Map<number, number[]> {
  const radius = (diameter - 1) / 2, found = new Map<number, number[]>();
  for (let dy = -radius; dy <= radius; dy++) {
    // Whole numbers throughout: the same disk everywhere.
    let half = radius;
    while (half * half + dy * dy > radius * radius) half--;
    const length = 2 ** Math.floor(Math.log2(2 * half + 1));
    found.set(length, [...found.get(length) ?? [], dy, half]);
  }
  return found;
}

/**
 * Least sample (times `sign`) of every frame within a disk around every pixel: with sign 1 the erosion, with sign −1 minus the dilation.
 * The disk holds the offsets with dx² + dy² ≤ ((diameter − 1)/2)²; what lies outside the field does not count. Minima over runs of 1, 2, 4, …
 * pixels are made by doubling, and each chord of the disk is put together from two runs.
 * @param stack [frames][height][pitch], samples below 3.4e38
 * @param eroded stack of the same shape, another buffer
 * @param diameter odd, pixels
 */
export function diskMinimum(
  compute: Compute,
  stack: DeviceBuffer,
  eroded: DeviceBuffer,
  shape: StackShape,
  diameter: number,
  sign: 1 | -1,
): void {
  const margin = (diameter - 1) / 2, wide_pitch = widePitch(shape.width, margin), pitch = pitchOf(shape.width);
  const { frames, height } = shape, bytes = wideBytes(shape, margin);
  let minima = compute.allocate("minima over runs", bytes), longer = compute.allocate("minima over longer runs", bytes);
  widen(compute, stack, minima, shape, margin, sign);
  const byLength = chordsByLength(diameter), longest = Math.max(...byLength.keys());
  let isFirst = true;
  for (let length = 1; length <= longest; length *= 2) {
    const chords = byLength.get(length);
    if (chords !== undefined) {
      const table = compute.upload("chords", Int32Array.from(chords));
      compute.run(diskMinimumProgram, { minima, chords: table, eroded }, {
        frames,
        run: FRAME_RUN,
        width: shape.width,
        height,
        pitch,
        margin,
        wide_pitch,
        length,
        chords: chords.length / 2,
        is_first: isFirst ? 1 : 0,
      }, Math.ceil(frames / FRAME_RUN) * height * pitch);
      table.release();
      isFirst = false;
    }
    if (length === longest) break;
    rowMinimum(compute, minima, longer, { frames, height, pitch: wide_pitch }, length);
    [minima, longer] = [longer, minima];
  }
  minima.release();
  longer.release();
}
