/** What CaImAn writes into the name of a memory-mapped movie. */
export interface MmapName {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Planes. */
  readonly planes: number;
  /** "F": one frame after another; "C": one pixel after another. */
  readonly order: "C" | "F";
  readonly frames: number;
}

/**
 * Reads the shape from a name like `video_d1_128_d2_96_d3_1_order_C_frames_1000.mmap` (older versions write a `_` before the dot; anything may
 * stand before). Undefined when it is not there or makes no sense.
 */
export function mmapName(name: string): MmapName | undefined {
  const parts =
    /(?:^|_)d1_(\d{1,9})_d2_(\d{1,9})(?:_d3_(\d{1,9}))?_order_([CF])_frames_(\d{1,10})(?![\d])[^/\\]*\.mmap$/i
      .exec(name);
  if (!parts) return undefined;
  const [d1, d2, d3 = 1, frames] = [parts[1], parts[2], parts[3], parts[5]].map((text) =>
    text === undefined ? undefined : Number(text)
  );
  return { height: d1!, width: d2!, planes: d3, order: parts[4].toUpperCase() as "C" | "F", frames: frames! };
}
