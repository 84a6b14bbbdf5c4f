import type { TiffFacts } from "./tiff_facts.ts";
import type { TiffPages } from "./tiff_pages.ts";
import { TAG } from "./tiff_tags.ts";

/** Bytes of what MetaMorph's UIC2 tag says of each plane: six whole numbers, for which the tag's own type (fraction) is too short. */
const PLANE_BYTES = 24;

/** What MetaMorph says of its stacks: all planes lie behind the first page, as many as its UIC2 tag has values. */
export function metaMorphFacts({ first, starts }: TiffPages): TiffFacts | undefined {
  const values = first.entries.get(TAG.metaMorphPlanes);
  if (!values || values.count < 1 || starts.length > 1) return undefined;
  return { axes: [{ name: "T", length: values.count }], stackFrames: values.count };
}

/** Seconds of each plane since the first one's day began; undefined when it states none, or times that do not pass. */
export function metaMorphTimestamps({ directories, first, frames }: TiffPages): Float64Array | undefined {
  const values = first.entries.get(TAG.metaMorphPlanes)!;
  const whole = { type: 4, count: values.count * PLANE_BYTES / 4, position: values.position };
  const stated = directories.numbers(whole, whole.count, "the times of MetaMorph's planes");
  // Of each plane: depth as a fraction, day and milliseconds it was made, day and milliseconds it was changed.
  const day = stated[2];
  const timestamps = Float64Array.from(frames, (plane) => {
    const at = plane * PLANE_BYTES / 4;
    return (stated[at + 2] - day) * 86400 + stated[at + 3] / 1000;
  });
  return timestamps.length > 1 && timestamps.at(-1)! > timestamps[0] ? timestamps : undefined;
}
